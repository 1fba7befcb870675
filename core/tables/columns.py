"""What a list is made of: columns, acts, the table itself; a value as its column shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django_filters import FilterSet

from core.kernel import formats
from core.kernel.own_fields import OwnField, shown
from core.selectors import own_fields_of, the_company, value_of
from core.selectors.own_fields import all_person_names
from core.selectors.own_values import has_order, order_of

SORTED_BY = "sorted_by"  # the one name for what a list is ordered by, whatever a custom field is called


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value(row)` gives the plain value (export), kind says how it is shown.

    kind: text, money, number, percent, date, datetime, tag, tags (a sequence of words), act (an Act or None).
    sort: model field (may span relations); where there is none, the name for what `order()` gives, an expression that
    stands in the statements of lists sorted by the column alone. currency(row) names the currency of money; sub(row) is
    the second line; tone(row) colours a tag, icon(row) draws its icon. sums: the model field whose total, by currency,
    stands below the list. edit(row): the field that this cell edits in place, "" for none (Table.cell_url says where).
    """

    key: str
    label: Any
    value: Callable[[Any], Any]
    kind: str = "text"
    sort: str = ""
    is_link: bool = False
    is_hidden: bool = False
    hide_sm: bool = False
    sub: Callable[[Any], Any] | None = None
    currency: Callable[[Any], str] = lambda row: row.currency_id
    tone: Callable[[Any], str] = lambda row: ""
    icon: Callable[[Any], str] = lambda row: ""
    sums: str = ""
    edit: Callable[[Any], str] = lambda row: ""
    order: Callable[[], Any] | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "exact", "number", "plain", "percent")


@dataclass(frozen=True, slots=True)
class Act:
    """A button in a row, posted with the list's form as name=value; `label` alone where it can't be pressed.

    asks: the words of a field beside it, posted as name_value: what a person fills in before they press it.
    """

    label: Any
    name: str = ""
    value: Any = ""
    icon: str = ""
    asks: Any = ""

    def __str__(self) -> str:
        return str(self.label)


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An act on the selected rows; `name` is posted as `action`.

    asks: the label of a field beside it, posted as `words`; options: an address that offers what may stand in it.
    url: where it is posted to, with the query of the list, when that isn't the list itself.
    """

    name: str
    label: Any
    icon: str
    is_primary: bool = False
    asks: Any = ""
    options: Any = ""
    url: Any = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A list of records. `rows(user, as_of)` gives what the user may see; `search(rows, text)` narrows it.

    may_see(user): whether the list exists for a person at all; for others its address answers "not found".
    stacks: on a phone a row is a block, with tags and acts on lines of their own.
    drawer: a record opens beside its list; its template has the shell of the drawer (components/drawer.html).
    cell_url: the address (of a record's id and a field) that a cell is edited at in place; answered with
    core.pages.cell_answer. It needs a record_kind, which says whose records a person may change.
    narrow(user, as_of, ordered rows, limit): a queryset with the same first rows that is quicker to read.
    record_kind: of a list of records with tags and custom fields, which have columns then; its filter set mixes in
    core.filters.OwnFilters.
    """

    key: str
    title: Any
    rows: Callable[[Any, date], QuerySet[Any]]
    columns: Sequence[Column]
    may_see: Callable[[Any], bool]
    default_sort: str = "-id"
    filterset: type[FilterSet] | None = None
    search: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    bulk: Callable[[Any], Sequence[BulkAction]] = lambda user: ()
    empty_title: Any = ""
    empty_reason: Any = ""
    presets: Sequence[tuple[Any, str]] = field(default_factory=tuple)
    stacks: bool = False
    drawer: bool = False
    cell_url: str = ""
    record_kind: str = ""
    narrow: Callable[[Any, date, QuerySet[Any], int], QuerySet[Any]] | None = None

    def all_columns(self) -> list[Column]:
        return [*self.columns, *own_columns(self.record_kind)]

    @property
    def filter_names(self) -> list[str]:
        """Names of all filters in their order, those of custom fields too."""
        own = getattr(self.filterset, "own_names", None)
        return [*(self.filterset.base_filters if self.filterset else ()), *(own() if own else ())]

    @property
    def summed(self) -> Column | None:
        return next((column for column in self.columns if column.sums), None)


