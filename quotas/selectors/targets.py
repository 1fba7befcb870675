"""Reads of targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, F, Model, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404

from core.kernel.access import SignedIn
from core.kernel.periods import Period
from core.models import Company, in_force_on
from core.selectors import MissingRate, plan_rates
from people.models import Occupancy, Person, Position, Team
from quotas.enums import HolderKind, Measure
from quotas.models import Target
from quotas.policies import may_set_targets


def targets_in_force(*, on: date) -> QuerySet[Target]:
    return Target.objects.filter(in_force_on(on)).select_related("period", "currency")


def targets_for(user: SignedIn, as_of: date) -> QuerySet[Target]:
    """Targets in force with the name of their holder (`holder_name`), for those who set them; one query."""
    return named(targets_in_force(on=as_of)) if may_set_targets(user) else Target.objects.none()


def named(targets: QuerySet[Target]) -> QuerySet[Target]:
    """With `holder_name`: of the team, position or person a target is for; the company's own for the company."""
    return targets.select_related("period").annotate(
        holder_name=Case(
            When(holder_kind=HolderKind.TEAM, then=_name(Team, "name")),
            When(holder_kind=HolderKind.POSITION, then=_name(Position, "title")),
            When(holder_kind=HolderKind.PERSON, then=_name(Person, "name")),
            default=Subquery(Company.objects.values("name")[:1]),
        )
    )


def _name(model: type[Model], field: str) -> Subquery:
    return Subquery(model._default_manager.filter(pk=OuterRef("holder_id")).values(field)[:1])


def get_target_for(user: SignedIn, target_id: int) -> Target:
    """A target, in force or not. Raises Http404 when there is none or the person doesn't set targets."""
    target = named(Target.objects.all()).filter(pk=target_id).first() if may_set_targets(user) else None
    if target is None:
        raise Http404("No such target.")
    return target


def history_of(target: Target) -> QuerySet[Target]:
    """What the same holder owed for the same measure and period, newest first."""
    same = {"measure": target.measure, "period": target.period, "holder_kind": target.holder_kind}
    return Target.objects.filter(**same, holder_id=target.holder_id).order_by("-valid_from", "-id")


def target_of(
    *,
    period: Period,
    on: date,
    measure: str = Measure.BOOKINGS,
    holder_kind: str = HolderKind.COMPANY,
    holder_id: int = 0,
) -> Decimal | None:
    """Target of a holder for a period in the reporting currency; else the sum of its quarters or months; else None."""
    return targets_of(period=period, on=on, holder_kind=holder_kind, measure=measure).get(holder_id)


def targets_of(
    *,
    period: Period,
    on: date,
    holder_kind: str,
    measure: str = Measure.BOOKINGS,
    holder_ids: Collection[int] | None = None,
) -> dict[int, Decimal]:
    """Targets of all holders of a kind, or of some, by their id, in the reporting currency; none where there is none.

    A period without a target of its own takes the sum of its quarters, else of its months, when all of them have one.
    Raises MissingRate.
    """
    within = Q(period__kind__in=("quarter", "month"), period__starts_on__gte=period.start)
    asked = Q(period__key=period.key) | (within & Q(period__ends_on__lte=period.end))
    of = Q(holder_kind=holder_kind) if holder_ids is None else Q(holder_kind=holder_kind, holder_id__among=holder_ids)
    return _read(asked & of, on=on, measure=measure).of(holder_kind, period)


def targets_of_holders(
    holders: Mapping[str, Collection[int]], *, on: date, measure: str = Measure.BOOKINGS
) -> HeldTargets:
    """Every target of some holders, given as ids by kind, whatever the period. One query, none without holders."""
    of = [Q(holder_kind=kind, holder_id__among=ids) for kind, ids in holders.items() if ids]
    return _read(reduce(or_, of), on=on, measure=measure) if of else HeldTargets({}, {})


