"""What the dashboard is asked: a period, what it is compared with, filters, the split of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from core.kernel import formats
from core.kernel.access import SignedIn
from core.kernel.periods import ALL, FiscalCalendar, Period
from core.selectors import the_company
from pipeline.selectors.cube import Question

PREVIOUS, LAST_YEAR, NOTHING = "previous", "year", "none"
# A filter of the address -> the split of the cube it narrows; all but the segment are ids.
FILTERS = {"region": "region_id", "team": "team_id", "segment": "segment", "product": "product_id"}
SINCE_DAYS = 7
LARGE_TEAM = 25  # a line of more people is several teams


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that the page around it needs. `values` are the clean values of its address."""

    question: Question
    calendar: FiscalCalendar
    currency: str
    at: datetime
    compare: str
    by: str
    since: date
    values: Mapping[str, str]

    @property
    def period(self) -> Period:
        return self.question.period

    @property
    def as_of(self) -> date:
        return self.question.as_of

    @property
    def user(self) -> Any:
        return self.question.user

    @property
    def range(self) -> str:
        """Oct 1 – Dec 31, 2026."""
        return formats.day_range(self.period.start, self.period.last_day)

    @property
    def is_running(self) -> bool:
        """Whether the as-of day lies within the period, so that it isn't over."""
        return self.period.kind != ALL and self.period.contains(self.as_of)

    @property
    def day_number(self) -> int:
        """Days of the period so far, the as-of day included; all of them when it is over, 0 before it begins."""
        if self.as_of >= self.period.end or self.period.kind == ALL:
            return self.period.days
        return max(0, (self.as_of - self.period.start).days + 1)

    @property
    def compared(self) -> Period | None:
        """The whole period that figures are compared with; None: with nothing."""
        if self.period.kind == ALL or self.compare == NOTHING:
            return None
        steps = {"year": 1, "quarter": 4, "month": 12}[self.period.kind] if self.compare == LAST_YEAR else 1
        return self.calendar.shift(self.period, -steps)

    def to_same_day(self, period: Period) -> Period:
        """An earlier period up to the day of it that the asked one has reached; whole when the asked one is over."""
        if not self.is_running:
            return period
        end = min(period.end, period.start + timedelta(days=self.day_number))
        return replace(period, kind="span", end=end)


def _usual_split(owners: list[int] | None) -> str:
    if owners is None:
        return "region"
    return "rep" if len(owners) <= LARGE_TEAM else "team"


def ask(*, user: SignedIn, at: datetime, values: Mapping[str, str]) -> Asked:
    """The question of clean values: period (key or ''), compare, by, since (ISO day or ''), and FILTERS.

    The table is split by region, for people who see only their own line by rep, where that is long by team.
    """
    company = the_company()
    calendar, as_of = company.calendar, at.astimezone(company.zone).date()
    period = calendar.period(values["period"]) if values.get("period") else calendar.quarter_of(as_of)
    filters = {split: values[name] for name, split in FILTERS.items() if values.get(name)}
    since = date.fromisoformat(values["since"]) if values.get("since") else as_of - timedelta(days=SINCE_DAYS)
    return Asked(
        question=Question(period, as_of, user, filters, as_of),
        calendar=calendar,
        currency=str(company.currency_id),
        at=at,
        compare=values.get("compare") or PREVIOUS,
        by=values.get("by") or _usual_split(user.visible_owner_ids(as_of)),
        since=since,
        values={name: value for name, value in values.items() if value},
    )
