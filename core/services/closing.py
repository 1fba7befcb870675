"""Closing the books: up to a day the figures of what was won, lost or paid stand, until somebody opens them again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.models import Company
from core.selectors import company_of_request, the_company
from core.services.company import SettingsError

CLOSED, REOPENED = "books.closed", "books.reopened"
_LOCK = "hashtext('core.closed_through')"


def hold_closed_through() -> date | None:
    """The last closed day; until the end of the transaction nobody closes or opens another. Needs a transaction.

    Whoever changes what a closed day keeps asks this first, so that no change slips in while the books are closed.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
    return Company.objects.filter(pk=1).values_list("closed_through", flat=True).first()


def why_closed(day: date) -> str:
    """Why facts of a day stay as they are, and what to do; empty while its books are open. Needs a transaction."""
    closed = hold_closed_through()
    if closed is None or day > closed:
        return ""
    words = _(
        "Books are closed through %(closed)s: choose a later day. "
        "Sales ops or finance can open the period again under Settings, Closed periods."
    )
    return words % {"closed": formats.day(closed)}


@transaction.atomic
def set_closed_through(*, day: date | None, reason: str, by: Any, on: date) -> Company:
    """Close the books through the last day of a fiscal month that is over, or open them from a day on (None: all).

    Opening needs a reason. Raises SettingsError.
    """
    company = the_company()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
    before = Company.objects.filter(pk=1).values_list("closed_through", flat=True).first()
    if day == before:
        raise SettingsError(_("That is how it stands already."), "closed_through")
    if day is not None:
        _refuse_day(company, day, on)
    opens = before is not None and (day is None or day < before)
    if opens and not reason.strip():
        raise SettingsError(_("Say why closed days are opened again. It is kept with your name."), "reason")
    Company.objects.filter(pk=1).update(closed_through=day)
    (company_of_request.get() or {}).clear()
    detail = {"before": before.isoformat() if before else "", "after": day.isoformat() if day else ""}
    audit.record(act=REOPENED if opens else CLOSED, actor=by, subject=company, reason=reason.strip(), detail=detail)
    return the_company()


def _refuse_day(company: Company, day: date, on: date) -> None:
    if day >= on:
        raise SettingsError(_("Only days that are over can be closed."), "closed_through")
    month = company.calendar.month_of(day)
    if month.last_day != day:
        words = _("Books are closed by whole months: through %(day)s, for example.")
        raise SettingsError(words % {"day": formats.day(month.last_day)}, "closed_through")
