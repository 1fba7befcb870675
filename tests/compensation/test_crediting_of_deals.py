"""From what happened to deals, orders, invoices, leads and goals to credits of a plan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from compensation import services
from compensation.enums import Stage
from compensation.models import Credit, CreditDoubt, CreditHold, PayEvent
from compensation.services.crediting import refresh_credits
from pipeline.models import OpportunitySplit
from territories.models import Transition
from territories.services import keep_share
from tests.compensation.pay_desk import NOW, PayDesk, definition, entries
from tests.orders.desk import Desk
from tests.territories.atlas import Atlas

pytestmark = pytest.mark.django_db
PAST = date(2025, 1, 1)


@pytest.fixture
def books(company: Any) -> Desk:
    return Desk(company)


def refreshed(version: Any) -> list[tuple[str, str, int, str]]:
    """(key, person, paid on, factor) of live credits."""
    refresh_credits(plan_id=version.plan_id, past=PAST, why="test")
    live = Credit.objects.filter(plan_id=version.plan_id, ended_batch=None).select_related("payee__person")
    return [(one.key, str(one.payee), one.pay_minor, one.factor) for one in live.order_by("key", "payee__person__name")]


def won(desk: PayDesk, amount: str = "1000.01", **more: Any) -> Any:
    deal = desk.company.deal(stage="Won", amount=Decimal(amount), **more)
    return type(deal).objects.get(pk=deal.pk)


def test_a_booking_is_credited_by_its_splits_to_who_is_on_the_plan(desk: PayDesk) -> None:
    clauses = [{"credit": "bookings", "on": "booking", "to": "splits"}]
    manager = desk.company.manager.person
    version = desk.plan(people=[desk.ana, manager], crediting=clauses)
    deal, olga = won(desk), desk.company.outsider.person
    for person, percent in ((desk.ana, 60), (manager, 30), (olga, 10)):
        OpportunitySplit.objects.create(opportunity=deal, person=person, kind="revenue", percent=percent)
    assert refreshed(version) == [
        (f"{deal.number}:1", "Ana Alves", 60001, "split 60%"), (f"{deal.number}:1", "Max Moreau", 30000, "split 30%"),
    ]  # fmt: skip
    desk.assign(version.plan, olga, date(2024, 1, 1))
    assert sum(minor for *_rest, minor, _factor in refreshed(version)) == 100001
    assert refresh_credits(plan_id=version.plan_id, past=PAST, why="again") is None


def test_an_order_and_its_return_are_credited_at_what_they_took(desk: PayDesk, books: Desk) -> None:
    clauses = [{"credit": "bookings", "on": "order", "to": "owner"}, {"credit": "bookings", "on": "return"}]
    version = desk.plan(crediting=clauses)
    order = books.order(books.deal(), pieces="10", price="100")
    books.fulfil(order, "10")
    goods = books.take_back(order, "1")
    found = refreshed(version)
    assert found == [
        (f"{order.number}:1", "Ana Alves", 100000, "owner 100%"),
        (f"{goods.number}:2:{order.number}:1", "Ana Alves", -10000, "returned 100%"),
    ]  # fmt: skip
    taken = Credit.objects.get(pay_minor=-10000)
    assert taken.returns_key == f"{order.number}:1" and taken.deal_id == order.deal_id


def test_a_goal_pays_once_a_second_person_approved_it(desk: PayDesk) -> None:
    measures = {"goals": {"credits": ["goals"], "sum": "count"}}
    clauses = [{"credit": "goals", "on": "milestone", "to": "named", "quota": "count"}]
    components = {"bonus": {"measure": "goals", "pays": {"each": 500}}}
    version = desk.plan(crediting=clauses, measures=measures, components=components)
    event = PayEvent.objects.create(
        kind="milestone", payee=services.payee_of(desk.ana), name="Certified", on=date(2024, 1, 5)
    )
    assert refreshed(version) == []
    PayEvent.objects.filter(pk=event.pk).update(state="approved")
    assert [row[0] for row in refreshed(version)] == [f"{event.number}:1"]
    run = desk.closed("2024-01")
    assert entries(run=run, stage=1).get().amount_minor == 50000


def test_another_currency_is_credited_at_the_plan_rate_or_told(desk: PayDesk) -> None:
    from core.models import FxRate
    from core.services import add_rate

    version = desk.plan(crediting=[{"credit": "bookings", "on": "booking", "to": "owner"}])
    won(desk, "100", currency_id="EUR")
    assert refreshed(version) == []
    assert [(one.kind, one.deal_id is not None) for one in CreditDoubt.objects.all()] == [("no_rate", True)]
    add_rate(rate=FxRate(currency_id="EUR", rate=Decimal("1.1"), valid_from=date(2024, 1, 1)), by=desk.company.ops.user)
    refreshed(version)
    credit = Credit.objects.get()
    assert (credit.quota_minor, credit.pay_minor, credit.currency) == (11000, 10000, "EUR")
    assert (credit.fx_num, credit.fx_den) == (11, 10) and not CreditDoubt.objects.exists()


def test_a_held_credit_waits(desk: PayDesk) -> None:
    version = desk.plan(crediting=[{"credit": "bookings", "on": "booking", "to": "owner"}])
    deal = won(desk)
    hold = CreditHold.objects.create(plan=version.plan, event_kind="booking", event_id=deal.pk, reason="No contract")
    assert refreshed(version) == []
    CreditHold.objects.filter(pk=hold.pk).update(released_at=NOW)
    assert len(refreshed(version)) == 1


def test_a_run_credits_what_happened_before_it_calculates(desk: PayDesk) -> None:
    version = desk.plan(crediting=[{"credit": "bookings", "on": "booking", "to": "owner"}])
    desk.quota("10000")
    deal = won(desk, "500")
    month = f"{deal.closed_on:%Y-%m}"
    run = desk.calculated(month)
    assert run.totals == {"USD": {"earned": 5000, "paid": -5000}}
    assert Credit.objects.get().clause == "1" and version.plan.components.exists()


def test_clauses_leave_what_came_by_other_ways_alone(desk: PayDesk) -> None:
    version = desk.plan(crediting=[{"credit": "bookings", "on": "booking", "to": "owner"}])
    desk.keep(version, desk.credit("by hand", "10", "2024-01-10"))
    assert refreshed(version) == [("by hand", "Ana Alves", 1000, "")]
    assert definition()["plan"] == "AE 2024"


def by_payee(version: Any) -> dict[str, tuple[int, str]]:
    return {name: (minor, factor) for _key, name, minor, factor in refreshed(version)}


def test_who_covers_the_territory_on_the_day_is_credited(desk: PayDesk) -> None:
    manager = desk.company.manager.person
    clauses = [{"credit": "bookings", "on": "booking", "to": "territory"}]
    version = desk.plan(people=[desk.ana, manager], crediting=clauses)
    deal = won(desk, account=desk.company.account())
    assert refreshed(version) == []  # the account belongs nowhere
    atlas = Atlas(desk.company)
    atlas.cover()
    atlas.place(deal.account)
    assert refreshed(version) == [(f"{deal.number}:1", "Ana Alves", 100001, "territory 100%")]
    atlas.cover(who=desk.company.manager, since=deal.closed_on + timedelta(days=1))
    assert refreshed(version)[0][1] == "Ana Alves"  # it was hers on the day
    atlas.cover(who=desk.company.manager, since=deal.closed_on)
    assert refreshed(version)[0][1] == "Max Moreau"


@pytest.mark.parametrize(
    ("words", "kept"),
    [({}, True), ({"scope": "all"}, True), ({"min_amount": "1000"}, True), ({"min_amount": "2000"}, False),
     ({"opened_after": True}, False), ({"opened_after": True, "scope": "all"}, True)],
)  # fmt: skip
def test_who_had_the_account_keeps_its_open_deals(desk: PayDesk, words: dict[str, Any], kept: bool) -> None:
    manager = desk.company.manager.person
    version = desk.plan(people=[desk.ana, manager], crediting=[{"credit": "bookings", "on": "booking", "to": "splits"}])
    deal, opened_after = won(desk, account=desk.company.account()), words.pop("opened_after", False)
    moved_on = deal.closed_on - timedelta(days=1)
    day = moved_on if opened_after else moved_on - timedelta(days=30)
    type(deal).objects.filter(pk=deal.pk).update(created_on=day)
    least = {"min_amount": Decimal(words.pop("min_amount"))} if "min_amount" in words else {}
    keep_share(
        transition=Transition(account=deal.account, person=manager, moved_on=moved_on, **least, **words),
        shares=[(moved_on, Decimal(100)), (deal.closed_on, Decimal("33.33"))], by=desk.company.ops.user,
    )  # fmt: skip
    told = by_payee(version)
    expected = {"Ana Alves": (66671, "split 66.67%"), "Max Moreau": (33330, "kept 33.33%")}
    assert told == (expected if kept else {"Ana Alves": (100001, "split 100%")})


def test_half_of_an_order_is_held_until_the_customer_pays(desk: PayDesk, books: Desk) -> None:
    clauses = [
        {"credit": "bookings", "on": "order", "to": "owner"},
        {"credit": "cash", "on": "payment", "to": "owner"},
    ]
    hold = {"share": "50%", "until": "collected", "by": "cash"}
    components = {"commission": {"measure": "bookings", "pays": {"rate": "10%"}, "hold": hold}}
    version = desk.plan(crediting=clauses, components=components)
    order = books.order(books.deal(), on=date(2024, 5, 10))
    invoice = books.invoice(order, "1000", on=date(2024, 6, 1))
    for amount, on in (("400", date(2024, 6, 20)), ("600", date(2024, 7, 31))):
        books.pay(invoice, amount, on=on)
    refresh_credits(plan_id=version.plan_id, past=PAST, why="test")
    told = {}
    for month in ("2024-05", "2024-06", "2024-07"):
        run = desk.closed(month)
        found = entries(run=run).exclude(stage=Stage.PAID)
        told[month] = sorted((Stage(one.stage).name, one.amount_minor) for one in found)
    assert told == {
        "2024-05": [("EARNED", 10000), ("HELD", -5000)],
        "2024-06": [("RELEASED", 2000)],
        "2024-07": [("RELEASED", 3000)],
    }
