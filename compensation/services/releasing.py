"""Statements sent to the people they are about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import PayRunState
from compensation.models import Payee, PayRun, Statement
from compensation.selectors.runs import lines_of_run
from compensation.services.errors import CompensationError
from compensation.services.telling import STATEMENT
from core import audit
from core.notify import notify

RELEASABLE = (PayRunState.APPROVED, PayRunState.POSTED)


@transaction.atomic
def release_statements(*, run: PayRun, by: Any, at: datetime) -> int:
    """A statement for everybody with lines in an approved or posted run, and a word to each; gives how many.

    One who had a statement of the month already finds it renewed: not seen, not acknowledged. Done twice it tells once.
    """
    policies.check_keeps_pay(by)
    locked = PayRun.objects.select_for_update(of=("self",)).select_related("period").get(pk=run.pk)
    if locked.state not in RELEASABLE:
        raise CompensationError(_("Statements are sent once the run is approved."))
    if locked.released_at is not None:
        return 0
    payees = sorted(set(lines_of_run(locked).values_list("payee_id", flat=True)))
    fresh = {"released_at": at, "seen_at": None, "acknowledged_at": None, "acknowledged_hash": ""}
    Statement.objects.filter(period_id=locked.period_id, payee__in=payees).update(**fresh)
    known = set(Statement.objects.filter(period_id=locked.period_id).values_list("payee_id", flat=True))
    new = [Statement(payee_id=one, period_id=locked.period_id, released_at=at) for one in payees if one not in known]
    Statement.objects.bulk_create(new, batch_size=1000)
    locked.released_at = run.released_at = at
    locked.save(update_fields=["released_at"])
    _tell(locked, payees)
    audit.record(act="statements.released", actor=by, subject=locked, detail={"count": len(payees)})
    return len(payees)


def _tell(run: PayRun, payees: list[int]) -> None:
    """All of them at once: there may be thousands."""
    rows = Payee.objects.filter(pk__in=payees, person__user__isnull=False)
    title = _("Your statement of %(month)s is there") % {"month": run.period}
    users = rows.values_list("person__user_id", flat=True)
    notify(kind=STATEMENT, users=users, title=title, url=_address(), dedupe_key=f"statements:{run.period_id}")


def _address() -> str:
    try:
        return reverse("compensation:statements")
    except NoReverseMatch:  # there are no pages of statements
        return ""
