"""Time as the kernel sees it: a row of base periods (months, or weeks), and which of them make up longer spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from core.kernel.periods import FiscalCalendar, Period

FIRST_YEAR, LAST_YEAR = 1900, 2199
WEEK, MONTH, QUARTER, HALF, YEAR, WHOLE = "week", "month", "quarter", "half", "year", "plan"


@dataclass(frozen=True, slots=True)
class Grid:
    """Base periods in order. starts: ordinals of their first days and, last, of the day after the last one.

    units: for each span the number of the unit that a base period is in; units rise from 0 without gaps.
    """

    unit: str
    labels: tuple[str, ...]
    starts: np.ndarray[Any, Any]
    units: dict[str, np.ndarray[Any, Any]]
    unit_labels: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.labels)

    def place(self, ordinals: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The base period of each day; -1 before the first one, len(grid) after the last."""
        return np.asarray(np.searchsorted(self.starts, ordinals, side="right") - 1)

    def first_of(self, span: str) -> np.ndarray[Any, Any]:
        """For each base period the first one of its unit."""
        ids = self.units[span]
        firsts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
        return np.asarray(firsts[ids])

    def last_of(self, span: str) -> np.ndarray[Any, Any]:
        """For each base period the last one of its unit."""
        ids = self.units[span]
        lasts = np.flatnonzero(np.concatenate([ids[1:] != ids[:-1], [True]]))
        return np.asarray(lasts[ids])

    def label_of(self, span: str, unit: int) -> str:
        return self.unit_labels[span][unit]

    def bounds_of(self, span: str, unit: int) -> tuple[int, int]:
        """Ordinals of a unit's first day and of the day after its last."""
        inside = np.flatnonzero(self.units[span] == unit)
        return int(self.starts[inside[0]]), int(self.starts[inside[-1] + 1])


def make_grid(calendar: FiscalCalendar, first: date, last: date, *, unit: str = MONTH) -> Grid:
    """Whole fiscal years from that of `first` to that of `last`, cut into months or weeks.

    A week belongs to the month, quarter and year in which it begins; the first and last weeks of a year end with it.
    """
    years = [calendar.year_of(first)]
    while years[-1].end <= last:
        years.append(calendar.year_of(years[-1].end))
    pieces = [piece for year in years for piece in _pieces(calendar, year, unit)]
    starts = [piece.start.toordinal() for piece in pieces] + [pieces[-1].end.toordinal()]
    spans = {unit: [piece.key for piece in pieces]} | {
        MONTH: [calendar.month_of(piece.start).key for piece in pieces],
        QUARTER: [calendar.quarter_of(piece.start).key for piece in pieces],
        HALF: [_half(calendar, piece.start) for piece in pieces],
        YEAR: [calendar.year_of(piece.start).key for piece in pieces],
        WHOLE: ["plan" for _piece in pieces],
    }
    return Grid(
        unit=unit,
        labels=tuple(piece.key for piece in pieces),
        starts=np.array(starts, dtype=np.int64),
        units={span: _numbered(keys) for span, keys in spans.items()},
        unit_labels={span: tuple(dict.fromkeys(keys)) for span, keys in spans.items()},
    )


def _pieces(calendar: FiscalCalendar, year: Period, unit: str) -> list[Period]:
    if unit == MONTH:
        return calendar.months_of(year)
    found: list[Period] = []
    start = year.start
    while start < year.end:
        end = min(start + timedelta(days=7), year.end)
        found.append(Period(f"{year.key}-W{len(found) + 1:02d}", WEEK, start, end, f"Week {len(found) + 1}"))
        start = end
    return found


def _half(calendar: FiscalCalendar, day: date) -> str:
    quarter = calendar.quarter_of(day).key
    return f"{quarter[:-1].replace('Q', 'H')}{1 if quarter[-1] in '12' else 2}"


def _numbered(keys: Sequence[str]) -> np.ndarray[Any, Any]:
    order = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([order[key] for key in keys], dtype=np.int64)
