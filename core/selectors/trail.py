"""Acts that were recorded, and mail that was caught."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils.text import capfirst

from core import registry
from core.kernel.access import SignedIn
from core.models import AuditEvent


def may_see_audit(user: SignedIn) -> bool:
    return user.has_role("admin")


def audit_for(user: SignedIn) -> QuerySet[AuditEvent]:
    """Acts a person may read: all for admins, else none."""
    events = AuditEvent.objects.select_related("actor")
    return events if may_see_audit(user) else events.none()


def get_event_for(user: SignedIn, event_id: int) -> AuditEvent:
    """Raises Http404 when there is no such act or the person may not read it."""
    found = audit_for(user).filter(pk=event_id).first()
    if found is None:
        raise Http404("No such act.")
    return found


@dataclass(frozen=True, slots=True)
class Altered:
    """A record that an act changed: which, and (label, before, after) of each field.

    Values are told to those who see the record itself; for others `changes` keeps the labels alone.
    """

    kind: str
    record_id: int
    changes: list[tuple[str, str, str]]
    is_told: bool


def altered_by(event: AuditEvent, user: SignedIn, as_of: date, *, limit: int = 50) -> list[Altered]:
    """What the act changed, from the history rows of the same context: at most `limit` records of each kind."""
    if event.context_id is None:
        return []
    found: list[Altered] = []
    for model in _tracked():
        rows = model.events.rel.related_model.objects.filter(pgh_context=event.context_id).order_by("pgh_id")
        for row in rows[:limit]:
            found.append(_altered(model, row, user, as_of))
    return [one for one in found if one.changes]


def _tracked() -> list[Any]:
    """Models whose history is kept (pghistory puts `events` on them)."""
    return [model for model in apps.get_models() if hasattr(_history_of(model), "pgh_obj")]


def _history_of(model: Any) -> Any:
    """The model of what a relation named `events` leads to: another may bear that name."""
    rel = getattr(getattr(model, "events", None), "rel", None)
    return getattr(rel, "related_model", None)


def _altered(model: Any, before: Any, user: SignedIn, as_of: date) -> Altered:
    """A history row holds the values before the change; the next one, or the record, those after it."""
    later = type(before).objects.filter(pgh_obj=before.pgh_obj_id, pgh_id__gt=before.pgh_id).order_by("pgh_id").first()
    after = later or model.objects.filter(pk=before.pgh_obj_id).first()
    is_told = _is_seen(model, before.pgh_obj_id, user, as_of)
    changes = []
    for field in model._meta.concrete_fields:
        if after is None or not hasattr(before, field.attname):
            continue
        was, now = getattr(before, field.attname), getattr(after, field.attname)
        if was != now:
            words = (_words(field, was), _words(field, now)) if is_told else ("", "")
            changes.append((capfirst(str(field.verbose_name)), *words))
    return Altered(str(model._meta.verbose_name), before.pgh_obj_id, changes, is_told)


def _is_seen(model: Any, record_id: int, user: SignedIn, as_of: date) -> bool:
    """Records of sales are told to those who may see them; what admins keep themselves has no kind and is told."""
    kind = next((one for one in registry.record_kinds if one.model is model), None)
    return kind is None or kind.visible(user, as_of).filter(pk=record_id).exists()


def _words(field: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if field.is_relation:
        return str(field.related_model._default_manager.filter(pk=value).first() or value)
    return str(dict(getattr(field, "flatchoices", ()) or ()).get(value, value))


def caught_mails() -> list[dict[str, str]]:
    """The newest messages of the mail catcher; empty where real mail is sent."""
    folder = settings.MAILBOX
    if not folder or not Path(folder).is_dir():
        return []
    mails = []
    for path in sorted(Path(folder).glob("*.eml"), reverse=True)[:100]:
        message = message_from_bytes(path.read_bytes(), policy=default_policy)
        part = message.get_body(preferencelist=("plain", "html"))
        names = ("From", "To", "Subject", "Date")
        mails.append(
            {name.lower(): str(message[name] or "") for name in names} | {"text": part.get_content() if part else ""}
        )
    return mails
