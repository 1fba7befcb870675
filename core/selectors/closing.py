"""Which days are closed, which could be, and who closed and opened them."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from core.kernel.access import SignedIn
from core.kernel.periods import Period
from core.models import AuditEvent
from core.selectors.company import the_company

MONTHS_OFFERED = 36


def may_close(user: SignedIn) -> bool:
    """Sales ops and finance close the books and open them again."""
    return user.has_role("sales_ops", "finance")


def closable_months(*, on: date) -> list[Period]:
    """Fiscal months that are over, the newest first; the one the books are closed through among them."""
    calendar, closed = the_company().calendar, the_company().closed_through
    month = calendar.month_of(on)
    months = [calendar.shift(month, -steps) for steps in range(1, MONTHS_OFFERED + 1)]
    if closed and closed < months[-1].start:
        months.append(calendar.month_of(closed))
    return months


def closings(*, limit: int = 50) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(act__startswith="books.").select_related("actor").order_by("-id")[:limit]
