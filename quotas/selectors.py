"""Reads of targets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from core.kernel.periods import Period
from core.models import in_force_on
from core.selectors import plan_rate, the_company
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
    mine = targets_in_force(on=on).filter(measure=measure, holder_kind=holder_kind, holder_id=holder_id)
    direct = mine.filter(period__key=period.key).first()
    if direct is not None:
        return _converted(direct, on)
    for kind in ("quarter", "month"):
        parts = list(
            mine.filter(period__kind=kind, period__starts_on__gte=period.start, period__ends_on__lte=period.end)
        )
        if parts and sum((p.period.ends_on - p.period.starts_on).days for p in parts) == period.days:
            return sum((_converted(part, on) for part in parts), Decimal(0))
    return None


def _converted(target: Target, on: date) -> Decimal:
    code = target.currency_id
    if code is None or code == the_company().currency_id:
        return target.amount
    return target.amount * plan_rate(currency=code, on=on)
