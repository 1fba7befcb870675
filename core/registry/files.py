"""Files of records: what can be imported, what cells name, what an undo takes away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.kernel.fields import KindSpec

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from core.kernel.fields import FieldSpec


@dataclass(frozen=True, slots=True)
class ImportKind:
    """What can be imported. `plan(context)` gives the core.bulk.LoadPlan of one import.

    own_spec describes the fields that the kind has by itself; `spec` adds those that stand today (more_fields): the
    ones that the company defined. Keep what it gives for as long as one file is worked at.

    finish(context) runs after the rows are in, for what needs all of them (seats, reporting lines).
    records() gives every record as the fields of the spec, so that an export can be imported again and changes nothing;
    one without an external ID goes by its number (`prefix` and id: OPP-4417).

    may_import: who alone may bring such files in, where it isn't those who bring in the others. Then the kind is
    walled: its files, rows, errors, runs and undo are theirs alone, and an export of all data leaves it out.
    undo_refusal(login, ids of the records an import touched): why they may not undo it, "" when they may.
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
    may_import: Callable[[Any], bool] | None = None
    more_fields: Callable[[], Sequence[FieldSpec]] = tuple
    undo_refusal: Callable[[Any, Collection[int]], str] = lambda user, record_ids: ""

    @property
    def is_walled(self) -> bool:
        return self.may_import is not None

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
class ClosedRows:
    """Rows of a record model that closed days keep: an undo leaves them as they are.

    kept() gives SQL that is true of such a row, which stands in it as {row}, or "" where nothing is closed. It is asked
    inside the transaction of the undo. columns: those that make figures; the others may go back. None: every one does.
    """

    key: str
    kept: Callable[[], str]
    columns: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AfterImport:
    """What a room does once an import, or its undo, has changed records: react(record kinds), in the same transaction.

    What takes longer than a moment asks for a job there; `core.jobs.enqueue` sends it on commit. A dry run reacts not.
    """

    key: str
    order: int
    react: Callable[[frozenset[str]], None]
