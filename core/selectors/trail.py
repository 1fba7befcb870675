"""Acts that were recorded, and mail that was caught."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from core.kernel.access import SignedIn
from core.models import AuditEvent


def audit_for(user: SignedIn) -> QuerySet[AuditEvent]:
    """Acts a person may read: all for admins, else none."""
    events = AuditEvent.objects.select_related("actor")
    return events if user.has_role("admin") else events.none()


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
