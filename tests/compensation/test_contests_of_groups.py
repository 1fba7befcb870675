"""Contests between what people of the company belong to: teams and regions, territories, positions, over time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compensation import services
from compensation.selectors.belonging import belongings_of
from compensation.selectors.plan_checks import judged_findings
from compensation.selectors.run_inputs import frozen, terms_of, thawed
from compensation.services.verifying import compare_with_interpreter, verify_run
from people.models import Person
from tests.compensation.pay_desk import PayDesk, definition, entries
from tests.territories.atlas import Atlas

pytestmark = pytest.mark.django_db
FEBRUARY = date(2024, 2, 1)


def contest(desk: PayDesk, people: list[Person], **pays: Any) -> Any:
    parts = {"c": {"measure": "bookings", "pays": {"contest": [500, 300]} | pays}}
    return desk.plan(people=people, measures={"bookings": {"over": "month"}}, components=parts)


def test_territories_and_positions_by_name_number_and_what_lies_within(desk: PayDesk) -> None:
    atlas, company = Atlas(desk.company), desk.company
    coast = atlas.territory()  # within West
    atlas.cover()
    atlas.cover(who=company.outsider, since=FEBRUARY)
    assert company.manager.position is not None
    names = ["West", f"TER-{coast.pk}", company.manager.position.title]
    ana, olga, boss = company.rep.person, company.outsider.person, company.manager.person
    version = contest(desk, [ana, olga, boss], between=names)
    plan = terms_of(version, on=FEBRUARY).plan
    held = belongings_of(plan, {ana.pk: "ana", olga.pk: "olga", boss.pk: "boss"})
    told = {(one.payee, one.group, one.valid_to) for one in held}
    for group in names[:2]:
        assert ("ana", group, FEBRUARY) in told and ("olga", group, None) in told
    assert any(one[:2] == ("boss", names[2]) for one in told)


def test_a_name_that_nobody_has_is_asked_about(desk: PayDesk) -> None:
    atlas = Atlas(desk.company)
    coast, olga = atlas.territory(), desk.company.outsider.person
    pays = {
        "contest": [5],
        "who": ["Ana Alves", f"PER-{olga.pk}", "Nobody"],
        "between": [desk.company.west.name, f"TER-{coast.pk}", "Cost"],
    }
    parts = {"c": {"measure": "bookings", "pays": pays}}
    draft = services.create_plan(name="", definition=definition(components=parts), by=desk.admin)
    found = [one.finding for one in judged_findings(draft) if one.finding.code == "unknown_group"]
    assert [(one.place, one.message.split("“")[1].split("”")[0]) for one in found] == [
        ("components.c.pays.who", "Nobody"), ("components.c.pays.between", "Cost"),
    ]  # fmt: skip


def test_people_are_named_as_people_name_them(desk: PayDesk) -> None:
    ana, olga, boss = (one.person for one in (desk.company.rep, desk.company.outsider, desk.company.manager))
    version = contest(desk, [ana, olga, boss], who=["Ana Alves", f"PER-{olga.pk}"])
    desk.keep(
        version, desk.credit("A", "400", "2024-01-10"), desk.credit("B", "900", "2024-01-11", person=boss),
        desk.credit("C", "600", "2024-01-12", person=olga),
    )  # fmt: skip
    run = desk.closed("2024-01")
    rows = entries(run_id=run.pk, stage=1).exclude(amount_minor=0).values_list("payee__person", "amount_minor")
    assert dict(rows) == {ana.pk: 30_000, olga.pk: 50_000}


def test_a_team_wins_and_its_people_divide_the_prize_in_the_run_and_again(desk: PayDesk) -> None:
    company = desk.company
    west, east = company.west, company.east
    ana, boss, olga = company.rep.person, company.manager.person, company.outsider.person
    version = contest(desk, [ana, boss, olga], between=[west.name, east.name])
    desk.keep(
        version, desk.credit("A", "400", "2024-01-10"), desk.credit("B", "300", "2024-01-11", person=boss),
        desk.credit("C", "600", "2024-01-12", person=olga),
    )  # fmt: skip
    run = desk.closed("2024-01")
    rows = entries(run_id=run.pk, stage=1).exclude(amount_minor=0).values_list("payee__person", "amount_minor")
    teams = {one.payee: one.group for one in terms_of(version, on=date(2024, 1, 31)).belongs}
    assert dict(rows) == {ana.pk: 25_000, boss.pk: 25_000, olga.pk: 30_000}, teams
    payees = list(run.results.values_list("payee_id", flat=True))
    assert verify_run(run).is_same and compare_with_interpreter(run, version, payees).wrong == ()
    terms = terms_of(version, on=date(2024, 1, 31))
    assert thawed(version, frozen(terms)).belongs == terms.belongs != ()
