"""How a lower room shows what a higher room knows: rooms register entries when they start, nobody imports upward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.registry.checks import FixAsked, HygieneCheck, HygieneFix
from core.registry.files import (
    AfterImport,
    ClosedRows,
    ImportContext,
    ImportKind,
    RecordModel,
    ReferenceKind,
    UndoPart,
    UseOfRecords,
)
from core.registry.pages import (
    ApprovalKind,
    Command,
    NavigationEntry,
    NotificationKind,
    SignInOffer,
    Tile,
    TodayCard,
    Waiting,
)
from core.registry.people import LeaverEnd, LeaverPart, PersonalRecord, PersonalTrace
from core.registry.records import (
    ListFilter,
    OptionSource,
    Panel,
    PeopleSource,
    RecordAct,
    RecordEditor,
    RecordKind,
    RecordWatch,
    SearchHit,
    SearchProvider,
    SharedRecords,
    TimelinePart,
    core_panels,
)
from core.registry.register import Register

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

    from core.kernel.access import SignedIn
from core.registry.steps import DemoPart, FirstStep, MinuteStep, NightlyStep

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
list_filters: Register[ListFilter] = Register("list filters")
import_kinds: Register[ImportKind] = Register("import kinds")
reference_kinds: Register[ReferenceKind] = Register("reference kinds")
record_models: Register[RecordModel] = Register("record models")
undo_parts: Register[UndoPart] = Register("undo parts")
closed_rows: Register[ClosedRows] = Register("rows that closed days keep")
uses_of_records: Register[UseOfRecords] = Register("uses of records")
after_imports: Register[AfterImport] = Register("after imports")
shared_records: Register[SharedRecords] = Register("shared records")
personal_records: Register[PersonalRecord] = Register("personal records")
personal_traces: Register[PersonalTrace] = Register("personal traces")
leaver_parts: Register[LeaverPart] = Register("leaver parts")
leaver_ends: Register[LeaverEnd] = Register("leaver ends")
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


def shared_with(
    record_kind: str, user: SignedIn, as_of: date, *, to_edit: bool = False
) -> list[tuple[str, QuerySet[Any]]]:
    """(field, rows) of higher rooms: whose field names a record, share it with a person; to_edit: to be changed."""
    asked = [entry for entry in shared_records if entry.record_kind == record_kind]
    ways = [(entry.field, entry.editable_rows if to_edit else entry.rows) for entry in asked]
    return [(field, rows(user, as_of)) for field, rows in ways if rows is not None]


def react_to_save(kind: str, ids: Sequence[int], on: date | None = None) -> None:
    """Let every room know that records of a kind were saved by hand. Call it in the transaction of the save."""
    for entry in record_watches:
        entry.react(kind, ids, on)


def react_to_import(kinds: frozenset[str]) -> None:
    """Let every room know that an import or its undo changed records of these kinds. Call it before the commit."""
    if kinds:
        for entry in after_imports:
            entry.react(kinds)


__all__ = [
    "AfterImport",
    "ClosedRows",
    "ApprovalKind",
    "Command",
    "DemoPart",
    "FirstStep",
    "FixAsked",
    "HygieneCheck",
    "HygieneFix",
    "ImportContext",
    "ImportKind",
    "LeaverEnd",
    "LeaverPart",
    "ListFilter",
    "MinuteStep",
    "NavigationEntry",
    "NightlyStep",
    "NotificationKind",
    "OptionSource",
    "Panel",
    "PeopleSource",
    "PersonalRecord",
    "PersonalTrace",
    "RecordAct",
    "RecordEditor",
    "RecordKind",
    "RecordModel",
    "RecordWatch",
    "ReferenceKind",
    "Register",
    "SearchHit",
    "SearchProvider",
    "SharedRecords",
    "SignInOffer",
    "Tile",
    "TimelinePart",
    "TodayCard",
    "UndoPart",
    "UseOfRecords",
    "Waiting",
    "after_imports",
    "approval_kinds",
    "closed_rows",
    "commands",
    "core_panels",
    "demo_parts",
    "first_steps",
    "hygiene_checks",
    "hygiene_fixes",
    "import_kinds",
    "leaver_ends",
    "leaver_parts",
    "list_filters",
    "minute_steps",
    "navigation",
    "nightly_steps",
    "notification_kinds",
    "option_sources",
    "panels",
    "panels_for",
    "people_sources",
    "personal_records",
    "personal_traces",
    "react_to_import",
    "react_to_save",
    "record_acts",
    "record_editors",
    "record_kinds",
    "record_models",
    "record_watches",
    "reference_kinds",
    "search_providers",
    "shared_records",
    "shared_with",
    "sign_in_offers",
    "tiles",
    "timeline_parts",
    "today_cards",
    "undo_parts",
    "uses_of_records",
]
