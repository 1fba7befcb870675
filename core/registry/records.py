"""Records: their kinds, what stands on their pages and lists, who else sees and changes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.registry.register import everyone

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record people talk about: `opportunity`, `account`, `lead`.

    visible(user, as_of, with_archived=False) gives the rows a person may see; url_name takes the id. Kinds whose
    records can be shared say which a person may change (editable, asked the same way), whose line they belong to
    (owners: ids of people), and who else sees one and why (joined: pairs of person id and words).
    """

    key: str
    label: Any
    label_plural: Any
    icon: str
    url_name: str
    model: Any
    visible: Callable[..., QuerySet[Any]]
    editable: Callable[..., QuerySet[Any]] | None = None
    owners: Callable[[Any], Sequence[int | None]] = lambda record: [record.owner_id]
    joined: Callable[[Any], Sequence[tuple[int, str]]] = lambda record: []


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a record's page that a room loads from its own URL (url_name takes the record's id).

    column: side, main, or top for a strip over both; names_kind: url_name takes the kind of record before the id.
    """

    record_kind: str
    key: str
    order: int
    title: Any
    url_name: str
    may_see: Callable[[Any], bool] = everyone
    column: str = "side"
    names_kind: bool = False

    def address(self, record_id: int) -> str:
        return reverse(self.url_name, args=[self.record_kind, record_id] if self.names_kind else [record_id])

    @property
    def full_key(self) -> str:
        return f"{self.record_kind}.{self.key}"


def core_panels(record_kind: str) -> tuple[Panel, ...]:
    """The panels of the ground floor that a kind of record takes: its tags and its files."""
    return (
        Panel(record_kind, "tags", 20, _("Tags"), "core:record_tags", names_kind=True),
        Panel(record_kind, "attachments", 40, _("Files"), "core:record_attachments", names_kind=True),
    )


@dataclass(frozen=True, slots=True)
class PeopleSource:
    """Whom a custom field of people may name: rows of the model, which has a `name`, an external ID or a number."""

    key: str
    model: Any
    prefix: str


@dataclass(frozen=True, slots=True)
class OptionSource:
    """Where a form's field gets options of a model from as one types, when there are too many to be written into it."""

    key: str
    model: Any
    prefix: str
    noun: Any
    url_name: str


@dataclass(frozen=True, slots=True)
class TimelinePart:
    """What a room adds to the timeline of a kind of record: sources(user, record, as_of) gives core.history sources."""

    record_kind: str
    key: str
    sources: Callable[[Any, Any, date], Sequence[Any]]

    @property
    def full_key(self) -> str:
        return f"{self.record_kind}.{self.key}"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One record found: its kind, name, what tells it apart, its address; right: an amount; record_id: for its acts."""

    kind: str
    icon: str
    title: str
    detail: str
    url: str
    right: str = ""
    record_id: int = 0


@dataclass(frozen=True, slots=True)
class RecordAct:
    """What the palette offers to do with the first record it found.

    label holds %(name)s; address(record id) is where it is done; changes: whether the record must be one's to change.
    """

    record_kind: str
    key: str
    order: int
    label: Any
    icon: str
    address: Callable[[int], str]
    may: Callable[[Any], bool] = everyone
    changes: bool = True
    shortcut: str = ""

    @property
    def full_key(self) -> str:
        return f"{self.record_kind}.{self.key}"


@dataclass(frozen=True, slots=True)
class SearchProvider:
    """search(user, text, as_of, limit) gives hits the user may see, best first."""

    key: str
    label: Any
    order: int
    search: Callable[[Any, str, date, int], Sequence[SearchHit]]
    may_see: Callable[[Any], bool] = everyone


@dataclass(frozen=True, slots=True)
class ListFilter:
    """A filter that a higher room adds to the lists of a kind of record; in their pages, exports, views and the API.

    make(method=...) gives the filter; narrow(rows, login, its value) gives the rows that the person asked for. It must
    tell nothing of records that they may not see.
    """

    record_kind: str
    name: str
    make: Callable[..., Any]
    narrow: Callable[[Any, Any, Any], Any]

    @property
    def full_key(self) -> str:
        return f"{self.record_kind}.{self.name}"


@dataclass(frozen=True, slots=True)
class SharedRecords:
    """Records of a lower room that people may see because of a higher one: rows(user, as_of) name them in a field.

    Accounts are shared with the people whose deals are with them. editable_rows: of those they may change too.
    """

    record_kind: str
    key: str
    field: str
    rows: Callable[[Any, date], QuerySet[Any]]
    editable_rows: Callable[[Any, date], QuerySet[Any]] | None = None

    @property
    def full_key(self) -> str:
        return f"{self.record_kind}.{self.key}"


@dataclass(frozen=True, slots=True)
class RecordWatch:
    """What a room does in the transaction in which people save records: react(kind, ids, on).

    `on` is the company's day; None where the writer doesn't know it. It must be quick and hold up nobody else's save.
    """

    key: str
    order: int
    react: Callable[[str, Sequence[int], date | None], None]


@dataclass(frozen=True, slots=True)
class RecordEditor:
    """How other rooms change a record of a kind by its own room's rules, `key` being the kind.

    editable(user, as_of) gives the rows a person may change. change(record, values, version, by, on) saves a record
    and gives its new version; it raises a ValueError in plain words where it can't, or another version stands.
    """

    key: str
    editable: Callable[[Any, date], QuerySet[Any]]
    change: Callable[..., int]
