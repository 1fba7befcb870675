"""Print the metric catalogue's figures: python manage.py metrics --period 2017-Q3 --by region --json"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.kernel.periods import Period, UnknownPeriod
from core.selectors import MissingRate, company_day, the_company
from people.selectors import find_user
from reporting.policies import may_see_dashboard
from reporting.selectors import BY, Report, report


class Command(BaseCommand):
    help = "Print every metric of a period, over all and by region, manager, rep, product or quarter."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", default="", help="2017, 2017-Q3, 2017-10 or all; else the current quarter")
        parser.add_argument("--by", choices=BY, default="")
        parser.add_argument(
            "--as", dest="email", default="", help="e-mail of a login: what it may see; else everything"
        )
        parser.add_argument("--as-of", default="", help="YYYY-MM-DD; today by default")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        today = company_day(timezone.now())
        as_of = _day(options["as_of"]) if options["as_of"] else today
        period = _period(options["period"], as_of)
        user = _reader(options["email"]) if options["email"] else None
        try:
            found = report(period=period, as_of=as_of, by=options["by"], user=user, seen_on=today)
        except (MissingRate, UnknownPeriod) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(found.as_json(), indent=2) if options["json"] else _as_text(found))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is no day. Write it as 2017-09-30.") from error


def _period(key: str, as_of: date) -> Period:
    calendar = the_company().calendar
    try:
        return calendar.period(key) if key else calendar.quarter_of(as_of)
    except UnknownPeriod as error:
        raise CommandError(str(error)) from error


def _reader(email: str) -> Any:
    user: Any = find_user(email)
    if user is None:
        raise CommandError(f"Nobody signs in as {email}.")
    if not may_see_dashboard(user):
        raise CommandError(f"{email} has no role that sees figures of deals.")
    return user


def _as_text(found: Report) -> str:
    lines = [f"{found.period.label}, as of {found.as_of}"]
    for key, values in [("", found.metrics), *((line.key, line.metrics) for line in found.lines)]:
        lines += [f"\n{key}"] if key else []
        for name, value in values.items():
            shown = f"– ({value.reason})" if value.plain is None else f"{value.plain} {value.unit}"
            lines.append(f"  {name:20} {shown}")
    return "\n".join(lines)
