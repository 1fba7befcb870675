"""Who belonged to what over time, of the teams, territories and positions that a plan's contests name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from django.db.models import Q

from compensation.kernel.inputs import Belonging
from compensation.kernel.plan import Contest
from compensation.kernel.plan import Plan as PlanTerms
from people.models import Occupancy, Position, Team
from people.selectors import teams_over_time
from territories.enums import CoveragePart
from territories.models import Territory, TerritoryAssignment
from territories.selectors import above

type Days = tuple[date, date | None]
type Held = tuple[int, Days]  # a seat or a person, and when


def groups_named(plan: PlanTerms) -> frozenset[str]:
    """What contests say of who takes part: names of groups, and codes of people among them."""
    contests = [one.pays for one in plan.components.values() if isinstance(one.pays, Contest)]
    return frozenset(name for one in contests for name in (*one.who, *one.between))


def belongings_of(plan: PlanTerms, codes: Mapping[int, str]) -> tuple[Belonging, ...]:
    """Of people by id, with the codes of their payees. No query where no contest names anybody.

    Teams and regions by name, territories by name or number (TER-4) with those within, positions by title or number.
    """
    names = groups_named(plan)
    if not names:
        return ()
    held = [*_teams(names, codes), *_seats(names, codes)]
    return tuple(sorted({Belonging(codes[person], group, *days) for person, group, days in held}, key=repr))


def _teams(names: Collection[str], codes: Mapping[int, str]) -> Iterator[tuple[int, str, Days]]:
    rows = Team.objects.filter(Q(name__in=names) | Q(parent__name__in=names)).select_related("parent")
    groups = {row.pk: [one.name for one in (row, row.parent) if one is not None and one.name in names] for row in rows}
    for held in teams_over_time(list(codes)) if groups else ():
        for group in groups.get(held.other_id, ()):
            yield held.person_id, group, (held.valid_from, held.valid_to)


def _seats(names: Collection[str], codes: Mapping[int, str]) -> Iterator[tuple[int, str, Days]]:
    """Whoever sat on a position that is named, or that held a territory that is, or one within it."""
    seats = _territories(names)
    positions = Position.objects.filter(Q(title__in=names) | Q(pk__in=_numbers(names, "POS-")))
    for pk, title in positions.values_list("pk", "title"):
        seats += [(pk, name, (date.min, None)) for name in (title, f"POS-{pk}") if name in names]
    sitting = defaultdict(list)
    taken = Occupancy.objects.filter(position__in={seat for seat, _name, _days in seats}, person__in=codes)
    for position, person, start, end in taken.values_list("position_id", "person_id", "valid_from", "valid_to"):
        sitting[position].append((person, (start, end)))
    for seat, name, days in seats:
        for person, sat in sitting[seat]:
            if (both := _meet(days, sat)) is not None:
                yield person, name, both


def _territories(names: Collection[str]) -> list[tuple[int, str, Days]]:
    """(seat, group, days) of those who own them."""
    known = dict(Territory.objects.order_by().values_list("pk", "name"))
    if not any(name in names or f"TER-{pk}" in names for pk, name in known.items()):
        return []
    groups = {
        pk: {one for at in (pk, *over) for one in (known[at], f"TER-{at}") if one in names}
        for pk, over in above(list(known)).items()
    }
    held = TerritoryAssignment.objects.filter(
        territory__in=[pk for pk, named in groups.items() if named], part=CoveragePart.OWNER
    )
    rows = held.values_list("territory_id", "position_id", "valid_from", "valid_to")
    return [
        (seat, name, (start, end)) for territory, seat, start, end in rows for name in sorted(groups[territory])
    ]  # fmt: skip


def _numbers(names: Iterable[str], prefix: str) -> list[int]:
    ends = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
    return [int(one) for one in ends if one.isascii() and one.isdigit() and len(one) < 16]


def _meet(one: Days, other: Days) -> Days | None:
    start = max(one[0], other[0])
    ends = [day for day in (one[1], other[1]) if day is not None]
    end = min(ends) if ends else None
    return None if end is not None and end <= start else (start, end)
