"""Doors for higher rooms: where accounts belong and who holds what on a day, for many at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from core.models import in_force_on
from people.models import Occupancy
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from territories.selectors.covers import Covers, covers_of, within
from territories.selectors.transitions import Kept, kept_shares


@dataclass(frozen=True, slots=True)
class Holder:
    """A seat with a part in a territory on a day, and who sits on it then (None: vacant)."""

    territory_id: int
    part: str
    position_id: int
    person_id: int | None


def territory_of(account_ids: Collection[int], on: date) -> dict[int, int]:
    """Territory by account on a day; accounts that belong to none aren't in it. One query."""
    rows = AccountTerritory.objects.filter(in_force_on(on), account__in=account_ids).order_by()
    return dict(rows.values_list("account_id", "territory_id"))


def territories_over(account_ids: Collection[int], first: date, until: date) -> list[AccountTerritory]:
    """Where accounts belonged on any day of [first, until), by account and day: for credit by date. One query."""
    rows = within(AccountTerritory.objects.filter(account__in=account_ids), first, until)
    return list(rows.order_by("account_id", "valid_from"))


def holders_of(territory_ids: Collection[int], on: date) -> dict[int, list[Holder]]:
    """Holders by territory on a day, vacant seats too; each list in the order of parts. Two queries."""
    rows = TerritoryAssignment.objects.filter(in_force_on(on), territory__in=territory_ids).order_by("part", "pk")
    held = list(rows.values_list("territory_id", "part", "position_id"))
    seats = {position for _territory, _part, position in held}
    sitting = Occupancy.objects.filter(in_force_on(on), position__in=seats).order_by()
    people = dict(sitting.values_list("position_id", "person_id"))
    found: dict[int, list[Holder]] = {}
    for territory, part, position in held:
        found.setdefault(territory, []).append(Holder(territory, part, position, people.get(position)))
    return found


def territories_of_people(person_ids: Collection[int], on: date) -> dict[int, list[int]]:
    """Ids of the territories that people cover on a day, by the seat they sit on then. One query."""
    seats = in_force_on(on, "position__occupancies__")
    rows = TerritoryAssignment.objects.filter(in_force_on(on), seats, position__occupancies__person__in=person_ids)
    pairs = rows.order_by("territory_id").values_list(F("position__occupancies__person_id"), "territory_id").distinct()
    found: dict[int, list[int]] = {}
    for person, territory in pairs:
        found.setdefault(person, []).append(territory)
    return found


def above(territory_ids: Collection[int]) -> dict[int, list[int]]:
    """What territories lie within, from the nearest to the root, by territory. One query."""
    parents = dict(Territory.objects.order_by().values_list("pk", "parent_id"))
    found: dict[int, list[int]] = {}
    for territory in territory_ids:
        chain, over = [], parents.get(territory)
        while over is not None and over not in chain:
            chain.append(over)
            over = parents.get(over)
        found[territory] = chain
    return found


__all__ = [
    "Covers",
    "Holder",
    "Kept",
    "above",
    "covers_of",
    "holders_of",
    "kept_shares",
    "territories_of_people",
    "territories_over",
    "territory_of",
]