class PersonTarget(NamedTuple):
    """What a person owes for a measure in a period: `amount` in `currency`, a count where that is None."""

    person_id: int
    measure: str
    period_key: str
    amount: Decimal
    currency: str | None
    holder_kind: str


def targets_for_people(person_ids: Collection[int], on: date) -> list[PersonTarget]:
    """Targets of people in force on a day, by person, measure and period: their own, and those of the seat they sit on.

    For the same measure and period their own stands, not the seat's beside it. One query.
    """
    sits = Occupancy.objects.filter(in_force_on(on))
    whose = Case(
        When(holder_kind=HolderKind.PERSON, then=F("holder_id")),
        default=Subquery(sits.filter(position=OuterRef("holder_id")).values("person")[:1]),
        output_field=BigIntegerField(),
    )
    seats = sits.filter(person__in=person_ids).order_by().values("position")
    of = Q(holder_kind=HolderKind.PERSON, holder_id__among=person_ids) | Q(
        holder_kind=HolderKind.POSITION, holder_id__in=seats
    )
    rows = Target.objects.filter(in_force_on(on), of).annotate(whose=whose).order_by("holder_kind")
    parts = ("whose", "measure", "period__key", "amount", "currency_id", "holder_kind")
    found: dict[tuple[int, str, str], PersonTarget] = {}
    for row in map(PersonTarget._make, rows.values_list(*parts)):  # "person" comes before "position"
        found.setdefault((row.person_id, row.measure, row.period_key), row)
    return [found[key] for key in sorted(found)]


class _Row(NamedTuple):
    amount: Decimal
    currency: str | None
    key: str
    kind: str
    starts_on: date
    ends_on: date

    def lies_in(self, period: Period) -> bool:
        return period.start <= self.starts_on and self.ends_on <= period.end


@dataclass(frozen=True, slots=True)
class HeldTargets:
    """Targets that were read, by (kind, id) of their holder, with the plan rates of the day."""

    rows: Mapping[tuple[str, int], Sequence[_Row]]
    rates: Mapping[str, Decimal]

    def of(self, holder_kind: str, period: Period) -> dict[int, Decimal]:
        """Targets of a period by holder. Raises MissingRate."""
        mine = {holder: rows for (kind, holder), rows in self.rows.items() if kind == holder_kind}
        found = {holder: _amount(rows, period, self.rates) for holder, rows in mine.items()}
        return {holder: amount for holder, amount in found.items() if amount is not None}


def _read(which: Q, *, on: date, measure: str) -> HeldTargets:
    parts = ("amount", "currency_id", "period__key", "period__kind", "period__starts_on", "period__ends_on")
    found = Target.objects.filter(in_force_on(on), which, measure=measure).order_by()
    held: dict[tuple[str, int], list[_Row]] = defaultdict(list)
    for kind, holder, *row in found.values_list("holder_kind", "holder_id", *parts):
        held[kind, holder].append(_Row(*row))
    is_foreign = any(row.currency is not None for rows in held.values() for row in rows)
    return HeldTargets(held, plan_rates(on=on) if is_foreign else {})


def _amount(targets: Sequence[_Row], period: Period, rates: Mapping[str, Decimal]) -> Decimal | None:
    direct = next((target for target in targets if target.key == period.key), None)
    if direct is not None:
        return _converted(direct, rates)
    for kind in ("quarter", "month"):
        parts = [target for target in targets if target.kind == kind and target.lies_in(period)]
        if parts and sum((p.ends_on - p.starts_on).days for p in parts) == period.days:
            return sum((_converted(part, rates) for part in parts), Decimal(0))
    return None


def _converted(target: _Row, rates: Mapping[str, Decimal]) -> Decimal:
    code = target.currency
    if code is None:
        return target.amount
    if code not in rates:
        raise MissingRate(f"There is no plan rate for {code}. Add one under Settings, Exchange rates.")
    return target.amount * rates[code]
