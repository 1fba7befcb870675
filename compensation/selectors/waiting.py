"""What waits for a decision about pay, as lines of the approvals page. Nobody decides about pay in another's place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import AccountingState, AdjustmentState, PayEventState, PayRunState
from compensation.selectors.accounting import months_for
from compensation.selectors.pay_lists import adjustments_for, events_for
from compensation.selectors.runs import named_runs
from core.kernel import formats
from core.kernel.money import from_minor
from core.registry import Waiting


def waiting_runs(user: Any, as_of: date) -> Sequence[Waiting]:
    if not policies.sees_runs(user):
        return []
    waiting = named_runs().filter(state=PayRunState.SUBMITTED).prefetch_related("approvals").order_by("pk")
    return [
        Waiting(
            title=_("%(run)s, %(period)s") % {"run": run.number, "period": run.period},
            detail=_("Prepared by %(who)s") % {"who": run.prepared_by or "Salesops"},
            url=run.get_absolute_url(),
        )
        for run in waiting
        if run.prepared_by_id != user.pk and user.pk not in {one.user_id for one in run.approvals.all()}
    ]


def waiting_accounting(user: Any, as_of: date) -> Sequence[Waiting]:
    """Months of account that somebody else prepared and that this person didn't approve yet."""
    rows = months_for(user, as_of).filter(state=AccountingState.CALCULATED).prefetch_related("approvals").order_by("pk")
    return [
        Waiting(
            title=_("%(month)s, %(period)s") % {"month": one.number, "period": one.period},
            detail=_("Prepared by %(who)s") % {"who": one.prepared_by or "Salesops"},
            url=one.get_absolute_url(),
        )
        for one in rows
        if one.prepared_by_id != user.pk and user.pk not in {given.user_id for given in one.approvals.all()}
    ]


def waiting_adjustments(user: Any, as_of: date) -> Sequence[Waiting]:
    rows = adjustments_for(user, as_of).filter(state=AdjustmentState.PROPOSED).order_by("pk")
    return [
        Waiting(
            title=_("%(money)s for %(who)s")
            % {"money": _money(one.amount_minor, str(one.plan.currency_id)), "who": one.payee},
            detail=one.reason,
            url=one.get_absolute_url(),
        )
        for one in rows
        if policies.may_decide_adjustment(user, one)
    ]


def _money(minor: int, currency: str) -> str:
    return formats.exact_money(from_minor(minor, currency), currency)


def waiting_events(user: Any, as_of: date) -> Sequence[Waiting]:
    rows = events_for(user, as_of).filter(state=PayEventState.PROPOSED).order_by("pk")
    return [
        Waiting(
            title=_("%(what)s of %(who)s") % {"what": one.name, "who": one.payee},
            detail=one.note,
            url=one.get_absolute_url(),
        )
        for one in rows
        if policies.may_decide_event(user, one)
    ]
