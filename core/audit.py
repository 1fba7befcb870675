"""Acts: who did what to which object, when, in which request, and why. Written in the act's own transaction."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from typing import Any

import pghistory.runtime
from django.db.models import Model

from core.models import AuditEvent

request_id: ContextVar[str] = ContextVar("request_id", default="")


def record(
    *,
    act: str,
    actor: Any = None,
    subject: Model | None = None,
    subject_kind: str = "",
    reason: str = "",
    detail: dict[str, Any] | None = None,
    in_place_of: Any = None,
) -> AuditEvent:
    """Record one act (`import.accepted`, `role.granted`). `actor` is a user or None for the system.

    in_place_of: the user whose decision it was, where the actor stood in for somebody away: "Y for X".
    """
    who = str(actor or "Salesops")
    if in_place_of is not None:
        who, detail = f"{who} for {in_place_of}", {**(detail or {}), "in_place_of": in_place_of.pk}
    return AuditEvent.objects.create(
        act=act,
        actor=actor if getattr(actor, "pk", None) else None,
        actor_label=who[:200],
        request_id=request_id.get(),
        subject_kind=subject_kind or (subject._meta.model_name or "" if subject else ""),
        subject_id=subject.pk if subject else None,
        subject_label=str(subject or "")[:200],
        reason=reason,
        detail=detail or {},
        context_id=_history_context(),
    )


def _history_context() -> uuid.UUID | None:
    context = getattr(pghistory.runtime._tracker, "value", None)
    return context.id if context else None
