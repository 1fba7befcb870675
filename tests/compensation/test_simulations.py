"""What a version would cost: the run's own calculation on closed months, or with open deals laid over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from compensation import services
from compensation.kernel.places import with_value
from compensation.models import LedgerEntry, PayRun, PlanVersion, Simulation
from compensation.selectors import simulations
from compensation.selectors.what_if import open_deals_of, what_if
from core.models import AuditEvent, Run
from people.models import Person
from pipeline.models import OpportunitySplit
from tests.compensation.pay_desk import NOW, PayDesk, released
from tests.small_company import AS_OF

pytestmark = pytest.mark.django_db
FIRST_RATE = "components.commission.pays.tiers[0].rate"
SPLITS = [{"credit": "bookings", "on": "booking", "to": "splits"}]


def simulated(desk: PayDesk, version: PlanVersion, over: str, quarters: int = 1) -> Simulation:
    made = services.start_simulation(version=version, over=over, quarters=quarters, on=AS_OF, by=desk.admin)
    desk.run_jobs()
    run = Run.objects.get(pk=made.run_id)
    assert run.state == "succeeded", run.error
    return Simulation.objects.select_related("run", "base", "version__plan").get(pk=made.pk)


def seen(simulation: Simulation, user: Any, scale: str = "100") -> simulations.Shown:
    shown = simulations.shown(simulation, user, scale)
    assert shown is not None
    return shown


def paid_plan(
    desk: PayDesk, people: list[Person] | None = None, *, months: Sequence[str] = ("01", "02"), **changes: Any
) -> PlanVersion:
    """Two closed months: the first person earned 400 and, above a quota of 10,000, 600 + 400; each other 50 + 50."""
    everybody = people or [desk.ana]
    version = desk.plan(people=everybody, **changes)
    for person in everybody:
        desk.quota("10000", person=person)
    desk.keep(
        version,
        desk.credit("A", "4000", "2024-01-10", person=everybody[0]),
        desk.credit("B", "8000", "2024-02-20", person=everybody[0]),
        *(
            desk.credit(f"{month}{one.pk}", "500", f"2024-{month}-15", person=one)
            for one in everybody[1:]
            for month in months
        ),
    )
    desk.closed("2024-01")
    desk.closed("2024-02")
    return version


def cheaper(desk: PayDesk, version: PlanVersion, rate: str = "5%") -> PlanVersion:
    draft = services.begin_version(plan_id=version.plan_id, by=desk.admin)
    data = with_value(with_value(draft.document, "valid_from", "2024-03-01"), FIRST_RATE, rate)
    return services.save_version(version=draft, definition=data, by=desk.admin, edits=draft.edits)


def crew(number: int) -> list[Person]:
    return [Person.objects.create(name=f"Person {letter}") for letter in "ABCDEFGHIJ"[:number]]


# --- over closed months ---------------------------------------------------------------------------------------------


def test_an_empty_change_comes_to_what_was_posted(desk: PayDesk) -> None:
    version = paid_plan(desk)
    made = simulated(desk, version, "closed")
    assert made.base == version
    shown = seen(made, desk.admin)
    posted = LedgerEntry.objects.filter(stage=1).aggregate(all=Sum("amount_minor"))["all"]
    assert shown.old == shown.new == shown.posted == posted == 140000
    by_month = {
        f"{day:%b %Y}": total
        for day, total in LedgerEntry.objects.filter(stage=1).values_list("earned_in").annotate(Sum("amount_minor"))
    }
    assert {row.label: row.new for row in shown.months if row.new} == by_month
    assert {row.label: row.old for row in shown.months if row.old} == by_month
    assert shown.moves == simulations.Moves(0, 0, 1, 0, 0)


def test_a_change_costs_what_a_run_with_it_would_have_paid(desk: PayDesk) -> None:
    shown = seen(simulated(desk, cheaper(desk, paid_plan(desk)), "closed"), desk.admin)
    # 10,000 at 5 % and 2,000 at 20 % instead of 1,000 and 400
    assert (shown.old, shown.new, shown.posted) == (140000, 90000, 140000)
    assert [(row.name, row.old, row.new, row.change) for row in shown.rows] == [("Ana Alves", 140000, 90000, -50000)]
    assert shown.moves == simulations.Moves(0, 1, 0, 0, -50000)
    assert shown.old_rate is not None and round(shown.old_rate, 2) == 11.67  # of 12,000
    assert "less than the one in force" in shown.finding


def test_selling_more_or_less_bends_with_the_tiers(desk: PayDesk) -> None:
    made = simulated(desk, paid_plan(desk), "closed")
    sold = {one.scale: one.new for one in seen(made, desk.admin).sold}
    # 9,600 at 10 %; 12,000; 14,400: 1,000 and 4,400 at 20 %
    assert sold == {"80": 96000, "100": 140000, "120": 188000}
    assert seen(made, desk.admin, "120").new == 188000


def test_without_a_closed_month_there_is_nothing_to_lay_it_over(desk: PayDesk) -> None:
    version = desk.plan()
    with pytest.raises(services.CompensationError, match="simulate it over open deals"):
        services.start_simulation(version=version, over="closed", quarters=1, on=AS_OF, by=desk.admin)
    with pytest.raises(PermissionDenied):
        services.start_simulation(version=version, over="open", quarters=1, on=AS_OF, by=desk.finance)
    assert not Simulation.objects.exists()


def test_what_was_changed_meanwhile_is_not_simulated(desk: PayDesk) -> None:
    draft = cheaper(desk, paid_plan(desk))
    made = services.start_simulation(version=draft, over="closed", quarters=1, on=AS_OF, by=desk.admin)
    data = with_value(draft.document, FIRST_RATE, "6%")
    services.save_version(version=draft, definition=data, by=desk.admin, edits=draft.edits)
    desk.run_jobs()
    made.refresh_from_db()
    assert made.result == {} and "changed before" in Run.objects.get(pk=made.run_id).error


# --- over open deals ------------------------------------------------------------------------------------------------


def test_open_deals_count_by_probability_and_none_and_all_stand_beside(desk: PayDesk) -> None:
    version = paid_plan(desk)
    close = {"expected_close_on": AS_OF.replace(month=9)}
    desk.company.deal("Half", amount=Decimal(2000), probability=Decimal(50), **close)
    desk.company.deal("Tenth", amount=Decimal(5000), probability=Decimal(10), **close)
    desk.company.deal("Next year", amount=Decimal(9000), expected_close_on=AS_OF.replace(year=2025))
    shown = seen(simulated(desk, version, "open"), desk.admin)
    # above the quota already: 1,000 and 500 at 20 %; all of them 7,000
    assert (shown.old, shown.new) == (30000, 30000)
    assert shown.low is not None and shown.high is not None
    assert (shown.low.new, shown.high.new) == (0, 140000)
    assert {one.scale: one.new for one in shown.sold} == {"80": 24000, "100": 30000, "120": 36000}
    said = shown.assumed
    assert (said["deals"], said["whole"], said["weighted"], said["later"]) == (2, 700000, 150000, 1)
    assert [row.label for row in shown.months if row.new] == ["Sep 2024"]
    assert shown.posted is None


def test_with_every_deal_won_it_is_the_run_that_follows(desk: PayDesk) -> None:
    version = paid_plan(desk, crediting=SPLITS)
    deal = desk.company.deal("Split", amount=Decimal(1000), expected_close_on=AS_OF.replace(month=9))
    OpportunitySplit.objects.create(opportunity=deal, person=desk.ana, kind="revenue", percent=60)
    OpportunitySplit.objects.create(opportunity=deal, person=desk.company.outsider.person, kind="revenue", percent=40)
    shown = seen(simulated(desk, version, "open"), desk.admin)
    assert shown.high is not None
    # Ana's part alone: Olga isn't on the plan. 60 % of 1,000 at 20 %; the deal isn't hers by owning it
    assert shown.high.new == 12000
    desk.add(version, desk.credit("Split", "600", "2024-09-15"))
    for month in range(3, 10):
        last = desk.closed(f"2024-{month:02d}")
    earned = LedgerEntry.objects.filter(run=last, stage=1).aggregate(all=Sum("amount_minor"))["all"]
    assert earned == shown.high.new


def test_a_deal_is_credited_by_the_clauses_of_each_version(desk: PayDesk) -> None:
    version = paid_plan(desk, crediting=SPLITS)
    draft = services.begin_version(plan_id=version.plan_id, by=desk.admin)
    clauses = [{"credit": "bookings", "on": "booking", "to": "owner", "share": "50%", "only": {"type": "renewal"}}]
    data = draft.document | {"valid_from": "2024-03-01", "crediting": clauses}
    draft = services.save_version(version=draft, definition=data, by=desk.admin, edits=draft.edits)
    desk.company.deal("Plain", expected_close_on=AS_OF.replace(month=9))
    shown = seen(simulated(desk, draft, "open"), desk.admin)
    assert shown.high is not None
    assert (shown.high.old, shown.high.new) == (20000, 0)
    assert shown.assumed["uncredited"] == 1


def test_ones_own_what_if_asks_the_clauses_too(desk: PayDesk) -> None:
    version = paid_plan(desk, crediting=SPLITS)
    deal = desk.company.deal("Shared", owner=desk.company.outsider, expected_close_on=AS_OF.replace(month=9))
    for person, percent in ((desk.ana, 30), (desk.company.outsider.person, 70)):
        OpportunitySplit.objects.create(opportunity=deal, person=person, kind="revenue", percent=percent)
    run = PayRun.objects.filter(state="posted").latest("pk")
    payee = services.payee_of(desk.ana)
    (found,) = what_if(run, payee, [deal], AS_OF)
    assert (found.added, found.deals) == (6000, 1)  # 300 of 1,000 at 20 %
    assert released(run, payee.pk) and version.definition["crediting"] == SPLITS
    assert list(open_deals_of(desk.company.outsider.user, AS_OF)) == [deal]


# --- who sees what --------------------------------------------------------------------------------------------------


def test_fewer_than_five_people_are_told_to_pay_roles_only(desk: PayDesk) -> None:
    made = simulated(desk, paid_plan(desk, crew(4)), "closed")
    few = seen(made, desk.company.vp.user)
    assert (few.old, few.new, few.posted, few.moves, few.months, few.ranks, few.rows) == (
        None, None, None, None, (), (), (),
    )  # fmt: skip
    assert [(one.old, one.new) for one in few.sold] == [(None, None)] * 3
    assert len(seen(made, desk.finance).rows) == 4


def test_five_are_told_as_a_sum_but_not_what_one_of_them_would_lose(desk: PayDesk) -> None:
    """The draft pays one person less: the difference of both sums would be that person's."""
    people = crew(6)
    version = paid_plan(desk, people)
    draft = services.begin_version(plan_id=version.plan_id, by=desk.admin)
    data = with_value(with_value(draft.document, "valid_from", "2024-03-01"), FIRST_RATE.replace("0", "1"), "15%")
    draft = services.save_version(version=draft, definition=data, by=desk.admin, edits=draft.edits)
    few = seen(simulated(desk, draft, "closed"), desk.company.vp.user)
    assert few.old == 140000 + 5 * 10000
    assert (few.new, few.moves, few.rows, few.months) == (None, None, (), ())


