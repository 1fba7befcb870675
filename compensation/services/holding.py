"""Credits that wait while something is cleared up: by the event they come from, until somebody lets them go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compensation import policies
from compensation.models import CreditHold, PayRun
from compensation.selectors.exceptions import Exceptional
from compensation.selectors.run_facts import live_credits
from compensation.services.errors import CompensationError
from core import audit


@transaction.atomic
def hold_credits(*, run: PayRun, found: Exceptional, reason: str, by: Any) -> list[CreditHold]:
    """Hold what a payee is credited of the deal of an exception: from the next crediting on, until it is released."""
    policies.check_keeps_pay(by)
    if not reason.strip():
        raise CompensationError(_("Say what is to be cleared up."))
    if found.deal_id is None:
        raise CompensationError(_("Only credits of a deal can be held."))
    rows = live_credits(run.period).filter(deal_id=found.deal_id, payee=found.payee_id, event_id__isnull=False)
    events = sorted(set(rows.values_list("plan_id", "event_kind", "event_id")))
    if not events:
        raise CompensationError(_("These credits were entered without an event: end them where they come from."))
    holds = []
    for plan, kind, number in events:
        given = {"plan_id": plan, "payee_id": found.payee_id, "event_kind": kind, "event_id": number}
        hold = CreditHold.objects.filter(released_at=None, **given).first()
        holds.append(hold or CreditHold.objects.create(reason=reason.strip()[:255], held_by=by, **given))
    audit.record(act="credits.held", actor=by, subject=run, reason=reason.strip()[:255], detail={"deal": found.deal_id})
    return holds


@transaction.atomic
def release_hold(*, hold: CreditHold, by: Any, at: datetime) -> CreditHold:
    """Let a held credit go: the next crediting makes it again. Done twice it is released once."""
    policies.check_keeps_pay(by)
    locked = CreditHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if locked.released_at is None:
        locked.released_by, locked.released_at = by, at
        locked.save(update_fields=["released_by", "released_at"])
        audit.record(act="credits.released", actor=by, subject=locked, reason=locked.reason)
    return locked
