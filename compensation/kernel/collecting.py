"""What is held back until the customer pays: how much of a deal was collected by when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from compensation.kernel.book import Book
from core.kernel.money import round_ratio

Deal = tuple[int, int]  # the one who was credited, the deal's code


@dataclass(slots=True)
class Collected:
    """By deal and pay period what was credited of each kind, in the plan's currency.

    Of 100,000 that were booked 25,000 came in by March, 100,000 by June: a fourth, then all of it.
    """

    book: Book
    kind: str
    _known: dict[tuple[Deal, int], dict[int, Fraction]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        credits, last_of = self.book.credits, self.book.grid.last_of(self.book.plan.pay_every)
        deals = credits.texts.get("deal")
        if deals is None:
            return
        places = np.clip(self.book.place, 0, len(self.book.grid) - 1)
        there = np.flatnonzero((deals.codes != deals.code_of("")) & (credits.on <= self.book.through))
        for place in there.tolist():
            deal = int(credits.payee[place]), int(deals.codes[place])
            by_period = self._known.setdefault((deal, int(credits.measure.codes[place])), {})
            at = int(last_of[places[place]])
            by_period[at] = by_period.get(at, Fraction(0)) + int(credits.pay[place]) * credits.fx.fraction(place)

    def parts(self, credit: int, held: int, due: int) -> Iterator[tuple[int, int]]:
        """(period, amount) that is let go of what a line of a credit held back, from the period it is due in on."""
        before = 0
        for period, share in self._shares(credit, due):
            total = round_ratio(share * held)
            if total != before:
                yield period, total - before
            before = total

    def _shares(self, credit: int, due: int) -> Iterator[tuple[int, Fraction]]:
        """(period, share that was collected by its end) of the credit's deal; none without a deal."""
        deals = self.book.credits.texts.get("deal")
        if credit < 0 or deals is None or not deals[credit]:
            return
        deal = int(self.book.credits.payee[credit]), int(deals.codes[credit])
        booked = self._known.get((deal, int(self.book.credits.measure.codes[credit])), {})
        came_in = self._known.get((deal, self.book.credits.measure.code_of(self.kind)), {})
        for period in sorted({due, *(at for at in (*booked, *came_in) if at > due)}):
            whole, part = (sum(by[at] for at in by if at <= period) for by in (booked, came_in))
            yield period, min(max(Fraction(part) / whole, Fraction(0)), Fraction(1)) if whole > 0 else Fraction(1)
