"""The statements behind the cube: several asks as one, from what is kept while that stands for the day asked about.

Two are tried in turn: what is kept with the deals that wait to be folded, and the deals themselves. The first is whole
by itself and tells by a row of its own that it could be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.kernel.periods import ALL
from core.models import Company
from pipeline.selectors import buckets, prepared, sources
from pipeline.selectors.asking import Ask, Seen, filter_params
from pipeline.selectors.facts import MEASURES, facts
from pipeline.selectors.sources import DAY, SPLITS, UNASSIGNED, Wanted

_READY = -1  # the number of the row that says that what is kept could be used
_IS_OPEN, _IS_WON, _IS_LOST = (f"f.status = '{status}'" for status in ("open", "won", "lost"))
_COUNTS = "f.counts"  # undated deals belong to all time only
SUMS: Mapping[str, str] = {
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
# What one minor unit of a currency is worth in the reporting one, from a day to another; null without a rate.
_WORTH = """worth AS MATERIALIZED (
  SELECT unit.code, fx.valid_from AS first, fx.valid_to AS past, ('1e-' || unit.minor_digits)::numeric * fx.rate AS rate
  FROM core_currency unit JOIN core_fxrate fx ON fx.kind = 'plan' AND fx.currency_id = unit.code
  WHERE unit.code <> %(currency)s
  UNION ALL SELECT unit.code, '-infinity', NULL, ('1e-' || unit.minor_digits)::numeric
  FROM core_currency unit WHERE unit.code = %(currency)s)"""
_MONEY = """LEFT JOIN worth money ON money.code = f.currency AND money.first <= coalesce(f.rate_day, %(as_of)s::date)
  AND (money.past IS NULL OR money.past > coalesce(f.rate_day, %(as_of)s::date))"""
_SPANS = """SELECT * FROM unnest(%(numbers)s::int[], %(firsts)s::date[], %(pasts)s::date[], %(alls)s::bool[])
  AS span(number, first, past, is_all)"""


@dataclass(frozen=True, slots=True)
class Plan:
    """One ask, ready to become a part of a statement; its parameters carry its number."""

    number: int
    wanted: Wanted
    params: dict[str, Any]
    only: frozenset[str] = frozenset(SUMS)
    top: int = 0

    def sql(self, text: str) -> str:
        return text.replace("%(", f"%(a{self.number}_").replace("spans span", f"spans_{self.number} span")

    @property
    def named_params(self) -> dict[str, Any]:
        return {f"a{self.number}_{name}": value for name, value in self.params.items()}


def plan(number: int, ask: Ask, seen: Seen, company: Company) -> Plan:
    """Raises KeyError for an unknown split."""
    question, spans = ask.question, ask.spans
    for name in ask.splits:
        if name != DAY:
            SPLITS[name]
    wanted = Wanted(
        splits=tuple(ask.splits),
        filters=question.filters,
        has_owners=seen.owners is not None,
        has_seat=seen.seat is not None,
        grain=buckets.DAY if DAY in ask.splits else buckets.grain_of(company.calendar, spans),
        statuses=ask.statuses,
        has_all=any(span.kind == ALL for span in spans),
        has_bounds=any(span.kind != ALL for span in spans),
        has_undated=not ask.only or "open_undated" in ask.only,
    )
    params = {
        "as_of": question.as_of,
        "currency": str(company.currency_id),
        "owners": seen.owners,
        "seat": seen.seat,
        "numbers": list(range(len(spans))),
        "firsts": [span.start for span in spans],
        "pasts": [span.end for span in spans],
        "alls": [span.kind == ALL for span in spans],
    }
    return Plan(number, wanted, params | filter_params(question), frozenset(ask.only or SUMS), ask.top)


_TYPES = {
    **{"of": "date", "currency": "text", "owners": "bigint[]", "seat": "bigint", "numbers": "int[]"},
    **{"firsts": "date[]", "pasts": "date[]", "alls": "bool[]"},
}  # of parameters, by the last word of their name


def rows(plans: Sequence[Plan], *, from_deals: bool = False) -> list[Any]:
    """(number of the ask, number of the span, keys, values of SUMS ...)."""
    if not plans:
        return []
    common = {name: plans[0].params[name] for name in ("as_of", "currency")}
    params = common | {name: value for one in plans for name, value in one.named_params.items()}
    if not from_deals:
        answer = prepared.fetch(_kept_sql(plans), params, _TYPES)
        if any(row[0] == _READY for row in answer):
            return [row for row in answer if row[0] != _READY]
    return [row for one in plans for row in prepared.fetch(_raw_sql(one), params, _TYPES)]


def _kept_sql(plans: Sequence[Plan]) -> str:
    ctes = [sources.ready(), sources.moved(), _WORTH]
    for one in plans:
        ctes += _spanned(one, sources.kept_rows(one.wanted))
    parts = [_summed(one, "WHERE EXISTS (SELECT 1 FROM ready)") for one in plans]
    nothing = ", ".join(["NULL"] * len(SUMS))
    told = f"SELECT {_READY}, NULL, NULL, {nothing} FROM ready"
    return f"WITH {', '.join(ctes)} {' UNION ALL '.join([*parts, told])}"


def _raw_sql(one: Plan) -> str:
    """The deals themselves, for any as-of day; always of use."""
    mine = "o.owner_id = ANY(%(owners)s)" if one.wanted.has_owners else "true"
    fact = one.sql(f"fact AS MATERIALIZED ({facts(mine, of_all=True)})")
    return f"WITH {', '.join([_WORTH, fact, *_spanned(one, sources.raw_rows(one.wanted))])} {_summed(one, '')}"


def _spanned(one: Plan, found: str) -> Iterable[str]:
    """CTEs: the spans, and rows by span. Single deals are added up before they are converted, totals needn't be."""
    ids = "".join(f", {column}" for column in [*one.wanted.columns, *(["f.day"] if DAY in one.wanted.splits else [])])
    are_totals = sources.node_of(one.wanted) is not None
    measures = ", ".join(f"f.{name}" if are_totals else f"sum(f.{name}) AS {name}" for name in MEASURES)
    group = "" if are_totals else f"GROUP BY 1, 2, 3, 4, 5, 6{ids}"
    spanned = f"""SELECT f.number, f.status, f.currency, {_RATE_DAY} AS rate_day, f.day IS NULL AS is_undated,
    (f.is_all OR f.day IS NOT NULL) AS counts{ids}, {measures} FROM ({found}) f {group}"""
    return [f"spans_{one.number} AS ({one.sql(_SPANS)})", f"spanned_{one.number} AS ({one.sql(spanned)})"]


def _summed(one: Plan, where: str) -> str:
    splits = one.wanted.splits
    keys = [f"coalesce({'f.day::text' if name == DAY else SPLITS[name].key}, '{UNASSIGNED}')" for name in splits]
    joins = " ".join(SPLITS[name].join for name in splits if name != DAY)
    values = ", ".join(f"{sql if name in one.only else 'NULL::numeric'} AS {name}" for name, sql in SUMS.items())
    summed = one.sql(
        f"SELECT {one.number} AS ask, f.number, ARRAY[{', '.join(keys)}]::text[] AS keys, {values} "
        f"FROM spanned_{one.number} f {_MONEY} {joins} {where} GROUP BY {', '.join(['f.number', *keys])}"
    )
    return _topmost(summed, one.top) if one.top else summed


def _topmost(summed: str, top: int) -> str:
    """The keys of each span with most bookings; those without any come last."""
    place = "row_number() OVER (PARTITION BY number ORDER BY won_amount DESC NULLS LAST, keys)"
    names = ", ".join(["ask", "number", "keys", *SUMS])
    return f"SELECT {names} FROM (SELECT summed.*, {place} AS place FROM ({summed}) summed) placed WHERE place <= {top}"
