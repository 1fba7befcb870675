"""Writes of this room."""

from compensation.services.adjusting import decide_adjustment, propose_adjustment
from compensation.services.disputes import (
    add_case,
    assign_dispute,
    close_dispute,
    comment_on_dispute,
    decide_dispute,
    make_plan_test,
    propose_for_dispute,
    raise_dispute,
    reopen_dispute,
    withdraw_dispute,
)
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
from compensation.services.runs import approve_run, calculate_run, post_run, reopen_period, start_run, submit_run
from compensation.services.statements import acknowledge_statement, mark_seen, save_settings
from compensation.services.verifying import compare_with_interpreter, verify_run

__all__ = [
    "CompensationError",
    "NotAllowed",
    "RunOutdated",
    "acknowledge_statement",
    "add_case",
    "approve_run",
    "assign",
    "assign_dispute",
    "begin_version",
    "calculate_run",
    "close_dispute",
    "comment_on_dispute",
    "compare_with_interpreter",
    "create_plan",
    "decide_adjustment",
    "decide_dispute",
    "make_plan_test",
    "mark_seen",
    "open_periods",
    "payee_of",
    "post_run",
    "propose_adjustment",
    "propose_for_dispute",
    "publish_version",
    "raise_dispute",
    "reopen_dispute",
    "reopen_period",
    "save_settings",
    "save_version",
    "start_run",
    "submit_run",
    "submit_version",
    "verify_run",
    "withdraw_dispute",
]
