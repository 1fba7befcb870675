"""What the plans of the demo company say, from when, and who is on which: texts in plans/, one a version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

from compensation.selectors.plan_files import plan_data
from core.kernel.periods import Period
from integrations.demo import roster
from integrations.demo.organisation import Holding, Seat

if TYPE_CHECKING:
    from integrations.demo.story import Story

TEXTS = Path(__file__).parent / "plans"
ENTERPRISE, MID_MARKET, NEW_HIRES = "enterprise", "mid_market", "new_hires"
MANAGERS, DEVELOPMENT, SOLUTIONS, SPIFF = "managers", "development", "solutions", "spiff"
NAMES = {
    ENTERPRISE: "Account executives, enterprise",
    MID_MARKET: "Account executives, mid-market",
    NEW_HIRES: "New hires",
    MANAGERS: "Sales managers",
    DEVELOPMENT: "Sales development",
    SOLUTIONS: "Solutions specialists",
}
SELLER, LEADER, COUNTED = "AE", "manager", "rep"  # plan roles; those counted are below a manager who is paid
OF_SEGMENT = {roster.ENTERPRISE: ENTERPRISE, roster.MID_MARKET: MID_MARKET}
OF_PART = {roster.SDR: DEVELOPMENT, roster.SPECIALIST: SOLUTIONS}
NEW_FOR_DAYS = 90  # before a fiscal year, and still new in it
# plan -> the text of each fiscal year with what changes; without one the year before goes on
YEARS: dict[str, tuple[tuple[str, str], ...]] = {
    ENTERPRISE: (
        ("enterprise_1", "As it was kept in sheets"),
        ("enterprise_2", "A third rate from 130%, a fifth is held back, Fleet OS pays on top"),
        ("enterprise_3", "Higher rates above 100%, and for Fleet OS"),
    ),
    MID_MARKET: (
        ("mid_market_1", "As it was kept in sheets"),
        ("mid_market_2", "A third rate from 120%"),
        ("mid_market_3", "A lower rate up to 60%"),
    ),
    NEW_HIRES: (("new_hires_1", "A draw for four months"), ("new_hires_2", "A higher draw, for five months")),
    MANAGERS: (("managers_1", "A share of what the line books"), ("managers_2", "A part depends on goals")),
    DEVELOPMENT: (
        ("development_1", "The same for each meeting"),
        ("development_2", "More for the ninth meeting of a month and on"),
    ),
    SOLUTIONS: (("solutions_1", "Two rates by what was supported"), ("solutions_2", "The second rate begins later")),
}
MIDYEAR = ("mid_market_midyear", "One rate up to 100% again, higher ones above; the year runs on")
AHEAD = "enterprise_next"  # a draft for the year to come: one of its cases doesn't come out yet


class Version(NamedTuple):
    """A version of a plan: its text's name, the day from which it holds, what changes."""

    plan: str
    text: str
    since: date
    note: str


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody on a plan over [start, end); end None = still."""

    plan: str
    person: str
    role: str
    start: date
    end: date | None


def versions(story: Story, posted_to: date) -> list[Version]:
    """Those of every fiscal year, and one in the middle of a year, oldest first. posted_to: the last day of closed pay.

    A short-lived plan (SPIFF) of the quarter stands besides, see spiffs().
    """
    years = _years(story)
    found = [
        Version(plan, text, max(year.start, story.quarters[0].start), note)
        for plan, texts in YEARS.items()
        for (text, note), year in zip(texts, years, strict=False)
    ]
    middle = [q.start for q in story.quarters if _number_in_year(story, q) == 2 and q.start < posted_to]
    found.append(Version(MID_MARKET, MIDYEAR[0], middle[-1], MIDYEAR[1]))
    return sorted(found, key=lambda one: (one.since, list(YEARS).index(one.plan)))


def spiffs(story: Story) -> list[Period]:
    """The quarters that have one: today's, and the same a year ago."""
    return [story.quarters[-5], story.quarters[-1]]


def _years(story: Story) -> list[Period]:
    starts = {story.calendar.year_of(quarter.start) for quarter in story.quarters}
    return sorted(starts, key=lambda year: year.start)


def _number_in_year(story: Story, quarter: Period) -> int:
    return story.calendar.quarters_of(story.calendar.year_of(quarter.start)).index(quarter)


def definition(story: Story, text: str, since: date, until: date | None = None) -> Any:
    """A text with its days filled in, as plain data."""
    calendar = story.calendar
    year, quarter = calendar.year_of(since), calendar.quarter_of(since)
    filled = Template((TEXTS / f"{text}.yaml").read_text(encoding="utf-8")).substitute(
        {
            "from": since, "until": until or "", "year": year.key, "year_start": year.start,
            "month": calendar.start_month, "period": calendar.month_of(since).key, "quarter_words": quarter.key,
        }
    )  # fmt: skip
    return plan_data(filled)


def spiff_name(quarter: Period) -> str:
    return f"SPIFF Fleet OS, {quarter.key}"


def memberships(story: Story) -> list[Membership]:
    """Who is on which plan from which day, oldest first; new sellers on one of their own till a year begins."""
    first = story.quarters[0].start
    found: list[Membership] = []
    for name, seat, holding in story.organisation.people():
        if holding.end is None or holding.end > first:
            found += _of_holding(story, name, seat, holding, first)
    for quarter in spiffs(story):
        found += _on_spiff(story, quarter)
    return sorted(found, key=lambda one: (one.start, one.plan, one.person))


def _of_holding(story: Story, name: str, seat: Seat, holding: Holding, first: date) -> Iterator[Membership]:
    start, end = max(holding.start, first), holding.end
    if seat.part:
        yield Membership(OF_PART[seat.part], name, "", start, end)
    elif seat.is_manager:
        yield Membership(MANAGERS, name, LEADER, start, end)
    else:
        yield Membership(MANAGERS, name, COUNTED, start, end)
        settled = start if holding.start <= first else _settles(story, start)
        if start < settled:
            yield Membership(NEW_HIRES, name, "", start, min(settled, end) if end else settled)
        if end is None or settled < end:
            yield Membership(OF_SEGMENT[seat.segment], name, SELLER, settled, end)


def _settles(story: Story, hired: date) -> date:
    """The first fiscal year that begins when somebody isn't quite new any more."""
    year = story.calendar.year_of(hired)
    return year.end if hired + timedelta(days=NEW_FOR_DAYS) <= year.end else story.calendar.year_of(year.end).end


def _on_spiff(story: Story, quarter: Period) -> Iterator[Membership]:
    for seat in story.organisation.reps:
        for holding in seat.holdings:
            if holding.contains(quarter.start):
                end = min(holding.end, quarter.end) if holding.end else quarter.end
                yield Membership(spiff_name(quarter), holding.name, "", quarter.start, end)
