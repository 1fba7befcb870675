"""Milestones and scores: entered by one person, approved by another; from then on plans may pay for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import PayEventState
from compensation.models import PayEvent
from compensation.services.errors import CompensationError, NotAllowed
from compensation.services.plans import refuse_locked_days
from core import audit


@transaction.atomic
def enter_event(*, event: PayEvent, by: Any) -> PayEvent:
    """A milestone or score of somebody else. Raises CompensationError for days of a locked period."""
    policies.check_keeps_pay(by)
    if event.payee.person is not None and event.payee.person.user_id == by.pk:
        raise NotAllowed(_("Nobody scores their own work: somebody else does."))
    refuse_locked_days(event.on)
    event.entered_by = by
    event.save()
    audit.record(act="pay_event.entered", actor=by, subject=event, detail={"payee": event.payee.code})
    return event


@transaction.atomic
def decide_event(*, event: PayEvent, is_approved: bool, by: Any, at: datetime) -> PayEvent:
    """A second person's yes or no."""
    locked = PayEvent.objects.select_for_update().get(pk=event.pk)
    if locked.state != PayEventState.PROPOSED:
        raise CompensationError(_("%(event)s is decided already.") % {"event": locked.number})
    if not policies.may_decide_event(by, locked):
        raise NotAllowed(_("A second person with a pay role decides, not who entered it, nor whose pay it is."))
    locked.state = PayEventState.APPROVED if is_approved else PayEventState.REFUSED
    locked.decided_by, locked.decided_at = by, at
    locked.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(act=f"pay_event.{locked.state}", actor=by, subject=locked)
    return locked
