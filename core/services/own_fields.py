"""Writes of custom fields: define, change, archive. The values are written with their records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit, registry
from core.enums import FieldType
from core.kernel.own_fields import SEPARATOR, BadValue, stored
from core.models import CustomField
from core.selectors.own_fields import default_words, forget_own_fields, own_field, own_fields_of

MOST_FIELDS, MOST_CHOICES = 100, 200
TAKEN = ("tags",)  # names of other parts of a record in a file


class FieldError(ValueError):
    """A field that can't be; `field` names the part of the form it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a field is to be. choices: (key or "" for a new one, label, off) in order; default as clean value."""

    label: str
    help_text: str = ""
    is_required: bool = False
    default: Any = None
    choices: Sequence[tuple[str, str, bool]] = field(default_factory=tuple)


@transaction.atomic
def define_field(*, record_kind: str, type: str, wanted: Wanted, by: Any) -> CustomField:
    """Add a field to a kind of record. Its key is made of its first name and stays. Raises FieldError."""
    if CustomField.objects.filter(record_kind=record_kind, archived_at=None).count() >= MOST_FIELDS:
        raise FieldError(_("A kind of record takes at most %(most)s fields.") % {"most": MOST_FIELDS})
    last = CustomField.objects.filter(record_kind=record_kind).aggregate(last=Max("position"))["last"] or 0
    row = CustomField(record_kind=record_kind, type=FieldType(type), position=last + 10)
    row.key = _free_key(record_kind, wanted.label)
    _take(row, wanted)
    row.save()
    audit.record(act="field.defined", actor=by, subject=row, detail={"kind": record_kind, "type": row.type})
    forget_own_fields()
    return row


@transaction.atomic
def change_field(*, field_id: int, wanted: Wanted, by: Any) -> CustomField:
    """Rename a field, change its help, choices, default. Key and type stay, and so do all values. Raises FieldError."""
    row = CustomField.objects.select_for_update().get(pk=field_id)
    before = _in_words(row)
    _take(row, wanted)
    row.updated_at = Now()
    row.save()
    after = _in_words(row)
    changed = {part: f"{was or '–'} → {after[part] or '–'}" for part, was in before.items() if was != after[part]}
    if changed:
        audit.record(act="field.changed", actor=by, subject=row, detail=changed)
    forget_own_fields()
    return row


def _in_words(row: CustomField) -> dict[str, str]:
    """What can be changed of a field, as the audit tells it."""
    choices = (one["label"] + (" (off)" if one.get("off") else "") for one in row.choices)
    required = "yes" if row.is_required else "no"
    default = default_words(own_field(row))
    return {"name": row.label, "help": row.help_text, "required": required, "default": default,
            "choices": ", ".join(choices)}  # fmt: skip


def _take(row: CustomField, wanted: Wanted) -> None:
    row.label = " ".join(wanted.label.split())
    _check_label(row)
    row.help_text, row.is_required = " ".join(wanted.help_text.split()), wanted.is_required
    row.choices = _choices(row, wanted.choices) if row.type in (FieldType.CHOICE, FieldType.CHOICES) else []
    try:
        row.default = stored(replace(own_field(row), default=None), wanted.default)
    except BadValue as error:
        raise FieldError(str(error), "default") from error


def _check_label(row: CustomField) -> None:
    if not row.label:
        raise FieldError(_("Give the field a name."), "label")
    twins = CustomField.objects.filter(record_kind=row.record_kind, label__iexact=row.label).exclude(pk=row.pk)
    if twin := twins.first():
        stands, kept = _("There is a field of this name already."), _("An archived field has this name. Restore it.")
        raise FieldError(kept if twin.archived_at else stands, "label")
    if row.label.lower() in own_words(row.record_kind):
        raise FieldError(_("The record has a field of this name of its own. Choose another name."), "label")


def own_words(record_kind: str) -> set[str]:
    """Names that a file of such records uses for fields of its own, so that a column is never two fields."""
    kinds = [kind for kind in registry.import_kinds if kind.record_kind == record_kind]
    labels = {spec.label.lower() for kind in kinds for spec in kind.own_spec.fields}
    return labels | set(TAKEN)


