"""Reads of custom fields: what a kind of record has, and the people that values name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.enums import FieldType
from core.kernel import own_fields
from core.kernel.access import SignedIn
from core.kernel.own_fields import Choice, OwnField
from core.models import CustomField
from core.selectors.company import company_of_request, the_company


def own_fields_of(record_kind: str) -> tuple[OwnField, ...]:
    """The fields that a kind of record has today, in order. While a request is answered the database is asked once."""
    if not record_kind:
        return ()
    kept: dict[str, Any] | None = company_of_request.get()
    if kept is None:
        return _load().get(record_kind, ())
    if "own_fields" not in kept:
        kept["own_fields"] = _load()
    found: tuple[OwnField, ...] = kept["own_fields"].get(record_kind, ())
    return found


def forget_own_fields() -> None:
    """What was kept for this request isn't true any more."""
    kept: dict[str, Any] | None = company_of_request.get()
    if kept is not None:
        kept.pop("own_fields", None)


def _load() -> dict[str, tuple[OwnField, ...]]:
    found: dict[str, tuple[OwnField, ...]] = {}
    for row in CustomField.objects.filter(archived_at=None):
        found[row.record_kind] = (*found.get(row.record_kind, ()), own_field(row))
    return found


def own_field(row: CustomField) -> OwnField:
    """A definition as calculations see it."""
    choices = tuple(Choice(one["key"], one["label"], bool(one.get("off"))) for one in row.choices)
    asked = (row.record_kind, row.key, row.label, row.type, row.help_text, row.is_required, row.default)
    return OwnField(*asked, choices=choices)


def custom_fields_for(user: SignedIn) -> models.QuerySet[CustomField]:
    """Definitions, also archived ones, for those who keep them."""
    fields = CustomField.objects.all()
    return fields if may_keep_fields(user) else fields.none()


def get_custom_field_for(user: SignedIn, field_id: int) -> CustomField:
    """Raises Http404 when there is no such field, or the person doesn't keep fields."""
    found = custom_fields_for(user).filter(pk=field_id).first()
    if found is None:
        raise Http404(_("No such field."))
    return found


def may_keep_fields(user: SignedIn) -> bool:
    """Fields and tags are sales ops' and the admin's to keep."""
    return user.has_role("admin", "sales_ops")


def kinds_with_fields() -> list[registry.RecordKind]:
    """Kinds of records that take custom fields: those with a column for them."""
    return [kind for kind in registry.record_kinds if any(f.name == "custom" for f in kind.model._meta.fields)]


def records_with_value(field: CustomField) -> int:
    """How many records hold a value of a field, whoever may see them."""
    model = registry.record_kinds[field.record_kind].model
    return int(model._default_manager.filter(custom__has_key=field.key).count())


def person_names(ids: Iterable[Any]) -> dict[int, str]:
    """The people that values name, by id, in one query; {} when there is nobody to ask for."""
    wanted = {pk for pk in ids if isinstance(pk, int)}
    source = registry.people_sources.find("person")
    if not wanted or source is None:
        return {}
    return dict(source.model._default_manager.filter(pk__in=wanted).values_list("pk", "name"))


def all_person_names() -> dict[int, str]:
    """Everybody's name by id, for a list with a column of people; while a request is answered asked once."""
    source = registry.people_sources.find("person")
    kept: dict[str, Any] | None = company_of_request.get()
    if source is None:
        return {}
    if kept is None:
        return dict(source.model._default_manager.values_list("pk", "name"))
    if "person_names" not in kept:
        kept["person_names"] = dict(source.model._default_manager.values_list("pk", "name"))
    names: dict[int, str] = kept["person_names"]
    return names


def value_of(record: Any, field: OwnField) -> Any:
    """The clean value of one field of a record (Decimal, date, bool, text, keys, id), None where there is none."""
    return own_fields.plain(field, (record.custom or {}).get(field.key))


def own_facts(record: Any, record_kind: str) -> list[tuple[OwnField, str]]:
    """The fields of a record with their values as people read them, "" where there is none. At most two queries."""
    fields = own_fields_of(record_kind)
    values: Mapping[str, Any] = record.custom or {}
    people = person_names(values.get(one.key) for one in fields if one.type == FieldType.PERSON)
    currency = str(getattr(record, "currency_id", None) or (the_company().currency_id if fields else ""))
    return [(one, own_fields.shown(one, values.get(one.key), people, currency=currency)) for one in fields]


def default_words(field: OwnField) -> str:
    """A field's default as a person would type it into the settings page."""
    return own_fields.shown(field, field.default, {}) if field.type != FieldType.DATE else str(field.default or "")
