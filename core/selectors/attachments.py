"""Reads of attachments: those on a record, one for somebody who may see its record."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.models import Attachment
from core.selectors.records import find_record_for


def attachments_on(kind: str, record_id: int) -> QuerySet[Attachment]:
    """The files on a record, newest first."""
    return Attachment.objects.filter(record_kind=kind, record_id=record_id, deleted_at=None)


def get_attachment_for(
    user: SignedIn, attachment_id: int, as_of: date, *, to_edit: bool = False, with_deleted: bool = False
) -> Attachment:
    """A file whose record the person may see (to_edit: change). Raises Http404, whatever the reason."""
    found = Attachment.objects.filter(pk=attachment_id).first()
    if found is None or (found.deleted_at is not None and not with_deleted):
        raise Http404(_("No such file."))
    if find_record_for(user, found.record_kind, found.record_id, as_of, to_edit=to_edit) is None:
        raise Http404(_("No such file."))
    return found
