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
from pipeline.selectors import sources
from pipeline.selectors.cube import Question, Sums, filter_params, owners_seen
from pipeline.selectors.facts import in_force, night_facts

OLDEST = timedelta(days=7)


def open_at_nights(question: Question, asked: Sequence[tuple[date, Period]]) -> list[Sums | None]:
    """For each day and period: the deals that were open that night and expected to close in the period.

    The last night at or before the day counts, if it isn't more than a week older; else None. Reconstructed nights
    don't: they know neither the close dates expected then nor what was pushed. Only open_count, open_amount,
    open_blank and open_pushed are filled; amounts in the reporting currency at the plan rate of the night. The
    question's own period and as-of day aren't looked at. Two queries.
    """
    nights = _nights([day for day, _period in asked])
    owners = owners_seen(question)
    found: list[Sums | None] = [None if night is None else Sums() for night in nights]
    numbers = [number for number, night in enumerate(nights) if night is not None]
    if owners == [] or not numbers:
        return found
    periods = [asked[number][1] for number in numbers]
    params: dict[str, Any] = {
        "numbers": numbers,
        "days": [nights[number] for number in numbers],
        "firsts": [period.start for period in periods],
        "pasts": [period.end for period in periods],
        "alls": [period.kind == ALL for period in periods],
        "currency": the_company().currency_id,
        "owners": owners,
    } | filter_params(question)
    wanted = sources.Wanted((), question.filters, owners is not None)
    with connection.cursor() as cursor:
        cursor.execute(_sql(sources.conditions(wanted)), params)
        for number, deals, amount, blank, pushed in cursor.fetchall():
            found[number] = Sums(
                open_count=deals, open_amount=amount or Decimal(0), open_blank=blank, open_pushed=pushed
            )
    return found


def _nights(days: Sequence[date]) -> list[date | None]:
    """The night that stands for each day. One query."""
    if not days:
        return []
    kept = SnapshotNight.objects.filter(day__gte=min(days) - OLDEST, day__lte=max(days), is_reconstructed=False)
    known = sorted(kept.values_list("day", flat=True))
    return [max((night for night in known if day - OLDEST <= night <= day), default=None) for day in days]


def _sql(in_view: str) -> str:
    return f"""
SELECT span.number, count(*)::integer, sum(f.amount_minor * ('1e-' || unit.minor_digits)::numeric
    * CASE WHEN f.currency = %(currency)s THEN 1 ELSE fx.rate END),
  sum(f.blank_amounts)::integer, sum(f.pushed_deals)::integer
FROM unnest(%(numbers)s::int[], %(days)s::date[], %(firsts)s::date[], %(pasts)s::date[], %(alls)s::bool[])
  AS span(number, night, first, past, is_all)
JOIN ({night_facts("s.day = ANY(%(days)s::date[])")}) f ON f.night = span.night
  AND (span.is_all OR (f.day >= span.first AND f.day < span.past))
JOIN core_currency unit ON unit.code = f.currency
LEFT JOIN core_fxrate fx ON f.currency <> %(currency)s AND fx.kind = 'plan' AND fx.currency_id = f.currency
  AND {in_force("fx", "span.night")}
WHERE {in_view} GROUP BY span.number"""
