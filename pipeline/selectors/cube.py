"""Sums of deals by any split: the one place where bookings, pipeline, counts and cycles are added up.

A closed deal counts on its close date, an open one on its expected close date as of a day. Owners are seen through
the reporting line of that date (closed: close date; open: the as-of day). Amounts are in the reporting currency at
the plan rate of that date, unrounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from core.kernel.access import SignedIn
from core.kernel.periods import ALL, Period
from core.selectors import the_company
from pipeline.policies import visible_opportunities

SPLITS: Mapping[str, str] = {
    "region": "coalesce(region.name, CASE WHEN team.kind = 'region' THEN team.name END)",
    "team": "team.name",
    "manager": "boss.name",
    "rep": "owner.name",
    "product": "product.name",
    "family": "nullif(product.family, '')",
    "segment": "nullif(account.segment, '')",
    "type": "o.type",
    "stage": "stage.name",
    "category": "o.category",
    "source": "nullif(o.source, '')",
    "day": "d.day::text",
    # Names aren't unique: who links to the rows behind a name splits by its id as well.
    "region_id": "coalesce(region.id, CASE WHEN team.kind = 'region' THEN team.id END)::text",
    "team_id": "team.id::text",
    "manager_id": "boss.id::text",
    "rep_id": "owner.id::text",
    "product_id": "product.id::text",
    "stage_id": "stage.id::text",
}
UNASSIGNED = "Unassigned"


@dataclass(slots=True)
class Sums:
    """What is added up for one key. Money in the reporting currency, unrounded."""

    won_count: int = 0
    won_amount: Decimal = Decimal(0)
    won_blank: int = 0
    lost_count: int = 0
    lost_amount: Decimal = Decimal(0)
    open_count: int = 0
    open_amount: Decimal = Decimal(0)
    open_weighted: Decimal = Decimal(0)
    open_undated: int = 0
    open_blank: int = 0
    open_pushed: int = 0
    cycle_days: int = 0
    cycle_deals: int = 0
    unconverted: int = 0

    def __iadd__(self, other: Sums) -> Sums:
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))
        return self


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: days [start, end), the as-of day, filters by split name, who asks (None = the whole company).

    seen_on: the day whose reporting line says what the asker may see, when that isn't the as-of day: access follows
    today's line, whatever day is asked about.
    """

    period: Period
    as_of: date
    user: SignedIn | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    seen_on: date | None = None


def sums(question: Question) -> Sums:
    """One total over everything asked."""
    total = Sums()
    for part in split_sums(question, ()).values():
        total += part
    return total


def split_sums(question: Question, splits: Sequence[str]) -> dict[tuple[str, ...], Sums]:
    """Sums for each combination of the splits, in one query. Raises KeyError for an unknown split."""
    return span_sums(question, [question.period], splits)[0]


def span_sums(
    question: Question, spans: Sequence[Period], splits: Sequence[str] = ()
) -> list[dict[tuple[str, ...], Sums]]:
    """Sums for each span of days and each combination of the splits, in one query; spans may overlap.

    The question's own period isn't looked at. An undated open deal counts in a span only as `open_undated`; under
    all time in every figure. Raises KeyError for an unknown split.
    """
    keys = "".join(f", coalesce({SPLITS[name]}, '{UNASSIGNED}') AS key_{i}" for i, name in enumerate(splits))
    named = "".join(f", key_{i}" for i in range(len(splits)))
    sql = f"""WITH daily AS (SELECT d.day AS counts_on{keys}, {_MEASURES}
                             FROM {_FACTS} {_where(question, spans)} GROUP BY d.day{named})
              SELECT span.number{named}, {_ADDED} FROM daily JOIN {_SPANS} GROUP BY span.number{named}"""
    found: list[dict[tuple[str, ...], Sums]] = [{} for _ in spans]
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(question, spans))
        for number, *row in cursor.fetchall():
            found[number][tuple(row[: len(splits)])] = _sums_of(row[len(splits) :])
    return found


def _sums_of(values: Sequence[Any]) -> Sums:
    """PostgreSQL adds counts up to numerics; they are whole numbers again here."""
    pairs = zip(fields(Sums), values, strict=True)
    return Sums(**{part.name: type(part.default)(value) for part, value in pairs if value is not None})


