"""What pay did in posted months: figures of the ledger, and nothing about fewer than five for who sees nobody's pay."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from compensation import services
from compensation.models import LedgerEntry, PlanVersion
from compensation.selectors import effectiveness as found
from compensation.selectors.effect_rows import Shown
from compensation.selectors.effect_words import findings_of
from core.models import AuditEvent
from people.models import Person, PersonPay
from tests.compensation.pay_desk import PayDesk, released
from tests.small_company import SINCE

pytestmark = pytest.mark.django_db
LARGE = {"measure": "bookings", "pays": {"bands": [{"from": 9500, "rate": "1%"}]}}


def crew(number: int, first: str = "Person") -> list[Person]:
    return [Person.objects.create(name=f"{first} {place:02d}") for place in range(number)]


def paid(desk: PayDesk, sold: dict[Person, list[str]], **changes: Any) -> PlanVersion:
    """A plan at 10 % whose people sell an amount in each month from January on, of a quota of 10,000 a year."""
    components = {"commission": {"measure": "bookings", "pays": {"rate": "10%"}}}
    version = desk.plan(people=list(sold), **{"components": components, **changes})
    rows = []
    for person, amounts in sold.items():
        desk.quota("10000", person=person)
        PersonPay.objects.create(
            person=person, ote=3600, variable=1200, currency_id="USD", valid_from=SINCE
        )  # fmt: skip
        for month, amount in enumerate(amounts, start=1):
            if float(amount):
                rows.append(desk.credit(f"{person.pk}-{month}", amount, f"2024-{month:02d}-10", person=person))
    desk.keep(version, *rows)
    return version


def effect(user: Any, period: str = "2024", plan: str = "") -> Shown | None:
    choices = found.choices_for(user, "USD")
    scope = found.find_scope(choices, period=period, currency="USD", plan=plan)
    return found.effect_of(scope, user) if scope is not None else None


def told(user: Any, **asked: str) -> Shown:
    shown = effect(user, **asked)
    assert shown is not None
    return shown


def close(desk: PayDesk, *months: str) -> None:
    for month in months:
        desk.closed(month)


# --- for pay roles --------------------------------------------------------------------------------------------------


def test_it_is_the_ledger_person_by_person(desk: PayDesk) -> None:
    ana, bob, zoe = desk.ana, *crew(2)
    paid(desk, {ana: ["4000", "1000"], bob: ["2000", "0"], zoe: ["0", "0"]})
    close(desk, "2024-01", "2024-02")
    statement = released(desk.closed("2024-03"), services.payee_of(ana).pk)
    shown = told(desk.admin)
    sums = dict(LedgerEntry.objects.values_list("stage").annotate(Sum("amount_minor")))
    assert shown.earned == sums[1] == 70000 and shown.paid == -sums[12] == 70000
    assert shown.credited == 700000 and shown.rate == 10
    # 1,200 a year is 100 a month; three people in three months
    assert shown.target == 90000 and shown.ratio is not None and round(shown.ratio, 1) == 77.8
    assert (shown.mix_planned is not None) and round(shown.mix_planned, 1) == 33.3
    assert [(row.name, row.facts.earned, row.facts.attainment) for row in shown.rows] == [
        ("Ana Alves", 50000, 50.0), ("Person 00", 20000, 20.0), ("Person 01", 0, 0.0),
    ]  # fmt: skip
    assert shown.rows[0].url == statement.get_absolute_url() and shown.zero == 1
    assert [(one.label, one.earned, one.credited, one.rate) for one in shown.months[:2]] == [
        ("Jan 2024", 60000, 600000, 10.0), ("Feb 2024", 10000, 100000, 10.0),
    ]  # fmt: skip
    assert sum(one.people for one in shown.bins) == 3 and shown.top_share is not None
    assert round(shown.top_share, 1) == 71.4  # one of three
    assert shown.relation is None and "Not enough data: 3 people" in findings_of(shown)["points"]


def test_a_quarter_and_a_plan_are_told_by_themselves(desk: PayDesk) -> None:
    ana, bob = desk.ana, crew(1)[0]
    first = paid(desk, {ana: ["1000"]})
    second = paid(desk, {bob: ["0", "0", "0", "3000"]}, plan="Hunters")
    close(desk, "2024-01", "2024-02", "2024-03", "2024-04")
    assert told(desk.admin, period="2024-Q1").earned == 10000 and told(desk.admin, period="2024-Q2").earned == 30000
    assert told(desk.admin, plan=str(second.plan_id)).earned == 30000
    shown = told(desk.admin)
    assert [(one.label, one.amount) for one in shown.plans] == [(str(second.plan), 30000), (str(first.plan), 10000)]


def test_kinds_and_a_relation_with_its_range(desk: PayDesk) -> None:
    people = crew(12)
    sold = {person: [str(1000 * place)] for place, person in enumerate(people, start=1)}
    components = {"commission": {"measure": "bookings", "pays": {"rate": "10%"}}, "large": LARGE}
    paid(desk, sold, components=components)
    close(desk, "2024-01")
    shown = told(desk.finance)
    kinds = {one.label: one.amount for one in shown.kinds}
    assert kinds == {"One rate": 780000, "Rates by deal size": 33000}  # of three people
    assert shown.relation is not None and shown.relation.is_clear and shown.relation.people == 12
    assert "earns more" in findings_of(shown)["points"] and len(shown.points_chart.dots) == 12
    assert findings_of(shown)["kinds"].startswith("One rate: 95")


# --- for those who see nobody's pay ---------------------------------------------------------------------------------


def test_fewer_than_five_are_not_told(desk: PayDesk) -> None:
    paid(desk, {person: ["1000"] for person in crew(4)})
    close(desk, "2024-01")
    assert effect(desk.company.vp.user) is None and told(desk.admin).people == 4


def test_a_span_with_a_month_of_few_is_not_told_since_its_quarters_would_tell_the_rest(desk: PayDesk) -> None:
    people = crew(6)
    paid(desk, {person: ["1000", "500" if place < 2 else "0", "1000", "1000"] for place, person in enumerate(people)})
    close(desk, "2024-01", "2024-02", "2024-03", "2024-04")
    boss = desk.company.vp.user
    assert effect(boss) is None and effect(boss, period="2024-Q1") is None
    assert told(boss, period="2024-Q2").earned == 60000


def test_people_are_told_in_groups_without_names(desk: PayDesk) -> None:
    people = crew(10)
    paid(desk, {person: [str(1000 * place)] for place, person in enumerate(people, start=1)})
    close(desk, "2024-01")
    shown = told(desk.company.vp.user)
    assert shown.earned == 550000 and shown.rows == () and shown.zero == 0 and shown.top_share is None
    assert [(one.attainment, one.url) for one in shown.points] == [(30.0, ""), (80.0, "")]
    assert all(one.people >= 5 for one in shown.bins) and sum(one.people for one in shown.bins) == 10
    assert all("Person" not in one.name for one in shown.points)


def test_a_small_plan_is_told_neither_alone_nor_as_what_is_left(desk: PayDesk) -> None:
    big = paid(desk, {person: ["1000"] for person in crew(12, "Big")})
    middle = paid(desk, {person: ["2000"] for person in crew(6, "Middle")}, plan="Middle")
    paid(desk, {desk.ana: ["9000"]}, plan="Small")
    close(desk, "2024-01")
    boss = desk.company.vp.user
    shown = told(boss)
    assert [(one.label, one.people, one.amount) for one in shown.plans] == [
        (str(big.plan), 12, 120000), ("The others together", 7, 210000),
    ]  # fmt: skip
    assert [one.pk for one in found.choices_for(boss, "USD").plans] == [big.plan_id]
    assert told(boss, plan=str(middle.plan_id)).scope.plan is None  # it isn't offered: all of them
    alone = told(boss, plan=str(big.plan_id))
    assert alone.earned == 120000
    assert (alone.kinds, alone.bins, alone.points, alone.paid, alone.zero) == ((), (), (), None, None)
    assert len(found.choices_for(desk.admin, "USD").plans) == 3


def test_a_kind_that_few_are_paid_by_is_told_with_others(desk: PayDesk) -> None:
    sold = {person: ["10000" if place < 2 else "1000"] for place, person in enumerate(crew(8))}
    components = {
        "commission": {"measure": "bookings", "pays": {"rate": "10%"}},
        "start": {"measure": "bookings", "pays": {"each": 10}},
        "large": LARGE,
    }
    paid(desk, sold, components=components)
    close(desk, "2024-01")
    assert len(told(desk.admin).kinds) == 3
    boss = {one.label: one.amount for one in told(desk.company.vp.user).kinds}
    assert boss == {"The others together": 8000 + 20000, "One rate": 260000}


def test_what_is_paid_is_not_told_where_it_would_tell_a_draw(desk: PayDesk) -> None:
    hold = {"measure": "bookings", "pays": {"rate": "10%"}, "hold": {"share": "20%", "months": 1}}
    paid(desk, {person: ["1000"] for person in crew(6)})
    paid(desk, {desk.ana: ["1000"]}, plan="Held", components={"commission": hold})
    close(desk, "2024-01")
    shown = told(desk.company.vp.user)
    assert shown.earned == 70000 and shown.paid is None and all(one.paid is None for one in shown.months)
    assert told(desk.admin).paid == 68000


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_and_its_file_tell_each_what_is_theirs(desk: PayDesk, signed_in: Callable[..., Client]) -> None:
    page, file = reverse("compensation:effectiveness"), reverse("compensation:effectiveness_file")
    keeper, boss = signed_in(desk.admin), signed_in(desk.company.vp)
    assert "No month is posted yet" in keeper.get(page).content.decode() and keeper.get(file).status_code == 404
    paid(desk, {person: [str(1000 + place)] for place, person in enumerate(crew(6))})
    close(desk, "2024-01")
    shown = keeper.get(page).content.decode()
    assert "Person 03" in shown and "Not enough data" in shown and "<circle" in shown
    few = boss.get(f"{page}?period=2024-Q1").content.decode()
    assert "Person 0" not in few and "Sums of at least five people" in few
    rows = list(csv.reader(io.StringIO(_file(keeper, file))))
    assert rows[1][0] == "Person 05" and rows[1][2:4] == ["100.50", "100.50"] and len(rows) == 7
    sums = _file(boss, file)
    assert "Person 0" not in sums and "Month,Jan 2024,601.50" in sums
    assert signed_in(desk.company.rep).get(page).status_code == 404
    assert AuditEvent.objects.filter(act="effectiveness.exported").count() == 2


def _file(client: Client, address: str) -> str:
    return b"".join(client.get(address).streaming_content).decode()  # type: ignore[attr-defined]  # -- a stream


def test_the_page_asks_no_more_for_more_people(
    desk: PayDesk, signed_in: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    paid(desk, {person: ["1000"] for person in crew(3)})
    close(desk, "2024-01")
    client, page = signed_in(desk.admin), reverse("compensation:effectiveness")
    client.get(page)
    with django_assert_max_num_queries(200) as few:
        client.get(page)
    paid(desk, {person: ["1000"] for person in crew(9, "More")}, plan="More", valid_from="2024-02-01")
    close(desk, "2024-02")
    with django_assert_max_num_queries(len(few) + 14):  # a plan and a month more
        client.get(page)


def test_an_event_that_two_plans_credit_is_sold_once(desk: PayDesk) -> None:
    manager = desk.company.manager.person
    first = desk.plan(people=[desk.ana])
    second = desk.plan(plan="Managers", people=[manager])
    of_one = {"event_kind": "booking", "event_id": 7}
    desk.keep(first, desk.credit("A", "3000", "2024-01-10", **of_one), desk.credit("B", "500", "2024-01-11"))
    desk.keep(second, desk.credit("A", "4000", "2024-01-10", person=manager, **of_one))
    desk.quota()
    desk.quota(person=manager)
    close(desk, "2024-01")
    assert told(desk.admin).credited == 450000
