"""Leaderboards: the ranks that prizes go by, told to those on the plan and who lead them; never pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from compensation import services
from compensation.models import PlanVersion
from compensation.selectors import leaderboards as found
from compensation.selectors.places import place_of_statement
from compensation.selectors.statement_lines import Reader, all_groups
from compensation.selectors.statements import labels_of, versions_in
from compensation.selectors.telling import story_of
from tests.compensation.pay_desk import NOW, PayDesk, released, said
from tests.compensation.pay_desk import draft_lines as lines_of
from tests.counting import queries
from tests.small_company import AS_OF

pytestmark = pytest.mark.django_db
CONTEST = {"title": "Sprint", "measure": "bookings", "pays": {"contest": [5000, 3000], "at_least": 100}}


@pytest.fixture(autouse=True)
def in_august() -> Iterator[None]:
    """Pages that ask for the day are asked while the contest runs."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def version(desk: PayDesk) -> PlanVersion:
    """Ana and Olga in a contest of each quarter: Olga before in the third, Ana in the second."""
    olga = desk.company.outsider.person
    version = desk.plan(
        plan="Sprint 2024", people=[desk.ana, olga], measures={"bookings": {"over": "quarter"}},
        components={"sprint": CONTEST},
    )  # fmt: skip
    desk.keep(
        version, desk.credit("A", "4000", "2024-05-10"), desk.credit("O", "500", "2024-05-12", person=olga),
        desk.credit("A2", "7000", "2024-07-01"), desk.credit("O2", "9000.50", "2024-07-12", person=olga),
        desk.credit("A3", "99999", "2024-09-01"),
    )  # fmt: skip
    return version


def running(user: Any) -> Any:
    races, _past = found.races_for(user, AS_OF)
    return found.board_of(races[0], user, AS_OF)


def told(board: Any) -> list[tuple[int, str, str]]:
    return [(one.rank, one.name, one.words) for one in board.places]


def test_ranks_of_today_and_the_distance_to_the_next_place(desk: PayDesk, version: PlanVersion) -> None:
    board = running(desk.company.rep.user)
    assert told(board) == [(1, "Olga Orlov", "$9,000.50"), (2, "Ana Alves", "$7,000.00")]
    assert board.own.is_own and board.own.rank == 2 and board.missing == "$2,000.50"
    assert running(desk.company.outsider.user).missing == ""
    assert (board.race.label, board.race.last_on, board.race.is_over) == ("2024-Q3", date(2024, 9, 30), False)


def test_a_new_credit_is_seen_at_once(desk: PayDesk, version: PlanVersion) -> None:
    running(desk.company.rep.user)
    desk.add(version, desk.credit("A4", "2000.50", "2024-08-01"))
    board = running(desk.company.rep.user)
    assert [(one.rank, one.equal) for one in board.places] == [(1, 2), (1, 2)] and board.missing == ""


def test_the_result_is_what_the_run_pays(desk: PayDesk, version: PlanVersion) -> None:
    _running, past = found.races_for(desk.admin, AS_OF)
    race = next(one for one in past if one.span.label == "2024-Q2")
    ranked = {one.payee_id: one.rank for one in found.board_of(race, desk.admin, AS_OF).places}
    run = desk.calculated("2024-06")
    paid = {row.payee_id: row.amount_minor for row in lines_of(run).filter(stage=1).exclude(amount_minor=0)}
    assert {payee: {1: 500_000, 2: 300_000}[rank] for payee, rank in ranked.items()} == paid
    assert len(paid) == 2 and sum(line[3] for line in said(lines_of(run))) == 0


def test_a_late_credit_of_one_works_out_the_other_too(desk: PayDesk, version: PlanVersion) -> None:
    run = desk.calculated("2024-06")
    olga = desk.company.outsider.person
    desk.add(version, desk.credit("late", "9000", "2024-05-30", person=olga))
    services.recalculate_run(run=run, by=desk.admin)
    desk.run_jobs()
    paid = {row.payee.person.name: row.amount_minor for row in lines_of(run).filter(stage=1).exclude(amount_minor=0)}
    assert paid == {"Ana Alves": 300_000, "Olga Orlov": 500_000}


def test_a_statement_tells_ones_own_rank_and_nothing_of_the_others(desk: PayDesk, version: PlanVersion) -> None:
    sent = released(desk.closed("2024-06"), services.payee_of(desk.ana).pk)
    month = place_of_statement(sent).month
    labels = labels_of(versions_in(month))
    groups = list(all_groups(month, labels, Reader(desk.company.rep.user, AS_OF)))
    told = " ".join(story_of(month, line, labels).plain() for line in groups)
    assert "Rank 1 of 2 with $4,000.00" in told and "Olga" not in told and "500.00 " not in told


