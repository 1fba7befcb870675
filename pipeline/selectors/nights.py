"""The open pipeline of periods as it stood on earlier nights, from the snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from core.kernel.periods import ALL, Period
from core.selectors import the_company
from pipeline.models import SnapshotNight
from pipeline.selectors import buckets, sources
from pipeline.selectors.cube import Question, Sums, filter_params, owners_seen
from pipeline.selectors.facts import in_force, night_facts

OLDEST = timedelta(days=7)


def open_at_nights(question: Question, asked: Sequence[tuple[date, Period]]) -> list[Sums | None]:
    """For each day and period: the deals that were open that night and expected to close in the period.

    The last night at or before the day counts, if it isn't more than a week older; else None. Reconstructed nights
    don't: they know neither the close dates expected then nor what was pushed. Only open_count, open_amount,
    open_blank and open_pushed are filled; amounts in the reporting currency at the plan rate of the night. The
    question's own period and as-of day aren't looked at. Two queries, three where some have no totals.
    """
    nights = _nights([day for day, _period in asked])
    owners = owners_seen(question)
    found: list[Sums | None] = [None if night is None else Sums() for night in nights]
    if owners == []:
        return found
    known = [(number, night, asked[number][1]) for number, night in enumerate(nights) if night is not None]
    are_summed = [_is_summed(question, night, period) for _number, night, period in known]
    for sql, wanted in ((_KEPT, True), (_sql(_in_view(question, owners)), False)):
        some = [one for one, is_summed in zip(known, are_summed, strict=True) if is_summed == wanted]
        for number, deals, amount, blank, pushed in _rows(sql, question, some, owners):
            found[number] = Sums(
                open_count=deals, open_amount=amount or Decimal(0), open_blank=blank, open_pushed=pushed
            )
    return found


def _is_summed(question: Question, night: SnapshotNight, period: Period) -> bool:
    """Whether the totals of a night tell: of whole quarters of today's fiscal year, without filters."""
    calendar = the_company().calendar
    is_whole = buckets.grain_of(calendar, [period]) == buckets.QUARTER
    return not question.filters and is_whole and night.year == buckets.year_of_company(calendar)


def _in_view(question: Question, owners: list[int] | None) -> str:
    return sources.conditions(sources.Wanted((), question.filters, owners is not None))


def _rows(
    sql: str, question: Question, some: Sequence[tuple[int, SnapshotNight, Period]], owners: list[int] | None
) -> list[Any]:
    if not some:
        return []
    params: dict[str, Any] = {
        "numbers": [number for number, _night, _period in some],
        "days": [night.day for _number, night, _period in some],
        "firsts": [period.start for _number, _night, period in some],
        "pasts": [period.end for _number, _night, period in some],
        "alls": [period.kind == ALL for _number, _night, period in some],
        "currency": str(the_company().currency_id),
        "owners": owners or [0],
    } | filter_params(question)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _nights(days: Sequence[date]) -> list[SnapshotNight | None]:
    """The night that stands for each day. One query."""
    if not days:
        return []
    kept = SnapshotNight.objects.filter(day__gte=min(days) - OLDEST, day__lte=max(days), is_reconstructed=False)
    known = {night.day: night for night in kept}
    return [known.get(max((night for night in known if day - OLDEST <= night <= day), default=day)) for day in days]


_SPANS = """unnest(%(numbers)s::int[], %(days)s::date[], %(firsts)s::date[], %(pasts)s::date[], %(alls)s::bool[])
  AS span(number, night, first, past, is_all)"""
_MONEY = f"""JOIN core_currency unit ON unit.code = f.currency
LEFT JOIN core_fxrate fx ON f.currency <> %(currency)s AND fx.kind = 'plan' AND fx.currency_id = f.currency
  AND {in_force("fx", "span.night")}
CROSS JOIN LATERAL (SELECT ('1e-' || unit.minor_digits)::numeric
  * CASE WHEN f.currency = %(currency)s THEN 1 ELSE fx.rate END AS rate) money"""
_KEPT = f"""SELECT span.number, sum(f.deals)::integer, sum(f.amount_minor * money.rate), sum(f.blank_amounts)::integer,
  sum(f.pushed_deals)::integer
FROM {_SPANS} JOIN pipeline_nighttotal f ON f.night = span.night AND f.owner_id = ANY(%(owners)s::bigint[])
  AND (span.is_all OR (f.quarter >= span.first AND f.quarter < span.past))
{_MONEY} GROUP BY span.number"""


def _sql(in_view: str) -> str:
    return f"""
SELECT span.number, count(*)::integer, sum(f.amount_minor * money.rate), sum(f.blank_amounts)::integer,
  sum(f.pushed_deals)::integer
FROM {_SPANS} JOIN ({night_facts("s.day = ANY(%(days)s::date[])")}) f ON f.night = span.night
  AND (span.is_all OR (f.day >= span.first AND f.day < span.past))
{_MONEY} WHERE {in_view} GROUP BY span.number"""
