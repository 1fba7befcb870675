"""Territories of the demo company: regions, teams, and one for each rep's seat with the accounts of its book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from integrations.demo import roster
from integrations.demo.companies import slug
from integrations.demo.files import import_rows
from integrations.demo.organisation import region_of, segment_of
from integrations.demo.staffing import position_of

if TYPE_CHECKING:
    from integrations.demo.making import Making, Step
    from integrations.demo.story import Story

Row = dict[str, Any]


def territories(making: Making) -> Iterator[Step]:
    """The tree, which seat covers what, and where each account belongs; one file a kind."""
    yield "territories", partial(_import, making, "territories", tree(making.story))
    yield "coverage", partial(_cover, making)
    yield "accounts of territories", partial(_import, making, "account_territories", places(making.story))


def _import(making: Making, kind: str, rows: Iterable[Row]) -> None:
    import_rows(kind=kind, name=f"{kind}.csv", rows=rows, by=making.ops, today=making.today)


def seat_code(number: int) -> str:
    return f"T-{number:02d}"


def team_code(team: str) -> str:
    return f"T-{slug(team)}"


def tree(story: Story) -> Iterator[Row]:
    """Regions, the teams within them, and the seats within the teams they are in today."""
    for region in roster.REGIONS:
        yield {"external_id": team_code(region), "name": region, "kind": "geography", "parent": None}
    for team in roster.TEAMS:
        yield {"external_id": team_code(team), "name": team, "kind": _kind(team), "parent": team_code(region_of(team))}
    taken: Counter[str] = Counter()
    for number, seat in enumerate(story.organisation.reps, 1):
        team = seat.team_on(story.today)
        taken[team] += 1
        yield {
            "external_id": seat_code(number),
            "name": f"{team} {taken[team]}",
            "kind": _kind(team),
            "parent": team_code(team),
        }


def _kind(team: str) -> str:
    """Large customers are divided by name, the others by where they are."""
    return "named" if segment_of(team) == roster.ENTERPRISE else "geography"


def _cover(making: Making) -> None:
    """Managers' seats hold the teams, reps' seats their own territory, each from the day the seat was opened."""
    organisation = making.story.organisation
    held = [(team_code(team), seat) for team, seat in organisation.managers.items()]
    held += [(seat_code(number), seat) for number, seat in enumerate(organisation.reps, 1)]
    rows = [
        {"territory": code, "position": f"POS-{position_of(seat).pk}", "part": "owner", "valid_from": seat.opened}
        for code, seat in held
    ]
    _import(making, "territory_assignments", rows)


def places(story: Story) -> Iterator[Row]:
    """Each account in the territory of its book's seat; until that was opened, in the team's."""
    codes = {id(seat): seat_code(number) for number, seat in enumerate(story.organisation.reps, 1)}
    first = story.quarters[0].start
    for company in story.market:
        seat = company.seat
        if seat.opened > first:
            yield {"account": company.code, "territory": team_code(seat.team), "valid_from": first}
        yield {"account": company.code, "territory": codes[id(seat)], "valid_from": max(first, seat.opened)}
