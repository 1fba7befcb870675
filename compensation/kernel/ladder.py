"""The rates of a component by how far its measure has come: what a curve of it shows, where a payee stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.earning import Walk, has_goal
from compensation.kernel.engine import Calculation, frame_for
from compensation.kernel.frame import Frame


@dataclass(frozen=True, slots=True)
class Rung:
    """From where a rate holds up to where (none: without end), in the measure's smallest units."""

    low: Fraction
    high: Fraction | None
    rate: Fraction
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rates of a component as of a payee's last line. quota: none where the person has none.

    Quota 100, 8% up to it and 12% above, 104 reached: rungs (0, 100, 8%) and (100, none, 12%), reached 104.
    """

    component: str
    measure: str
    reached: Fraction
    quota: Fraction | None
    rungs: tuple[Rung, ...]

    @property
    def rung(self) -> Rung:
        """The one that the next unit falls into."""
        return next(one for one in self.rungs if one.high is None or self.reached < one.high)


def ladder_of(calculation: Calculation, component: str, payee: str) -> Ladder | None:
    """None where nothing is paid by tiers of an amount or attainment, no tier is known, or the payee has no line."""
    frame = frame_for(calculation, component)
    pays, payees = frame.component.pays, calculation.book.staff.payees
    if not isinstance(pays, p.Tiers) or pays.by == p.UNITS or payee not in payees:
        return None
    rows = np.flatnonzero(frame.rows.payee == payees.index(payee))
    if not len(rows) or not has_goal(pays, frame)[rows[-1]]:
        return None
    return _ladder(pays, frame, int(rows[-1]))


def _ladder(pays: p.Tiers, frame: Frame, row: int) -> Ladder:
    walk = Walk(pays, frame)
    measure = frame.book.plan.measures[frame.component.measure]
    quota = frame.rows.quota_minor(measure.key, measure.over).fraction(row)
    bounds: list[Fraction | None] = [walk.bounds[number].fraction(row) for number in range(len(walk.bounds))]
    lows = [Fraction(0), *(bound for bound in bounds if bound is not None)]
    rates = [frame.rows.number(tier.rate).fraction(row) for tier in pays.tiers]
    rungs = tuple(
        Rung(low, high, rate, tier.is_whole)
        for low, high, rate, tier in zip(lows, [*bounds, None], rates, pays.tiers, strict=True)
    )
    return Ladder(frame.component.key, measure.key, Fraction(int(walk.after[row])), quota or None, rungs)
