"""What becomes of notifications: read, chosen, mailed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import registry
from core.enums import Channel, MailState
from core.models import Notification, NotificationChoice
from core.selectors import Told, told_to

log = structlog.get_logger(__name__)

MAILED_AT_ONCE = 200
TOO_LATE = timedelta(days=2)


class ChoiceError(ValueError):
    """A kind or a way of hearing that doesn't exist; the message says so."""


@transaction.atomic
def mark_read(*, user: Any, ids: Iterable[int] | None = None, at: datetime) -> list[int]:
    """Mark a login's unread notifications as read, all or those with the ids; gives the ids of those that were unread.

    What was to be mailed and is read already isn't mailed any more.
    """
    unread = Notification.objects.filter(user=user.pk, read_at=None)
    asked = unread if ids is None else unread.filter(pk__in=list(ids))
    found = list(asked.order_by("-pk").select_for_update().values_list("pk", flat=True))
    Notification.objects.filter(pk__in=found).update(read_at=at)
    return found


def mark_unread(*, user: Any, ids: Iterable[int]) -> int:
    """Take back a reading. One whose like has come meanwhile stays read: two unread ones of a key are one."""
    read = Notification.objects.filter(user=user.pk, pk__in=ids).exclude(read_at=None)
    waiting = Notification.objects.filter(user=user.pk, read_at=None).exclude(dedupe_key="").values("dedupe_key")
    return read.exclude(dedupe_key__in=waiting).update(read_at=None)


@transaction.atomic
def choose_channels(*, user: Any, channels: Mapping[str, str]) -> None:
    """Keep how a login wants to hear of kinds (kind -> channel). Raises ChoiceError."""
    for kind, channel in channels.items():
        if registry.notification_kinds.find(kind) is None or channel not in Channel.values:
            raise ChoiceError(_("Choose one of the ways offered."))
        NotificationChoice.objects.update_or_create(user_id=user.pk, kind=kind, defaults={"channel": channel})


def has_mail_waiting(at: datetime) -> bool:
    """Whether a message waits that its own job didn't send: the mail server may have been down."""
    return Notification.objects.filter(mail_state=MailState.WAITING).exists()


def mail_notifications(*, at: datetime) -> int:
    """Send what waits to be mailed, one message for each; gives how many were sent.

    Rows another process is at are passed over. One that was read meanwhile, or whose time has gone, isn't sent any
    more. A mail server that is down leaves its row waiting: the next minute tries again.
    """
    sent = 0
    for pk in _waiting_mails():
        with transaction.atomic():
            row = _taken(pk)
            if row is not None:
                sent += _mail(row, at)
    return sent


def _waiting_mails() -> list[int]:
    waiting = Notification.objects.filter(mail_state=MailState.WAITING).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:MAILED_AT_ONCE])


def _taken(pk: int) -> Notification | None:
    rows = Notification.objects.select_for_update(of=("self",), skip_locked=True).select_related("user")
    return rows.filter(pk=pk, mail_state=MailState.WAITING).first()


def _mail(row: Notification, at: datetime) -> int:
    """Send one; 1 when a message left. A message that can't be sent is tried until its time has gone."""
    is_due = row.read_at is None and row.user.is_active and at - row.created_at < TOO_LATE
    told = told_to(row.user, [row], as_of=at.date())[0]
    state = MailState.SENT
    if not is_due or not told.is_visible:
        state = MailState.NOT_ASKED
    elif not _sent(row, told):
        return 0
    Notification.objects.filter(pk=row.pk).update(mail_state=state)
    return int(state == MailState.SENT)


def _sent(row: Notification, told: Told) -> bool:
    try:
        with override(row.user.locale):
            send_mail(_one_line(str(told.title)), _letter(told), None, [row.user.email])
    except OSError as error:  # also what smtplib raises
        log.warning("notification.not_mailed", notification=row.pk, error=str(error))
        return False
    return True


def _one_line(text: str) -> str:
    """A subject: names of records may hold line ends, which a header must not."""
    return " ".join(text.split())[:150]


def _letter(told: Told) -> str:
    """The message: what is told, where to open it, and how to hear less."""
    parts = [str(told.title)]
    if told.detail:
        parts.append(str(told.detail))
    if told.row.url:
        parts.append(f"{settings.SITE_URL}{told.row.url}")
    choose = _("You chose to hear of this by e-mail. Change it: %(address)s")
    parts.append(choose % {"address": settings.SITE_URL + reverse("core:notification_choices")})
    return "\n\n".join(parts) + "\n"
