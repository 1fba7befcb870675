"""Dated facts in sets: what holds from a day on replaces what held, without touching earlier days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, models

from core.bulk.copying import copy_rows
from core.bulk.touched import touching

WANTED = "so_wanted"


@dataclass(frozen=True, slots=True)
class FactPlan:
    """Rows of `model` say which `value` a `key` has over time, both columns of ids; `kind` names them when undone."""

    model: type[models.Model]
    kind: str
    key: str
    value: str


def hold(plan: FactPlan, rows: Iterable[tuple[int, int]], *, since: date | None, today: date, dawn: date) -> int:
    """From a day on each key has the value given; returns how many facts began.

    The day is `since`; without one it is `today` for a key that had another value, and `dawn` for one that had none:
    what comes in with a record has always been so, a change is one of today.
    """
    table = plan.model._meta.db_table
    with connection.cursor() as cursor:
        _want(cursor, plan, table, rows, (since, today, dawn))
        over = "t.valid_from < w.day AND (t.valid_to IS NULL OR t.valid_to > w.day)"
        this = f"FROM {WANTED} w WHERE t.{plan.key} = w.key"
        cursor.execute(
            touching(
                plan.kind,
                "updated",
                f"UPDATE {table} t SET valid_to = w.day {this} AND {over} RETURNING t.id, "
                "jsonb_build_object('valid_to', old.valid_to) AS before, old.xmin::text::bigint AS stamp",
            )
        )
        cursor.execute(
            touching(
                plan.kind,
                "removed",
                f"DELETE FROM {table} t USING {WANTED} w WHERE t.{plan.key} = w.key AND t.valid_from >= w.day "
                "RETURNING t.id, to_jsonb(t) AS before, t.xmin::text::bigint AS stamp",
            )
        )
        cursor.execute(
            touching(
                plan.kind,
                "created",
                f"INSERT INTO {table} ({plan.key}, {plan.value}, valid_from) SELECT key, value, day FROM {WANTED} "
                "RETURNING id, NULL::jsonb AS before, NULL::bigint AS stamp",
            )
        )
        began = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {WANTED}")
    return began


def _want(
    cursor: Any, plan: FactPlan, table: str, rows: Iterable[tuple[int, int]], days: tuple[date | None, date, date]
) -> None:
    """The wanted values that don't hold yet, each with the day it begins."""
    cursor.execute(f"DROP TABLE IF EXISTS {WANTED}")
    cursor.execute(f"CREATE TEMPORARY TABLE {WANTED} (key bigint, value bigint, day date) ON COMMIT DROP")
    copy_rows(table=WANTED, columns=["key", "value"], rows=rows)
    cursor.execute(
        f"""DELETE FROM {WANTED} w USING {table} t
            WHERE t.{plan.key} = w.key AND t.{plan.value} = w.value AND t.valid_to IS NULL"""
    )
    cursor.execute(
        f"""UPDATE {WANTED} w SET day = coalesce(%s::date, CASE WHEN EXISTS (
              SELECT 1 FROM {table} t WHERE t.{plan.key} = w.key) THEN %s::date ELSE %s::date END)""",
        days,
    )
