"""The company whose month is closed: people on a plan with quotas and credits, and the month before it posted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

PASSWORD = "a-password-for-benches"
EACH = 10  # credits of a person in a month
FIRST, MONTHS, PAST = date(2026, 1, 1), (1, 2), date(2027, 1, 1)
AT = datetime(2026, 2, 10, 12, tzinfo=UTC)
TIERS = {"tiers": [{"up_to": "100%", "rate": "8%"}, {"up_to": "150%", "rate": "12%"}, {"rate": "15%"}]}
PLAN = {
    "plan": "Field sales 2026", "currency": "USD", "valid_from": f"{FIRST}", "valid_to": f"{PAST}",
    "measures": {"bookings": {"over": "year"}},
    "components": {
        "commission": {"measure": "bookings", "pays": TIERS, "hold": {"share": "10%", "months": 1}},
        "kicker": {"measure": "bookings", "pays": {"each": 25, "when": "amount > 4000"}},
    },
}  # fmt: skip


def fill(size: int) -> dict[str, str]:
    """Make it in the database at hand; gives the logins of who prepares and of the two who approve."""
    from core.selectors import the_company
    from core.services import lay_out_periods
    from people.enums import Role
    from people.services import create_user

    lay_out_periods(company=the_company(), first=2025, last=2027)
    roles = {"keeper": Role.COMP_ADMIN, "second": Role.COMP_ADMIN, "finance": Role.FINANCE}
    users = {
        name: create_user(email=f"{name}@bench.example", password=PASSWORD, roles=[role], by=None, on=FIRST)
        for name, role in roles.items()
    }
    version = _published(users["keeper"])
    _credits(version, _on_it(version, size))
    _close(FIRST, list(users.values()))
    return {name: user.email for name, user in users.items()}


def _published(keeper: Any) -> Any:
    from compensation import services

    version = services.create_plan(name="", definition=PLAN, by=keeper)
    version.state = "published"  # tests, replay and a second person's yes aren't what is measured
    version.save()
    return version


def _on_it(version: Any, size: int) -> list[int]:
    """Payees of the plan, each with a quota of the year."""
    from compensation import services
    from compensation.models import Assignment
    from core.models import FiscalPeriod
    from people.models import Person
    from quotas.models import Target

    rows = [Person(name=f"Payee {number:05d}", external_id=f"B{number:05d}") for number in range(size)]
    people = Person.objects.bulk_create(rows)
    payees = [services.payee_of(one) for one in people]
    year = FiscalPeriod.objects.get(key="2026")
    given = {"period": year, "holder_kind": "person", "amount": EACH * 12 * 2_500, "currency_id": "USD"}
    Target.objects.bulk_create([Target(holder_id=one.pk, valid_from=FIRST, **given) for one in people])
    Assignment.objects.bulk_create([Assignment(plan_id=version.plan_id, payee=one, valid_from=FIRST) for one in payees])
    return [one.pk for one in payees]


def _credits(version: Any, payees: list[int]) -> None:
    """Ten of each person in each month, by one statement with what the services write beside them."""
    from django.db import connection

    from compensation.models import CreditBatch, CreditFields, CreditKind

    made = len(payees) * EACH
    kind = CreditKind.objects.get_or_create(name="bookings")[0]
    fields = CreditFields.objects.get_or_create(digest=0, defaults={"values": {}})[0]
    for month in MONTHS:
        batch = CreditBatch.objects.create(plan_id=version.plan_id, why="bench", made=made)
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO compensation_credit (plan_id, payee_id, "on", kind_id, source, key, line, quota_minor,
                    pay_minor, currency, fx_num, fx_den, returns_key, fields_id, event_kind, clause, factor, digest,
                    batch_id)
                SELECT %s, (%s)[1 + n %% %s], %s::date + n %% 28, %s, '', 'OPP-' || %s || '-' || n, 0, amount, amount,
                    'USD', 1, 1, '', %s, 'booking', '1', '', hashint8extended(n, %s), %s
                FROM (SELECT n, 100 + (hashint4(n + %s * 7919) & 2147483647) %% 500000 AS amount
                      FROM generate_series(0, %s) AS n) AS made""",
                [
                    *(version.plan_id, payees, len(payees), FIRST.replace(month=month), kind.pk, month, fields.pk),
                    *(month, batch.pk, month, made - 1),
                ],
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _close(day: date, users: list[Any]) -> None:
    """The month before, in this process: what it costs isn't what is measured."""
    from compensation import services
    from compensation.selectors.exceptions import exceptions_of

    (period,) = services.open_periods(first=day, last=day)
    services.open_periods(first=day, last=day.replace(month=MONTHS[-1]))
    run = services.calculate_run(pay_run_id=services.start_run(period_id=period.pk, by=users[0]).pk)
    if blocking := exceptions_of(run).blocking:
        raise SystemExit(f"The month before has {len(blocking)} exceptions: {blocking[0]}")
    services.submit_run(run=run, by=users[0])
    for user in users[1:]:
        services.approve_run(run=run, by=user, at=AT)
    services.post_run(run=run, by=users[0], at=AT)
