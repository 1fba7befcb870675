"""One record of any registered kind, for one person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.kernel.access import SignedIn


def find_record_for(user: SignedIn, kind: str, record_id: int, as_of: date, *, to_edit: bool = False) -> Any | None:
    """A record that the person may see (to_edit: change), also one in the archive; None when there is no such."""
    known = registry.record_kinds.find(kind)
    if known is None or (to_edit and known.editable is None):
        return None
    rows: Any = known.editable if to_edit else known.visible
    return rows(user, as_of, with_archived=True).filter(pk=record_id).first()


def get_record_for(user: SignedIn, kind: str, record_id: int, as_of: date) -> Any:
    """A record of any kind that the person may see. Raises Http404."""
    record = find_record_for(user, kind, record_id, as_of)
    if record is None:
        raise Http404(_("No such record."))
    return record


def may_edit_record(user: SignedIn, kind: str, record_id: int, as_of: date) -> bool:
    return find_record_for(user, kind, record_id, as_of, to_edit=True) is not None


def editable_ids(user: SignedIn, kind: str, record_ids: Collection[int], as_of: date) -> list[int]:
    """Which of some records of a kind the person may change."""
    known = registry.record_kinds.find(kind)
    if known is None or known.editable is None:
        return []
    return sorted(known.editable(user, as_of).filter(pk__in=record_ids).values_list("pk", flat=True))
