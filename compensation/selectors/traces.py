"""Why a line is what it is: the run's own inputs calculated once more, for the payee alone where that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from compensation.enums import Stage
from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.trace import Trace, trace_line
from compensation.models import LedgerEntry, PayRun, PlanVersion, RunLine, RunTerms
from compensation.selectors.run_credits import Loaded, load
from compensation.selectors.run_inputs import Terms, thawed

AnyLine = LedgerEntry | RunLine


@dataclass(frozen=True, slots=True)
class Recalculated:
    """A run's calculation of a version for a payee, as it was: from the inputs that the run keeps."""

    terms: Terms
    loaded: Loaded
    calculation: Calculation


def terms_kept(run: PayRun, version: PlanVersion, payee_ids: Sequence[int] | None = None) -> Terms:
    """The terms that a run calculated a version with; of some payees alone where nobody's pay depends on another's."""
    kept = RunTerms.objects.values_list("kept", flat=True).get(run=run, version=version)
    return thawed(version, kept, payee_ids)


def last_day(run: PayRun) -> date:
    return run.period.ends_on - timedelta(days=1)


def recalculated(run: PayRun, version: PlanVersion, payee_ids: Sequence[int]) -> Recalculated:
    """For some payees; with everybody else of the plan where their pay depends on it."""
    terms = terms_kept(run, version, payee_ids)
    loaded = load(terms, through=last_day(run), payee_ids=payee_ids)
    return Recalculated(terms, loaded, calculate(terms.plan, loaded.inputs, last_day(run)))


def trace_of(line: AnyLine) -> Trace | None:
    """The steps of an earned line; None for a line of another stage, or for one that was only taken back.

    What was posted of a line is the difference to what was posted before: the trace tells the line as it is now.
    """
    if line.stage != Stage.EARNED:
        return None
    found = recalculated(line.run, line.version, [line.payee_id])
    code, key = found.terms.codes[line.payee_id], line.component.key
    if line.credit_id and line.credit_id not in set(found.calculation.book.credits.keys.tolist()):
        return None
    at = None if line.credit_id else _place(found.calculation, line.earned_in)
    return trace_line(found.calculation, key, code, line.credit_id, at)


def _place(calculation: Calculation, day: date) -> int:
    starts = calculation.book.grid.starts.tolist()
    return starts.index(day.toordinal())
