"""Writes of this room."""

from compensation.services.errors import CompensationError, NotAllowed, RunOutdated
from compensation.services.periods import open_periods
from compensation.services.runs import approve_run, calculate_run, post_run, reopen_period, start_run, submit_run

__all__ = [
    "CompensationError",
    "NotAllowed",
    "RunOutdated",
    "approve_run",
    "calculate_run",
    "open_periods",
    "post_run",
    "reopen_period",
    "start_run",
    "submit_run",
]
