"""Writes of this room."""

from compensation.services.adjusting import decide_adjustment, propose_adjustment
from compensation.services.assignments import assign, assign_many, assign_rows, end_assignment, payee_of
from compensation.services.errors import CompensationError, NotAllowed, RunOutdated
from compensation.services.letters import accept_letter, send_letters
from compensation.services.periods import open_periods
from compensation.services.plans import (
    acknowledge_warning,
    begin_version,
    create_plan,
    give_back_version,
    publish_version,
    save_version,
    submit_version,
    take_back_version,
    test_version,
    withdraw_version,
)
from compensation.services.replays import replay_version, start_replay
from compensation.services.runs import approve_run, calculate_run, post_run, reopen_period, start_run, submit_run
from compensation.services.verifying import compare_with_interpreter, verify_run

__all__ = [
    "CompensationError",
    "NotAllowed",
    "RunOutdated",
    "accept_letter",
    "acknowledge_warning",
    "approve_run",
    "assign",
    "assign_many",
    "assign_rows",
    "begin_version",
    "calculate_run",
    "compare_with_interpreter",
    "create_plan",
    "decide_adjustment",
    "end_assignment",
    "give_back_version",
    "open_periods",
    "payee_of",
    "post_run",
    "propose_adjustment",
    "publish_version",
    "reopen_period",
    "replay_version",
    "save_version",
    "send_letters",
    "start_replay",
    "start_run",
    "submit_run",
    "submit_version",
    "take_back_version",
    "test_version",
    "verify_run",
    "withdraw_version",
]
