"""Exchange rates between a plan's currency and others, exact."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction

from core.enums import RateKind
from core.kernel.money import minor_digits
from core.models import FxRate
from core.selectors import the_company


class Rates:
    """What a minor unit of a currency is worth in the plan's, by the plan rates of a day."""

    def __init__(self, currency: str) -> None:
        self.currency, self.home = currency, str(the_company().currency_id)
        self.rows: dict[str, list[tuple[date, date | None, Fraction]]] = defaultdict(list)
        for row in FxRate.objects.filter(kind=RateKind.PLAN).order_by("currency", "valid_from"):
            self.rows[str(row.currency_id)].append((row.valid_from, row.valid_to, Fraction(row.rate)))

    def of(self, currency: str, on: date) -> Fraction | None:
        """None where there is no plan rate for one of the two."""
        worth = self.of_units(currency, on)
        digits = minor_digits(self.currency), minor_digits(currency)
        return None if worth is None else worth * Fraction(10 ** digits[0], 10 ** digits[1])

    def of_units(self, currency: str, on: date) -> Fraction | None:
        """The same between whole units."""
        worth, target = self._worth(currency, on), self._worth(self.currency, on)
        return None if worth is None or target is None else worth / target

    def _worth(self, currency: str, on: date) -> Fraction | None:
        if currency == self.home:
            return Fraction(1)
        held = (rate for start, end, rate in self.rows[currency] if start <= on and (end is None or on < end))
        return next(held, None)
