"""Into which buckets of days totals are summed: fiscal months and quarters, cut where a plan rate begins or ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.kernel.periods import ALL, FiscalCalendar, Period

DAY, MONTH, QUARTER = "d", "m", "q"

# What buckets depend on, as one word: the fiscal year, the reporting currency, the days on which plan rates change.
BASIS = """(SELECT md5(concat_ws('|', company.currency_id, company.start_month, company.pattern, (
    SELECT string_agg(concat_ws(',', rate.currency_id, rate.valid_from, rate.valid_to), ';'
                      ORDER BY rate.currency_id, rate.valid_from)
    FROM core_fxrate rate WHERE rate.kind = 'plan')))
  FROM core_company company WHERE company.id = 1)"""
CUTS = """SELECT rate.currency_id AS currency, cut.day FROM core_fxrate rate
  CROSS JOIN LATERAL (VALUES (rate.valid_from), (rate.valid_to)) cut(day)
  WHERE rate.kind = 'plan' AND cut.day IS NOT NULL AND rate.currency_id <> %(currency)s"""


def grain_of(calendar: FiscalCalendar, spans: Sequence[Period]) -> str:
    """The coarsest buckets that each of the spans is made of."""
    found = QUARTER
    for span in spans:
        if span.kind == ALL:
            continue
        if not _is_whole(span, QUARTER, calendar):
            found = MONTH
            if not _is_whole(span, MONTH, calendar):
                return DAY
    return found


def _is_whole(span: Period, grain: str, calendar: FiscalCalendar) -> bool:
    return all(_begins(day, grain, calendar) for day in (span.start, span.end))


def _begins(day: date, grain: str, calendar: FiscalCalendar) -> bool:
    if not 1900 < day.year < 2199:
        return False
    around = calendar.quarter_of(day) if grain == QUARTER else calendar.month_of(day)
    return around.start == day


def year_of_company(calendar: FiscalCalendar) -> str:
    """How a calendar cuts the year, as one word."""
    return f"{calendar.start_month}-{calendar.pattern}"


def quarters(calendar: FiscalCalendar, first: date, last: date) -> list[tuple[date, date]]:
    """Fiscal quarters that hold the days from first to last: first day, first day after."""
    found: dict[date, date] = {}
    for _first, past, quarter in months(calendar, first, last):
        found[quarter] = past
    return list(found.items())


def months(calendar: FiscalCalendar, first: date, last: date) -> list[tuple[date, date, date]]:
    """Fiscal months that hold the days from first to last: first day, first day after, first day of the quarter."""
    found = []
    year = calendar.year_of(max(first, date(1901, 1, 1)))
    while year.start <= last and year.start.year < 2198:
        for quarter in calendar.quarters_of(year):
            found += [(month.start, month.end, quarter.start) for month in calendar.months_of(quarter)]
        year = calendar.shift(year, 1)
    return found
