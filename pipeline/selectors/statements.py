"""The statements behind the cube: several asks as one, from what is kept while that stands for the day asked about.

Three are tried in turn: what is kept when nothing waits to be folded, what is kept with the deals that wait, the deals
themselves. The first two are whole by themselves and tell by a row of their own that they could be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.kernel.periods import ALL
from core.models import Company
from pipeline.selectors import buckets, sources
from pipeline.selectors.asking import Ask, Seen, filter_params
from pipeline.selectors.facts import MEASURES, facts, in_force
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
_MONEY = f"""JOIN core_currency unit ON unit.code = f.currency
LEFT JOIN core_fxrate fx ON f.currency <> %(currency)s AND fx.kind = 'plan' AND fx.currency_id = f.currency
  AND {in_force("fx", "coalesce(f.rate_day, %(as_of)s::date)")}
CROSS JOIN LATERAL (SELECT ('1e-' || unit.minor_digits)::numeric
  * CASE WHEN f.currency = %(currency)s THEN 1 ELSE fx.rate END AS rate) money"""
_SPANS = """SELECT * FROM unnest(%(numbers)s::int[], %(firsts)s::date[], %(pasts)s::date[], %(alls)s::bool[])
  AS span(number, first, past, is_all)"""


@dataclass(frozen=True, slots=True)
class Plan:
    """One ask, ready to become a part of a statement; its parameters carry its number."""

    number: int
    wanted: Wanted
    params: dict[str, Any]

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
    return Plan(number, wanted, params | filter_params(question))


def rows(plans: Sequence[Plan], *, from_deals: bool = False) -> list[Any]:
    """(number of the ask, number of the span, keys, values of SUMS ...)."""
    if not plans:
        return []
    common = {name: plans[0].params[name] for name in ("as_of", "currency")}
    params = common | {name: value for one in plans for name, value in one.named_params.items()}
    with connection.cursor() as cursor:
        for with_waiting in () if from_deals else (False, True):
            cursor.execute(_kept_sql(plans, with_waiting=with_waiting), params)
            answer = cursor.fetchall()
            if any(row[0] == _READY for row in answer):
                return [row for row in answer if row[0] != _READY]
        answer = []
        for one in plans:
            cursor.execute(_raw_sql(one), params)
            answer += cursor.fetchall()
    return answer


def _kept_sql(plans: Sequence[Plan], *, with_waiting: bool) -> str:
    ctes = [sources.ready(with_waiting=with_waiting), *([sources.moved()] if with_waiting else [])]
    for one in plans:
        ctes += _spanned(one, sources.kept_rows(one.wanted, with_waiting=with_waiting))
    parts = [_summed(one, "WHERE EXISTS (SELECT 1 FROM ready)") for one in plans]
    nothing = ", ".join(["NULL"] * len(SUMS))
    told = f"SELECT {_READY}, NULL, NULL, {nothing} FROM ready"
    return f"WITH {', '.join(ctes)} {' UNION ALL '.join([*parts, told])}"


def _raw_sql(one: Plan) -> str:
    """The deals themselves, for any as-of day; always of use."""
    mine = "o.owner_id = ANY(%(owners)s)" if one.wanted.has_owners else "true"
    fact = one.sql(f"fact AS MATERIALIZED ({facts(mine, of_all=True)})")
    return f"WITH {', '.join([fact, *_spanned(one, sources.raw_rows(one.wanted))])} {_summed(one, '')}"


def _spanned(one: Plan, found: str) -> Iterable[str]:
    """CTEs: the spans, and rows added up by span; few enough to be converted one by one."""
    ids = "".join(f", {column}" for column in [*one.wanted.columns, *(["f.day"] if DAY in one.wanted.splits else [])])
    added = ", ".join(f"sum(f.{name}) AS {name}" for name in MEASURES)
    spanned = f"""SELECT f.number, f.status, f.currency, {_RATE_DAY} AS rate_day, f.day IS NULL AS is_undated,
    (f.is_all OR f.day IS NOT NULL) AS counts{ids}, {added} FROM ({found}) f GROUP BY 1, 2, 3, 4, 5, 6{ids}"""
    return [f"spans_{one.number} AS ({one.sql(_SPANS)})", f"spanned_{one.number} AS ({one.sql(spanned)})"]


def _summed(one: Plan, where: str) -> str:
    splits = one.wanted.splits
    keys = [f"coalesce({'f.day::text' if name == DAY else SPLITS[name].key}, '{UNASSIGNED}')" for name in splits]
    joins = " ".join(SPLITS[name].join for name in splits if name != DAY)
    group = ", ".join(["f.number", *keys])
    return one.sql(
        f"SELECT {one.number}, f.number, ARRAY[{', '.join(keys)}]::text[], {', '.join(SUMS.values())} "
        f"FROM spanned_{one.number} f {_MONEY} {joins} {where} GROUP BY {group}"
    )
