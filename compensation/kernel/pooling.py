"""How a team's pool is divided: who takes part, in what proportion, in whole minor units that sum to it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.exact import Exact, choose
from compensation.kernel.frame import CLOSES, Frame
from core.kernel.money import split_minor

Array = np.ndarray[Any, Any]


def parts_of(pays: p.Pool, frame: Frame, amount: Exact) -> Array:
    """Each row's part of its team's amount, which is rounded first; 0 but at ends of spans.

    10,000 for those at half of their quota or more, two of three, by days: 5,000, 5,000 and 0.
    """
    whole, weights = amount.rounded(frame.book.plan.rounding), _weights(pays, frame)
    if pays.when is not None:
        weights = choose(frame.asked.condition(pays.when), weights, Exact.same(0, len(frame)))
    found = np.zeros(len(frame), dtype=object)
    staff = frame.book.staff
    seats = staff.rows_at(frame.rows.payee, frame.rows.on)
    teams = np.where(seats >= 0, staff.team[np.maximum(seats, 0)], -1)
    groups: dict[tuple[int, int], list[int]] = {}
    for row in np.flatnonzero((frame.kind == CLOSES) & (teams >= 0)).tolist():
        groups.setdefault((int(teams[row]), int(frame.rows.at[row])), []).append(row)
    for rows in groups.values():
        shares = _whole_shares([weights.fraction(row) for row in rows])
        if sum(shares):
            found[rows] = split_minor(int(whole[rows[0]]), shares)
    return found


def _weights(pays: p.Pool, frame: Frame) -> Exact:
    """What the parts are in proportion to; never below zero."""
    if pays.by == "days" and pays.shares is None:
        span = frame.component.settles or frame.rows.span
        days = frame.book.paid(span, own=frame.rows.own_days).days
        return Exact.whole(days[frame.rows.payee, frame.book.grid.units[span][frame.rows.at]])
    nothing = Exact.same(0, len(frame))
    if pays.shares is not None:
        own = frame.asked.number(pays.shares).larger(nothing)
    else:
        own = Exact.whole(frame.asked.credited(frame.component.measure, frame.rows.span).num).larger(nothing)
    return choose(frame.earns, own, nothing) if frame.rows.own_days else own


def _whole_shares(weights: Sequence[Fraction]) -> list[int]:
    """Whole numbers in the same proportion: 1/2 and 1/3 are 3 and 2."""
    common = lcm(*(weight.denominator for weight in weights))
    return [int(weight * common) for weight in weights]
