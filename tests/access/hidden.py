"""The world with a mark in every text of what belongs to Ana: whoever finds the mark has found what isn't theirs.

A row of every model that can hang on her records is made, so that a new model is looked for without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from core.models import Attachment
from tests.access.samples import SECRET
from tests.access.world import OPEN_TO_ALL, World
from tests.architecture.floors import ROOMS

# Fields that name a record by its kind and id.
POINTERS = (("subject_kind", "subject_id"), ("record_kind", "record_id"), ("kind", "record_id"))


def hide(world: World, mark: str = SECRET) -> None:
    """Mark Ana's records, and hang a marked row of every model on them."""
    world.samples.mark = mark
    deal = world.records["deal_id"]
    for name in (
        "account_id",
        "contact_id",
        "lead_id",
        "deal_id",
        "activity_id",
        "run_id",
        "view_id",
        "contract_id",
        "order_id",
        "person_pay_id",
        "dispute_id",
    ):
        _mark(world.records[name], mark)
    files = [one.pk for one in world.records.values() if isinstance(one, Attachment)]
    Attachment.objects.filter(pk__in=files).update(name=f"{mark} file.txt")
    rows, kept = world.samples.rows, set(world.records.values())
    for model in _hanging():
        world.samples.row(model)
        if rows[model] not in kept:
            _point(rows[model], deal)


def _hanging() -> Iterator[type[models.Model]]:
    """Models with a text to mark; copies of changes (made by triggers) aside."""
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models() if apps.is_installed(room) else ():
            is_copy = model.__name__.endswith("Event") and model._meta.label != "core.AuditEvent"
            if model._meta.label not in OPEN_TO_ALL and not is_copy and any(map(_is_free, model._meta.concrete_fields)):
                yield model


def _mark(record: models.Model, mark: str) -> None:
    """The mark in every text of a record that isn't a choice or an address."""
    values = {field.name: f"{mark} {field.name}" for field in record._meta.concrete_fields if _is_free(field)}
    type(record)._default_manager.filter(pk=record.pk).update(
        **{name: text[: record._meta.get_field(name).max_length or 200] for name, text in values.items()}
    )
    record.refresh_from_db()


def _is_free(field: Any) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
    named = field.name.endswith("_kind") or field.name in ("kind", "table", "country")
    return is_text and not named and not isinstance(field, models.EmailField | models.URLField)


def _point(row: models.Model, deal: models.Model) -> None:
    names = {field.name for field in row._meta.concrete_fields}
    for kind, number in POINTERS:
        if {kind, number} <= names:
            type(row)._default_manager.filter(pk=row.pk).update(**{kind: "opportunity", number: deal.pk})
