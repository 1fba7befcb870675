"""Leads of somebody who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registry import LeaverPart
from leads.models import Lead
from leads.services.records import save_lead
from people.models import Person


def _give(ids: Sequence[int], to: Person, by: Any, on: date) -> None:
    for lead in Lead.objects.filter(pk__in=ids).order_by("pk"):
        lead.owner = to
        save_lead(lead=lead, by=by)


PART = LeaverPart(
    *("leads", 40, _("Open leads"), "inbox"),
    rows=lambda person: Lead.objects.filter(owner=person, archived_at=None, converted_on=None).order_by("pk"),
    give=_give,
    record_kind="lead",
)
