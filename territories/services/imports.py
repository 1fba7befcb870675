"""Files of territories, of who covers them, and of the accounts in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from core.bulk import BY_EXTERNAL_ID, STAGE, DatedRows, LoadPlan, LoadRefused, Match, Refusal, closed_books, copy_rows
from core.kernel import fields as f
from core.kernel.effective import day_after, last_day_of
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ClosedRows, ImportContext, ImportKind, RecordModel, ReferenceKind
from core.services import hold_closed_through
from people.kernel.closure import DAWN
from territories.enums import CoveragePart, TerritoryKind
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from territories.services.territories import hold_tree

TERRITORY, SEAT, ACCOUNT = "TER-", "POS-", "ACC-"
_FROM = FieldSpec("valid_from", "From", f.DATE, synonyms=("Valid from", "Since", "Start date", "Effective date"))
_LAST = FieldSpec("last_day", "Last day", f.DATE, synonyms=("Valid through", "Until", "End date"))

SPEC = KindSpec(
    "territories",
    "Territories",
    (
        FieldSpec("external_id", "Territory ID", synonyms=("Code", "ID", "Record ID"), max_length=120),
        FieldSpec("name", "Territory", synonyms=("Territory name", "Name", "Label"), max_length=160),
        FieldSpec(
            "kind",
            "Kind",
            f.CHOICE,
            synonyms=("Type", "Territory type"),
            choices={
                **{value: value for value in TerritoryKind.values},
                "geographic": "geography", "region": "geography", "vertical": "industry", "named accounts": "named",
                "product overlay": "overlay", "partner": "channel",
            },
        ),
        FieldSpec(
            "parent", "Within", f.REFERENCE, synonyms=("Parent territory", "Parent", "Region"), reference="territories"
        ),
        FieldSpec("description", "Description", synonyms=("Notes",), max_length=255),
    ),
    keys=("external_id", "name"),
)  # fmt: skip
_OWN_NAME = "t.external_id IS NULL OR s.external_id IS NULL OR s.external_id LIKE 'row:%'"


def plan_territories(context: ImportContext) -> LoadPlan:
    hold_tree()
    fields = context.fields
    return LoadPlan(
        model=Territory,
        matches=(
            *((BY_EXTERNAL_ID,) if "external_id" in fields else ()),
            Match("lower(t.name)", "lower(s.name)", _OWN_NAME),
        ),
        columns=tuple(sorted((fields - {"parent"}) | {"name"} | ({"parent_id"} if "parent" in fields else set()))),
        extras={"parent": "text"},
        defaults={"kind": f"'{TerritoryKind.GEOGRAPHY}'", "description": "''", "version": "1"},
        prepare=dict,
        link=(lambda cursor: _link_parents(cursor, context)) if "parent" in fields else None,
    )


def _link_parents(cursor: Any, context: ImportContext) -> None:
    """What territories lie within, also those further down in the same file. Raises LoadRefused for a circle."""
    cursor.execute(f"SELECT DISTINCT parent FROM {STAGE} WHERE parent IS NOT NULL")
    found = [(text, pk) for (text,) in cursor.fetchall() if (pk := context.find("territories", text))]
    cursor.execute("CREATE TEMPORARY TABLE so_parents (text text, id bigint) ON COMMIT DROP")
    copy_rows(table="so_parents", columns=["text", "id"], rows=found)
    cursor.execute(
        f"""UPDATE {STAGE} s SET parent_id = p.id FROM so_parents p WHERE p.text = s.parent AND p.id <> s.id;
            DROP TABLE so_parents"""
    )
    cursor.execute(
        f"""SELECT id, parent_id FROM {STAGE} WHERE parent_id IS NOT NULL UNION ALL
            SELECT t.id, t.parent_id FROM territories_territory t WHERE t.parent_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM {STAGE} s WHERE s.id = t.id AND s.parent_id IS NOT NULL)"""
    )
    _refuse_circle(dict(cursor.fetchall()), cursor)


def _refuse_circle(above: dict[int, int], cursor: Any) -> None:
    clear: set[int] = set()
    for start in above:
        path: list[int] = []
        over: int | None = start
        while over is not None and over not in clear:
            if over in path:
                cursor.execute(f"SELECT name FROM {STAGE} WHERE id = %s", [over])
                name = (cursor.fetchone() or ("A territory",))[0]
                raise LoadRefused(f"“{name}” would lie within itself. Mend the column.")
            path.append(over)
            over = above.get(over)
        clear.update(path)


def territory_records() -> Iterator[dict[str, Any]]:
    """Every territory that isn't archived, what they lie within first."""
    for row in Territory.objects.filter(archived_at=None).select_related("parent").order_by("pk"):
        yield {
            "external_id": _key(TERRITORY, row),
            "name": row.name,
            "kind": row.kind,
            "parent": _key(TERRITORY, row.parent),
            "description": row.description or None,
        }