def test_where_a_month_is_of_few_people_no_sum_is_told(desk: PayDesk) -> None:
    """February is one person's: it would be what is left of the sum when the run of January is taken from it."""
    made = simulated(desk, cheaper(desk, paid_plan(desk, crew(6), months=["01"])), "closed")
    few = seen(made, desk.company.vp.user)
    assert (few.old, few.new, few.moves, few.months) == (None, None, None, ())
    assert seen(made, desk.finance).old == 165000


def test_everybody_who_loses_is_told_as_a_sum(desk: PayDesk) -> None:
    few = seen(simulated(desk, cheaper(desk, paid_plan(desk, crew(6))), "closed"), desk.company.vp.user)
    assert (few.old, few.new) == (190000, 90000 + 5 * 5000)
    assert few.moves == simulations.Moves(0, 6, 0, 0, -75000)
    assert [(row.label, row.old) for row in few.months if row.old] == [("Jan 2024", 65000), ("Feb 2024", 125000)]
    assert few.rows == ()


def test_a_plan_beside_a_small_one_is_not_told(desk: PayDesk) -> None:
    """Pay runs tell the sum of both: what is left would be one person's."""
    components = {"commission": {"measure": "bookings", "pays": {"rate": "10%"}}}
    small = desk.plan(plan="Small", people=[desk.ana], components=components)
    desk.add(small, desk.credit("S", "100", "2024-01-10"))
    few = seen(simulated(desk, cheaper(desk, paid_plan(desk, crew(6))), "closed"), desk.company.vp.user)
    assert (few.old, few.new, few.posted) == (None, None, None)


