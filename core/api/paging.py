"""Lists of the API: the rows, filters, search and order of a room's list page, by keyset, never by offset."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters import ChoiceFilter, DateFilter, Filter, ModelChoiceFilter, NumberFilter

from core.api.fields import MOST_ID
from core.api.own import as_called, as_on_page, own_parameters, own_sorts
from core.api.problems import Invalid
from core.filters import filters_of
from core.tables import COUNT_CAP, Table, TooSlow, column_of, filtered, keyset_part, too_slow_words

LIMIT, MOST = 50, 200
LONGEST_SEARCH, LONGEST_KEY, LONGEST_TEXT, LONGEST_CURSOR = 200, 120, 2000, 6000
AFTER, BEFORE = "n", "p"
_signer = signing.Signer(salt="api.cursor")


@dataclass(frozen=True, slots=True)
class Part:
    """One page: its rows, the addresses of the pages beside it (None where there is none), the count if asked for."""

    rows: list[Any]
    next: str | None
    previous: str | None
    count: int | None
    is_capped: bool


def part_of(request: Any, table: Table, *, as_of: date) -> Part:
    """The page that a call asks for. Raises Invalid for parameters that aren't known or can't be read."""
    query = request.query_params
    _refuse_unknown(query, table)
    asked = as_on_page(query, table.record_kind)
    rows, form = filtered(request, table, as_of=as_of, query=asked)
    if form is not None and form.errors:
        told = ((as_called(name, query), text) for name in form.errors for text in form.errors[name])
        raise Invalid({"parameter": name, "message": str(text)} for name, text in told)
    sort, limit = query.get("sort") or table.default_sort, int(query.get("limit", LIMIT))
    where = _read_cursor(query.get("cursor", ""), table, sort)
    on_page = asked.get("sort") or sort
    try:
        found, after, before = keyset_part(rows, table, sort=on_page, limit=limit, **where)
    except TooSlow as error:
        raise Invalid.of_parameter("sort", too_slow_words(column_of(table, on_page))) from error
    except (ValueError, TypeError, ValidationError) as error:
        raise Invalid.of_parameter("cursor", _("This isn't a cursor of this list.")) from error
    count = rows.order_by().values("pk")[: COUNT_CAP + 1].count() if query.get("count") == "true" else None
    return Part(
        rows=found,
        next=_address(request, table, sort, AFTER, after),
        previous=_address(request, table, sort, BEFORE, before),
        count=None if count is None else min(count, COUNT_CAP),
        is_capped=count is not None and count > COUNT_CAP,
    )


def _refuse_unknown(query: Any, table: Table) -> None:
    """Every parameter is one of the list's, given once, and reads as its description says."""
    known = {parameter["name"]: parameter["schema"] for parameter in parameters(table)}
    known |= own_parameters(table.record_kind)
    if "sort" in known and (own := own_sorts(table.record_kind)):
        known["sort"] = known["sort"] | {"enum": [*known["sort"]["enum"], *own]}
    refuse_misread(query, known)


def refuse_misread(query: Any, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises Invalid for parameters whose schema isn't known, that stand twice, or don't read as their schema says."""
    errors = [(name, _refusal(known.get(name), query.getlist(name))) for name in query]
    if found := [{"parameter": name, "message": words} for name, words in errors if words]:
        raise Invalid(found)


def _refusal(schema: Mapping[str, Any] | None, texts: list[str]) -> str:
    """Why a parameter can't be taken, or ""."""
    if schema is None:
        return _("There is no such parameter.")
    if len(texts) > 1:
        return _("Give it once.")
    text = texts[0]
    if "\x00" in text:
        return _("This holds a zero byte.")
    options = schema.get("anyOf", [schema])
    return "" if any(_fits(text, one) for one in options) else _("This must be %(what)s.") % {"what": _what(options)}


def _fits(text: str, schema: Mapping[str, Any]) -> bool:
    if "enum" in schema:
        return text in schema["enum"]
    if schema["type"] == "integer":
        plain = text.isascii() and text.isdecimal() and len(text) < 19
        return plain and schema.get("minimum", 0) <= int(text) <= schema.get("maximum", MOST_ID)
    if schema["type"] == "number":
        return re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text) is not None
    if schema["type"] == "boolean":
        return text in ("true", "false")
    if schema.get("format") == "date":
        return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None
    return len(text) <= schema.get("maxLength", LONGEST_TEXT)


