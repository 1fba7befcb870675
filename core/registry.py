"""How a lower room shows what a higher room knows: rooms register entries when they start, nobody imports upward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.kernel.fields import KindSpec

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from core.kernel.access import SignedIn
    from core.kernel.fields import FieldSpec


def _everyone(user: SignedIn) -> bool:
    return True


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
class NavigationEntry:
    """A line of the side bar. groups in order: home, revenue, operations, compensation, reports, foot.

    Entries of the group `settings` stand on the settings page with their `text`, those of `account` in the menu of
    one's own login.
    """

    key: str
    group: str
    order: int
    label: Any
    icon: str
    url_name: str
    may_see: Callable[[Any], bool] = _everyone
    count: Callable[[Any], int | None] | None = None
    count_is_work: bool = False
    shortcut: str = ""
    text: Any = ""


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
    may_see: Callable[[Any], bool] = _everyone
    column: str = "side"
    names_kind: bool = False

    def address(self, record_id: int) -> str:
        return reverse(self.url_name, args=[self.record_kind, record_id] if self.names_kind else [record_id])


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


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure of the dashboard. make(board) gives what components/kpi.html shows, or None for no tile at all.

    board.asked says what is asked (period, as_of, user, filters); the grid closes without tiles that aren't there.
    """

    key: str
    order: int
    label: Any
    make: Callable[[Any], Any]
    may_see: Callable[[Any], bool] = _everyone


@dataclass(frozen=True, slots=True)
class TodayCard:
    """A card that a room adds to the start page, loaded from its own address (url_name takes nothing).

    column: main or side. The address answers with the card alone to htmx, with a page of it otherwise.
    """

    key: str
    order: int
    title: Any
    url_name: str
    may_see: Callable[[Any], bool] = _everyone
    column: str = "side"


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
    may: Callable[[Any], bool] = _everyone
    changes: bool = True
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What the palette offers to do without a record: a page that makes or brings in something."""

    key: str
    order: int
    label: Any
    icon: str
    url_name: str
    may_see: Callable[[Any], bool] = _everyone
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class SearchProvider:
    """search(user, text, as_of, limit) gives hits the user may see, best first."""

    key: str
    label: Any
    order: int
    search: Callable[[Any, str, date, int], Sequence[SearchHit]]
    may_see: Callable[[Any], bool] = _everyone


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """A kind of thing people are told (`task_assigned`): how it looks, how one hears of it unless one chose otherwise.

    label says when it comes ("A task is assigned to you") and stands for the text when its record can't be seen any
    more; tone: good, warn, bad, acc or none; act labels the button that opens its address; channel: app, mail or none.
    """

    key: str
    order: int
    label: Any
    icon: str
    group: str = "work"
    tone: str = ""
    act: Any = ""
    channel: str = "app"
    may_have: Callable[[Any], bool] = _everyone


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column (or filter) that a higher room adds to a lower room's list."""

    table: str
    column: Any


@dataclass(frozen=True, slots=True)
class ImportKind:
    """What can be imported. `plan(context)` gives the core.bulk.LoadPlan of one import.

    own_spec describes the fields that the kind has by itself; `spec` adds those that stand today (more_fields): the
    ones that the company defined. Keep what it gives for as long as one file is worked at.

    finish(context) runs after the rows are in, for what needs all of them (seats, reporting lines).
    records() gives every record as the fields of the spec, so that an export can be imported again and changes nothing;
    one without an external ID goes by its number (`prefix` and id: OPP-4417).
    """

    key: str
    order: int
    own_spec: KindSpec
    record_kind: str
    plan: Callable[[ImportContext], Any]
    records: Callable[[], Iterable[dict[str, Any]]]
    prefix: str
    icon: str = "table"
    finish: Callable[[ImportContext], None] | None = None
    may_import: Callable[[Any], bool] = _everyone
    more_fields: Callable[[], Sequence[FieldSpec]] = tuple

    @property
    def spec(self) -> KindSpec:
        own, more = self.own_spec, self.more_fields()
        return KindSpec(own.key, own.label, (*own.fields, *more), own.keys) if more else own


