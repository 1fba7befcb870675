"""The whole demo company as plain values, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from core.kernel.periods import FiscalCalendar, Period
from integrations.demo.companies import Company, companies
from integrations.demo.goals import Goal, goals
from integrations.demo.lives import Life, lives
from integrations.demo.organisation import Organisation, lay_out
from integrations.demo.prospects import Prospect, prospects

QUARTERS_BEFORE = 8
WEEKS_SYNCED = 11  # weeks of changes that arrive as files of another system
DAYS_PLAYED = 14  # days up to today that people enter by hand


@dataclass(frozen=True)
class Story:
    """One demo company: the same day and scale (1 = about 870 accounts) give the same story."""

    today: date
    scale: float = 1.0
    calendar: FiscalCalendar = FiscalCalendar()

    @cached_property
    def quarters(self) -> list[Period]:
        """Eight whole quarters, then today's."""
        current = self.calendar.quarter_of(self.today)
        return [self.calendar.shift(current, -number) for number in range(QUARTERS_BEFORE, -1, -1)]

    @cached_property
    def organisation(self) -> Organisation:
        return lay_out(self.quarters, self.today)

    @cached_property
    def market(self) -> list[Company]:
        return companies(self.organisation, self.scale)

    @cached_property
    def deals(self) -> list[Life]:
        return lives(self.market, self.quarters[0].start, self.today, self.scale)

    @cached_property
    def goals(self) -> list[Goal]:
        ahead = self.calendar.shift(self.quarters[-1], 1)
        return goals(self.deals, self.organisation, [*self.quarters, ahead], self.today)

    @cached_property
    def leads(self) -> list[Prospect]:
        return prospects(self.market, self.today, self.scale)

    @property
    def first_played(self) -> date:
        """The first day whose changes people enter by hand."""
        return self.today - timedelta(days=DAYS_PLAYED - 1)

    @cached_property
    def weeks(self) -> list[date]:
        """The last days of the weeks that arrive as files, oldest first; the first one brings all of history."""
        last = self.first_played - timedelta(days=1)
        return [last - timedelta(weeks=number) for number in range(WEEKS_SYNCED, -1, -1)]
