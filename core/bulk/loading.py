"""Set-based loading: rows stream into a temporary table by COPY, then one statement each updates, inserts and records.

The last row of a key wins; blank cells never overwrite. What was done to which record, with the values before, stands
in the temporary table TOUCHED until the transaction ends: the caller keeps of it what it needs to undo the load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from core.bulk.bare import bare_fill
from core.bulk.copying import copy_rows
from core.bulk.touched import TOUCHED

STAGE = "so_stage"
MANY_NEW = 1_000
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Match:
    """SQL over `t` (table) and `s` (stage) that is equal for the same record; `only` narrows where it may be used."""

    table_side: str
    stage_side: str
    only: str = "true"

    @property
    def key(self) -> str:
        """The stage side inside the stage itself."""
        return self.stage_side.replace("s.", "")


BY_EXTERNAL_ID = Match("t.external_id", "s.external_id")


class LoadRefused(ValueError):
    """A load that can't be as a whole; the message says why and what to mend."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows that can't become records beside the others: `where` is SQL over `s` (stage), `message` says why."""

    column: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How clean rows become records of one table.

    matches: how a row finds its record, best first; what the first doesn't find is looked for by the next. Of records
    with an external ID it is always the last resort: rows without any key get one made of their cells.
    columns: staged columns that exist in the table; extras: staged columns (name -> SQL type) for the steps.
    defaults: SQL for a column on insert when the file gives none. on_update: SQL set besides the columns.
    prepare(clean row) gives a value for each staged column; link(cursor) runs when all rows are staged and have an id,
    before any is written; after(cursor) runs once the records are in place.
    """

    model: type[models.Model]
    matches: tuple[Match, ...]
    columns: tuple[str, ...]
    prepare: Callable[[dict[str, Any]], dict[str, Any]]
    extras: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    on_update: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    link: Callable[[Any], None] | None = None
    after: tuple[Callable[[Any], None], ...] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def has_external_id(self) -> bool:
        return has_column(self.model, "external_id")

    @property
    def staged(self) -> tuple[str, ...]:
        is_beside = self.has_external_id and "external_id" not in self.columns
        return (*self.columns, *(("external_id",) if is_beside else ()))

    @property
    def all_matches(self) -> tuple[Match, ...]:
        is_last = self.has_external_id and BY_EXTERNAL_ID not in self.matches
        return (*self.matches, BY_EXTERNAL_ID) if is_last else self.matches