def test_groups_of_five_stand_for_the_distribution(desk: PayDesk) -> None:
    few = seen(simulated(desk, cheaper(desk, paid_plan(desk, crew(10))), "closed"), desk.company.vp.user)
    # the five who earned least 100 each; four of 100 and one of 1,400
    assert [(row.old, row.new) for row in few.ranks] == [(10000, 5000), (36000, 22000)]


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_starts_it_and_tells_what_it_came_to(desk: PayDesk, signed_in: Callable[..., Client]) -> None:
    with time_machine.travel(NOW, tick=False):
        version = cheaper(desk, paid_plan(desk))
        address = reverse("compensation:version_simulation", args=[version.pk])
        keeper = signed_in(desk.admin)
        assert "Not simulated yet" in keeper.get(address).content.decode()
        assert keeper.post(address, {"over": "closed"}).status_code == 302
        desk.run_jobs()
        shown = keeper.get(f"{address}?over=closed&scale=120").content.decode()
        assert "$1,880.00" in shown and "Ana Alves" in shown and "1 lose" in shown and "<svg" in shown
        assert keeper.post(address, {"over": "open", "quarters": "2"}).status_code == 302
        desk.run_jobs()
        assert "0 open deals count" in keeper.get(f"{address}?over=open").content.decode()
        boss = signed_in(desk.company.vp)
        few = boss.get(f"{address}?over=closed").content.decode()
        assert "Ana Alves" not in few and "$1,400.00" not in few and "Fewer than five" in few
        assert boss.post(address, {"over": "closed"}).status_code == 403
        file = reverse("compensation:simulation_file", args=[version.pk])
        assert boss.get(file).status_code == 404
        rows = b"".join(keeper.get(file).streaming_content).decode()  # type: ignore[attr-defined]  # -- a stream
        assert "Ana Alves,1400.00,900.00,-500.00,USD" in rows
    assert AuditEvent.objects.filter(act="simulation.exported").count() == 1
