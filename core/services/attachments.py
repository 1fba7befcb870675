"""Writes of attachments: check, keep, take away, bring back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from core.kernel.file_types import Refused, checked_type, safe_name
from core.models import Attachment

MOST_ON_A_RECORD = 200
KEEP_DELETED = timedelta(days=30)


class AttachmentError(ValueError):
    """A file that isn't taken; the message says why and what to do."""


def attach(*, record: Any, kind: str, files: Sequence[tuple[str, IO[bytes], int]], by: Any) -> list[Attachment]:
    """Keep files (name, stream, bytes) on a record: all of them, or none when one isn't taken.

    Raises AttachmentError.
    """
    there = Attachment.objects.filter(record_kind=kind, record_id=record.pk, deleted_at=None).count()
    if there + len(files) > MOST_ON_A_RECORD:
        raise AttachmentError(_("A record takes at most %(most)s files.") % {"most": MOST_ON_A_RECORD})
    checked = [(safe_name(name), stream, size) for name, stream, size in files]
    types = [_checked(name, stream, size) for name, stream, size in checked]
    kept: list[Attachment] = []
    try:
        with transaction.atomic():
            for (name, stream, size), content_type in zip(checked, types, strict=True):
                kept.append(_keep(record, kind, name, stream, size, content_type, by))
            names = [one.name for one in kept]
            audit.record(act="record.file_attached", actor=by, subject=record, detail={"now": names})
    except BaseException:
        for one in kept:  # a file without a row would lie there for ever
            default_storage.delete(one.file.name or "")
        raise
    return kept


def _checked(name: str, stream: IO[bytes], size: int) -> str:
    try:
        return checked_type(name, stream, size, most_bytes=settings.MAX_ATTACHMENT_BYTES)
    except Refused as error:
        raise AttachmentError(str(error)) from error


def _keep(record: Any, kind: str, name: str, stream: IO[bytes], size: int, content_type: str, by: Any) -> Attachment:
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # -- a readable binary file
    stream.seek(0)
    row = Attachment(
        record_kind=kind,
        record_id=record.pk,
        name=name,
        content_type=content_type,
        size_bytes=size,
        sha256=digest,
        uploaded_by=by,
        uploaded_by_label=str(by)[:200],
    )
    row.file.save(name, File(stream), save=False)
    row.save()
    return row


@transaction.atomic
def remove_attachment(*, attachment: Attachment, record: Any, by: Any, at: datetime) -> None:
    """Take a file off its record. It can be brought back for 30 days; then a night deletes it for good."""
    attachment.deleted_at, attachment.updated_at = at, Now()
    attachment.save(update_fields=["deleted_at", "updated_at"])
    audit.record(act="record.file_removed", actor=by, subject=record, detail={"now": [attachment.name]})


@transaction.atomic
def restore_attachment(*, attachment: Attachment, record: Any, by: Any) -> None:
    attachment.deleted_at, attachment.updated_at = None, Now()
    attachment.save(update_fields=["deleted_at", "updated_at"])
    audit.record(act="record.file_restored", actor=by, subject=record, detail={"now": [attachment.name]})


def purge_attachments(*, at: datetime) -> int:
    """Delete for good what was taken away more than 30 days ago, rows and files; gives how many."""
    gone = 0
    for row in Attachment.objects.filter(deleted_at__lt=at - KEEP_DELETED):
        name = row.file.name or ""
        row.delete()
        default_storage.delete(name)
        gone += 1
    return gone
