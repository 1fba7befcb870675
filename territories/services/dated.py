"""One way to begin and to end what holds over time in this room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.kernel import formats
from territories.services.errors import TerritoryError, refuse_day


def begin(row: Any, same: QuerySet[Any], *, value: str) -> date | None:
    """Save a row from its first day: what held ends there, what begins on the very day goes, a later one is met.

    same: rows of the same key. Gives the first day of what comes later. Raises TerritoryError where `value` (a field)
    holds on the day already, DayClosed. Needs a transaction.
    """
    since = row.valid_from
    refuse_day(since, field="valid_from")
    list(same.select_for_update().order_by("pk").values_list("pk"))  # locked, in one order
    held = same.filter(Q(valid_to=None) | Q(valid_to__gt=since), valid_from__lte=since).first()
    if held is not None and getattr(held, f"{value}_id") == getattr(row, f"{value}_id"):
        words = _("%(name)s is it on that day already, since %(day)s.")
        raise TerritoryError(words % {"name": getattr(held, value), "day": formats.day(held.valid_from)}, value)
    same.filter(valid_from=since).delete()
    same.filter(Q(valid_to=None) | Q(valid_to__gt=since), valid_from__lt=since).update(valid_to=since)
    later = same.filter(valid_from__gt=since).order_by("valid_from").first()
    row.valid_to = later.valid_from if later else None
    row.save()
    return row.valid_to


def end(row: Any, *, on: date) -> None:
    """From a day on the row holds no more; one that hasn't begun by then goes.

    Raises TerritoryError where it is over by then already, DayClosed. Needs a transaction.
    """
    refuse_day(on, field="on")
    if row.valid_to is not None and row.valid_to <= on:
        words = _("It ends on %(day)s already: choose an earlier day.")
        raise TerritoryError(words % {"day": formats.day(row.valid_to)}, "on")
    if row.valid_from >= on:
        row.delete()
        return
    row.valid_to = on
    row.save(update_fields=["valid_to"])
