"""What happened, as several versions of plans are credited with it: read once for all of them where that is little."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from compensation.enums import VersionState
from compensation.kernel.clauses import ask_for_territories
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.reading import PlanError, read_plan
from compensation.models import Assignment, PlanVersion
from compensation.selectors.events import DEALS_AT_ONCE, Happened, happened
from compensation.selectors.rates import Rates
from pipeline.enums import Status
from pipeline.models import Opportunity


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What all versions of a currency ask for together. people: by kind of event."""

    kinds: frozenset[str]
    first: date
    past: date
    people: Mapping[str, Collection[int]]
    by_territory: bool

    @property
    def rows(self) -> dict[str, Any]:
        return {
            "first": self.first, "past": self.past, "people": self.people, "by_territory": self.by_territory,
        }  # fmt: skip


@dataclass(slots=True)
class Readings:
    """Events for one version after the other; what is known of a currency is read once and cut for each."""

    wanted: Mapping[str, _Wanted] = field(default_factory=dict)
    kept: dict[str, Sequence[Happened]] = field(default_factory=dict)

    def of(self, plan_id: int, terms: PlanTerms, *, first: date, past: date) -> Iterator[Happened]:
        """What a version's clauses take, on days of [first, past)."""
        kinds = {clause.on for clause in terms.crediting}
        known = self.wanted.get(terms.currency)
        if known is None or not (kinds <= known.kinds and known.first <= first and past <= known.past):
            people = dict.fromkeys(kinds, people_on(plan_id))
            alone = _Wanted(frozenset(kinds), first, past, people, ask_for_territories(terms.crediting))
            yield from happened(kinds, rates=Rates(terms.currency), **alone.rows)
            return
        if terms.currency not in self.kept:
            self.kept[terms.currency] = list(happened(known.kinds, rates=Rates(terms.currency), **known.rows))
        for some in self.kept[terms.currency]:
            taken = [one for one in some.events if one.kind in kinds and first <= one.on < past]
            yield Happened(taken, some.sources)


def people_on(plan_id: int) -> set[int]:
    """Ids of everybody who was ever on a plan."""
    rows = Assignment.objects.filter(plan_id=plan_id, payee__person__isnull=False)
    return {person for person in rows.values_list("payee__person_id", flat=True) if person is not None}


def shared_readings(past: date) -> Readings:
    """For all plans in force where few deals are won: all of it is held at once. Else each is read by itself."""
    if Opportunity.objects.filter(status=Status.WON).count() > DEALS_AT_ONCE:
        return Readings()
    found: dict[str, _Wanted] = {}
    for version in PlanVersion.objects.filter(state=VersionState.PUBLISHED).order_by("pk"):
        try:
            terms = read_plan(version.definition)
        except PlanError:
            continue  # told where the plan itself is credited
        kinds = frozenset(clause.on for clause in terms.crediting)
        if kinds:
            found[terms.currency] = _joined(found.get(terms.currency), kinds, version, terms, past)
    return Readings(found)


def _joined(
    known: _Wanted | None, kinds: frozenset[str], version: PlanVersion, terms: PlanTerms, past: date
) -> _Wanted:
    first = terms.counts_from or version.valid_from
    people: dict[str, Collection[int]] = dict(known.people) if known else {}
    mine = people_on(version.plan_id)
    for kind in kinds:
        people[kind] = mine | set(people.get(kind, ()))
    by_territory = ask_for_territories(terms.crediting)
    if known is None:
        return _Wanted(kinds, first, past, people, by_territory)
    return _Wanted(
        kinds | known.kinds, min(first, known.first), past, people, by_territory=by_territory or known.by_territory
    )
