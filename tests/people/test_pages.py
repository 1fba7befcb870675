"""People and seats: who keeps them, moves from a day, leavers, what a page tells of the past."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from people.models import Occupancy, Person, Position, ReportingClosure, Team
from people.selectors import career_of
from people.services import LineError, give_seat, leave, move_seat
from tests.counting import queries
from tests.small_company import AS_OF, SINCE

MAY = date(2024, 5, 1)


def move(company: Any, member: Any, since: date, **changes: Any) -> None:
    move_seat(position=member.position, since=since, changes=changes, by=company.ops.user)


def test_a_move_holds_from_its_day_and_leaves_the_days_before(company: Any) -> None:
    move(company, company.rep, MAY, reports_to=company.other_manager.position, team=company.east)
    career = career_of(company.rep.person, AS_OF)
    assert [(one.what, one.is_now) for one in career.bosses] == [("Manager East", True), ("Manager West", False)]
    assert [one.what for one in career.teams] == ["East 1", "West 1"]
    pairs = ReportingClosure.objects.filter(descendant=company.rep.position, depth=1).order_by("valid_from")
    assert [(pair.ancestor, pair.valid_from, pair.valid_to) for pair in pairs] == [
        (company.manager.position, SINCE, MAY),
        (company.other_manager.position, MAY, None),
    ]


def test_a_move_to_come_is_not_in_force_yet(company: Any, signed_in: Any) -> None:
    move(company, company.rep, date(2999, 1, 1), reports_to=company.other_manager.position)
    assert signed_in(company.other_manager).get(company.rep.person.get_absolute_url()).status_code == 404
    assert b"To come" in signed_in(company.ops).get(company.rep.person.get_absolute_url()).content


def test_only_what_is_changed_is_moved(company: Any, signed_in: Any) -> None:
    client, address = signed_in(company.ops), company.rep.position.get_absolute_url()
    page = client.get(address)
    sent = {field.html_name: field.value() for field in page.context["form"]}
    sent = {name: getattr(value, "pk", value) or "" for name, value in sent.items()}
    client.post(address, sent | {"team": company.east.pk, "since": "2024-05-01"})
    rep = company.rep.position
    assert rep.placements.get(valid_to=None).team == company.east
    assert rep.lines_up.get().reports_to == company.manager.position
    assert rep.occupancies.get().person == company.rep.person
    assert b"Change who holds it" in client.post(address, sent | {"team": company.east.pk}).content


def test_a_loop_is_refused_in_words_and_changes_nothing(company: Any) -> None:
    with pytest.raises(LineError) as caught:
        move(company, company.manager, MAY, team=company.east, reports_to=company.rep.position)
    assert caught.value.field == "reports_to"
    assert company.manager.position.placements.get().team == company.west
    with pytest.raises(LineError, match="itself"):
        move(company, company.rep, MAY, reports_to=company.rep.position)


def test_a_leaver_empties_the_seat_and_cannot_take_another(company: Any) -> None:
    leave(person=company.rep.person, on=MAY, by=company.ops.user)
    assert Occupancy.objects.get(person=company.rep.person).valid_to == MAY
    with pytest.raises(LineError, match="has left"):
        move(company, company.outsider, date(2024, 6, 1), holder=company.rep.person)


def test_a_seat_can_change_hands_and_become_vacant(company: Any, signed_in: Any) -> None:
    new = Person.objects.create(name="Nina New")
    move(company, company.rep, MAY, holder=new)
    move(company, company.rep, date(2024, 7, 1), holder=None)
    spans = company.rep.position.occupancies.order_by("valid_from").values_list("person__name", "valid_to")
    assert list(spans) == [("Ana Alves", MAY), ("Nina New", date(2024, 7, 1))]
    assert b"Vacant" in signed_in(company.ops).get(company.manager.person.get_absolute_url()).content


def test_a_new_person_is_added_and_given_a_seat(company: Any, signed_in: Any) -> None:
    client = signed_in(company.ops)
    answer = client.post("/people/new/", {"name": "Nina New", "email": "nina@example.com", "hired_on": "2024-01-01"})
    nina = Person.objects.get(name="Nina New")
    assert answer["Location"] == reverse("people:person_seat", args=[nina.pk])
    boss, team = company.manager.position.pk, company.west.pk
    seat = {"since": "2024-01-01", "title": "Rep West 2", "reports_to": boss, "team": team}
    client.post(answer["Location"], seat)
    assert career_of(nina, AS_OF).today == Position.objects.get(title="Rep West 2")
    assert signed_in(company.manager).get(nina.get_absolute_url()).status_code == 200
    assert signed_in(company.outsider).get(nina.get_absolute_url()).status_code == 404
    refused = client.post("/people/new/", {"name": "Twin", "email": "nina@example.com"})
    assert refused.status_code == 200


def test_a_vacant_seat_keeps_its_boss_and_team(company: Any) -> None:
    move(company, company.rep, MAY, holder=None)
    nina = Person.objects.create(name="Nina New")
    nothing = {"title": "", "is_manager": False, "reports_to": None, "team": None}
    give_seat(person=nina, since=date(2024, 6, 1), position=company.rep.position, by=company.ops.user, **nothing)
    career = career_of(nina, AS_OF)
    assert [one.what for one in career.bosses] == ["Manager West"]
    assert [one.what for one in career.teams] == ["West 1"]


@pytest.mark.parametrize("who", ["rep", "manager", "vp"])
def test_only_who_keeps_people_may_change_them(company: Any, signed_in: Any, who: str) -> None:
    client, rep = signed_in(getattr(company, who)), company.rep
    assert client.get(rep.person.get_absolute_url()).status_code == 200
    for name in ("person_edit", "person_seat", "person_leave"):
        assert client.get(reverse(f"people:{name}", args=[rep.person.pk])).status_code == 403
    for address in (rep.position.get_absolute_url(), "/positions/", "/settings/teams/", "/settings/users/"):
        assert client.get(address).status_code == 404


def test_regions_hold_teams_and_stand_alone(company: Any, signed_in: Any) -> None:
    client, region = signed_in(company.ops), company.west.parent
    refused = client.post("/settings/teams/new/", {"name": "North", "kind": "region", "parent": region.pk})
    assert b"A region stands by itself" in refused.content
    client.post("/settings/teams/new/", {"name": "West 2", "kind": "team", "parent": region.pk})
    assert Team.objects.get(name="West 2").parent == region


def test_a_page_costs_the_same_whatever_happened(company: Any, signed_in: Any) -> None:
    client = signed_in(company.ops)
    pages = [company.rep.person.get_absolute_url(), company.rep.position.get_absolute_url()]
    few = [queries(client, page) for page in pages]
    for month in range(1, 6):
        boss = (company.other_manager, company.manager)[month % 2].position
        move(company, company.rep, date(2024, month, 1), reports_to=boss, team=(company.east, company.west)[month % 2])
    assert [queries(client, page) for page in pages] == few
