"""Erasing what is personal about somebody, for good. What the books need stays under a number."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from core import audit, registry
from core.models import Attachment, AuditEvent, Notification, Tagged
from core.registry import PersonalTrace
from core.selectors.erasure import get_personal, history_of, pseudonym_of


class ErasureError(ValueError):
    """An erasure that can't be; the message says why."""


@transaction.atomic
def erase_personal_data(*, kind: str, record_id: int, reason: str, with_text: bool, by: Any) -> dict[str, int]:
    """Wipe a record, what it was before and its traces; gives how many rows of each. A second time changes nothing.

    with_text: also words that people wrote about it (activities). Raises ErasureError when it can't be now.
    """
    entry, record = get_personal(kind, record_id)
    refusal = entry.refusal(record)
    if refusal:
        raise ErasureError(refusal)
    if not reason.strip():
        raise ErasureError(_("Say why: who asked, and when."))
    record = entry.model.objects.select_for_update(of=("self",)).get(pk=record_id)
    pseudonym = pseudonym_of(entry, record)
    counts = {
        trace.key: trace.erase(kind, record, pseudonym)
        for trace in registry.personal_traces
        if with_text or not trace.is_text
    }
    blank = {**entry.blanks, "name": pseudonym}
    changed = {name: value for name, value in blank.items() if getattr(record, name) != value}
    if changed:
        entry.model.objects.filter(pk=record_id).update(**changed)
    counts["earlier"] = _wipe_history(record, blank)
    audit.record(
        act=f"{kind}.erased", actor=by, subject=entry.model.objects.get(pk=record_id), reason=reason,
        detail={**{name: count for name, count in counts.items() if count}, "fields": sorted(changed)},
    )  # fmt: skip
    return counts


def _wipe_history(record: Model, blank: dict[str, Any]) -> int:
    """After the record itself: its last change has just written what stood there into the history."""
    rows: Any = history_of(record)
    if not rows:
        return 0
    kept = {field.name for field in rows.model._meta.concrete_fields}
    return int(rows.update(**{name: value for name, value in blank.items() if name in kept}))


def _tell_files(kind: str, record: Any) -> list[dict[str, Any]]:
    files: Any = Attachment.objects.filter(record_kind=kind, record_id=record.pk)
    return list(files.values("name", "content_type", "size_bytes", "created_at", "uploaded_by_label"))


def _erase_files(kind: str, record: Any, pseudonym: str) -> int:
    """The rows at once, the files themselves once that is committed."""
    rows = list(Attachment.objects.filter(record_kind=kind, record_id=record.pk))
    for row in rows:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)))
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _acts(kind: str, record: Any) -> Any:
    return AuditEvent.objects.filter(subject_kind=kind, subject_id=record.pk)


def _tell_acts(kind: str, record: Any) -> list[dict[str, Any]]:
    return list(_acts(kind, record).order_by("id").values("at", "act", "actor_label", "subject_label", "reason"))


def _erase_labels(kind: str, record: Any, pseudonym: str) -> int:
    return int(_acts(kind, record).exclude(subject_label=pseudonym).update(subject_label=pseudonym))


def _tell_tags(kind: str, record: Any) -> list[dict[str, Any]]:
    rows: Any = Tagged.objects.filter(record_kind=kind, record_id=record.pk).values("tag__name")
    return list(rows)


def _erase_tags(kind: str, record: Any, pseudonym: str) -> int:
    return int(Tagged.objects.filter(record_kind=kind, record_id=record.pk).delete()[0])


def _tell_notices(kind: str, record: Any) -> list[dict[str, Any]]:
    rows: Any = Notification.objects.filter(subject_kind=kind, subject_id=record.pk).values("title", "detail")
    return list(rows)


def _erase_notices(kind: str, record: Any, pseudonym: str) -> int:
    return int(Notification.objects.filter(subject_kind=kind, subject_id=record.pk).delete()[0])


TRACES = (
    PersonalTrace("files", 10, _("Files"), _tell_files, _erase_files),
    PersonalTrace("tags", 20, _("Tags"), _tell_tags, _erase_tags),
    PersonalTrace("notifications", 30, _("Notifications"), _tell_notices, _erase_notices),
    PersonalTrace("acts", 90, _("Names in the audit"), _tell_acts, _erase_labels),
)