COVERAGE_SPEC = KindSpec(
    "territory_assignments",
    "Coverage of territories",
    (
        FieldSpec(
            "territory", "Territory", f.REFERENCE, synonyms=("Territory name", "Territory ID"), required=True,
            reference="territories",
        ),
        FieldSpec(
            "position", "Position", f.REFERENCE, synonyms=("Position title", "Seat", "Position ID"), required=True,
            reference="positions",
        ),
        FieldSpec(
            "part", "Part", f.CHOICE, synonyms=("Role", "Coverage"), choices={v: v for v in CoveragePart.values}
        ),
        _FROM,
        _LAST,
    ),
    keys=("territory",),
)  # fmt: skip
COVERED = DatedRows(
    TerritoryAssignment, "territory_assignment", ("territory_id", "part"), ("position_id",), "one_seat_a_part"
)


def plan_coverage(context: ImportContext) -> LoadPlan:
    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        return {
            "territory_id": _found(context, "territories", clean["territory"]),
            "position_id": _found(context, "positions", clean["position"]),
            "part": clean.get("part") or CoveragePart.OWNER.value,
            **_days(clean),
        }

    closed = closed_books(hold_closed_through())
    return COVERED.plan(prepare, days=_asked(context), closed=closed, refusals=(_ARCHIVED,))


PLACES_SPEC = KindSpec(
    "account_territories",
    "Accounts of territories",
    (
        FieldSpec(
            "account", "Account", f.REFERENCE, synonyms=("Account name", "Customer", "Company", "Account ID"),
            required=True, reference="accounts",
        ),
        FieldSpec(
            "territory", "Territory", f.REFERENCE, synonyms=("Territory name", "Territory ID"), required=True,
            reference="territories",
        ),
        _FROM,
        _LAST,
    ),
    keys=("account",),
)  # fmt: skip
PLACED = DatedRows(
    AccountTerritory, "account_territory", ("account_id",), ("territory_id",), "one_territory_an_account"
)
_ARCHIVED = Refusal(
    "territory_id",
    "EXISTS (SELECT 1 FROM territories_territory x WHERE x.id = s.territory_id AND x.archived_at IS NOT NULL)",
    "The territory is in the archive. Restore it first.",
)


def plan_places(context: ImportContext) -> LoadPlan:
    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        return {
            "account_id": _found(context, "accounts", clean["account"]),
            "territory_id": _found(context, "territories", clean["territory"]),
            **_days(clean),
        }

    closed = closed_books(hold_closed_through())
    return PLACED.plan(prepare, days=_asked(context), closed=closed, refusals=(_ARCHIVED,))


def _found(context: ImportContext, kind: str, word: str | None) -> int | None:
    return context.find(kind, word) if word else None


def _asked(context: ImportContext) -> tuple[date | None, date, date]:
    return context.since, context.today, DAWN


def _days(clean: dict[str, Any]) -> dict[str, Any]:
    return {"valid_from": clean.get("valid_from"), "valid_to": day_after(clean.get("last_day"))}


def _told_days(row: Any) -> dict[str, Any]:
    return {"valid_from": row.valid_from, "last_day": last_day_of(row.valid_to)}


def coverage_records() -> Iterator[dict[str, Any]]:
    for row in TerritoryAssignment.objects.select_related("territory", "position").order_by("pk"):
        named = {"territory": _key(TERRITORY, row.territory), "position": _key(SEAT, row.position)}
        yield {**named, "part": row.part, **_told_days(row)}


def place_records() -> Iterator[dict[str, Any]]:
    rows = AccountTerritory.objects.select_related("account", "territory").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        named = {"account": _key(ACCOUNT, row.account), "territory": _key(TERRITORY, row.territory)}
        yield {**named, **_told_days(row)}


def _key(prefix: str, record: Any) -> str | None:
    """What names a record in a file: its external ID, else its number."""
    return (record.external_id or f"{prefix}{record.pk}") if record is not None else None


def _names() -> Iterable[tuple[str, int]]:
    """A name tells a territory where no other has it; the number and the external ID always do."""
    rows = list(Territory.objects.filter(archived_at=None).values_list("pk", "name", "external_id"))
    times = Counter(name.casefold() for _pk, name, _external_id in rows)
    for pk, name, external_id in rows:
        if times[name.casefold()] == 1:
            yield name, pk
        yield f"{TERRITORY}{pk}", pk
        if external_id:
            yield external_id, pk


def _kept() -> str:
    """Facts that begin on a closed day stay when an import is undone."""
    closed = closed_books(hold_closed_through())
    return closed.held if closed else ""


KINDS = (
    ImportKind(*("territories", 52, SPEC, "territory", plan_territories, territory_records, TERRITORY), icon="map-2"),
    ImportKind(
        *("territory_assignments", 54, COVERAGE_SPEC, "territory_assignment", plan_coverage, coverage_records, ""),
        icon="armchair",
    ),
    ImportKind(
        *("account_territories", 56, PLACES_SPEC, "account_territory", plan_places, place_records, ""),
        icon="map-pin",
    ),
)
REFERENCES = (ReferenceKind("territories", "Territory", _names, None, "territory"),)
# What hangs on a territory is undone before it.
MODELS = (
    RecordModel("account_territory", AccountTerritory, 37),
    RecordModel("territory_assignment", TerritoryAssignment, 36),
    RecordModel("territory", Territory, 35),
)
CLOSED = (ClosedRows("territory_assignment", _kept), ClosedRows("account_territory", _kept))
