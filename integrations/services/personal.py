"""What imports keep about a record: the values before, so that they can be undone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import registry
from core.registry import PersonalTrace
from integrations.models import ImportedRecord


def _rows(kind: str, record: Any) -> Any:
    return ImportedRecord.objects.filter(record_kind=kind, record_id=record.pk)


def _tell(kind: str, record: Any) -> list[dict[str, Any]]:
    return list(_rows(kind, record).values("import_file__file_name", "row_number", "outcome", "before"))


def _erase(kind: str, record: Any, pseudonym: str) -> int:
    """An undo would bring back what was erased: the values before become blank as well."""
    blank = {**registry.personal_records[kind].blanks, "name": pseudonym}
    changed = 0
    for row in _rows(kind, record).exclude(before=None):
        wiped = {name: blank.get(name, value) for name, value in row.before.items()}
        if wiped != row.before:
            changed += ImportedRecord.objects.filter(pk=row.pk).update(before=wiped)
    return changed


TRACE = PersonalTrace("imports", 80, _("Imports"), _tell, _erase)
