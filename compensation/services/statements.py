"""What payees do with their statements: see them, and say that they looked at them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from compensation import policies
from compensation.models import PaySettings, Statement
from compensation.selectors.statements import hash_of_month, month_of_statement
from compensation.services.errors import CompensationError, NotAllowed
from core import audit


def mark_seen(*, statement: Statement, by: Any, at: datetime) -> None:
    """Once, by the payee: others who look don't count."""
    if statement.seen_at is None and policies.owns_pay(by, statement.payee):
        Statement.objects.filter(pk=statement.pk, seen_at=None).update(seen_at=at)


@transaction.atomic
def acknowledge_statement(*, statement: Statement, seen: str, by: Any, at: datetime) -> Statement:
    """Keep that the payee looked at it, with the hash of what they saw. Raises CompensationError where it changed."""
    if not policies.owns_pay(by, statement.payee):
        raise NotAllowed("Only the person whose statement it is acknowledges it.")
    locked = (
        Statement.objects.select_for_update(of=("self",)).select_related("payee__person", "period").get(pk=statement.pk)
    )
    now = hash_of_month(month_of_statement(locked))
    if seen != now:
        raise CompensationError("The statement has changed since you opened it: look at it again, then acknowledge it.")
    if locked.acknowledged_hash == now:
        return locked
    locked.acknowledged_at, locked.acknowledged_hash = at, now
    locked.save(update_fields=["acknowledged_at", "acknowledged_hash"])
    audit.record(act="statement.acknowledged", actor=by, subject=locked, detail={"hash": now})
    return locked


def save_settings(*, settings: PaySettings, by: Any) -> PaySettings:
    """Promises about disputes, and whether managers see the pay of their line: it holds from the next page on."""
    if not policies.may_keep_settings(by):
        raise NotAllowed("Comp admins keep these settings.")
    settings.pk = 1
    settings.save()
    detail = {name: getattr(settings, name) for name in ("reply_days", "decide_days", "review_days", "managers_see")}
    audit.record(act="pay.settings_changed", actor=by, subject=settings, detail=detail)
    return settings
