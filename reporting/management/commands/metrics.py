"""Print the metric catalogue's figures: python manage.py metrics --period 2017-Q3 --by region --json"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.kernel.periods import UnknownPeriod
from core.selectors import company_day, the_company
from people.selectors import find_user
from reporting.selectors import BY, report


class Command(BaseCommand):
    help = "Print every metric of a period, over all and by region, manager, rep, product or quarter."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--period", default="", help="2017, 2017-Q3, 2017-10 or all; the current quarter by default"
        )
        parser.add_argument("--by", choices=BY, default="")
        parser.add_argument(
            "--as", dest="email", default="", help="e-mail of the login whose view counts; else everything"
        )
        parser.add_argument("--as-of", default="", help="YYYY-MM-DD; today by default")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        calendar = the_company().calendar
        try:
            as_of = date.fromisoformat(options["as_of"]) if options["as_of"] else company_day(timezone.now())
            period = calendar.period(options["period"]) if options["period"] else calendar.quarter_of(as_of)
        except (ValueError, UnknownPeriod) as error:
            raise CommandError(str(error)) from error
        user: Any = find_user(options["email"]) if options["email"] else None
        if options["email"] and user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        found = report(period=period, as_of=as_of, by=options["by"], user=user)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), indent=2))
            return
        for key, values in [("", found.metrics), *found.by]:
            if key:
                self.stdout.write(f"\n{key}")
            for name, value in values.items():
                self.stdout.write(f"  {name:20} {value.as_json()['value'] or '–'} {value.unit}")
