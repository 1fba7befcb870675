"""Who belonged to what over time, of the teams, territories and positions that a plan's contests name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from django.db.models import Q

from compensation.kernel.inputs import Belonging
from compensation.kernel.lint import WARNING, Finding
from compensation.kernel.plan import Contest
from compensation.kernel.plan import Plan as PlanTerms
from compensation.models import Payee
from people.models import Occupancy, Person, Position, Team
from people.selectors import teams_over_time
from territories.enums import CoveragePart
from territories.models import Territory, TerritoryAssignment
from territories.selectors import above

type Days = tuple[date, date | None]
_ALWAYS: Days = (date.min, None)


def groups_named(plan: PlanTerms) -> frozenset[str]:
    """What contests say of who takes part: names of groups, and codes of people among them."""
    contests = [one.pays for one in plan.components.values() if isinstance(one.pays, Contest)]
    return frozenset(name for one in contests for name in (*one.who, *one.between))


def belongings_of(plan: PlanTerms, codes: Mapping[int, str]) -> tuple[Belonging, ...]:
    """Of people by id, with the codes of their payees. No query where no contest names anybody.

    People by name, external ID or number (PER-12), teams and regions by name, territories by name or number (TER-4)
    with those within, positions by title or number.
    """
    names = groups_named(plan)
    if not names:
        return ()
    held = [*_teams(names, codes), *_seats(names, codes)]
    held += [(person, name, _ALWAYS) for person, name in _people(names) if person in codes]
    return tuple(sorted({Belonging(codes[person], group, *days) for person, group, days in held}, key=repr))


def unknown_groups(plan: PlanTerms) -> Iterator[Finding]:
    """Names in contests that nobody and nothing has: whoever they mean would take no part, and nobody would notice."""
    names = groups_named(plan)
    if not names:
        return
    known = {
        *Team.objects.filter(name__in=names).values_list("name", flat=True),
        *Payee.objects.filter(code__in=names).values_list("code", flat=True),
        *(name for _person, name in _people(names)),
        *(name for _seat, name, _days in _seat_spans(names)),
        *Territory.objects.filter(name__in=names).values_list("name", flat=True),
        *(f"TER-{pk}" for pk in Territory.objects.filter(pk__in=_numbers(names, "TER-")).values_list("pk", flat=True)),
    }
    for key, component in plan.components.items():
        pays = component.pays
        for word in ("who", "between") if isinstance(pays, Contest) else ():
            for name in sorted(set(getattr(pays, word)) - known):
                said = f"No person, team, territory or position is called “{name}”: whoever is meant takes no part."
                yield Finding(WARNING, "unknown_group", f"components.{key}.pays.{word}", said)


def _people(names: Collection[str]) -> Iterator[tuple[int, str]]:
    """(person, name) by each of their own names; two who are called the same both are meant."""
    of = Q(name__in=names) | Q(external_id__in=names) | Q(pk__in=_numbers(names, "PER-"))
    for pk, *own in Person.objects.filter(of).values_list("pk", "name", "external_id"):
        yield from ((pk, name) for name in (*own, f"PER-{pk}") if name is not None and name in names)


def _teams(names: Collection[str], codes: Mapping[int, str]) -> Iterator[tuple[int, str, Days]]:
    rows = Team.objects.filter(Q(name__in=names) | Q(parent__name__in=names)).select_related("parent")
    groups = {row.pk: [one.name for one in (row, row.parent) if one is not None and one.name in names] for row in rows}
    for held in teams_over_time(list(codes)) if groups else ():
        for group in groups.get(held.other_id, ()):
            yield held.person_id, group, (held.valid_from, held.valid_to)


def _seats(names: Collection[str], codes: Mapping[int, str]) -> Iterator[tuple[int, str, Days]]:
    """Whoever sat on a position that is named, or that held a territory that is, or one within it."""
    seats = [*_territories(names), *_seat_spans(names)]
    sitting = defaultdict(list)
    taken = Occupancy.objects.filter(position__in={seat for seat, _name, _days in seats}, person__in=codes)
    for position, person, start, end in taken.values_list("position_id", "person_id", "valid_from", "valid_to"):
        sitting[position].append((person, (start, end)))
    for seat, name, days in seats:
        for person, sat in sitting[seat]:
            if (both := _meet(days, sat)) is not None:
                yield person, name, both


def _seat_spans(names: Collection[str]) -> list[tuple[int, str, Days]]:
    """(seat, group, always) of positions by title or number."""
    positions = Position.objects.filter(Q(title__in=names) | Q(pk__in=_numbers(names, "POS-")))
    rows = positions.values_list("pk", "title")
    return [(pk, name, _ALWAYS) for pk, title in rows for name in (title, f"POS-{pk}") if name in names]


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