def own_columns(record_kind: str) -> list[Column]:
    """Columns of tags and custom fields, hidden until somebody chooses them."""
    if not record_kind:
        return []
    tags = Column("tags", _("Tags"), lambda row: row.tag_names, kind="tags", is_hidden=True, hide_sm=True)
    return [tags, *(_own_column(one) for one in own_fields_of(record_kind))]


def _own_column(field: OwnField) -> Column:
    kinds = {"number": "plain", "money": "exact", "date": "date"}

    def value(row: Any) -> Any:
        clean = value_of(row, field)
        if clean is None or field.is_number or field.type == "date":
            return clean
        return shown(field, clean, all_person_names() if field.type == "person" else {})

    def currency(row: Any) -> str:
        return str(getattr(row, "currency_id", "") or the_company().currency_id)

    return Column(
        field.name,
        field.label,
        value,
        kind=kinds.get(field.type, "clip" if field.type == "long" else "text"),
        sort=SORTED_BY if has_order(field) else "",
        order=partial(order_of, field),
        is_hidden=True,
        hide_sm=True,
        currency=currency,
    )


def tag_action() -> BulkAction:
    """The bulk act that puts a tag on the chosen records; the list's view answers it with core.views.tag_chosen."""
    return BulkAction("tag", _("Add tag"), "tag", asks=_("Tag"), options=reverse_lazy("core:tag_options"))


def plain_value(column: Column, row: Any) -> Any:
    """A value as an export writes it."""
    value = column.value(row)
    if column.kind == "tags":
        return "; ".join(str(word) for word in value or ())
    return str(value) if isinstance(value, Act) else value


def chosen_columns(table: Table, query: QueryDict, kept: Sequence[str] = ()) -> list[Column]:
    """The columns the address names, else those the person keeps, in that order; else the list's own."""
    known = {column.key: column for column in table.all_columns()}
    wanted = [key for key in query.get("columns", "").split(",") if key] or kept
    chosen = [known[key] for key in dict.fromkeys(wanted) if key in known]
    return chosen or [column for column in known.values() if not column.is_hidden]


def column_choices(table: Table, chosen: Sequence[Column]) -> list[dict[str, Any]]:
    """Every column, those shown first and in their order."""
    shown = {column.key for column in chosen}
    rest = [column for column in table.all_columns() if column.key not in shown]
    return [{"column": column, "shown": column.key in shown} for column in [*chosen, *rest]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A tag of a cell: its words, tone and icon."""

    text: Any
    tone: str = ""
    icon: str = ""


def cell(column: Column, row: Any, *, zone: str = "UTC", year: tuple[date, date] | None = None) -> dict[str, Any]:
    """A value as its column shows it: instants in a time zone, days of the fiscal year (half-open) without it."""
    value = column.value(row)
    if column.kind == "datetime":
        text: Any = formats.moment(value, zone)
    else:
        text = formats.day(value, within=year) if column.kind == "date" and value else _shown(column, row, value)
    sub = column.sub(row) if column.sub else ""
    return {"column": column, "text": text, "sub": sub or ""}


def _shown(column: Column, row: Any, value: Any) -> Any:
    if value is None or value == "":
        return formats.NONE
    if column.kind == "money":
        return formats.whole_money(value, column.currency(row))
    if column.kind == "exact":
        return formats.exact_money(value, column.currency(row))
    if column.kind == "plain":
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value
    if column.kind == "percent":
        return formats.percent(value)
    if column.kind == "number":
        return formats.whole(value) if isinstance(value, (int, Decimal)) else value
    if column.kind == "date":
        return formats.day(value)
    if column.kind == "tag":
        return Shown(value, column.tone(row), column.icon(row))
    if column.kind == "tags":
        return [Shown(word, column.tone(row)) for word in value]
    return value
