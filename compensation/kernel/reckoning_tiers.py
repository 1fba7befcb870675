"""How the interpreter walks through tiers: what fell into each, and what one that holds for everything makes of it."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING

from compensation.kernel import plan as p

if TYPE_CHECKING:
    from compensation.kernel.interpreter import Row
    from compensation.kernel.reckoning import Reckoning

ZERO = Fraction(0)
Parts = dict[int, Fraction]


def totals_of_tiers(one: Reckoning, pays: p.Tiers, rows: list[Row]) -> list[Fraction]:
    """What the window had come to after each row.

    own[t]: what fell into tier t, at its rate; anew[w]: all up to tier w at the rate of w, and of how many rows.
    """
    reached, found, last = ZERO, [], len(pays.tiers) - 1
    own: dict[int, Fraction] = {}
    anew: dict[int, tuple[int, Fraction]] = {}
    history: list[tuple[Row, Parts]] = []
    bounds_by_unit: dict[Fraction, list[Fraction]] = {}
    has_whole = any(tier.is_whole for tier in pays.tiers)
    for row in rows:
        before, reached = reached, reached + row.adds
        unit = unit_of(one, pays, row)
        if unit not in bounds_by_unit:
            bounds_by_unit[unit] = [tier.bound * unit for tier in pays.tiers if tier.bound is not None]
        bounds = bounds_by_unit[unit]
        history.append((row, parts_of(one, pays, row, bounds, before, reached)))
        for tier, part in history[-1][1].items():
            own[tier] = own.get(tier, ZERO) + part * rate_of(one, pays.tiers[tier], pays, row)
        now = tier_at(pays, bounds, reached)
        top = max((number for number in range(now + 1) if pays.tiers[number].is_whole), default=-1)
        highest = now if has_whole else last
        total = sum((amount for tier, amount in own.items() if top < tier <= highest), ZERO)
        if top >= 0:
            anew[top] = rated_anew(one, pays, top, history, *anew.get(top, (0, ZERO)))
            total += anew[top][1]
        found.append(total)
    return found


def rated_anew(
    one: Reckoning, pays: p.Tiers, top: int, history: list[tuple[Row, Parts]], known: int, so_far: Fraction
) -> tuple[int, Fraction]:
    """All that fell into tiers up to one, at its rate: the rows that aren't known yet are added."""
    for row, parts in history[known:]:
        below = sum((part for tier, part in parts.items() if tier <= top), ZERO)
        so_far += below * rate_of(one, pays.tiers[top], pays, row)
    return len(history), so_far


def unit_of(one: Reckoning, pays: p.Tiers, row: Row) -> Fraction:
    """What bounds are multiples of: the quota, whole units of money, or one credit."""
    assert one.measure is not None
    if pays.by == p.ATTAINMENT:
        over, to_date = one.measure.over, one.component.quota_to_date
        return one.book.quota(one.measure, row.payee, over, row.at, to_date=to_date)
    return Fraction(one.book.scale if pays.by == p.AMOUNT else 1)


def tier_at(pays: p.Tiers, bounds: list[Fraction], reached: Fraction) -> int:
    """How many bounds were passed; one that belongs to the tier above is passed once it is reached."""
    passed = bisect_left(bounds, reached)
    while passed < len(bounds) and bounds[passed] == reached and pays.tiers[passed].excludes:
        passed += 1
    return passed


def rate_of(one: Reckoning, tier: p.Tier, pays: p.Tiers, row: Row) -> Fraction:
    if pays.by == p.ATTAINMENT and len(pays.tiers) > 1 and unit_of(one, pays, row) <= 0:
        return ZERO  # no tier is known
    rate = one.book.value(tier.rate, one.now(row))
    return rate * one.book.scale if pays.by == p.UNITS else rate


def parts_of(
    one: Reckoning, pays: p.Tiers, row: Row, bounds: list[Fraction], before: Fraction, reached: Fraction
) -> Parts:
    """How much of what is paid on falls into which tier."""
    was, now = tier_at(pays, bounds, before), tier_at(pays, bounds, reached)
    pay = ZERO if one.is_taken_back(row) else row.pay
    if pays.by != p.UNITS and (was == now or not row.adds) and not (row.adds == pay and row.adds):
        return {now: pay}
    if one.only_counts(row):
        return {}
    ratio = Fraction(1) if pays.by == p.UNITS or not row.adds else pay / row.adds
    found = {}
    for number in range(min(was, now), max(was, now) + 1):
        low = bounds[number - 1] if number else None
        high = bounds[number] if number < len(bounds) else None
        found[number] = (clip(reached, low, high) - clip(before, low, high)) * ratio
    return found


def clip(value: Fraction, low: Fraction | None, high: Fraction | None) -> Fraction:
    value = max(value, low) if low is not None else value
    return min(value, high) if high is not None else value
