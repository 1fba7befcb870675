"""Bring database and static files up to date before the web process starts: python manage.py prepare"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from core import registry
from core.models import FiscalPeriod
from core.selectors import the_company
from core.services import lay_out_periods


class Command(BaseCommand):
    help = "Migrate, collect static files, lay out the fiscal calendar, and let rooms prepare what they need."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if not settings.STATIC_IS_BUILT:
            call_command("collectstatic", interactive=False, verbosity=0)
        if not FiscalPeriod.objects.exists():
            lay_out_periods(company=the_company())
        for step in registry.first_steps:
            step.make()
