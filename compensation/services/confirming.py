"""Exceptions that somebody looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compensation import policies
from compensation.models import ExceptionMark, PayRun
from compensation.selectors.exceptions import Exceptional
from compensation.services.errors import CompensationError
from core import audit


@transaction.atomic
def confirm_exceptions(*, run: PayRun, found: Sequence[Exceptional], reason: str, by: Any) -> list[ExceptionMark]:
    """Several of them with one reason. Raises CompensationError without one."""
    return [confirm_exception(run=run, found=one, reason=reason, by=by) for one in found]


@transaction.atomic
def confirm_exception(*, run: PayRun, found: Exceptional, reason: str, by: Any) -> ExceptionMark:
    """Take an exception for right, with a reason: it comes again once its amount changes."""
    policies.check_keeps_pay(by)
    if not reason.strip():
        raise CompensationError(_("Say why it is right as it is."))
    same = ExceptionMark.objects.filter(period=run.period, kind=found.kind, key=found.key, payee=found.payee_id)
    mark = same.select_for_update().first() or ExceptionMark(
        period=run.period, payee_id=found.payee_id, kind=found.kind, key=found.key
    )
    mark.amount_minor, mark.reason, mark.marked_by = found.amount_minor, reason.strip()[:255], by
    mark.save()
    detail = {"kind": found.kind, "key": found.key, "blocks": found.blocks}
    audit.record(act="pay_exception.confirmed", actor=by, subject=run, reason=mark.reason, detail=detail)
    return mark
