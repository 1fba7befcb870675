"""How long does a month of account take? `make bench NAME=accounting SIZE=100000` (contracts, each sold by one credit).

A pay run of a flat rate over as many deals as contracts is posted, and January is worked out as a worker does it: costs
read from the ledger, placed on contracts, rolled on, written with their rows. Then February, in which nothing is earned
and every contract is written down. Beside it, in the same run, the same amortisation as one bare SQL statement over the
same table, durable (the floor), and the kernel alone. Figures of both are compared, row by row. How to read it:
docs/scale.md.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from bench.home import own_home

PEOPLE = 200
FIRST = date(2026, 1, 1)
MONTHS = (24, 36, 60)
FLOOR = """
CREATE TABLE bench_floor AS
SELECT m.cost_id, m.closing_minor AS opening,
  (2 * m.base_minor * (2 + {month} - m.first) + (c.past - m.first)) / (2 * (c.past - m.first))
    - (m.base_minor - m.closing_minor) AS amortised
FROM compensation_costmonth m JOIN compensation_contractcost c ON c.id = m.cost_id WHERE m.month_id = {before};
ALTER TABLE bench_floor ADD PRIMARY KEY (cost_id);
"""


def main(size: int) -> None:
    with own_home():
        wrong = _measure(size)
    sys.exit("The floor came to other amounts." if wrong else 0)


def _measure(size: int) -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    people = _people()
    version = _published(people)
    _sold(version, people, size)
    print(f"{size:,} contracts; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    _post(people, date(2026, 1, 1))
    _post(people, date(2026, 2, 1))
    _policy(people)
    first, seconds = _month(people, date(2026, 1, 1))
    print(f"capitalised: {first.contracts:,} contracts in {seconds:.2f} s, {first.contracts / seconds:,.0f} a second")
    second, seconds = _month(people, date(2026, 2, 1))
    floor = _timed(lambda: _floor(first))
    kernel = _kernel(first)
    print(f"amortised: {second.contracts:,} contracts in {seconds:.2f} s, {second.contracts / seconds:,.0f} a second")
    print(f"  floor (one SQL statement, durable) {floor:.2f} s, {second.contracts / floor:,.0f} a second; "
          f"kernel alone {kernel:.3f} s; ratio {seconds / floor:.1f}")  # fmt: skip
    return _differing(second)


def _timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _people() -> dict[str, Any]:
    from compensation import services
    from people.enums import Role
    from people.models import Person
    from people.services import create_user

    users = {
        name: create_user(email=f"{name}@bench.example", password=None, roles=[role], by=None, on=FIRST)
        for name, role in (("one", Role.COMP_ADMIN), ("two", Role.COMP_ADMIN), ("books", Role.FINANCE))
    }
    rows = Person.objects.bulk_create([Person(name=f"Payee {n}", external_id=f"B{n:05d}") for n in range(PEOPLE)])
    return users | {"payees": [services.payee_of(one).pk for one in rows], "owner": rows[0]}


def _published(people: dict[str, Any]) -> Any:
    from compensation import services
    from compensation.models import Assignment

    parts = {"measures": {"bookings": {}}, "components": {"c": {"measure": "bookings", "pays": {"rate": "10%"}}}}
    whole = {"plan": "Bench", "currency": "USD", "valid_from": f"{FIRST}", **parts}
    version = services.create_plan(name="Bench", definition=whole, by=people["one"])
    version.state = "published"  # tests, replay and a second person's yes aren't what is measured
    version.save()
    rows = [Assignment(plan_id=version.plan_id, payee_id=one, valid_from=FIRST) for one in people["payees"]]
    Assignment.objects.bulk_create(rows)
    return version


def _sold(version: Any, people: dict[str, Any], size: int) -> None:
    """Deals with a signed contract each, and a credit of January: written as they stand in their tables."""
    from accounts.models import Account
    from compensation.models import Credit, CreditBatch, CreditFields, CreditKind
    from orders.models import Contract
    from pipeline.models import Opportunity, Stage

    account = Account.objects.create(name="Bench Ltd", owner=people["owner"])
    stage = Stage.objects.filter(process__is_default=True).order_by("pk").first()
    given = {"stage": stage, "owner": people["owner"], "account": account, "currency_id": "USD", "amount": 1000}
    batch = CreditBatch.objects.create(plan_id=version.plan_id, why="bench", made=size)
    kind = CreditKind.objects.get_or_create(name="bookings")[0]
    fields = CreditFields.objects.get_or_create(digest=0, defaults={"values": {}})[0]
    for start in range(0, size, 5000):
        numbers = range(start, min(start + 5000, size))
        deals = Opportunity.objects.bulk_create(
            [Opportunity(name=f"D{n}", created_on=FIRST, process=stage.process, **given) for n in numbers]
        )
        Contract.objects.bulk_create(
            Contract(
                name=f"C{n}", account=account, deal=deal, status="signed", signed_on=FIRST, starts_on=FIRST,
                ends_on=date(2026 + MONTHS[n % 3] // 12, 1, 1), currency_id="USD", value=1000,
            )
            for n, deal in zip(numbers, deals, strict=True)
        )  # fmt: skip
        Credit.objects.bulk_create(
            Credit(
                plan_id=version.plan_id, payee_id=people["payees"][n % PEOPLE], on=date(2026, 1, 1 + n % 28),
                kind=kind, key=f"OPP-{n}", quota_minor=100_000 + n % 9973, pay_minor=100_000 + n % 9973,
                currency="USD", fields=fields, deal_id=deal.pk, digest=n, batch=batch,
            )
            for n, deal in zip(numbers, deals, strict=True)
        )  # fmt: skip


def _post(people: dict[str, Any], first: date) -> None:
    """A pay run as it is posted; its exceptions and the yes of two people aren't what is measured."""
    from django.utils import timezone

    from compensation import services
    from compensation.enums import PayRunState
    from compensation.models import PayRun

    (period,) = services.open_periods(first=first, last=first)
    run = services.start_run(period_id=period.pk, by=people["one"])
    services.calculate_run(pay_run_id=run.pk)
    PayRun.objects.filter(pk=run.pk).update(state=PayRunState.APPROVED)
    run.refresh_from_db()
    services.post_run(run=run, by=people["one"], at=timezone.now())


