"""Reads of targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from core.kernel.periods import Period
from core.models import in_force_on
from core.selectors import MissingRate, plan_rates
from quotas.enums import HolderKind, Measure
from quotas.models import Target


def targets_in_force(*, on: date) -> QuerySet[Target]:
    return Target.objects.filter(in_force_on(on)).select_related("period", "currency")


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


def targets_of(*, period: Period, on: date, holder_kind: str, measure: str = Measure.BOOKINGS) -> dict[int, Decimal]:
    """Targets of all holders of a kind by their id, in the reporting currency; holders without one aren't in it.

    A period without a target of its own takes the sum of its quarters, else of its months, when all of them have one.
    Raises MissingRate.
    """
    within = Q(period__kind__in=("quarter", "month"), period__starts_on__gte=period.start)
    asked = Q(period__key=period.key) | (within & Q(period__ends_on__lte=period.end))
    held: dict[int, list[Target]] = defaultdict(list)
    for target in targets_in_force(on=on).filter(asked, measure=measure, holder_kind=holder_kind):
        held[target.holder_id].append(target)
    rates = plan_rates(on=on) if held else {}
    amounts = {holder: _amount(targets, period, rates) for holder, targets in held.items()}
    return {holder: amount for holder, amount in amounts.items() if amount is not None}


def _amount(targets: Sequence[Target], period: Period, rates: Mapping[str, Decimal]) -> Decimal | None:
    direct = [target for target in targets if target.period.key == period.key]
    if direct:
        return _converted(direct[0], rates)
    for kind in ("quarter", "month"):
        parts = [target for target in targets if target.period.kind == kind]
        if parts and sum((p.period.ends_on - p.period.starts_on).days for p in parts) == period.days:
            return sum((_converted(part, rates) for part in parts), Decimal(0))
    return None


def _converted(target: Target, rates: Mapping[str, Decimal]) -> Decimal:
    code = target.currency_id
    if code is None:
        return target.amount
    if code not in rates:
        raise MissingRate(f"There is no plan rate for {code}. Add one under Settings, Exchange rates.")
    return target.amount * rates[code]
