"""Fiscal calendar: years, quarters and months of a company, calendar-shaped or 4-4-5.

Period keys: `2017`, `2017-Q3`, `2017-10`, `all`. In a calendar-shaped year the month key is the
calendar month; in a week-based year (4-4-5, 4-5-4, 5-4-4) `2017-10` is the tenth fiscal month of FY2017.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

ALL = "all"
PATTERNS = {"445": (4, 4, 5), "454": (4, 5, 4), "544": (5, 4, 4)}
_KEY = re.compile(r"^(?P<year>(?:19|20|21)\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?$")
_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)


class UnknownPeriod(ValueError):
    """A period key that isn't one of `2017`, `2017-Q3`, `2017-10`, `all`."""


@dataclass(frozen=True, slots=True)
class Period:
    """A named span of days, half-open: `start` is in, `end` is not."""

    key: str
    kind: str  # year, quarter, month, all
    start: date
    end: date
    label: str

    @property
    def last_day(self) -> date:
        return self.end if self.kind == ALL else self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def contains(self, day: date) -> bool:
        return self.start <= day < self.end or self.kind == ALL


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """How a company cuts its years.

    start_month 1-12; pattern `calendar` or one of PATTERNS (weeks begin on the weekday of the year's first day,
    the Monday nearest to the first of start_month); named_by `end` or `start`: which calendar year names FY.
    """

    start_month: int = 1
    pattern: str = "calendar"
    named_by: str = "end"

    def period(self, key: str) -> Period:
        """The period of a key. Raises UnknownPeriod. Calendar year: `2017-Q3` -> Jul 1 to Oct 1, 2017."""
        if key == ALL:
            return Period(ALL, ALL, _FIRST, _LAST, "All time")
        found = _KEY.match(key)
        if not found:
            raise UnknownPeriod(f"“{key}” is no period. Write 2017, 2017-Q3, 2017-10 or all.")
        year = int(found["year"])
        if found["quarter"]:
            return self._quarter(year, int(found["quarter"]))
        if found["month"]:
            return self._month_of_key(year, int(found["month"]))
        return Period(key, "year", self.year_start(year), self.year_start(year + 1), f"FY{year % 100:02d}")

    def year_start(self, year: int) -> date:
        """First day of fiscal year `year`. Start month 2, named by end: FY2026 starts Feb 1, 2025."""
        calendar_year = year - 1 if self.start_month > 1 and self.named_by == "end" else year
        first = date(calendar_year, self.start_month, 1)
        if self.pattern == "calendar":
            return first
        offset = first.weekday()  # the Monday nearest to the first, so that a year has 52 or 53 whole weeks
        return first - timedelta(days=offset) if offset <= 3 else first + timedelta(days=7 - offset)

    def _month_starts(self, year: int) -> list[date]:
        return list(_month_starts(self, year))

    def _quarter(self, year: int, quarter: int) -> Period:
        starts = self._month_starts(year)
        start, end = starts[3 * (quarter - 1)], starts[3 * quarter]
        return Period(f"{year}-Q{quarter}", "quarter", start, end, f"FY{year % 100:02d} Q{quarter}")

    def _month_of_key(self, year: int, month: int) -> Period:
        if self.pattern != "calendar":
            return self._fiscal_month(year, month)
        start = date(year, month, 1)
        return Period(f"{year}-{month:02d}", "month", start, _add_months(start, 1), f"{start:%b} {start.year}")

    def _fiscal_month(self, year: int, index: int) -> Period:
        starts = self._month_starts(year)
        label = f"FY{year % 100:02d} M{index:02d}"
        return Period(f"{year}-{index:02d}", "month", starts[index - 1], starts[index], label)

    def year_of(self, day: date) -> Period:
        year = day.year + 1
        while self.year_start(year) > day:
            year -= 1
        return self.period(str(year))

    def quarter_of(self, day: date) -> Period:
        return next(quarter for quarter in self.quarters_of(self.year_of(day)) if quarter.contains(day))

    def month_of(self, day: date) -> Period:
        return next(month for month in self.months_of(self.year_of(day)) if month.contains(day))

    def quarters_of(self, year: Period) -> list[Period]:
        return [self._quarter(int(year.key), quarter) for quarter in range(1, 5)]

    def months_of(self, period: Period) -> list[Period]:
        """The months inside a year or quarter, in order."""
        year = int(period.key[:4])
        if self.pattern == "calendar":
            months = [self._month_of_key(day.year, day.month) for day in self._month_starts(year)[:12]]
        else:
            months = [self._fiscal_month(year, index) for index in range(1, 13)]
        return [month for month in months if period.start <= month.start < period.end]

    def shift(self, period: Period, steps: int) -> Period:
        """The period `steps` later (negative: earlier) of the same kind. FY26 Q1 shifted -1 -> FY25 Q4."""
        moved = period
        for _ in range(abs(steps)):
            moved = self._neighbour(moved, forward=steps > 0)
        return moved

    def _neighbour(self, period: Period, *, forward: bool) -> Period:
        if period.kind == ALL:
            return period
        day = period.end if forward else period.start - timedelta(days=1)
        return {"year": self.year_of, "quarter": self.quarter_of, "month": self.month_of}[period.kind](day)


@lru_cache(maxsize=256)
def _month_starts(calendar: FiscalCalendar, year: int) -> tuple[date, ...]:
    """The 13 bounds of a fiscal year's 12 months; a 53rd week falls into the last month."""
    first = calendar.year_start(year)
    if calendar.pattern == "calendar":
        return tuple(_add_months(first, months) for months in range(13))
    weeks = PATTERNS[calendar.pattern] * 4
    starts = [first]
    for count in weeks[:-1]:
        starts.append(starts[-1] + timedelta(weeks=count))
    return (*starts, calendar.year_start(year + 1))


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