@dataclass(slots=True)
class Loaded:
    """What a load did: counts, and the rows that lost against a later one of the same key."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    exact_duplicates: list[int] = field(default_factory=list)
    conflicting: list[int] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)


def has_column(model: type[models.Model], column: str) -> bool:
    return any(f.column == column for f in model._meta.concrete_fields)


def load(
    plan: LoadPlan,
    rows: Iterable[tuple[int, int, dict[str, Any]]],
    *,
    kind: str,
    prefix: str = "",
    note: Note = lambda text: None,
    numbered: Callable[[Any], None] = lambda cursor: None,
) -> Loaded:
    """Upsert (row number, hash of the raw row, prepared values). Needs a transaction with `begin_touching()` done.

    An external ID of `prefix` and id (OPP-4417) names the record of that id. `note` is told what is being worked on,
    and may raise to stop; `numbered(cursor)` runs when all rows have an id.
    """
    loaded = Loaded()
    with connection.cursor() as cursor:
        _make_stage(cursor, plan)
        names = ("row_no", "row_hash", *plan.staged, *plan.extras)
        copy_rows(table=STAGE, columns=names, rows=(_values(row, names) for row in rows))
        note("finding records")
        _find_records(cursor, plan, prefix)
        _drop_losers(cursor, plan, loaded)
        if plan.has_external_id:
            cursor.execute(f"UPDATE {STAGE} SET external_id = NULL WHERE external_id = '{prefix}' || id")
        _refuse(cursor, plan, loaded)
        _number_new(cursor, plan)
        numbered(cursor)
        if plan.link:
            plan.link(cursor)
        note("changing records")
        loaded.updated = _update(cursor, plan, kind)
        note("adding records")
        cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE new) FROM {STAGE}")
        staged, fresh = cursor.fetchone()
        with bare_fill(cursor, plan.table, fresh):
            loaded.created = _insert(cursor, plan, kind)
        loaded.unchanged = staged - loaded.updated - loaded.created
        if loaded.created >= MANY_NEW:
            cursor.execute(f"ANALYZE {plan.table}")  # lists are read with right plans before autovacuum comes by
        for step in plan.after:
            note("finishing records")
            step(cursor)
        cursor.execute(f"DROP TABLE {STAGE}")
    return loaded


def _values(row: tuple[int, int, dict[str, Any]], names: Sequence[str]) -> list[Any]:
    number, digest, values = row
    return [number, digest, *map(values.get, names[2:])]


def _sql_type(plan: LoadPlan, column: str) -> str:
    by_column = {f.column: f for f in plan.model._meta.concrete_fields}
    return str(by_column[column].db_type(connection)).replace("GENERATED BY DEFAULT AS IDENTITY", "")


def _make_stage(cursor: Any, plan: LoadPlan) -> None:
    own = ", ".join(f'"{name}" {_sql_type(plan, name)}' for name in plan.staged)
    extra = "".join(f', "{name}" {kind}' for name, kind in plan.extras.items())
    cursor.execute(f"DROP TABLE IF EXISTS {STAGE}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {STAGE} "
        f"(row_no bigint, row_hash bigint, id bigint, new boolean DEFAULT false, {own}{extra})"
    )


def _find_records(cursor: Any, plan: LoadPlan, prefix: str) -> None:
    """The record of each row: of several with one name the oldest; of several rows for one record the last."""
    cursor.execute(f"ANALYZE {STAGE}")
    by_number = Match(f"'{prefix}' || t.id", "s.external_id", f"s.external_id LIKE '{prefix}%'")
    for match in (by_number, *plan.all_matches) if prefix and plan.has_external_id else plan.all_matches:
        cursor.execute(
            f"""WITH fitting AS (SELECT s.row_no, min(t.id) AS id FROM {STAGE} s JOIN {plan.table} t
                  ON {match.table_side} = {match.stage_side} WHERE s.id IS NULL AND ({match.only}) GROUP BY s.row_no),
                found AS (SELECT max(row_no) AS row_no, id FROM fitting GROUP BY id)
                UPDATE {STAGE} s SET id = found.id FROM found WHERE found.row_no = s.row_no
                  AND NOT EXISTS (SELECT 1 FROM {STAGE} o WHERE o.id = found.id)"""
        )


def _drop_losers(cursor: Any, plan: LoadPlan, loaded: Loaded) -> None:
    """Of rows with the same key the last one stays."""
    keys = (f"'{place}:' || ({match.key})" for place, match in enumerate(plan.all_matches))
    cursor.execute(
        f"""WITH ranked AS (
              SELECT row_no, row_hash, row_number() OVER w AS place, first_value(row_hash) OVER w AS kept
              FROM {STAGE}
              WINDOW w AS (PARTITION BY coalesce({", ".join(keys)}, 'row:' || row_no) ORDER BY row_no DESC))
            DELETE FROM {STAGE} s USING ranked r WHERE s.row_no = r.row_no AND r.place > 1
            RETURNING s.row_no, r.row_hash = r.kept"""
    )
    for number, same in cursor.fetchall():
        (loaded.exact_duplicates if same else loaded.conflicting).append(number)


def _needed(plan: LoadPlan) -> Iterator[Refusal]:
    """What a new record can't be without: columns that may not be null and have no default."""
    for f in plan.model._meta.concrete_fields:
        if f.column in plan.columns and not f.null and f.column not in plan.defaults and not f.has_db_default():
            where = f's.id IS NULL AND s."{f.column}" IS NULL'
            yield Refusal(f.name, where, f"A new record needs a value here: {f.verbose_name}.")


