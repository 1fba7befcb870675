"""Targets of the demo company: reps carry quotas by segment and ramp, teams and regions a bit less than their sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.kernel.periods import Period
from integrations.demo.chance import chance
from integrations.demo.lives import WON, Life
from integrations.demo.organisation import Organisation, Seat, region_of, segment_of

COMPANY, TEAM, PERSON = "company", "team", "person"
OVER_ASSIGNED = 1.03
AIM = 1.07  # quotas ask for a little more than was sold
PERSONAL_QUARTERS = 10  # reps have goals of their own for two years, this quarter and the one ahead
RAMP = (0.5, 0.75)  # the first two quarters of a new holder
LEAST, MOST = (0.73, 0.85), (1.02, 1.13)  # between which a region's attainment ends, a little different each time


@dataclass(frozen=True, slots=True)
class Goal:
    """What a holder owes in a quarter, in whole dollars. `holder` is a name; "" for the company."""

    period: str
    kind: str
    holder: str
    amount: int
    since: date


def goals(lives: list[Life], organisation: Organisation, quarters: list[Period], today: date) -> list[Goal]:
    """Goals of every level for the quarters given; the last ones may lie ahead."""
    sold = _sold(lives, organisation, quarters)
    made: list[Goal] = []
    for number, quarter in enumerate(quarters):
        over = [n for n in (number - 4, number - 1, number) if n >= 0 and quarters[n].end <= today]
        level = _a_seat(sold, organisation, [quarters[n] for n in over or (0,)])
        since = min(quarter.start.replace(month=1, day=1), today)
        of_all = _of_quarter(organisation, quarter, level, sold[quarter.key], since, is_over=quarter.end <= today)
        made += (goal for goal in of_all if goal.kind != PERSON or number >= len(quarters) - PERSONAL_QUARTERS)
    return made


def _sold(lives: list[Life], organisation: Organisation, quarters: list[Period]) -> dict[str, dict[str, float]]:
    """Dollars won by quarter and team, also by deals that close after today."""
    sold: dict[str, dict[str, float]] = {quarter.key: defaultdict(float) for quarter in quarters}
    for life in lives:
        closed = life.closed
        if closed is None or closed.values["stage"] != WON:
            continue
        quarter = next((q for q in quarters if q.contains(closed.day)), None)
        if quarter:
            team = life.company.seat.team_on(closed.day)
            sold[quarter.key][team] += float(life.on(closed.day)["amount"])
    return sold


def _a_seat(sold: dict[str, dict[str, float]], organisation: Organisation, over: list[Period]) -> dict[str, float]:
    """Dollars a seat by segment: the average of quarters that are over (a year ago, the last one, this one)."""
    level: dict[str, float] = {}
    for segment in {seat.segment for seat in organisation.reps}:
        total = sum(amount for q in over for team, amount in sold[q.key].items() if segment_of(team) == segment)
        seats = sum(1 for q in over for seat in organisation.reps if seat.segment == segment and _holder(seat, q))
        level[segment] = total / max(1, seats)
    return level


def _holder(seat: Seat, quarter: Period) -> str:
    """Who carries the seat's quota in a quarter."""
    return seat.holder_on(quarter.start) or seat.holder_on(quarter.last_day)


def _of_quarter(
    organisation: Organisation,
    quarter: Period,
    level: dict[str, float],
    sold: dict[str, float],
    since: date,
    *,
    is_over: bool,
) -> Iterator[Goal]:
    quotas = {
        (seat.team_on(quarter.start), name): level[seat.segment] * AIM * _ramp(seat, name, quarter)
        for seat in organisation.reps
        if (name := _holder(seat, quarter))
    }
    factors = {
        region: _factor(region, quotas, sold, is_over=is_over) for region in {region_of(team) for team, _name in quotas}
    }
    teams: dict[str, int] = defaultdict(int)
    for (team, name), quota in quotas.items():
        amount = _rounded(quota * factors[region_of(team)], 5_000)
        teams[team] += amount
        yield Goal(quarter.key, PERSON, name, amount, since)
    regions: dict[str, int] = defaultdict(int)
    for team, amount in teams.items():
        owed = _rounded(amount / OVER_ASSIGNED, 10_000)
        regions[region_of(team)] += owed
        yield Goal(quarter.key, TEAM, team, owed, since)
    yield from (Goal(quarter.key, TEAM, region, amount, since) for region, amount in regions.items())
    yield Goal(quarter.key, COMPANY, "", sum(regions.values()), since)


def _ramp(seat: Seat, name: str, quarter: Period) -> float:
    holding = next(holding for holding in seat.holdings if holding.name == name)
    quarters_held = (quarter.last_day - holding.start).days // 91
    return RAMP[max(0, quarters_held)] if quarters_held < len(RAMP) else 1.0


def _factor(region: str, quotas: dict[tuple[str, str], float], sold: dict[str, float], *, is_over: bool) -> float:
    """Quotas of a region are bent so far that what it sells stays within bounds of its target.

    A quarter that still runs is bent upward only: deals not begun yet may close in it.
    """
    asked = sum(quota for (team, _name), quota in quotas.items() if region_of(team) == region) / OVER_ASSIGNED
    reached = sum(amount for team, amount in sold.items() if region_of(team) == region)
    if not reached or not asked:
        return 1.0
    random = chance("bounds", region, round(reached))
    low, high = random.uniform(*LEAST), random.uniform(*MOST)
    bent = max(asked, reached / high)
    return (min(bent, reached / low) if is_over else bent) / asked


def _rounded(amount: float, step: int) -> int:
    return max(step, round(amount / step) * step)
