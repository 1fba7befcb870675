"""What the processes of test_kill do: a plan with thousands of credits, runs of its month, posting."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from compensation import services
from compensation.models import LedgerEntry, PayRun
from compensation.services.crediting import CreditRow
from people.models import Person
from tests.compensation.pay_desk import PayDesk, desk_of
from tests.small_company import make_company

MONTH = "2024-01"
TIERS = {"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%"}]}
COMPONENTS = {
    "commission": {"measure": "bookings", "pays": TIERS},
    "bonus": {"measure": "bookings", "pays": {"each": 25, "when": "amount > 2000"}},
    "steady": {"measure": "bookings", "pays": {"rate": "1.5%"}},
}


def set_up(*, credits: int, people: int) -> None:
    """The company, and what its month comes to when nobody is killed: run 1, replaced by the next ones."""
    desk = desk_of(make_company(), list)
    persons = [Person.objects.create(name=f"Payee {number:03d}") for number in range(people)]
    version = desk.plan(people=persons, components=COMPONENTS)
    for person in persons:
        desk.quota("100000", person=person)
    payees = [services.payee_of(person).pk for person in persons]
    desk.keep(version, *(_credit(number, payees[number % people]) for number in range(credits)))
    run = services.start_run(period_id=desk.month(MONTH).pk, by=desk.admin)
    services.calculate_run(pay_run_id=run.pk)


def _credit(number: int, payee_id: int) -> CreditRow:
    minor = (number % 97 * 41 + 7) * 100
    day = date.fromisoformat(f"{MONTH}-{number % 28 + 1:02d}")
    return CreditRow(payee_id, day, "bookings", f"K{number}", minor, minor, "USD")


def start() -> None:
    desk = _desk()
    services.start_run(period_id=desk.month(MONTH).pk, by=desk.admin)


def post_it() -> None:
    desk, run = _desk(), PayRun.objects.exclude(state="replaced").get()
    services.submit_run(run=desk.confirmed(run), by=desk.admin)
    for user in (desk.second, desk.finance):
        services.approve_run(run=run, by=user, at=timezone.now())
    services.post_run(run=run, by=desk.admin, at=timezone.now())
    assert LedgerEntry.objects.exists()


def _desk() -> PayDesk:
    """The logins of the company as set_up made them; the company itself isn't asked for."""
    from people.models import User

    admin, second, finance = (User.objects.get(email=f"{name}@example.com") for name in ("cora", "carl", "fina"))
    return PayDesk(company=None, admin=admin, second=second, finance=finance, run_jobs=list)  # type: ignore[arg-type]  # -- not needed