def test_who_sees_it(desk: PayDesk, version: PlanVersion, signed_in: Callable[..., Client]) -> None:
    company = desk.company
    page = reverse("compensation:leaderboard", args=[version.pk, "sprint"])
    sees = [company.rep, company.outsider, company.manager, company.other_manager, company.vp, desk.finance, desk.admin]
    for who in sees:
        shown = signed_in(who).get(page).content.decode()
        assert "Olga Orlov" in shown and "$9,000.50" in shown
        assert "5,000" not in shown and "3,000" not in shown  # no prize
    for who in (company.ops, company.admin):
        assert signed_in(who).get(page).status_code == 404
    services.end_assignment(
        assignment=version.plan.assignments.get(payee__person=company.outsider.person), valid_to=date(2024, 7, 20),
        by=desk.admin,
    )  # fmt: skip
    assert signed_in(company.outsider).get(page).status_code == 404  # Olga left; of June she keeps the result
    assert signed_in(company.outsider).get(page + "?span=2024-Q2").status_code == 200
    assert told(running(company.rep.user)) == [(1, "Ana Alves", "$7,000.00")]


def test_pages_and_the_card_of_the_start_page(
    desk: PayDesk, version: PlanVersion, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(desk.company.rep)
    shown = client.get(reverse("compensation:leaderboards")).content.decode()
    assert "Sprint" in shown and "You are number 2" in shown and "$2,000.50 to place 1" in shown
    assert "2024-Q2" in shown and "2024-Q1" in shown
    card = client.get(reverse("compensation:leaderboard_today"), headers={"hx-request": "true"}).content.decode()
    assert "2 of 2" in card and "$2,000.50 to place 1" in card
    assert "leaderboards/today" in client.get(reverse("reporting:today")).content.decode()
    nothing = signed_in(desk.company.vp).get(reverse("compensation:leaderboard_today")).content.decode()
    assert "No contest of yours is running" in nothing


def test_without_a_contest_it_says_what_would_stand_there(desk: PayDesk, signed_in: Callable[..., Client]) -> None:
    desk.plan()
    shown = signed_in(desk.company.rep).get(reverse("compensation:leaderboards")).content.decode()
    assert "No contest is running" in shown
    assert not found.has_board(desk.company.rep.user)


def test_a_plan_shows_ranks_of_what_isnt_a_contest_where_it_says_so(desk: PayDesk) -> None:
    spiff = {"title": "Spiff", "measure": "meetings", "pays": {"each": 75}, "leaderboard": True}
    version = desk.plan(
        measures={"meetings": {"sum": "count", "over": "month"}},
        components={"spiff": spiff, "hidden": CONTEST | {"measure": "meetings", "leaderboard": False}},
    )
    desk.keep(version, *(desk.credit(f"M{n}", "1", "2024-08-02", kind="meetings") for n in range(3)))
    races, _past = found.races_for(desk.company.rep.user, AS_OF)
    assert [race.key for race in races] == ["spiff"]
    assert told(running(desk.company.rep.user)) == [(1, "Ana Alves", "3")]


def test_ranks_by_attainment_and_by_team(desk: PayDesk) -> None:
    olga = desk.company.outsider.person
    pays = {"contest": [10], "by": "attainment", "among": "team"}
    version = desk.plan(people=[desk.ana, olga], components={"sprint": {"measure": "bookings", "pays": pays}})
    desk.quota("10000")
    desk.quota("500", person=olga)
    desk.keep(version, desk.credit("A", "4000", "2024-05-10"), desk.credit("O", "500", "2024-05-12", person=olga))
    board = running(desk.admin)
    assert [(one.group, one.rank, one.name, one.words) for one in board.places] == [
        ("West 1", 1, "Ana Alves", "40.0%"), ("East 1", 1, "Olga Orlov", "100.0%"),
    ]  # fmt: skip


def test_over_the_api(desk: PayDesk, version: PlanVersion, signed_in: Callable[..., Client]) -> None:
    client = signed_in(desk.company.rep)
    listed = client.get("/api/v1/leaderboards/").json()["items"]
    assert [(one["span"], one["is_over"]) for one in listed] == [
        ("2024-Q3", False), ("2024-Q2", True), ("2024-Q1", True),
    ]  # fmt: skip
    url = f"/api/v1/leaderboards/{version.pk}/sprint/"
    body = client.get(url).json()
    assert body["places"] == [
        {"rank": 1, "shared_by": 1, "name": "Olga Orlov", "reached": "9000.5", "group": "", "is_own": False},
        {"rank": 2, "shared_by": 1, "name": "Ana Alves", "reached": "7000", "group": "", "is_own": True},
    ]
    assert body["race"]["unit"] == "money" and body["waiting"] == 0
    assert client.get(url, {"span": "2024-Q2"}).json()["places"][0]["name"] == "Ana Alves"
    assert client.get(url, {"span": "2031-Q2"}).status_code == 404
    assert client.get(url, {"spam": "1"}).status_code == 400
    assert signed_in(desk.company.ops).get(url).status_code == 403


def test_it_asks_as_often_for_many_as_for_few(
    desk: PayDesk, version: PlanVersion, signed_in: Callable[..., Client]
) -> None:
    from people.models import Person

    client, page = signed_in(desk.admin), reverse("compensation:leaderboard", args=[version.pk, "sprint"])

    def asked() -> int:
        cache.clear()
        return queries(client, page)

    few = asked()
    for number in range(20):
        person = Person.objects.create(name=f"Rep {number}")
        desk.assign(version.plan, person, date(2024, 1, 1))
        desk.add(version, desk.credit(f"R{number}", "150", "2024-07-02", person=person))
    assert asked() == few
