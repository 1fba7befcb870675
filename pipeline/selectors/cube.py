"""Sums of deals by any split: the one place where bookings, pipeline, counts and cycles are added up.

A closed deal counts on its close date, an open one on its expected close date as of a day. Owners are seen through
the reporting line of that date (closed: close date; open: the as-of day). Each deal's amount counts in whole minor
units of its currency, and in the reporting currency at the plan rate of that date, unrounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.kernel.periods import ALL, Period
from core.selectors import the_company
from pipeline.models import Stage
from pipeline.policies import may_see_deals
from pipeline.selectors import sources
from pipeline.selectors.facts import MEASURES, in_force
from pipeline.selectors.sources import SPLITS, UNASSIGNED, Wanted

__all__ = [
    "SPLITS",
    "UNASSIGNED",
    "LossSums",
    "Question",
    "StageSums",
    "Sums",
    "earliest_fact",
    "filter_params",
    "loss_sums",
    "owners_seen",
    "span_sums",
    "split_sums",
    "stage_sums",
    "sums",
]


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
class StageSums:
    """Sums of one stage, with its place in the process; probability in percent."""

    stage_id: int
    name: str
    position: int
    status: str
    probability: Decimal
    category: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class LossSums:
    """Deals lost for one reason, and their amount in the reporting currency."""

    reason: str
    deals: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: days [start, end), the as-of day, filters by split name, who asks (None = the whole company).

    A filter `position` limits to a seat's id and all below it by the line of each deal's date. seen_on: the day whose
    reporting line says what the asker may see, when that isn't the as-of day: access follows today's line, whatever
    day is asked about.
    """

    period: Period
    as_of: date
    user: SignedIn | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    seen_on: date | None = None


def sums(question: Question) -> Sums:
    """One total over everything asked."""
    return split_sums(question, ()).get((), Sums())


def split_sums(question: Question, splits: Sequence[str]) -> dict[tuple[str, ...], Sums]:
    """Sums for each combination of the splits, in one query. Raises KeyError for an unknown split."""
    return span_sums(question, [question.period], splits)[0]


def span_sums(
    question: Question, spans: Sequence[Period], splits: Sequence[str] = (), *, from_deals: bool = False
) -> list[dict[tuple[str, ...], Sums]]:
    """Sums for each span of days and each combination of the splits, in one query; spans may overlap.

    The question's own period isn't looked at. An undated open deal counts in a span only as `open_undated`; under
    all time in every figure. from_deals: not from the aggregate, which must give the same. Raises KeyError for an
    unknown split.
    """
    keys = [f"coalesce({SPLITS[name].key}, '{UNASSIGNED}')" for name in splits]
    joins = [SPLITS[name].join for name in splits]
    return _added(question, spans, splits, keys, joins, from_deals=from_deals)


def stage_sums(question: Question) -> list[StageSums]:
    """Sums of every stage in use, in the order of its process, the default process first."""
    found = split_sums(question, ("stage_id",))
    stages = Stage.objects.select_related("process").order_by("-process__is_default", "process", "position", "id")
    return [
        StageSums(s.pk, s.name, s.position, s.status, s.probability, s.category, found.get((str(s.pk),), Sums()))
        for s in stages
        if s.is_active or (str(s.pk),) in found
    ]


def loss_sums(question: Question) -> list[LossSums]:
    """What was lost in the period, by reason, largest amount first."""
    found = split_sums(question, ("loss_reason",))
    reasons = [
        LossSums(_("No reason given") if key == UNASSIGNED else key, part.lost_count, part.lost_amount)
        for (key,), part in found.items()
        if part.lost_count
    ]
    return sorted(reasons, key=lambda one: (-one.amount, -one.deals, one.reason))


def owners_seen(question: Question) -> list[int] | None:
    """Ids of the owners whose deals the asker may see; None = all, unassigned ones too."""
    if question.user is None:
        return None
    if not may_see_deals(question.user):
        return []
    owners: Any = question.user.visible_owner_ids(question.seen_on or question.as_of)
    return None if owners is None else list(owners.values_list("pk", flat=True))


