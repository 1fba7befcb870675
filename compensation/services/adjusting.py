"""Adjustments: proposed by one who keeps pay, approved by another, posted by the next run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from compensation import policies
from compensation.enums import AdjustmentState, DisputeState
from compensation.models import Adjustment, Assignment, Dispute, DisputeEntry
from compensation.services.errors import CompensationError, NotAllowed
from core import audit


@transaction.atomic
def propose_adjustment(*, adjustment: Adjustment, by: Any) -> Adjustment:
    """An amount for a month in which the payee was on the plan. Raises CompensationError."""
    policies.check_keeps_pay(by)
    if adjustment.payee.person is not None and adjustment.payee.person.user_id == by.pk:
        raise NotAllowed("Nobody adjusts their own pay: somebody else does.")
    on_plan = Assignment.objects.filter(
        plan_id=adjustment.plan_id, payee_id=adjustment.payee_id, valid_from__lte=adjustment.earned_in.replace(day=28)
    )
    if not on_plan.exists():
        raise CompensationError("The person wasn't on this plan in that month: choose another plan or month.")
    adjustment.proposed_by = by
    adjustment.save()
    audit.record(act="adjustment.proposed", actor=by, subject=adjustment, reason=adjustment.reason)
    return adjustment


@transaction.atomic
def decide_adjustment(*, adjustment: Adjustment, is_approved: bool, by: Any, at: datetime) -> Adjustment:
    locked = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    if locked.state != AdjustmentState.PROPOSED:
        raise CompensationError(f"{locked.number} is decided already.")
    if not policies.may_decide_adjustment(by, locked):
        raise NotAllowed("A second person with a pay role decides, not who proposed it, nor whose pay it is.")
    locked.state = AdjustmentState.APPROVED if is_approved else AdjustmentState.REFUSED
    locked.decided_by, locked.decided_at = by, at
    locked.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(act=f"adjustment.{locked.state}", actor=by, subject=locked)
    _follow_in_dispute(locked, by, at)
    return locked


def _follow_in_dispute(adjustment: Adjustment, by: Any, at: datetime) -> None:
    """The dispute that asked for it, where one did, moves on and tells of it."""
    dispute = Dispute.objects.select_for_update().filter(adjustment=adjustment).first()
    if dispute is None:
        return
    if adjustment.state == AdjustmentState.APPROVED and dispute.state == DisputeState.DECIDED:
        dispute.state = DisputeState.ADJUSTED
        dispute.save(update_fields=["state"])
    act = f"adjustment_{adjustment.state}"
    DisputeEntry.objects.create(dispute=dispute, author=by, at=at, act=act, text=adjustment.number)
