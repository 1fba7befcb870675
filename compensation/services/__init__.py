"""Writes of this room."""

from compensation.services.accounting import (
    account_month,
    approve_accounting_month,
    close_accounting_month,
    reopen_accounting_month,
    set_accounting_policy,
    start_accounting_month,
)
from compensation.services.accounting_files import journal_rows, roll_forward_rows
from compensation.services.adjusting import decide_adjustment, propose_adjustment
from compensation.services.assignments import assign, assign_many, end_assignment, payee_of
from compensation.services.checking import do_compare, do_verify, start_checks
from compensation.services.confirming import confirm_exception, confirm_exceptions
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
from compensation.services.errors import CompensationError, ExceptionsOpen, NotAllowed, RunOutdated
from compensation.services.exporting import ledger_rows, payroll_rows
from compensation.services.holding import hold_credits, release_hold
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
from compensation.services.releasing import release_statements
from compensation.services.replays import replay_version, start_replay
from compensation.services.runs import (
    approve_run,
    calculate_period,
    calculate_run,
    give_back_run,
    post_run,
    recalculate_run,
    reopen_period,
    start_run,
    stop_run,
    submit_run,
)
from compensation.services.scoring import decide_event, enter_event
from compensation.services.simulations import simulate_version, start_simulation
from compensation.services.statements import acknowledge_statement, mark_seen, save_settings
from compensation.services.verifying import compare_with_interpreter, verify_run
from compensation.services.watching import open_ahead, watch_pay

__all__ = [
    "CompensationError",
    "ExceptionsOpen",
    "NotAllowed",
    "RunOutdated",
    "account_month",
    "journal_rows",
    "roll_forward_rows",
    "approve_accounting_month",
    "close_accounting_month",
    "reopen_accounting_month",
    "set_accounting_policy",
    "start_accounting_month",
    "accept_letter",
    "acknowledge_warning",
    "approve_run",
    "assign",
    "assign_many",
    "acknowledge_statement",
    "add_case",
    "assign_dispute",
    "begin_version",
    "calculate_period",
    "calculate_run",
    "close_dispute",
    "comment_on_dispute",
    "compare_with_interpreter",
    "confirm_exception",
    "confirm_exceptions",
    "create_plan",
    "decide_adjustment",
    "decide_event",
    "do_compare",
    "do_verify",
    "enter_event",
    "give_back_run",
    "hold_credits",
    "ledger_rows",
    "open_ahead",
    "end_assignment",
    "give_back_version",
    "decide_dispute",
    "make_plan_test",
    "mark_seen",
    "open_periods",
    "payee_of",
    "payroll_rows",
    "post_run",
    "propose_adjustment",
    "propose_for_dispute",
    "publish_version",
    "recalculate_run",
    "release_hold",
    "release_statements",
    "reopen_period",
    "replay_version",
    "raise_dispute",
    "reopen_dispute",
    "save_settings",
    "save_version",
    "start_checks",
    "send_letters",
    "start_replay",
    "simulate_version",
    "start_run",
    "start_simulation",
    "stop_run",
    "submit_run",
    "submit_version",
    "take_back_version",
    "test_version",
    "verify_run",
    "watch_pay",
    "withdraw_version",
    "withdraw_dispute",
]
