"""Custom fields and tags of records in files: as fields to import, and as columns of an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from core import registry
from core.bulk import STAGE, LoadPlan, touching
from core.enums import FieldType
from core.kernel import fields as f
from core.kernel.fields import FieldSpec
from core.kernel.own_fields import PREFIX, SEPARATOR, OwnField, exported, stored
from core.kernel.tag_words import tag_names
from core.models import Tag, Tagged
from core.registry import ImportContext
from core.selectors.own_fields import own_fields_of

TAGS = "tags"
_TYPES = {
    FieldType.NUMBER: f.DECIMAL, FieldType.MONEY: f.MONEY, FieldType.DATE: f.DATE, FieldType.BOOLEAN: f.BOOLEAN,
    FieldType.PERSON: f.REFERENCE,
}  # fmt: skip


def own_specs(record_kind: str) -> tuple[FieldSpec, ...]:
    """The fields of a kind beyond its own: those that the company defined, by their names, and tags."""
    tags = FieldSpec(TAGS, "Tags", synonyms=("Tag", "Labels", "Label"), check=_tag_line)
    return (*(_spec(one) for one in own_fields_of(record_kind)), tags)


def _spec(field: OwnField) -> FieldSpec:
    kind = _TYPES.get(FieldType(field.type), f.TEXT)
    if kind == f.REFERENCE:
        return FieldSpec(field.name, field.label, kind, reference="people")
    return FieldSpec(field.name, field.label, kind, check=partial(stored, field))


def _tag_line(text: Any) -> str:
    return f"{SEPARATOR} ".join(tag_names(str(text)))


def takes_own(record_kind: str, plan: Callable[[ImportContext], LoadPlan]) -> Callable[[ImportContext], LoadPlan]:
    """A plan of imports that takes custom fields and tags besides the kind's own fields."""

    def widened(context: ImportContext) -> LoadPlan:
        names = {name for name in context.fields if name == TAGS or name.startswith(PREFIX)}
        inner = plan(replace(context, fields=context.fields - names))
        return _widened(inner, record_kind, context, names)

    return widened


def _widened(inner: LoadPlan, record_kind: str, context: ImportContext, names: set[str]) -> LoadPlan:
    mine = [one for one in own_fields_of(record_kind) if one.name in names]

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        values = {one.key: _value(one, clean.get(one.name), context) for one in mine}
        own = {key: value for key, value in values.items() if value is not None}
        return {**inner.prepare(clean), "custom": own, TAGS: clean.get(TAGS)}

    def link(cursor: Any) -> None:
        _fill_defaults(cursor, record_kind)
        if inner.link:
            inner.link(cursor)

    tag_steps = (lambda cursor: _put_tags(cursor, record_kind, context),) if TAGS in names else ()
    return replace(
        inner,
        columns=tuple(sorted({*inner.columns, "custom"})),
        extras={**inner.extras, TAGS: "text"},
        defaults={**inner.defaults, "custom": "'{}'::jsonb"},
        prepare=prepare,
        link=link,
        after=(*inner.after, *tag_steps),
    )


def _value(field: OwnField, clean: Any, context: ImportContext) -> Any:
    if clean is None:
        return None
    return context.find("people", clean) if field.type == FieldType.PERSON else clean


def _fill_defaults(cursor: Any, record_kind: str) -> None:
    """New records begin with the defaults of their fields where the file says nothing."""
    defaults = {one.key: one.default for one in own_fields_of(record_kind) if one.default is not None}
    if defaults:
        cursor.execute(f"UPDATE {STAGE} SET custom = %s::jsonb || custom WHERE new", [json.dumps(defaults)])


def _put_tags(cursor: Any, record_kind: str, context: ImportContext) -> None:
    """The tags of the file are added; none is taken away, so a file that knows fewer of them harms nothing."""
    cells = f"{STAGE} s, unnest(string_to_array(s.tags, '{SEPARATOR}')) w(word)"
    words = f"(SELECT s.id, s.row_no, trim(w.word) AS word FROM {cells}) t"
    made = (
        f"INSERT INTO {Tag._meta.db_table} (name, tone) SELECT DISTINCT ON (lower(word)) word, '' FROM {words} "
        "WHERE word <> '' ORDER BY lower(word), row_no ON CONFLICT DO NOTHING "
        "RETURNING id, NULL::jsonb AS before, NULL::bigint AS stamp"
    )
    cursor.execute(touching("tag", "created", made))
    put = (
        f"INSERT INTO {Tagged._meta.db_table} (tag_id, record_kind, record_id, made_by_id) "
        f"SELECT DISTINCT tag.id, %s, t.id, %s::bigint FROM {words} JOIN {Tag._meta.db_table} tag "
        "ON lower(tag.name) = lower(t.word) ON CONFLICT DO NOTHING "
        "RETURNING id, NULL::jsonb AS before, NULL::bigint AS stamp"
    )
    cursor.execute(touching("tagged", "created", put), [record_kind, context.user_id])


class OwnColumns:
    """The cells that custom fields and tags add to a record of an export. The rows come from selectors.with_tags."""

    def __init__(self, record_kind: str) -> None:
        self.fields = own_fields_of(record_kind)
        self.people = _people() if any(one.type == FieldType.PERSON for one in self.fields) else {}

    def of(self, record: Any) -> dict[str, Any]:
        values: Mapping[str, Any] = record.custom or {}
        cells = {one.name: exported(one, values.get(one.key), self.people) for one in self.fields}
        return cells | {TAGS: f"{SEPARATOR} ".join(record.tag_names) or None}


def _people() -> dict[int, str]:
    """Everybody by external ID or number: names may be shared."""
    source = registry.people_sources.find("person")
    if source is None:
        return {}
    rows = source.model._default_manager.values_list("pk", "external_id")
    return {pk: external_id or f"{source.prefix}{pk}" for pk, external_id in rows}