def _what(options: Sequence[Mapping[str, Any]]) -> str:
    words = {"integer": _("a whole number"), "number": _("a number"), "boolean": _("true or false")}
    found = []
    for schema in options:
        if "enum" in schema:
            found.append(_("one of %(words)s") % {"words": ", ".join(str(word) for word in schema["enum"])})
        elif schema.get("format") == "date":
            found.append(_("a day such as 2026-09-30"))
        elif "minimum" in schema and "maximum" in schema:
            found.append(_("a whole number from %(minimum)s to %(maximum)s") % schema)
        else:
            found.append(str(words.get(schema["type"], _("a text that isn't longer than allowed"))))
    return _(" or ").join(found)


def sorts(table: Table) -> list[str]:
    """Orders of a list that every company has; those by its custom fields are core.api.own.own_sorts."""
    keys = [column.key for column in table.columns if column.sort]
    return [sign + key for key in keys for sign in ("", "-")]


def _read_cursor(text: str, table: Table, sort: str) -> dict[str, str]:
    """Cursors are signed, and belong to one list in one order."""
    if not text:
        return {}
    try:
        direction, key, sorted_by, place = _signer.unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid.of_parameter("cursor", _("This isn't a cursor of this list.")) from error
    if (key, sorted_by) != (table.key, sort):
        raise Invalid.of_parameter("cursor", _("This cursor belongs to another list or another order."))
    return {"after": place} if direction == AFTER else {"before": place}


def _address(request: Any, table: Table, sort: str, direction: str, place: str) -> str | None:
    if not place:
        return None
    kept = {name: value for name, value in request.query_params.items() if name != "cursor"}
    cursor = _signer.sign_object([direction, table.key, sort, place])
    return str(request.build_absolute_uri(f"{request.path}?{urlencode(kept | {'cursor': cursor})}"))


def links(part: Part) -> str:
    """The Link header (RFC 8288)."""
    found = (("next", part.next), ("prev", part.previous))
    return ", ".join(f'<{address}>; rel="{name}"' for name, address in found if address)


def parameters(table: Table) -> list[dict[str, Any]]:
    """The parameters of a list, as OpenAPI describes them."""
    found: list[dict[str, Any]] = [
        _parameter(
            "cursor",
            {"type": "string", "maxLength": LONGEST_CURSOR},
            "Where to go on: from `next` or `previous` of an answer.",
        ),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, "Rows a page."),
        _parameter("count", {"type": "boolean"}, f"Also count what matches, up to {COUNT_CAP:,}."),
    ]
    if sorts(table):
        shape = {"type": "string", "enum": sorts(table), "default": table.default_sort}
        shape |= {} if table.default_sort in sorts(table) else {"default": ""}
        if not shape["default"]:
            del shape["default"]
        found.append(_parameter("sort", shape, "The order; “-” in front: falling. Rows without a value come last."))
    if table.search:
        found.append(_parameter("q", {"type": "string", "maxLength": LONGEST_SEARCH}, "What the list's search finds."))
    if table.record_kind:
        words = "A tag, in any case; several with commas between: records that have each."
        found.append(_parameter("tag", {"type": "string", "maxLength": LONGEST_SEARCH}, words))
        words = "The key that the record has in another system, exactly."
        found.append(_parameter("external_id", {"type": "string", "maxLength": LONGEST_KEY}, words))
    if table.filterset:
        added = {entry.name: entry.make() for entry in filters_of(table.record_kind)}
        known = {**table.filterset.base_filters, **added}
        found += [_parameter(name, _shape(one), _told(one)) for name, one in known.items()]
    return found


def _parameter(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": dict(schema), "description": description}


def _told(one: Filter) -> str:
    if isinstance(one, ModelChoiceFilter):
        null = " `null`: none." if one.extra.get("null_label") is not None else ""
        return f"{one.label}, by {'key' if one.extra.get('to_field_name') else 'number'}.{null}"
    return f"{one.label}."


def _shape(one: Filter) -> dict[str, Any]:
    if isinstance(one, ModelChoiceFilter):
        if one.extra.get("to_field_name"):
            return {"type": "string", "maxLength": 100}
        number = {"type": "integer", "minimum": 1, "maximum": MOST_ID}
        null = one.extra.get("null_label") is not None
        return {"anyOf": [number, {"type": "string", "enum": [one.null_value]}]} if null else number
    if isinstance(one, ChoiceFilter):
        choices = one.extra["choices"]
        return {"type": "string", "enum": [str(key) for key, _label in (choices() if callable(choices) else choices)]}
    if isinstance(one, DateFilter):
        return {"type": "string", "format": "date"}
    return {"type": "number"} if isinstance(one, NumberFilter) else {"type": "string", "maxLength": LONGEST_TEXT}
