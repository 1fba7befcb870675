"""Checks of a run in the background: every payee by the second calculator, and all of it once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compensation.models import PayRun, PlanVersion
from compensation.selectors.calculations import groups_of
from compensation.selectors.checks import COMPARE, VERIFY
from compensation.selectors.traces import terms_kept
from compensation.services.verifying import compare_with_interpreter, verify_run, versions_kept
from core import jobs
from core.models import Run
from core.runs import Progress, RunFailed, open_run, recording

CHECKED_AT_ONCE = 500  # larger runs are checked when somebody asks for it: the second calculator is slow on purpose
PAYEES_AT_ONCE = 20
_WRONG_SHOWN = 20


@transaction.atomic
def start_checks(*, run: PayRun, by: Any = None) -> list[Run]:
    """Both checks of a run as it is calculated, each by a worker."""
    labels = {COMPARE: _("Second calculator: %(run)s"), VERIFY: _("Once more: %(run)s")}
    params = {"pay_run": run.pk, "output": run.run.output_hash}
    made = []
    for kind, label in labels.items():
        record = open_run(kind=kind, label=label % {"run": run.number}, by=by, params=params, is_walled=True)
        jobs.enqueue(kind, run=record, run_id=record.pk, pay_run_id=run.pk)
        made.append(record)
    return made


def _at_hand(pay_run_id: int, record: Run) -> PayRun:
    """The run as it was when the check was asked for. Raises RunFailed once it was calculated anew."""
    run = PayRun.objects.select_related("period", "run").get(pk=pay_run_id)
    if run.run.output_hash != record.params["output"]:
        raise RunFailed(_("%(run)s was calculated anew meanwhile: check it as it is now.") % {"run": run.number})
    return run


def do_compare(*, pay_run_id: int, run_id: int) -> None:
    """Every earned line of every payee worked out a second time, literally."""
    record = Run.objects.get(pk=run_id)
    with recording(record) as progress:
        run = _at_hand(pay_run_id, record)
        work = [
            (version, some)
            for version in versions_kept(run)
            for some in groups_of(terms_kept(run, version), at_once=PAYEES_AT_ONCE)
        ]
        progress.total(sum(len(some) for _version, some in work))
        progress.count("payees", len({one for _version, some in work for one in some}))
        for version, some in work:
            _compare(run, version, some, progress)
        if progress.counts.get("wrong"):
            raise RunFailed(_("Lines differ from the second calculator: see the log, and don't pay by this run."))
        progress.result(_("Every line agrees, 0 cents apart."))


def _compare(run: PayRun, version: PlanVersion, payees: Sequence[int], progress: Progress) -> None:
    found = compare_with_interpreter(run, version, payees)
    for name, units in (("lines", found.lines), ("wrong", len(found.wrong))):
        progress.count(name, units)
    for words in found.wrong[:_WRONG_SHOWN]:
        progress.log(f"{version}: {words}", level="error")
    progress.advance(len(payees), note=str(version))


def do_verify(*, pay_run_id: int, run_id: int) -> None:
    """All of it calculated again from what the run kept; the same hash or a failure."""
    record = Run.objects.get(pk=run_id)
    with recording(record) as progress:
        found = verify_run(_at_hand(pay_run_id, record))
        if not found.is_same:
            raise RunFailed(_("Calculated again it came to something else: don't pay by this run, and say so to us."))
        progress.result(_("The same result."), output_hash=found.found)