def earliest_fact() -> date | None:
    """The first day any deal tells of: created, engaged or closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(least(created_on, engaged_on, closed_on)) FROM pipeline_opportunity")
        return cursor.fetchone()[0]


def _added(
    question: Question,
    spans: Sequence[Period],
    splits: Sequence[str],
    keys: Sequence[str],
    joins: Sequence[str],
    *,
    from_deals: bool = False,
) -> list[dict[tuple[str, ...], Sums]]:
    """From the aggregate when it stands for the as-of day, else from the deals themselves."""
    owners = owners_seen(question)
    found: list[dict[tuple[str, ...], Sums]] = [{} for _span in spans]
    if owners == [] or not spans:
        return found
    wanted = Wanted(
        splits=tuple(splits),
        filters=question.filters,
        has_owners=owners is not None,
        has_days=not any(span.kind == ALL for span in spans),
        whole_months=all(_is_whole_months(span) for span in spans),
        spans=len(spans),
    )
    statements = [_raw_sql] if from_deals else [_settled_sql, _waiting_sql, _raw_sql]
    for number, *row in _first_answer(statements, wanted, keys, joins, _params(question, spans, owners)):
        added = Sums() if number == _READY else _sums_of(row[len(splits) :])
        if added != Sums():
            found[number][tuple(row[: len(splits)])] = added
    return found


def _first_answer(
    statements: Sequence[Callable[..., str]],
    wanted: Wanted,
    keys: Sequence[str],
    joins: Sequence[str],
    params: dict[str, Any],
) -> list[Any]:
    """Rows of the first statement that may be used; each is whole by itself and tells so by a row of its own."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement(wanted, keys, joins), params)
            answer = cursor.fetchall()
            if any(row[0] == _READY for row in answer):
                break
    return answer


_READY = -1  # the number of the row that says the aggregate could be used
_IS_OPEN, _IS_WON, _IS_LOST = (f"f.status = '{status}'" for status in ("open", "won", "lost"))
_COUNTS = "f.counts"  # undated deals belong to all time only
_SUMS: Mapping[str, str] = {
    "won_count": f"sum(f.deals) FILTER (WHERE {_IS_WON} AND {_COUNTS})",
    "won_amount": f"sum(f.amount_minor * money.rate) FILTER (WHERE {_IS_WON} AND {_COUNTS})",
    "won_blank": f"sum(f.blank_amounts) FILTER (WHERE {_IS_WON} AND {_COUNTS})",
    "lost_count": f"sum(f.deals) FILTER (WHERE {_IS_LOST} AND {_COUNTS})",
    "lost_amount": f"sum(f.amount_minor * money.rate) FILTER (WHERE {_IS_LOST} AND {_COUNTS})",
    "open_count": f"sum(f.deals) FILTER (WHERE {_IS_OPEN} AND {_COUNTS})",
    "open_amount": f"sum(f.amount_minor * money.rate) FILTER (WHERE {_IS_OPEN} AND {_COUNTS})",
    "open_weighted": f"sum(f.weighted * money.rate) FILTER (WHERE {_IS_OPEN} AND {_COUNTS}) * 0.0001",
    "open_undated": f"sum(f.deals) FILTER (WHERE {_IS_OPEN} AND f.is_undated)",
    "open_blank": f"sum(f.blank_amounts) FILTER (WHERE {_IS_OPEN} AND {_COUNTS})",
    "open_pushed": f"sum(f.pushed_deals) FILTER (WHERE {_COUNTS})",
    "cycle_days": f"sum(f.cycle_days) FILTER (WHERE {_COUNTS})",
    "cycle_deals": f"sum(f.cycle_deals) FILTER (WHERE {_COUNTS})",
    "unconverted": f"sum(f.deals - f.blank_amounts) FILTER (WHERE money.rate IS NULL AND {_COUNTS})",
}
# Days matter for the rate of a closed deal in a foreign currency only; open ones take the as-of day's.
_RATE_DAY = "CASE WHEN f.currency <> %(currency)s AND f.status <> 'open' THEN f.day END"
_SPANS = """unnest(%(numbers)s::int[], %(firsts)s::date[], %(pasts)s::date[], %(alls)s::bool[])
  AS span(number, first, past, is_all)
  ON span.is_all OR f.day IS NULL OR (f.day >= span.first AND f.day < span.past)"""
_MONEY = f"""JOIN core_currency unit ON unit.code = f.currency
LEFT JOIN core_fxrate fx ON f.currency <> %(currency)s AND fx.kind = 'plan' AND fx.currency_id = f.currency
  AND {in_force("fx", "coalesce(f.rate_day, %(as_of)s::date)")}
CROSS JOIN LATERAL (SELECT ('1e-' || unit.minor_digits)::numeric
  * CASE WHEN f.currency = %(currency)s THEN 1 ELSE fx.rate END AS rate) money"""