def _choices(row: CustomField, wanted: Sequence[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    """Choices in the order given; one that stands keeps its key, and one that is left out is off, not gone."""
    known = {one["key"]: one for one in row.choices}
    made: list[dict[str, Any]] = []
    for key, label, is_off in wanted:
        text = " ".join(label.split())
        if text:
            taken = {*known, *(one["key"] for one in made)}
            made.append(_choice(key if key in known else _choice_key(text, taken), text, is_off))
    kept = {one["key"] for one in made}
    made += [_choice(one["key"], one["label"], True) for one in known.values() if one["key"] not in kept]
    _check_choices(made)
    return made


def _choice(key: str, label: str, is_off: bool) -> dict[str, Any]:
    return {"key": key, "label": label} | ({"off": True} if is_off else {})


def _check_choices(made: Sequence[dict[str, Any]]) -> None:
    labels = [one["label"].casefold() for one in made]
    if not any(not one.get("off") for one in made):
        raise FieldError(_("Give at least one choice."), "choices")
    if len(made) > MOST_CHOICES:
        raise FieldError(_("A field takes at most %(most)s choices.") % {"most": MOST_CHOICES}, "choices")
    if twice := next((one["label"] for one in made if labels.count(one["label"].casefold()) > 1), ""):
        raise FieldError(_("“%(label)s” stands there twice.") % {"label": twice}, "choices")
    for one in made:
        if SEPARATOR in one["label"] or len(one["label"]) > 80:
            raise FieldError(_("A choice has at most 80 characters and no semicolon."), "choices")


def _slug(text: str, longest: int) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:longest].strip("_")


def _choice_key(label: str, taken: set[str]) -> str:
    return _unused(_slug(label, 30) or "choice", taken)


def _free_key(record_kind: str, label: str) -> str:
    taken = set(CustomField.objects.filter(record_kind=record_kind).values_list("key", flat=True))
    return _unused(_slug(label, 30) or "field", taken)


def _unused(key: str, taken: set[str]) -> str:
    return next(one for one in (key, *(f"{key}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)


@transaction.atomic
def archive_field(*, field_id: int, by: Any, at: datetime) -> CustomField:
    """The field leaves forms, lists and files; the values stay in the records."""
    row = CustomField.objects.select_for_update().get(pk=field_id)
    if row.archived_at is not None:
        return row
    row.archived_at, row.updated_at = at, Now()
    row.save(update_fields=["archived_at", "updated_at"])
    audit.record(act="field.archived", actor=by, subject=row)
    forget_own_fields()
    return row


@transaction.atomic
def restore_field(*, field_id: int, by: Any) -> CustomField:
    row = CustomField.objects.select_for_update().get(pk=field_id)
    if row.archived_at is None:
        return row
    row.archived_at, row.updated_at = None, Now()
    row.save(update_fields=["archived_at", "updated_at"])
    audit.record(act="field.restored", actor=by, subject=row)
    forget_own_fields()
    return row


@transaction.atomic
def move_field(*, field_id: int, up: bool, by: Any) -> None:
    """Swap a field with the one before or after it, among those in use."""
    row = CustomField.objects.get(pk=field_id)
    order = list(CustomField.objects.select_for_update().filter(record_kind=row.record_kind, archived_at=None))
    if row not in order:
        return
    place = order.index(row)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return
    order[place], order[other] = order[other], order[place]
    for number, one in enumerate(order, start=1):
        CustomField.objects.filter(pk=one.pk).update(position=number * 10)
    audit.record(act="field.moved", actor=by, subject=row, detail={"now": other + 1})
    forget_own_fields()


def clean_values(*, record_kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a program gives for custom fields ({key: clean value, None to empty}) as it is stored. Raises FieldError."""
    known = {one.key: one for one in own_fields_of(record_kind)}
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise FieldError(_("There is no field “%(key)s”.") % {"key": str(key)[:60]}, key)
        try:
            found[key] = stored(known[key], value)
        except BadValue as error:
            raise FieldError(str(error), key) from error
    return found
