"""Writes of this room."""

from compensation.services.adjusting import decide_adjustment, propose_adjustment
from compensation.services.errors import CompensationError, NotAllowed, RunOutdated
from compensation.services.periods import open_periods
from compensation.services.plans import (
    assign,
    begin_version,
    create_plan,
    payee_of,
    publish_version,
    save_version,
    submit_version,
)
from compensation.services.runs import (
    approve_run,
    calculate_run,
    post_run,
    recalculate_run,
    reopen_period,
    start_run,
    submit_run,
)
from compensation.services.verifying import compare_with_interpreter, verify_run

__all__ = [
    "CompensationError",
    "NotAllowed",
    "RunOutdated",
    "approve_run",
    "assign",
    "begin_version",
    "calculate_run",
    "compare_with_interpreter",
    "create_plan",
    "decide_adjustment",
    "open_periods",
    "payee_of",
    "post_run",
    "propose_adjustment",
    "publish_version",
    "recalculate_run",
    "reopen_period",
    "save_version",
    "start_run",
    "submit_run",
    "submit_version",
    "verify_run",
]
