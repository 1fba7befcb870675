"""What services of this room refuse with, and the days they refuse."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.kernel import formats
from core.kernel.money import minor_digits
from core.kernel.typed import has_too_many_decimals
from core.services import conflict_words, why_closed

MOST = Decimal(10) ** 14  # what a column of money holds


class OrderError(ValueError):
    """A change that can't be; `field` names the field it belongs to, "" the whole form."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class DayClosed(OrderError):
    """The fact lies on a day whose books are closed."""


class OrderConflict(OrderError):
    """Someone else saved the record in the meantime; `theirs` is the record as it stands now."""

    def __init__(self, theirs: Any) -> None:
        super().__init__(conflict_words(theirs))
        self.theirs = theirs


def refuse_day(day: date, *, on: date, field: str) -> None:
    """Refuse a fact of a day to come or of a closed one. Raises OrderError, DayClosed. Needs a transaction."""
    if day > on:
        words = _("%(day)s is still to come. Enter it once it has happened.")
        raise OrderError(words % {"day": formats.day(day)}, field)
    refuse_closed(day, field=field)


def refuse_closed(day: date, *, field: str = "") -> None:
    """Refuse to write or change a fact of a closed day. Raises DayClosed. Needs a transaction."""
    if words := why_closed(day):
        raise DayClosed(words, field)


def refuse_amount(amount: Decimal, currency: str, *, field: str) -> None:
    """Refuse an amount with more decimals than its currency has, or one too large to keep. Raises OrderError."""
    if has_too_many_decimals(Decimal(amount).normalize(), currency):
        words = _("%(currency)s has %(count)s decimals.") % {"currency": currency, "count": minor_digits(currency)}
        raise OrderError(words, field)
    if abs(amount) >= MOST:
        raise OrderError(_("This is more than can be kept. Check the figures."), field)
