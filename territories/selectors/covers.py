"""Who covers accounts on any day of a span, through the seat that holds their territory: for credit by date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from people.models import Occupancy
from territories.models import AccountTerritory, TerritoryAssignment


class _Span(NamedTuple):
    start: date
    end: date | None
    what: tuple[int, str]

    def holds(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)


@dataclass(frozen=True, slots=True)
class Covers:
    """Spans by account (territory), territory (seat, part) and seat (person)."""

    territories: Mapping[int, Sequence[_Span]]
    seats: Mapping[int, Sequence[_Span]]
    people: Mapping[int, Sequence[_Span]]

    def on(self, account_id: int | None, day: date) -> tuple[tuple[int, str], ...]:
        """(person, part) of who covers an account's territory on a day; vacant seats give nobody."""
        return tuple(
            (person, part)
            for territory, _part in _at(self.territories, account_id or 0, day)
            for seat, part in _at(self.seats, territory, day)
            for person, _none in _at(self.people, seat, day)
        )


def _at(spans: Mapping[int, Sequence[_Span]], key: int, day: date) -> list[tuple[int, str]]:
    return [one.what for one in spans.get(key, ()) if one.holds(day)]


def covers_of(account_ids: Collection[int], first: date, until: date) -> Covers:
    """Of accounts, over [first, until). Three queries."""
    placed = within(AccountTerritory.objects.filter(account__in=account_ids), first, until)
    territories = _spans(placed.values_list("account_id", "valid_from", "valid_to", "territory_id"))
    held = {span.what[0] for spans in territories.values() for span in spans}
    covering = within(TerritoryAssignment.objects.filter(territory__in=held), first, until)
    seats = _spans(covering.values_list("territory_id", "valid_from", "valid_to", "position_id", "part"))
    taken = {span.what[0] for spans in seats.values() for span in spans}
    sitting = within(Occupancy.objects.filter(position__in=taken), first, until)
    return Covers(territories, seats, _spans(sitting.values_list("position_id", "valid_from", "valid_to", "person_id")))


def within(rows: QuerySet[Any], first: date, until: date) -> QuerySet[Any]:
    """Dated rows that hold on any day of [first, until), in order of their first day."""
    meets = Q(valid_to=None) | Q(valid_to__gt=first)
    return rows.filter(meets, valid_from__lt=until).order_by("valid_from", "pk")


def _spans(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[_Span]]:
    found: dict[int, list[_Span]] = defaultdict(list)
    for key, start, end, what, *part in rows:
        found[key].append(_Span(start, end, (what, str(part[0]) if part else "")))
    return found
