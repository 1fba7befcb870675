"""Records that count their versions and can be archived: one way for accounts, contacts, leads and deals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit, registry


def conflict_words(theirs: Any) -> str:
    """What the second of two is told who change a record at once."""
    return _("%(name)s was changed by someone else since you opened it.") % {"name": theirs}


def check_version(stands: Any, version: int | None, refuse: Callable[[Any], Exception]) -> None:
    """Raises refuse(stands) when the record as it stands, locked, isn't the version somebody looked at. None: any."""
    if version is not None and version != stands.version:
        raise refuse(stands)


def save_next(record: Any) -> None:
    """Save a locked record as its next version."""
    record.version += 1
    record.updated_at = Now()
    record.save()


def save_version(record: Any, version: int | None, refuse: Callable[[Any], Exception]) -> None:
    """Save a new record, or a changed one as its next version; locked, so that of two at once the second is told."""
    if record.pk is None:
        record.save()
        return
    stands = type(record)._default_manager.select_for_update(of=("self",)).get(pk=record.pk)
    check_version(stands, version, refuse)
    record.version = stands.version
    save_next(record)


class Shelf(NamedTuple):
    """A kind of record that is archived: its kind, and how acts and their details call one and many of it."""

    model: type[models.Model]
    kind: str
    one: str
    many: str

    @transaction.atomic
    def archive(self, ids: Sequence[int], *, by: Any, at: datetime) -> int:
        """They leave lists, choices and figures, nothing is deleted; gives how many weren't archived already."""
        rows = self.model._default_manager.filter(pk__in=ids, archived_at=None)
        return self._move("archived", ids, rows.update(archived_at=at), by)

    @transaction.atomic
    def restore(self, ids: Sequence[int], *, by: Any) -> int:
        """Take them out of the archive; gives how many were in it."""
        rows = self.model._default_manager.filter(pk__in=ids).exclude(archived_at=None)
        return self._move("restored", ids, rows.update(archived_at=None), by)

    def _move(self, what: str, ids: Sequence[int], done: int, by: Any) -> int:
        audit.record(act=f"{self.one}.{what}", actor=by, detail={self.many: list(ids)})
        registry.react_to_save(self.kind, ids)
        return done