def _settled_sql(wanted: Wanted, keys: Sequence[str], joins: Sequence[str]) -> str:
    """The aggregate, when nothing waits to be folded."""
    return _kept_sql(wanted, keys, joins, with_waiting=False)


def _waiting_sql(wanted: Wanted, keys: Sequence[str], joins: Sequence[str]) -> str:
    """The aggregate, and the deals that wait."""
    return _kept_sql(wanted, keys, joins, with_waiting=True)


def _kept_sql(wanted: Wanted, keys: Sequence[str], joins: Sequence[str], *, with_waiting: bool) -> str:
    nothing = ", ".join(["NULL"] * (len(keys) + len(_SUMS)))
    rows = sources.rows(wanted, with_waiting=with_waiting)
    summed = _summed(wanted, keys, joins, "WHERE EXISTS (SELECT 1 FROM ready)")
    return f"""WITH {sources.ready(with_waiting=with_waiting)}, {_daily(wanted, rows)}
{summed} UNION ALL SELECT {_READY}, {nothing} FROM ready"""


def _raw_sql(wanted: Wanted, keys: Sequence[str], joins: Sequence[str]) -> str:
    """The deals themselves, for any as-of day; always of use."""
    nothing = ", ".join(["NULL"] * (len(keys) + len(_SUMS)))
    summed = _summed(wanted, keys, joins, "")
    return f"WITH {_daily(wanted, sources.raw_rows(wanted))} {summed} UNION ALL SELECT {_READY}, {nothing}"


def _daily(wanted: Wanted, rows: str) -> str:
    """CTEs: rows by day, then by span; few enough to be converted one by one.

    Single deals meeting many spans are added up by day first.
    """
    ids = "".join(f", {column}" for column in wanted.columns)
    added = ", ".join(f"sum(f.{name}) AS {name}" for name in MEASURES)
    if wanted.spans > 2 and sources.node_of(wanted) is None:
        group = f"f.day, f.status, f.currency{ids}"
        rows = f"SELECT {group}, {added} FROM ({rows}) f GROUP BY {group}"
    return f"""
daily AS ({rows}),
spanned AS (
  SELECT span.number, f.status, f.currency, {_RATE_DAY} AS rate_day, f.day IS NULL AS is_undated,
    (span.is_all OR f.day IS NOT NULL) AS counts{ids}, {added}
  FROM daily f JOIN {_SPANS} GROUP BY 1, 2, 3, 4, 5, 6{ids})"""


def _summed(wanted: Wanted, keys: Sequence[str], joins: Sequence[str], where: str) -> str:
    group = ", ".join(["f.number", *keys])
    sums = ", ".join(_SUMS.values())
    return f"SELECT {group}, {sums} FROM spanned f {_MONEY} {' '.join(joins)} {where} GROUP BY {group}"


def _params(question: Question, spans: Sequence[Period], owners: list[int] | None) -> dict[str, Any]:
    params: dict[str, Any] = {
        "as_of": question.as_of,
        "start": min(span.start for span in spans),
        "end": max(span.end for span in spans),
        "currency": the_company().currency_id,
        "owners": owners,
        "numbers": list(range(len(spans))),
        "firsts": [span.start for span in spans],
        "pasts": [span.end for span in spans],
        "alls": [span.kind == ALL for span in spans],
    }
    return params | filter_params(question)


def filter_params(question: Question) -> dict[str, str]:
    """The filters' values as the parameters that pipeline.selectors.sources names."""
    return {f"filter_{name}": _key(name, value) for name, value in question.filters.items()}


def _key(name: str, value: str) -> str:
    """A filter's value; what can't be an id is nobody's."""
    is_id = name == sources.POSITION or SPLITS[name].by_id
    return value if not is_id or (value.isascii() and value.isdigit() and len(value) < 19) else "-1"


def _is_whole_months(span: Period) -> bool:
    """Calendar months; a fiscal year of weeks has none."""
    return span.kind == ALL or (span.start.day == 1 and span.end.day == 1)


def _sums_of(values: Sequence[Any]) -> Sums:
    """PostgreSQL adds counts up to numerics; they are whole numbers again here."""
    found = dict(zip(_SUMS, values, strict=True))
    return Sums(**{name: type(none)(found[name] or 0) for name, none in _NONE.items()})


_NONE: Mapping[str, Any] = asdict(Sums())
