"""Writes of targets."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.services import hold_closed_through
from quotas.models import Target


class DayClosed(ValueError):
    """A target of a closed day stays as it is."""


def _refuse_closed(day: date) -> None:
    """Raises DayClosed. Needs a transaction."""
    closed = hold_closed_through()
    if closed is not None and day <= closed:
        words = _("Books are closed through %(closed)s: choose a later day.")
        raise DayClosed(words % {"closed": formats.day(closed)})


@transaction.atomic
def set_target(*, target: Target, by: Any, on: date) -> Target:
    """Set what a holder owes for a measure and period from a day; the row in force until then ends.

    Raises DayClosed.
    """
    _refuse_closed(on)
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
    """From a day on the holder owes nothing for this measure and period; what held before stays on record.

    Raises DayClosed.
    """
    _refuse_closed(on)
    if target.valid_from >= on:
        target.delete()
    else:
        Target.objects.filter(pk=target.pk).update(valid_to=on)
    audit.record(act="target.ended", actor=by, subject_kind="target", detail={"target": str(target)})
