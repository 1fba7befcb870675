"""What do we know about somebody: their records, and the traces that rooms keep of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Model, Q
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import registry
from core.kernel import formats
from core.kernel.access import SignedIn
from core.models import CustomField
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


def personal_words(kind: str, record: Any) -> list[str]:
    """Names and e-mails by which copies of a record are found, earlier ones too.

    A name of one word, or one that another such record bears as well, is no key: it would take away what is others'.
    """
    entry = registry.personal_records[kind]
    rows = [record, *history_of(record)]
    names = {str(getattr(row, "name", "")).strip() for row in rows} - {pseudonym_of(entry, record)}
    others = set(entry.model.objects.filter(name__in=names).exclude(pk=record.pk).values_list("name", flat=True))
    emails = {str(getattr(row, "email", "")).strip() for row in rows}
    user = getattr(record, "user", None)
    if user is not None:
        emails.add(user.email)
    return sorted({name for name in names - others if " " in name} | {email for email in emails if "@" in email})


def fields_of(row: Model) -> dict[str, Any]:
    """The fields of a row as plain data; files by their name."""
    return {field.name: _plain(field.value_from_object(row)) for field in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str, list, dict)) else str(value)


def known_about(kind: str, record_id: int, user: SignedIn) -> dict[str, Any]:
    """All that is kept about somebody, as plain data: the record, what it was before, and each room's traces.

    What the asking person may not be told isn't in it; `left_out` says so by name.
    """
    entry, record = get_personal(kind, record_id)
    told: dict[str, Any] = {"kind": kind, "number": f"{entry.prefix}{record.pk}", "record": fields_of(record)}
    told["earlier"] = [fields_of(row) for row in history_of(record)]
    for trace in registry.personal_traces:
        if trace.may_tell(user):
            told[trace.key] = [_plain_row(row) for row in trace.tell(kind, record)]
    told["left_out"] = [str(trace.label) for trace in registry.personal_traces if not trace.may_tell(user)]
    return told


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def history_of(record: Any) -> Iterable[Any]:
    """Rows of what the record was before, newest first; nothing for a model without history."""
    kept = getattr(type(record), "events", None)
    return kept.rel.related_model.objects.filter(pgh_obj=record.pk).order_by("-pgh_id") if kept else ()


def shown_fields(record: Any) -> list[tuple[str, str]]:
    """What stands in the fields of a record, by the names people know; without what machines keep for themselves."""
    shown = [field for field in record._meta.concrete_fields if not field.primary_key and field.name not in _INNER]
    told = [(str(capfirst(field.verbose_name)), _in_words(record, field)) for field in shown]
    return [(label, words) for label, words in told if words]


_INNER = ("version", "created_at", "updated_at")


def _in_words(record: Any, field: Any) -> str:
    value = getattr(record, field.name)
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, dict):
        labels = _own_labels(record._meta.model_name) if field.name == "custom" else {}
        return "; ".join(f"{labels.get(name, name)}: {one}" for name, one in value.items() if one not in (None, ""))
    if isinstance(value, date):
        return formats.day(value)
    return str(value if value not in (None, "") else "")


def _own_labels(kind: str) -> dict[str, str]:
    return dict(CustomField.objects.filter(record_kind=kind).values_list("key", "label"))


def goes_by_erasing(entry: PersonalRecord) -> list[str]:
    """The fields of a kind of record that an erasure empties, by the names people know."""
    return [str(capfirst(entry.model._meta.get_field(name).verbose_name)) for name in ("name", *entry.blanks)]


def stays_after_erasing(entry: PersonalRecord) -> list[tuple[str, str]]:
    """What isn't erased of a kind of record, and why."""
    stays = [(str(what), str(why)) for what, why in entry.stays]
    return [
        *stays,
        (_("That acts took place, when and by whom"), _("The audit has to be whole. The number stands for the name.")),
        (
            _("Free text elsewhere"),
            _("Texts on other records that hold only a part of the name can't be found."),
        ),
        (_("Back-ups made before"), _("They hold the data until they are replaced.")),
    ]
