"""What do we know about somebody: their records, and the traces that rooms keep of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, Q
from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.registry import PersonalRecord

FOUND = 50


def get_personal(kind: str, record_id: int) -> tuple[PersonalRecord, Any]:
    """A record about a human being, for admins. Raises Http404."""
    entry = registry.personal_records.find(kind)
    record = entry.model.objects.filter(pk=record_id).first() if entry else None
    if entry is None or record is None:
        raise Http404("No such record.")
    return entry, record


def personal_records_like(text: str) -> list[tuple[PersonalRecord, Any]]:
    """Records whose name or e-mail holds a text, at most FOUND of each kind."""
    text = text.replace("\0", "").strip()
    if len(text) < 2:
        return []
    found: list[tuple[PersonalRecord, Any]] = []
    for entry in registry.personal_records:
        match = Q()
        for field in entry.search:
            match |= Q(**{f"{field}__icontains": text})
        found += [(entry, record) for record in entry.model.objects.filter(match).order_by("pk")[:FOUND]]
    return found


def pseudonym_of(entry: PersonalRecord, record: Any) -> str:
    """Contact 12: what stands where the name stood."""
    return f"{entry.label} {record.pk}"


def is_erased(entry: PersonalRecord, record: Any) -> bool:
    return str(record.name) == pseudonym_of(entry, record)


def fields_of(row: Model) -> dict[str, Any]:
    """The fields of a row as plain data; files by their name."""
    return {field.name: _plain(field.value_from_object(row)) for field in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str, list, dict)) else str(value)


def known_about(kind: str, record_id: int) -> dict[str, Any]:
    """All that is kept about somebody, as plain data: the record, what it was before, and each room's traces."""
    entry, record = get_personal(kind, record_id)
    told: dict[str, Any] = {"kind": kind, "number": f"{entry.prefix}{record.pk}", "record": fields_of(record)}
    told["earlier"] = [fields_of(row) for row in history_of(record)]
    for trace in registry.personal_traces:
        told[trace.key] = [_plain_row(row) for row in trace.tell(kind, record)]
    return told


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def history_of(record: Any) -> Iterable[Any]:
    """Rows of what the record was before, newest first; nothing for a model without history."""
    kept = getattr(type(record), "events", None)
    return kept.rel.related_model.objects.filter(pgh_obj=record.pk).order_by("-pgh_id") if kept else ()


def stays_after_erasing() -> list[str]:
    """What isn't erased, and why, in sentences."""
    return [
        _("Deals, accounts and figures stay, with a number in place of the name."),
        _("Entries about money keep their key: ledgers only append."),
        _("That an act took place, when and by whom, stays in the audit, with the number in place of the name."),
        _("Back-ups made before hold the data until they are replaced."),
    ]