def _refuse(cursor: Any, plan: LoadPlan, loaded: Loaded) -> None:
    for refusal in (*plan.refusals, *_needed(plan)):  # what the plan says is told rather than that something is missing
        cursor.execute(f"DELETE FROM {STAGE} s WHERE {refusal.where} RETURNING s.row_no")
        loaded.refused |= dict.fromkeys((number for (number,) in cursor.fetchall()), refusal)


def _number_new(cursor: Any, plan: LoadPlan) -> None:
    cursor.execute(
        f"""WITH numbered AS (SELECT row_no, nextval(pg_get_serial_sequence('{plan.table}', 'id')) AS id
              FROM {STAGE} WHERE id IS NULL ORDER BY row_no)
            UPDATE {STAGE} s SET id = numbered.id, new = true FROM numbered WHERE numbered.row_no = s.row_no"""
    )
    cursor.execute(f"CREATE INDEX ON {STAGE} (id)")
    cursor.execute(f"ANALYZE {STAGE}")


def _merged(plan: LoadPlan, column: str) -> str:
    """The value after an update: blank cells never overwrite, other fields are merged."""
    if column in ("extra", "custom"):
        return f't."{column}" || coalesce(s."{column}", \'{{}}\'::jsonb)'
    return f'coalesce(s."{column}", t."{column}")'


def _update(cursor: Any, plan: LoadPlan, kind: str) -> int:
    merged = [_merged(plan, column) for column in plan.columns]
    sets = [f'"{c}" = {value}' for c, value in zip(plan.columns, merged, strict=True)]
    sets += [f'"{c}" = {sql}' for c, sql in plan.on_update.items()]
    before = ", ".join(f"'{c}', old.\"{c}\"" for c in (*plan.columns, *plan.on_update))
    stamps = "old.xmin::text::bigint, NULL::bigint"
    if has_column(plan.model, "version"):
        sets.append("version = t.version + 1")
        stamps = "new.version - 1, new.version"
    if has_column(plan.model, "updated_at"):
        sets.append("updated_at = now()")
    mine = ", ".join(f't."{c}"' for c in plan.columns)
    cursor.execute(
        f"""WITH changed AS (
              UPDATE {plan.table} t SET {", ".join(sets)} FROM {STAGE} s
              WHERE t.id = s.id AND NOT s.new AND ({mine}) IS DISTINCT FROM ({", ".join(merged)})
              RETURNING t.id, s.row_no, jsonb_build_object({before}), {stamps})
            INSERT INTO {TOUCHED} (record_kind, record_id, row_no, outcome, before, stamp_before, stamp_after)
            SELECT '{kind}', c.id, c.row_no, 'updated', c.before, c.stamp_before, c.stamp_after
            FROM changed c (id, row_no, before, stamp_before, stamp_after)"""
    )
    return int(cursor.rowcount)


def _insert(cursor: Any, plan: LoadPlan, kind: str) -> int:
    columns = plan.staged
    values = [f's."{c}"' if c not in plan.defaults else f'coalesce(s."{c}", {plan.defaults[c]})' for c in columns]
    others = [(c, sql) for c, sql in plan.defaults.items() if c not in columns]
    names = ", ".join(f'"{c}"' for c in (*columns, *(c for c, _sql in others)))
    select = ", ".join([*values, *(sql for _c, sql in others)])
    cursor.execute(
        f"INSERT INTO {plan.table} (id, {names}) SELECT s.id, {select} FROM {STAGE} s WHERE s.new ORDER BY s.row_no"
    )
    stamp = "1" if has_column(plan.model, "version") else "NULL"
    cursor.execute(
        f"""INSERT INTO {TOUCHED} (record_kind, record_id, row_no, outcome, stamp_after)
            SELECT '{kind}', id, row_no, 'created', {stamp} FROM {STAGE} WHERE new ORDER BY row_no"""
    )
    return int(cursor.rowcount)
