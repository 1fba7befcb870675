"""What a person is told, with the text only while they may see what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.enums import Channel
from core.kernel import formats
from core.models import Notification, NotificationChoice


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as its reader may see it now: without its record in sight, only that something came, no more."""

    row: Notification
    kind: registry.NotificationKind | None
    title: Any
    detail: Any
    is_visible: bool

    @property
    def has_address(self) -> bool:
        return self.is_visible and bool(self.row.url)

    @property
    def icon(self) -> str:
        return self.kind.icon if self.kind else "bell"

    @property
    def tone(self) -> str:
        return self.kind.tone if self.kind else ""

    @property
    def act(self) -> Any:
        return self.kind.act if self.kind and self.has_address else ""


def unread_count(user: Any, *, cap: int = 100) -> int:
    """How many a login hasn't read, counted up to a cap."""
    return Notification.objects.filter(user=user.pk, read_at=None).order_by()[:cap].count()


def notifications_for(user: Any) -> QuerySet[Notification]:
    """A login's own, newest first."""
    return Notification.objects.filter(user=user.pk)


def told_to(user: Any, rows: Sequence[Notification], *, as_of: date) -> list[Told]:
    """The rows as their reader may see them: one query for each kind of record among them, however many they are."""
    seen = _seen(user, rows, as_of)
    return [_told(row, (row.subject_kind, row.subject_id) in seen or not row.subject_kind) for row in rows]


def get_notification_for(user: Any, notification_id: int) -> Notification:
    """One's own. Raises Http404 for another's."""
    row = notifications_for(user).filter(pk=notification_id).first()
    if row is None:
        raise Http404("No such notification.")
    return row


def by_day(told: Iterable[Told], *, at: datetime, zone: str) -> list[tuple[str, list[tuple[Told, str]]]]:
    """Notifications by day in a time zone, newest first: (today, yesterday or the day, [(told, time or "")])."""
    today = at.astimezone(ZoneInfo(zone)).date()
    days: dict[date, list[tuple[Told, str]]] = {}
    for one in told:
        local = one.row.created_at.astimezone(ZoneInfo(zone))
        days.setdefault(local.date(), []).append((one, formats.clock(local)))
    names = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}
    return [(names.get(day) or formats.day(day, year_of=today), rows) for day, rows in days.items()]


@dataclass(frozen=True, slots=True)
class Feed:
    """Some of what a login is told, newest first, with the key of the next part ("" at the end)."""

    told: list[Told]
    show: str
    next: str
    unread: int


def feed_of(user: Any, *, show: str, before: str, limit: int, as_of: date) -> Feed:
    """A part of what a login is told: all ("") or unread, or those of a group of kinds, before a key of `next`."""
    rows = notifications_for(user)
    if show == "unread":
        rows = rows.filter(read_at=None)
    elif show:
        rows = rows.filter(kind__in=[kind.key for kind in registry.notification_kinds if kind.group == show])
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: limit + 1])
    more = str(found[limit - 1].pk) if len(found) > limit else ""
    return Feed(told_to(user, found[:limit], as_of=as_of), show, more, unread_count(user))


def _seen(user: Any, rows: Iterable[Notification], as_of: date) -> set[tuple[str, int | None]]:
    """(kind, id) of the subjects that the reader may see."""
    asked: dict[str, set[int]] = {}
    for row in rows:
        if row.subject_kind and row.subject_id is not None:
            asked.setdefault(row.subject_kind, set()).add(row.subject_id)
    seen: set[tuple[str, int | None]] = set()
    for key, ids in asked.items():
        if kind := registry.record_kinds.find(key):
            found = kind.visible(user, as_of).filter(pk__in=ids).values_list("pk", flat=True)
            seen.update((key, pk) for pk in found)
    return seen


def _told(row: Notification, is_visible: bool) -> Told:
    kind = registry.notification_kinds.find(row.kind)
    if is_visible:
        return Told(row, kind, row.title, row.detail, True)
    title = kind.label if kind else _("Something changed")
    return Told(row, kind, title, _("It is about a record you can't see any more."), False)


def channels_of(user: Any) -> list[tuple[registry.NotificationKind, str]]:
    """Every kind a login may be told of, in order, with how: chosen, or the kind's default."""
    chosen = dict(NotificationChoice.objects.filter(user=user.pk).values_list("kind", "channel"))
    kinds = [kind for kind in registry.notification_kinds if kind.may_have(user)]
    return [(kind, str(chosen.get(kind.key, Channel(kind.channel).value))) for kind in kinds]
