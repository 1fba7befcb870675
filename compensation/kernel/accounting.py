"""Costs of obtaining contracts (ASC 340-40, IFRS 15): an asset a contract, written down over its benefit period.

Amounts are whole minor units. Time is counted in units, which are days (ordinals) or months (numbers that rise by one):
a month of account is [begins, cut) in either. Many contracts are worked out at once, in arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.kernel.money import split_minor

Array = np.ndarray[Any, Any]
NEVER = 2**40  # later than any unit
NOBODY = 0  # the deal of what no deal brought
UNKNOWN = -1  # of a contract whose yearly worth isn't told
_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Assets:
    """What stands of each contract's cost: `base` is written down evenly from unit `first` until before `past`.

    left: what of it isn't written down yet. kept: what the contract still brought a year, or UNKNOWN.
    """

    base: Array
    first: Array
    past: Array
    left: Array
    kept: Array

    def __len__(self) -> int:
        return len(self.base)


@dataclass(frozen=True, slots=True)
class Month:
    """What a month brings for each contract, in the order of the assets.

    capitalised, taken_back: costs earned, and earlier ones taken back (both zero or more). begins, cut: the month's
    bounds in the contract's units. stops: from which unit it is cancelled (NEVER: it isn't). kept, of: what it brings a
    year at the month's end, and what it brought when nothing was lost of it (UNKNOWN: not told).
    """

    capitalised: Array
    taken_back: Array
    begins: Array
    cut: Array
    stops: Array
    kept: Array
    of: Array


@dataclass(frozen=True, slots=True)
class Moved:
    """A month's roll-forward of each contract: opening + capitalised - clawed_back - amortised - impaired = closing.

    over: what was taken back beyond the asset, which lessens the expense instead.
    """

    opening: Array
    capitalised: Array
    clawed_back: Array
    over: Array
    amortised: Array
    impaired: Array
    assets: Assets

    @property
    def closing(self) -> Array:
        return self.assets.left


def written_down(base: Array, first: Array, past: Array, until: Array) -> Array:
    """How much of each base is written down before a unit: straight lines, each cut rounded half up.

    3,000.00 over 60 months: after one 50.00, after 60 all of it. 100.00 over 3: 33.33, then 66.67, then 100.00, so that
    the months are 33.33, 33.34 and 33.33 and sum to it.
    """
    units = past - first
    passed = np.clip(until - first, 0, np.maximum(units, 0))
    wide = _is_wide(base, units)
    high, by, of = (column.astype(object) if wide else column for column in (base, passed, np.maximum(units, 1)))
    found = (2 * high * by + of) // (2 * of)
    return np.asarray(np.where(units > 0, found, base), dtype=np.int64)


def _is_wide(amounts: Array, by: Array) -> bool:
    """Whether twice a product wouldn't fit 64 bits."""
    if not len(amounts):
        return False
    return 2 * int(np.abs(amounts).max()) * (int(np.abs(by).max()) + 1) >= _MOST


def roll(assets: Assets, month: Month) -> Moved:
    """A month of every contract. In this order: costs are added, taken back, written down, and written off.

    1,200.00 over twelve months from January; in March 300.00 are taken back and the contract is cancelled from May on.
    January and February 100.00 each; March 1,000.00 - 300.00 = 700.00 over the ten months left: 70.00; April 70.00;
    in May the 560.00 left are written off.
    """
    clawed = np.minimum(month.taken_back, assets.left + month.capitalised)
    now = assets.left + month.capitalised - clawed
    is_anew = (month.capitalised > 0) | (clawed > 0)
    base = np.where(is_anew, now, assets.base)
    first = np.where(is_anew, np.maximum(assets.first, month.begins), assets.first)
    until = np.maximum(np.minimum(month.cut, month.stops), month.begins)
    rest = base - written_down(base, first, assets.past, until)
    impaired = np.where(month.stops < month.cut, rest, rest - _kept_part(rest, assets, month))
    left = rest - impaired
    is_less = impaired > 0
    kept = np.where(month.of == UNKNOWN, assets.kept, _kept_now(assets, month))
    after = Assets(
        base=np.where(is_less, left, base),
        first=np.where(is_less, np.maximum(first, month.cut), first),
        past=assets.past, left=left, kept=kept,
    )  # fmt: skip
    return Moved(
        opening=assets.left, capitalised=month.capitalised, clawed_back=clawed, over=month.taken_back - clawed,
        amortised=now - rest, impaired=impaired, assets=after,
    )  # fmt: skip


def _kept_before(assets: Assets, month: Month) -> Array:
    return np.where(assets.kept == UNKNOWN, month.of, assets.kept)


def _kept_now(assets: Assets, month: Month) -> Array:
    """What was once written off isn't written up again."""
    return np.minimum(_kept_before(assets, month), month.kept)


def _kept_part(rest: Array, assets: Assets, month: Month) -> Array:
    """What stays of the rest when part of a contract's yearly worth was lost: 600.00, 4 of 10 lost: 360.00."""
    before, now = _kept_before(assets, month), _kept_now(assets, month)
    is_told = (month.of != UNKNOWN) & (before > 0)
    by, of = np.where(is_told, np.maximum(now, 0), 1), np.where(is_told, before, 1)
    wide = _is_wide(rest, of)
    high, by, of = (column.astype(object) if wide else column for column in (rest, by, of))
    return np.asarray((2 * high * by + of) // (2 * of), dtype=np.int64)


def re_estimated(assets: Assets, first: Array, past: Array, begins: Array) -> Assets:
    """The same assets where the benefit is expected to end at another unit: what is left goes over what is left of it.

    600.00 left with six months to go; now twelve are expected: 50.00 a month instead of 100.00. first: where the
    benefit begins, if that is still to come.
    """
    is_other = past != assets.past
    return Assets(
        base=np.where(is_other, assets.left, assets.base),
        first=np.where(is_other, np.maximum(first, begins), assets.first),
        past=past, left=assets.left, kept=assets.kept,
    )  # fmt: skip


def plan_ahead(base: int, first: int, past: int, cuts: Sequence[int]) -> list[int]:
    """What is written down of one contract between each cut and the next.

    100.00 over 3 from month 0, seen from month 1 on (cuts 1, 2, 3, 4): 33.34, 33.33, 0.00.
    """
    at = np.array(cuts, dtype=np.int64)
    done = written_down(np.full(len(at), base), np.full(len(at), first), np.full(len(at), past), at)
    return [int(one) for one in np.diff(done)]


def allocated(total: int, weights: Mapping[int, int], had: Mapping[int, int]) -> dict[int, int]:
    """An amount over deals by what each brought, less what they had of it before; parts add up to the cent.

    2,000.00 over deals of 100 and 300 is 500.00 and 1,500.00; where they had 400.00 and 400.00: 100.00 and 1,100.00.
    Without a deal that brought something it is NOBODY's.
    """
    keys = sorted(key for key, weight in weights.items() if weight > 0)
    parts = split_minor(total, [weights[key] for key in keys]) if keys else [total]
    wanted = dict(zip(keys or [NOBODY], parts, strict=True))
    found = {key: wanted.get(key, 0) - had.get(key, 0) for key in sorted({*wanted, *had})}
    return {key: amount for key, amount in found.items() if amount}