@dataclass(slots=True)
class ImportContext:
    """One import at work: who, which company day, the mapped fields, and where references are looked up.

    find(reference kind, value) gives an id or None. What is made or changed on the way is noted by core.bulk.touch,
    so that undoing the import takes it back too. `since` is the first day of dated facts that was asked for.
    """

    import_id: int
    user_id: int | None
    today: date
    currency: str
    fields: frozenset[str]
    find: Callable[[str, str], int | None]
    since: date | None = None
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReferenceKind:
    """What a cell may name. names() gives known values with ids, later ones win; create makes a missing one."""

    key: str
    label: str
    names: Callable[[], Iterable[tuple[str, int]]]
    create: Callable[[str, ImportContext], int] | None = None
    record_kind: str = ""


@dataclass(frozen=True, slots=True)
class RecordModel:
    """The table of a record kind that imports make and undo. Those of a higher order are undone first."""

    key: str
    model: Any
    order: int = 0


@dataclass(frozen=True, slots=True)
class UndoPart:
    """Takes away what is derived from imported records and can be made again: remove(queryset of the records)."""

    record_kind: str
    key: str
    remove: Callable[[QuerySet[Any]], None]


@dataclass(frozen=True, slots=True)
class UseOfRecords:
    """Rows of `model` that name a record by kind and id, and so keep it from being undone. Pointers need no entry."""

    key: str
    model: Any
    kind_field: str = "subject_kind"
    id_field: str = "subject_id"


