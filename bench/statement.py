"""How long does a statement take? `make bench NAME=statement SIZE=20000` (lines of one payee's month).

A month of one payee with that many credits is calculated and posted; then the page is asked for as the payee's browser
asks, in this process: its first page, a later one, one line's calculation, and the rates. Server time alone.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from bench.home import own_home

MOST_MS, TIMES = 300, 7
PLAN = {
    "plan": "AE 2024", "currency": "USD", "valid_from": "2024-01-01", "measures": {"bookings": {"over": "year"}},
    "components": {"commission": {"measure": "bookings", "hold": {"share": "20%", "months": 1},
        "pays": {"tiers": [{"up_to": "100%", "rate": "8%"}, {"rate": "12%"}]}}},
}  # fmt: skip


def main(size: int) -> None:
    with own_home(DEMO="0", ALLOWED_HOSTS="testserver"):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        statement, client = _made(size)
        print(f"{size:,} credits of one payee; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        slowest = _measure(statement, client)
    sys.exit(f"The page takes {slowest:.0f} ms, more than {MOST_MS}." if slowest > MOST_MS else 0)


def _made(size: int) -> tuple[Any, Any]:
    """A posted month, the statement that was sent of it, and the payee's signed-in client."""
    from django.db.models import Q
    from django.test import Client
    from django.utils import timezone

    from compensation import services
    from compensation.models import PayRun, Statement
    from compensation.services.crediting import CreditRow, keep_credits
    from people.enums import Role
    from people.models import Person
    from people.services import create_user

    since, at = date(2023, 1, 1), timezone.now()
    person = Person.objects.create(name="Ana Alves")
    login = create_user(email="ana@example.com", password=None, roles=[Role.REP], by=None, on=since, person=person)
    roles = (Role.COMP_ADMIN, Role.COMP_ADMIN, Role.FINANCE)
    keepers = [
        create_user(email=f"keeper{number}@example.com", password=None, roles=[role], by=None, on=since)
        for number, role in enumerate(roles)
    ]
    version = services.create_plan(name="", definition=PLAN, by=keepers[0])
    version.state = "published"  # how a plan comes into force isn't what is measured
    version.save()
    _set_quota(person, since)
    services.assign(plan=version.plan, person=person, valid_from=since, by=keepers[0])
    payee = services.payee_of(person)
    rows = [
        CreditRow(payee.pk, date(2024, 1, 1 + number % 31), "bookings", f"T-{number}", 10_000, 10_000, "USD")
        for number in range(size)
    ]
    keep_credits(plan_id=version.plan_id, rows=rows, among=Q(), why="bench")
    (period,) = services.open_periods(first=date(2024, 1, 1), last=date(2024, 1, 1))
    run = services.start_run(period_id=period.pk, by=keepers[0])
    run = services.calculate_run(pay_run_id=run.pk)
    services.submit_run(run=run, by=keepers[0])
    for keeper in keepers[1:]:
        services.approve_run(run=run, by=keeper, at=at)
    services.post_run(run=run, by=keepers[0], at=at)
    PayRun.objects.filter(pk=run.pk).update(released_at=at)
    client = Client()
    client.force_login(login, backend="people.adapters.accounts.LoginBackend")
    return Statement.objects.get(payee=payee, period=period), client


def _set_quota(person: Any, since: date) -> None:
    from core.models import FiscalPeriod
    from core.selectors import the_company
    from core.services import lay_out_periods
    from quotas.models import Target

    lay_out_periods(company=the_company(), first=2023, last=2025)
    year = FiscalPeriod.objects.get(key="2024")
    Target.objects.create(
        period=year, holder_kind="person", holder_id=person.pk, amount=1_000_000, currency_id="USD", valid_from=since
    )


def _measure(statement: Any, client: Any) -> float:
    from django.db import connection

    from compensation.models import LedgerEntry

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    line = LedgerEntry.objects.filter(stage=1).order_by("-pk").values_list("pk", flat=True)[0]
    url = statement.get_absolute_url()
    page = _timed(lambda: client.get(url))
    later = _timed(lambda: client.get(f"{url}?after=2024-01-15_{line}", headers={"hx-request": "true"}))
    for name, milliseconds in (("page", page), ("later lines", later)):
        print(f"{name}: {milliseconds:.0f} ms (at most {MOST_MS})")
    for name, part in (("one line's calculation", f"lines/{line}/"), ("rates", "rates/")):
        print(f"{name}: {_timed(lambda part=part: client.get(f'{url}{part}')):.0f} ms")
    return max(page, later)


def _timed(ask: Callable[[], Any]) -> float:
    """Milliseconds of an answer: the middle of several, after one that fills the caches."""
    assert ask().status_code == 200
    taken = []
    for _time in range(TIMES):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
