"""Writes of targets."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import audit
from quotas.models import Target


@transaction.atomic
def set_target(*, target: Target, by: Any, on: date) -> Target:
    """Set what a holder owes for a measure and period from a day; the row in force until then ends."""
    same = Target.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on),
        measure=target.measure, period=target.period, holder_kind=target.holder_kind, holder_id=target.holder_id,
    )  # fmt: skip
    same.filter(valid_from__gte=on).delete()
    same.update(valid_to=on)
    target.valid_from = on
    target.save()
    audit.record(act="target.set", actor=by, subject=target, detail={"amount": str(target.amount)})
    return target


@transaction.atomic
def end_target(*, target: Target, by: Any, on: date) -> None:
    """From a day on the holder owes nothing for this measure and period; what held before stays on record."""
    if target.valid_from >= on:
        target.delete()
    else:
        Target.objects.filter(pk=target.pk).update(valid_to=on)
    audit.record(act="target.ended", actor=by, subject_kind="target", detail={"target": str(target)})
