"""Reads of the ground floor: the company, its calendar, rates, runs, audit, what people are told."""

from __future__ import annotations

from core.selectors.company import (
    MissingRate,
    company_day,
    company_of_request,
    plan_rate,
    plan_rates,
    rates_for,
    the_company,
)
from core.selectors.notifications import (
    Feed,
    Told,
    by_day,
    channels_of,
    feed_of,
    get_notification_for,
    notifications_for,
    told_to,
    unread_count,
)
from core.selectors.runs import (
    get_run_for,
    job_counts,
    may_see_runs,
    may_steer_run,
    running_runs,
    runs_for,
    with_live_progress,
)
from core.selectors.saved_views import get_view_for
from core.selectors.trail import audit_for, caught_mails

__all__ = [
    "Feed",
    "MissingRate",
    "Told",
    "audit_for",
    "by_day",
    "caught_mails",
    "channels_of",
    "company_day",
    "company_of_request",
    "feed_of",
    "get_notification_for",
    "get_run_for",
    "get_view_for",
    "job_counts",
    "may_see_runs",
    "may_steer_run",
    "notifications_for",
    "plan_rate",
    "plan_rates",
    "rates_for",
    "running_runs",
    "runs_for",
    "the_company",
    "told_to",
    "unread_count",
    "with_live_progress",
]
