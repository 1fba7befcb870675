"""Who is told what of a run. Titles say no amount: they may be mailed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from compensation.models import AccountingMonth, PayRun
from compensation.policies import APPROVES_RUNS, SEES_ALL_PAY
from core.notify import notify
from people.models import RoleGrant

TO_APPROVE, DECIDED, STATEMENT, ALARM = "pay_run_to_approve", "pay_run_decided", "statement_ready", "pay_alarm"
ACCOUNTING = "accounting_to_approve"


def logins_with(roles: Iterable[str]) -> Sequence[int]:
    """Ids of logins that hold one of the roles today."""
    held = RoleGrant.objects.in_force_today().filter(role__in=list(roles), user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


def tell_approvers(run: PayRun, *, by: Any) -> None:
    """Everybody who may approve it, but for who prepared it."""
    users = [one for one in logins_with(APPROVES_RUNS) if one != run.prepared_by_id]
    title = _("%(run)s waits for your approval") % {"run": run.number}
    detail = _("%(period)s, prepared by %(who)s") % {"period": run.period, "who": run.prepared_by or "Salesops"}
    notify(
        kind=TO_APPROVE, users=users, title=title, detail=detail, url=run.get_absolute_url(), by=by,
        dedupe_key=f"pay-run:{run.pk}",
    )  # fmt: skip


def tell_preparer(run: PayRun, title: str, *, by: Any, detail: str = "") -> None:
    notify(kind=DECIDED, users=[run.prepared_by], title=title, detail=detail, url=run.get_absolute_url(), by=by)


def tell_accounting(month: AccountingMonth) -> None:
    """A month of account is worked out: everybody who may approve it, but for who prepared it."""
    users = [one for one in logins_with(SEES_ALL_PAY) if one != month.prepared_by_id]
    title = _("%(month)s waits for your approval") % {"month": month.number}
    detail = _("%(period)s, prepared by %(who)s") % {"period": month.period, "who": month.prepared_by or "Salesops"}
    notify(
        kind=ACCOUNTING, users=users, title=title, detail=detail, url=month.get_absolute_url(), by=month.prepared_by,
        dedupe_key=f"accounting:{month.period_id}",
    )  # fmt: skip


def raise_alarm(title: str, *, detail: str, url: str) -> None:
    """Something is wrong with the ledger: everybody who keeps or controls pay is told, once until they read it."""
    notify(kind=ALARM, users=logins_with(SEES_ALL_PAY), title=title, detail=detail, url=url, dedupe_key="pay-alarm")
