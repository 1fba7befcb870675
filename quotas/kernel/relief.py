"""How much of a quota goes with an account that moved, for what is left of each period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.kernel.money import round_ratio, split_minor

_FINE = 10**6  # weights of days are whole numbers


@dataclass(frozen=True, slots=True)
class Owed:
    """A quota of [starts_on, ends_on), in the smallest units of its measure. kind: year, quarter or month."""

    kind: str
    starts_on: date
    ends_on: date
    amount: int

    def left(self, since: date) -> Fraction:
        """The part of its days from a day on: 1 before it begins, 0 once it is over."""
        days = (self.ends_on - self.starts_on).days
        return Fraction(min(max((self.ends_on - since).days, 0), days), days)


def relieved_by_share(owed: Sequence[Owed], share: Fraction, since: date) -> list[int]:
    """What each quota comes to. A fifth went on July 2, half of the year's days left: 1,000,000 -> 900,000."""
    return [one.amount - round_ratio(one.amount * share * one.left(since)) for one in owed]


def relieved_by_amount(owed: Sequence[Owed], amount: int, since: date) -> list[int]:
    """The same by an amount in all: years, quarters and months each come down by it, by what is left of each.

    90 off quarters of 100 and 200 that are to come: 70 and 140. Raises ValueError for more than is left of a kind.
    """
    found = [one.amount for one in owed]
    for kind in {one.kind for one in owed}:
        places = [place for place, one in enumerate(owed) if one.kind == kind and one.amount]
        weights = [int(owed[place].amount * owed[place].left(since) * _FINE) for place in places]
        if amount * _FINE > sum(weights):
            raise ValueError(kind)
        for place, part in zip(places, split_minor(amount, weights), strict=True):
            found[place] -= part
    return found
