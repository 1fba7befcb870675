"""The night of pay: the ledger still balances, the run posted last still comes to the same, months are open ahead."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from compensation.enums import VersionState
from compensation.models import PayPeriod, PlanVersion
from compensation.selectors.checks import last_posted, unbalanced_entries
from compensation.services.periods import open_periods
from compensation.services.telling import raise_alarm
from compensation.services.verifying import verify_run
from core.runs import Progress, RunFailed, open_run, recording

OPEN_AHEAD = timedelta(days=62)


def watch_pay(*, on: date) -> None:
    """A run of its own, that fails, and tells who keeps pay, where something is wrong."""
    with recording(open_run(kind="compensation.watch", label=_("Pay: ledger and periods"))) as progress:
        opened = open_ahead(on=on)
        progress.count("periods", len(opened))
        troubles = [*_ledger_troubles(progress), *_run_troubles(progress)]
        if troubles:
            raise_alarm(_("The ledger of pay is not as it should be"), detail=" ".join(troubles), url=_address())
            raise RunFailed(" ".join(troubles))
        progress.result(_("The ledger balances, and the run posted last comes to the same again."))


def open_ahead(*, on: date) -> list[PayPeriod]:
    """Pay periods from the last known one, or from a company's first plan, to two months ahead of a day."""
    newest = PayPeriod.objects.order_by("-starts_on").first()
    first_plan = PlanVersion.objects.filter(state=VersionState.PUBLISHED).order_by("valid_from").first()
    if newest is None and first_plan is None:
        return []
    first = newest.starts_on if newest is not None else max(first_plan.valid_from, on) if first_plan else on
    return open_periods(first=first, last=on + OPEN_AHEAD)


def _ledger_troubles(progress: Progress) -> list[str]:
    wrong = unbalanced_entries()
    for row in wrong:
        told = "Run {run_id}, payee {payee_id}, plan {plan_id}: entries don't come to nothing.".format(**row)
        progress.log(told, level="error")
    progress.count("unbalanced", len(wrong))
    return [_("Entries of %(count)s payees don't come to nothing.") % {"count": len(wrong)}] if wrong else []


def _run_troubles(progress: Progress) -> list[str]:
    run = last_posted()
    if run is None:
        return []
    found = verify_run(run)
    if found.is_same:
        return []
    progress.log(f"{run.number}: kept {found.kept}, found {found.found}", level="error")
    return [_("%(run)s comes to something else when it is calculated again.") % {"run": run.number}]


def _address() -> str:
    return reverse("compensation:periods")
