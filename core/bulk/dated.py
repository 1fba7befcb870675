"""Rows of files for a table of dated facts: what begins for a key ends what held for it, and earlier days stay.

A row says its first day, or none: then what holds already stays as it is, and a change begins on the day of the import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core.bulk.loading import STAGE, LoadPlan, Match, Refusal
from core.bulk.touched import touching
from core.kernel import formats


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days up to and with one whose rows neither change (`kept` says so) nor come (`late`)."""

    through: date
    kept: str
    late: str

    @property
    def held(self) -> str:
        """SQL that is true of a row, {row}, that began on such a day: an undo leaves it as it is."""
        return f"{{row}}.valid_from <= {_sql(self.through)}"


def closed_books(through: date | None) -> ClosedDays | None:
    """through: the last day whose books are closed."""
    if through is None:
        return None
    told = {"day": formats.day(through)}
    return ClosedDays(
        through,
        _("Books are closed through %(day)s: what held until then stays as it is.") % told,
        _("Books are closed through %(day)s: nothing is added to those days any more.") % told,
    )


@dataclass(frozen=True, slots=True)
class DatedRows:
    """Of `key` (columns) one row with `value` (columns) holds on a day; `constraint` keeps that. `kind`: for the undo.

    The stage carries key, value, valid_from and valid_to; both days may be null.
    """

    model: type[models.Model]
    kind: str
    key: tuple[str, ...]
    value: tuple[str, ...]
    constraint: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.value, "valid_from", "valid_to")

    def plan(
        self,
        prepare: Any,
        *,
        days: tuple[date | None, date, date],
        closed: ClosedDays | None,
        defaults: Mapping[str, str] | None = None,
        refusals: tuple[Refusal, ...] = (),
    ) -> LoadPlan:
        """The load plan of one file. days: the first day asked for (or None), today, the day nothing was before."""
        since, today, dawn = days
        first = dawn if closed is None else max(dawn, closed.through + timedelta(days=1))
        return LoadPlan(
            model=self.model,
            matches=self._matches(since or today),
            columns=self.columns,
            prepare=prepare,
            defaults={"valid_from": _sql(today), **(defaults or {})},
            refusals=(*refusals, *self._refusals(closed, since)),
            link=lambda cursor: self._begin(cursor, (since, today, first)),
            after=(self._end,),
        )

    def _matches(self, day: date) -> tuple[Match, ...]:
        """A row that begins on the very day; where no day is said, one that holds the same until further notice."""
        begins = Match(
            f"{_joined('t', self.key)} || ':' || t.valid_from",
            f"{_joined('s', self.key)} || ':' || coalesce(s.valid_from, {_sql(day)})",
        )
        is_open = "s.valid_from IS NULL AND s.valid_to IS NULL AND t.valid_to IS NULL"
        return (begins, Match(self._same("t"), self._same("s"), is_open))

    def _same(self, side: str) -> str:
        """Key and value as one text; a value may be empty (a target in pieces has no currency), a key not."""
        return " || ':' || ".join((_joined(side, self.key), *(f"coalesce({side}.{c}::text, '')" for c in self.value)))

    def _refusals(self, closed: ClosedDays | None, since: date | None) -> tuple[Refusal, ...]:
        begins = f"coalesce(s.valid_from, {_sql(since) if since else 'NULL::date'})"
        stands = f"SELECT 1 FROM {self.table} t WHERE t.id = s.id"
        ends = (
            f"s.valid_to IS NOT NULL AND (s.valid_to <= {begins} OR EXISTS ({stands} AND s.valid_to <= t.valid_from))"
        )
        found = [
            Refusal("valid_to", f"s.id IS NULL AND s.valid_to IS NOT NULL AND {begins} IS NULL",
                    _("Say the first day too where there is a last day.")),
            Refusal("valid_to", ends, _("It ends before it begins.")),
        ]  # fmt: skip
        if closed is None:
            return tuple(found)
        shut = _sql(closed.through)
        ours = " OR ".join(f's."{c}" IS NOT NULL AND s."{c}" IS DISTINCT FROM t."{c}"' for c in self.value)
        moved = (
            f"s.valid_to IS NOT NULL AND s.valid_to IS DISTINCT FROM t.valid_to"
            f" AND least(s.valid_to, coalesce(t.valid_to, s.valid_to)) <= {shut}"
        )
        found += [
            Refusal("valid_from", f"EXISTS ({stands} AND t.valid_from <= {shut} AND ({ours}))", closed.kept),
            Refusal("valid_to", f"EXISTS ({stands} AND {moved})", closed.kept),
            Refusal("valid_from", f"s.id IS NULL AND {begins} <= {shut}", closed.late),
        ]
        return tuple(found)

    def _begin(self, cursor: Any, days: tuple[date | None, date, date]) -> None:
        """Days of new rows that say none: as asked, else today where the key had a row, else the first of all days."""
        cursor.execute(
            f"""UPDATE {STAGE} s SET valid_from = coalesce(%s::date, CASE WHEN EXISTS (
                  SELECT 1 FROM {self.table} t WHERE {_equal("t", "s", self.key)}) THEN %s::date ELSE %s::date END)
                WHERE s.new AND s.valid_from IS NULL""",
            days,
        )
        cursor.execute(f"SET CONSTRAINTS {self.constraint} DEFERRED")

    def _end(self, cursor: Any) -> None:
        """Each row of a key that the file names ends, at the latest, where the next begins."""
        ahead = f"lead(c.valid_from) OVER (PARTITION BY {_listed('c', self.key)} ORDER BY c.valid_from)"
        cursor.execute(
            touching(
                self.kind,
                "updated",
                f"""UPDATE {self.table} t SET valid_to = x.until FROM (
                      SELECT c.id, {ahead} AS until FROM {self.table} c
                      WHERE ({_listed("c", self.key)}) IN (SELECT {_listed("s", self.key)} FROM {STAGE} s)) x
                    WHERE t.id = x.id AND (t.valid_to IS NULL OR t.valid_to > x.until) AND x.until IS NOT NULL
                    RETURNING t.id, jsonb_build_object('valid_to', old.valid_to) AS before,
                      old.xmin::text::bigint AS stamp""",
            )
        )
        cursor.execute(f"SET CONSTRAINTS {self.constraint} IMMEDIATE")


def _sql(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def _listed(side: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f'{side}."{c}"' for c in columns)


def _joined(side: str, columns: tuple[str, ...]) -> str:
    """Columns as one text; null where one of them is."""
    return " || ':' || ".join(f"{side}.{c}::text" for c in columns)


def _equal(left: str, right: str, columns: tuple[str, ...]) -> str:
    return " AND ".join(f'{left}."{c}" = {right}."{c}"' for c in columns)