@dataclass(frozen=True, slots=True)
class AfterImport:
    """What a room does once an import, or its undo, has changed records: react(record kinds), in the same transaction.

    What takes longer than a moment asks for a job there; `core.jobs.enqueue` sends it on commit. A dry run reacts not.
    """

    key: str
    order: int
    react: Callable[[frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class SharedRecords:
    """Records of a lower room that people may see because of a higher one: ids(user, as_of) gives their ids.

    Accounts are shared with the people whose deals are with them. editable_ids: those they may change too.
    """

    record_kind: str
    key: str
    ids: Callable[[Any, date], QuerySet[Any]]
    editable_ids: Callable[[Any, date], QuerySet[Any]] | None = None


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """A kind of record about one human being (a contact, a lead, a person), whose data can be told and erased.

    blanks: what each personal field becomes; the field `name` becomes a pseudonym, such as “Contact 12”.
    refusal(record): why it can't be erased now, "" when it can. search: fields that a text is looked for in.
    """

    key: str
    order: int
    label: Any
    model: Any
    prefix: str
    blanks: Mapping[str, Any]
    search: Sequence[str] = ("name", "email")
    refusal: Callable[[Any], str] = lambda record: ""


@dataclass(frozen=True, slots=True)
class PersonalTrace:
    """What a room keeps elsewhere about such a record.

    tell(kind, record) gives it as plain data; erase(kind, record, pseudonym) takes it away and gives how many rows.
    is_text: words somebody wrote, erased only when asked for.
    """

    key: str
    order: int
    label: Any
    tell: Callable[[str, Any], Sequence[Mapping[str, Any]]]
    erase: Callable[[str, Any, str], int]
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class LeaverPart:
    """Records that are somebody's, and go to others when they leave.

    rows(person) are those to be handed over, `owner` their pointer to the person; give(ids, to, by, on) hands some over
    by the rules of their room, also back. record_kind: where only who sees a record may pick it out.
    """

    key: str
    order: int
    label: Any
    icon: str
    rows: Callable[[Any], QuerySet[Any]]
    give: Callable[[Sequence[int], Any, Any, date], None]
    record_kind: str = ""
    owner: str = "owner"


@dataclass(frozen=True, slots=True)
class AuditScope:
    """Acts whose name begins with `prefix` may be read by others than admins."""

    key: str
    prefix: str
    may_see: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a decision: what, who asked and why, where it is decided; in_place_of: who is away."""

    title: str
    detail: str
    url: str
    in_place_of: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """A kind of decision. waiting(user, as_of) gives what waits for a person, also in place of somebody away."""

    key: str
    order: int
    label: Any
    waiting: Callable[[Any, date], Sequence[Waiting]]


@dataclass(frozen=True, slots=True)
class HygieneCheck:
    """A check of clean data over one kind of record. Severity, numbers, on or off become the sales ops manager's.

    failing(on, numbers) gives SQL and its parameters: one row for each failing record of subject_id, owner_id,
    at_stake_minor (reporting currency, or null) and fact (jsonb that only changes when the record does).
    reason(fact, as_of) says a fact in a few words: "Quiet 26 days". numbers: name -> (label, default). compares: with
    other records, so that a save of one alone can't tell; their fact names the other one by its id as `of`.
    """

    key: str
    order: int
    label: Any
    subject_kind: str
    severity: str
    owner_action: Any
    failing: Callable[[date, Mapping[str, int]], tuple[str, dict[str, Any]]]
    reason: Callable[[Mapping[str, Any], date], str]
    numbers: Mapping[str, tuple[Any, int]] = field(default_factory=dict)
    compares: bool = False


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


@dataclass(frozen=True, slots=True)
class HygieneFix:
    """A safe change that mends what a check finds; one marked as suggested is offered for a click.

    plan(records, asked) gives by id the new values of fields, or a sentence that says why the record stays as it is.
    `asked` holds the day and instant, who asks, and what a person gave to fill in; `asks` gives the form fields for
    that. says(record, values) names the change with its value: "Move close date to Dec 18"; without, the label does.
    """

    key: str
    subject_kind: str
    checks: frozenset[str]
    order: int
    label: Any
    icon: str
    plan: Callable[[Sequence[Any], FixAsked], Mapping[int, Mapping[str, Any] | str]]
    is_suggested: bool = False
    asks: Callable[[], Mapping[str, Any]] = dict
    says: Callable[[Any, Mapping[str, Any]], str] | None = None


@dataclass(frozen=True, slots=True)
class FixAsked:
    """What a fix is asked for with: the company's day, the instant, the login, and what was filled in."""

    on: date
    by: Any
    at: datetime | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemoPart:
    """One part of making the demo company; made in order.

    steps(making) gives (what it works on, work) pairs; each is done once, in a transaction of its own.
    """

    key: str
    order: int
    steps: Callable[[Any], Iterable[tuple[str, Callable[[], Any]]]]


@dataclass(frozen=True, slots=True)
class SignInOffer:
    """Logins that the sign-in page offers by one click: logins() gives name, role, email and password of each.

    Only an invented company has any.
    """

    key: str
    logins: Callable[[], Sequence[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What a room does each time an installation starts, after migrating: quick when all is there."""

    key: str
    order: int
    make: Callable[[], None]


@dataclass(frozen=True, slots=True)
class NightlyStep:
    """A job of the night, in order. `job` is the name of a registered job that takes `on` (ISO date)."""

    key: str
    order: int
    label: Any
    job: str


@dataclass(frozen=True, slots=True)
class MinuteStep:
    """A job without arguments, asked for each minute when is_due(instant) says so, one at a time."""

    key: str
    order: int
    job: str
    is_due: Callable[[datetime], bool]


@dataclass(slots=True)
class Register[Entry]:
    """Entries by key, in registration order; a second entry with the same key is refused."""

    name: str
    entries: dict[str, Entry] = field(default_factory=dict)

    def add(self, *entries: Entry) -> None:
        for entry in entries:
            key = _key_of(entry)
            if key in self.entries:
                raise ValueError(f"{self.name}: “{key}” is registered twice.")
            self.entries[key] = entry

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self.entries.values(), key=lambda entry: getattr(entry, "order", 0)))

    def __getitem__(self, key: str) -> Entry:
        return self.entries[key]

    def find(self, key: str) -> Entry | None:
        return self.entries.get(key)

    def keys(self) -> Iterable[str]:
        return self.entries.keys()


def _key_of(entry: Any) -> str:
    if isinstance(entry, (Panel, TimelinePart, SharedRecords, RecordAct)):
        return f"{entry.record_kind}.{entry.key}"
    if isinstance(entry, ListColumn):
        return f"{entry.table}.{entry.column.key}"
    return str(entry.key)


record_kinds: Register[RecordKind] = Register("record kinds")
navigation: Register[NavigationEntry] = Register("navigation")
panels: Register[Panel] = Register("panels")
people_sources: Register[PeopleSource] = Register("sources of people")
option_sources: Register[OptionSource] = Register("sources of options")
timeline_parts: Register[TimelinePart] = Register("parts of timelines")
tiles: Register[Tile] = Register("dashboard tiles")
today_cards: Register[TodayCard] = Register("cards of the start page")
search_providers: Register[SearchProvider] = Register("search")
record_acts: Register[RecordAct] = Register("acts on records")
commands: Register[Command] = Register("commands")
notification_kinds: Register[NotificationKind] = Register("kinds of notification")
list_columns: Register[ListColumn] = Register("list columns")
import_kinds: Register[ImportKind] = Register("import kinds")
reference_kinds: Register[ReferenceKind] = Register("reference kinds")
record_models: Register[RecordModel] = Register("record models")
undo_parts: Register[UndoPart] = Register("undo parts")
uses_of_records: Register[UseOfRecords] = Register("uses of records")
after_imports: Register[AfterImport] = Register("after imports")
shared_records: Register[SharedRecords] = Register("shared records")
personal_records: Register[PersonalRecord] = Register("personal records")
personal_traces: Register[PersonalTrace] = Register("personal traces")
leaver_parts: Register[LeaverPart] = Register("leaver parts")
audit_scopes: Register[AuditScope] = Register("audit scopes")
approval_kinds: Register[ApprovalKind] = Register("approval kinds")
hygiene_checks: Register[HygieneCheck] = Register("hygiene checks")
hygiene_fixes: Register[HygieneFix] = Register("hygiene fixes")
record_editors: Register[RecordEditor] = Register("record editors")
record_watches: Register[RecordWatch] = Register("record watches")
demo_parts: Register[DemoPart] = Register("demo parts")
sign_in_offers: Register[SignInOffer] = Register("sign-in offers")
first_steps: Register[FirstStep] = Register("first steps")
nightly_steps: Register[NightlyStep] = Register("nightly steps")
minute_steps: Register[MinuteStep] = Register("minute steps")


def panels_for(record_kind: str, user: SignedIn) -> list[Panel]:
    return [panel for panel in panels if panel.record_kind == record_kind and panel.may_see(user)]


def columns_for(table: str) -> list[Any]:
    return [entry.column for entry in list_columns if entry.table == table]


def shared_with(record_kind: str, user: SignedIn, as_of: date, *, to_edit: bool = False) -> list[QuerySet[Any]]:
    """Querysets of ids of a kind's records that higher rooms share with a person; to_edit: those they may change."""
    asked = [entry for entry in shared_records if entry.record_kind == record_kind]
    ways = [entry.editable_ids if to_edit else entry.ids for entry in asked]
    return [ids(user, as_of) for ids in ways if ids is not None]


def react_to_save(kind: str, ids: Sequence[int], on: date | None = None) -> None:
    """Let every room know that records of a kind were saved by hand. Call it in the transaction of the save."""
    for entry in record_watches:
        entry.react(kind, ids, on)


def react_to_import(kinds: frozenset[str]) -> None:
    """Let every room know that an import or its undo changed records of these kinds. Call it before the commit."""
    if kinds:
        for entry in after_imports:
            entry.react(kinds)