# `d` is the day a deal counts on; `status_then` its status on the as-of day.
_FACTS = """(
    SELECT o.*, CASE WHEN o.status <> 'open' AND (o.closed_on IS NULL OR o.closed_on <= %(as_of)s) THEN o.status
                     ELSE 'open' END AS status_then
    FROM pipeline_opportunity o
    WHERE o.archived_at IS NULL AND least(o.created_on, o.engaged_on, o.closed_on) <= %(as_of)s
  ) o
  CROSS JOIN LATERAL (SELECT CASE WHEN o.status_then = 'open' THEN o.expected_close_on ELSE o.closed_on END AS day,
                             CASE WHEN o.status_then = 'open' THEN %(as_of)s::date
                                  ELSE coalesce(o.closed_on, %(as_of)s::date) END AS line_day) d
  LEFT JOIN core_fxrate fx ON fx.kind = 'plan' AND fx.currency_id = o.currency_id AND fx.valid_from <= d.line_day
    AND (fx.valid_to IS NULL OR fx.valid_to > d.line_day)
  CROSS JOIN LATERAL (SELECT o.amount * CASE WHEN o.currency_id = %(currency)s THEN 1 ELSE fx.rate END AS value) v
  JOIN pipeline_stage stage ON stage.id = o.stage_id
  LEFT JOIN accounts_account account ON account.id = o.account_id
  LEFT JOIN pipeline_product product ON product.id = o.product_id
  LEFT JOIN people_person owner ON owner.id = o.owner_id
  LEFT JOIN people_occupancy seat ON seat.person_id = o.owner_id AND seat.valid_from <= d.line_day
    AND (seat.valid_to IS NULL OR seat.valid_to > d.line_day)
  LEFT JOIN people_positionteam placed ON placed.position_id = seat.position_id AND placed.valid_from <= d.line_day
    AND (placed.valid_to IS NULL OR placed.valid_to > d.line_day)
  LEFT JOIN people_team team ON team.id = placed.team_id
  LEFT JOIN people_team region ON region.id = team.parent_id
  LEFT JOIN people_reportingline line ON line.position_id = seat.position_id AND line.valid_from <= d.line_day
    AND (line.valid_to IS NULL OR line.valid_to > d.line_day)
  LEFT JOIN people_occupancy boss_seat ON boss_seat.position_id = line.reports_to_id
    AND boss_seat.valid_from <= d.line_day AND (boss_seat.valid_to IS NULL OR boss_seat.valid_to > d.line_day)
  LEFT JOIN people_person boss ON boss.id = boss_seat.person_id"""

_IS_OPEN, _IS_WON, _IS_LOST = (f"o.status_then = '{status}'" for status in ("open", "won", "lost"))
_CYCLE = f"{_IS_WON} AND o.closed_on IS NOT NULL AND coalesce(o.engaged_on, o.created_on) <= o.closed_on"
_MEASURES = f"""
  count(*) FILTER (WHERE {_IS_WON}) AS won_count,
  sum(v.value) FILTER (WHERE {_IS_WON}) AS won_amount,
  count(*) FILTER (WHERE {_IS_WON} AND o.amount IS NULL) AS won_blank,
  count(*) FILTER (WHERE {_IS_LOST}) AS lost_count,
  sum(v.value) FILTER (WHERE {_IS_LOST}) AS lost_amount,
  count(*) FILTER (WHERE {_IS_OPEN}) AS open_count,
  sum(v.value) FILTER (WHERE {_IS_OPEN}) AS open_amount,
  sum(v.value * coalesce(o.probability, stage.probability) / 100) FILTER (WHERE {_IS_OPEN}) AS open_weighted,
  count(*) FILTER (WHERE {_IS_OPEN} AND o.expected_close_on IS NULL) AS open_undated,
  count(*) FILTER (WHERE {_IS_OPEN} AND o.amount IS NULL) AS open_blank,
  count(*) FILTER (WHERE {_IS_OPEN} AND o.pushed_count > 0) AS open_pushed,
  sum(o.closed_on - coalesce(o.engaged_on, o.created_on)) FILTER (WHERE {_CYCLE}) AS cycle_days,
  count(*) FILTER (WHERE {_CYCLE}) AS cycle_deals,
  count(*) FILTER (WHERE v.value IS NULL AND o.amount IS NOT NULL) AS unconverted"""

_SPANS = """unnest(%(numbers)s::int[], %(firsts)s::date[], %(pasts)s::date[], %(alls)s::bool[])
  AS span(number, first, past, is_all)
  ON span.is_all OR daily.counts_on IS NULL OR (daily.counts_on >= span.first AND daily.counts_on < span.past)"""
_COUNTS = "FILTER (WHERE span.is_all OR daily.counts_on IS NOT NULL)"
_ADDED = ", ".join(f"sum(daily.{part.name}) {'' if part.name == 'open_undated' else _COUNTS}" for part in fields(Sums))


def _where(question: Question, spans: Sequence[Period]) -> str:
    conditions = ["true"]
    if not any(span.kind == ALL for span in spans):
        conditions.append("(d.day IS NULL OR (d.day >= %(start)s AND d.day < %(end)s))")
    for name in question.filters:
        conditions.append(f"coalesce({SPLITS[name]}, '{UNASSIGNED}') = %(filter_{name})s")
    owners = _owners(question)
    if owners is not None:
        conditions.append("o.owner_id = ANY(%(owners)s)")
    return "WHERE " + " AND ".join(conditions)


def _params(question: Question, spans: Sequence[Period]) -> dict[str, Any]:
    params: dict[str, Any] = {
        "as_of": question.as_of,
        "start": min(span.start for span in spans),
        "end": max(span.end for span in spans),
        "currency": the_company().currency_id,
        "owners": _owners(question),
        "numbers": list(range(len(spans))),
        "firsts": [span.start for span in spans],
        "pasts": [span.end for span in spans],
        "alls": [span.kind == ALL for span in spans],
    }
    return params | {f"filter_{name}": value for name, value in question.filters.items()}


def _owners(question: Question) -> list[int] | None:
    """Ids of the owners whose deals the asker may see; None = all."""
    if question.user is None:
        return None
    day = question.seen_on or question.as_of
    visible_people: Any = question.user.visible_owner_ids(day)
    if visible_people is None:
        return None
    if not visible_opportunities(question.user, day).exists():
        return []
    return list(visible_people.values_list("pk", flat=True))


def earliest_fact() -> date | None:
    """The first day any deal tells of: created, engaged or closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(least(created_on, engaged_on, closed_on)) FROM pipeline_opportunity")
        return cursor.fetchone()[0]
