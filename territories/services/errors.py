"""What services of this room refuse with, and the days they refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.services import conflict_words, why_closed
from people.kernel.closure import DAWN

LAST = date(2200, 1, 1)  # later days are slips of the keyboard


class TerritoryError(ValueError):
    """A change that can't be; `field` names the field it belongs to, "" the whole form."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class DayClosed(TerritoryError):
    """The day is one whose books are closed."""


class TerritoryConflict(TerritoryError):
    """Someone else saved the territory in the meantime; `theirs` is the one that stands now."""

    def __init__(self, theirs: Any) -> None:
        super().__init__(conflict_words(theirs))
        self.theirs = theirs


def refuse_day(day: date, *, field: str) -> None:
    """Refuse to change facts from a closed day on, or from one out of reach. Raises TerritoryError, DayClosed.

    Needs a transaction.
    """
    if not DAWN <= day < LAST:
        raise TerritoryError(_("Enter a day between 1900 and 2200."), field)
    if words := why_closed(day):
        raise DayClosed(words, field)
