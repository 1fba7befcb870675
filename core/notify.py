"""Telling people: `notify` writes what they read under the bell, in the caller's transaction, and mails it after.

A rolled back transaction tells nobody. Whoever did the thing isn't told of it. The text may name the subject: pages
and mails show it only while the person may see that record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model

from core import jobs, registry
from core.enums import Channel, MailState
from core.models import Notification, NotificationChoice

MAIL_JOB = "core.mail_notifications"


@transaction.atomic
def notify(
    *,
    kind: str,
    users: Iterable[Any],
    title: str,
    detail: str = "",
    url: str = "",
    subject: Model | None = None,
    subject_kind: str = "",
    subject_id: int | None = None,
    dedupe_key: str = "",
    by: Any = None,
) -> int:
    """Tell logins (rows or ids; None is passed over) of something; gives how many are told anew.

    kind is a registered NotificationKind; subject a record of a registered kind, or subject_kind and subject_id name
    one. With a dedupe key, one who hasn't read the last with that key finds it renewed instead of a second. `by` is
    the login that did it and isn't told.
    """
    entry = registry.notification_kinds[kind]
    number, of = (subject.pk, _kind_of(subject)) if subject is not None else (subject_id, subject_kind)
    told = {
        "title": title[:200],
        "detail": detail[:300],
        "url": url or (_address(subject) if subject is not None else ""),
        "subject_kind": of,
        "subject_id": number,
    }
    channels = _channels(entry, users, by=by)
    renewed = _renew(kind, told, set(channels), dedupe_key)
    rows = [
        Notification(user_id=user_id, kind=kind, dedupe_key=dedupe_key, mail_state=_mail_state(channel), **told)
        for user_id, channel in channels.items()
        if user_id not in renewed
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=bool(dedupe_key))
    if any(row.mail_state == MailState.WAITING for row in rows):
        jobs.enqueue(MAIL_JOB)
    return len(rows)


def _address(subject: Model) -> str:
    address = getattr(subject, "get_absolute_url", None)
    return address() if address else ""


def _kind_of(subject: Model) -> str:
    """The registered kind of a record; raises KeyError for one that isn't registered: nobody could check its sight."""
    for kind in registry.record_kinds:
        if isinstance(subject, kind.model):
            return kind.key
    raise KeyError(f"{type(subject).__name__} is no registered kind of record.")


def _channels(entry: registry.NotificationKind, users: Iterable[Any], *, by: Any) -> dict[int, str]:
    """The logins to be told, in order, each with how; those who want nothing, or can't sign in, are left out."""
    ids = {int(getattr(user, "pk", user)) for user in users if user is not None} - {getattr(by, "pk", None)}
    if not ids:
        return {}
    living = get_user_model().objects.filter(pk__in=ids, is_active=True).order_by("pk").values_list("pk", flat=True)
    chosen = dict(NotificationChoice.objects.filter(user__in=ids, kind=entry.key).values_list("user_id", "channel"))
    channels = {pk: chosen.get(pk, entry.channel) for pk in living}
    return {pk: channel for pk, channel in channels.items() if channel != Channel.NONE}


def _renew(kind: str, told: dict[str, Any], ids: set[int], dedupe_key: str) -> set[int]:
    """Write what is told into unread ones of the same key; gives whose they were."""
    if not dedupe_key or not ids:
        return set()
    same = Notification.objects.filter(user__in=ids, kind=kind, dedupe_key=dedupe_key, read_at=None)
    renewed = set(same.order_by("pk").select_for_update().values_list("user_id", flat=True))
    same.update(**told)
    return renewed


def _mail_state(channel: str) -> str:
    return MailState.WAITING if channel == Channel.MAIL else MailState.NOT_ASKED