def _policy(people: dict[str, Any]) -> None:
    from compensation import services
    from compensation.models import AccountingPolicy

    policy = AccountingPolicy(valid_from=FIRST, renewals_commensurate=True)
    services.set_accounting_policy(policy=policy, by=people["books"])


def _month(people: dict[str, Any], first: date) -> tuple[Any, float]:
    """A month worked out, as the worker does it, and closed; how long working it out took."""
    from django.utils import timezone

    from compensation import services
    from compensation.models import PayPeriod

    period = PayPeriod.objects.get(starts_on=first)
    month = services.start_accounting_month(period_id=period.pk, by=people["one"])
    seconds = _timed(lambda: services.account_month(month_id=month.pk, run_id=month.run_id))
    month.refresh_from_db()
    for name in ("two", "books"):
        services.approve_accounting_month(month=month, by=people[name], at=timezone.now())
    return services.close_accounting_month(month=month, by=people["one"], at=timezone.now()), seconds


def _floor(before: Any) -> None:
    from django.db import connection, transaction

    from compensation.selectors.accounting_terms import month_number
    from core.selectors import the_company

    number = month_number(the_company().calendar, before.period.starts_on)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FLOOR.format(month=number, before=before.pk))


def _kernel(before: Any) -> float:
    """The calculation alone, its rows in memory."""
    import numpy as np

    from compensation.kernel.accounting import NEVER, UNKNOWN, Assets, Month, roll
    from compensation.models import CostMonth

    rows = CostMonth.objects.filter(month=before).values_list("base_minor", "first", "past", "closing_minor")
    base, first, past, left = np.array(list(rows), dtype=np.int64).T
    none = np.zeros(len(base), dtype=np.int64)
    month = Month(none, none, first + 1, first + 2, none + NEVER, none, none + UNKNOWN)
    started = time.perf_counter()
    roll(Assets(base, first, past, left, none + UNKNOWN), month)
    return time.perf_counter() - started


def _differing(month: Any) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM bench_floor f FULL JOIN compensation_costmonth m "
            "ON m.cost_id = f.cost_id WHERE m.month_id = %s AND f.amortised IS DISTINCT FROM m.amortised_minor",
            [month.pk],
        )
        wrong = int(cursor.fetchone()[0])
    print(f"rows that differ from the floor's: {wrong}")
    return wrong


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 20_000)
