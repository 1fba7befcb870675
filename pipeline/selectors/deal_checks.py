"""The checks of deals. Severity, numbers and action are what an installation starts with; sales ops change them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registry import HygieneCheck
from pipeline.selectors import checks
from pipeline.selectors.checks import DealFailing, Fact, deals, since

HIGH, MEDIUM, LOW = "high", "medium", "low"
_ACTIVE_ON = "coalesce((o.last_activity_at AT TIME ZONE %(zone)s)::date, o.created_on)"


def _check(
    key: str,
    order: int,
    label: Any,
    severity: str,
    action: Any,
    failing: DealFailing,
    reason: Callable[[Fact, date], str],
    **numbers: tuple[Any, int],
) -> HygieneCheck:
    return HygieneCheck(key, order, label, "opportunity", severity, action, failing, reason, numbers)


_TIME = (
    _check(
        *("overdue_close", 10, _("Close date in the past"), HIGH),
        _("Set a new expected close date, or close the deal"),
        deals("o.expected_close_on < %(on)s", fact=since("o.expected_close_on")),
        checks.overdue,
    ),
    _check(
        *("undated", 20, _("No close date"), HIGH),
        _("Enter the expected close date"),
        deals("o.expected_close_on IS NULL"),
        checks.plain(_("No close date")),
    ),
    _check(
        *("no_next_step", 30, _("No next step"), HIGH),
        _("Agree the next step and write it down"),
        deals("o.next_step = ''"),
        checks.plain(_("No next step")),
    ),
    _check(
        *("next_step_overdue", 40, _("Next step overdue"), MEDIUM),
        _("Do the next step, or set a new day for it"),
        deals("o.next_step_due_on < %(on)s", fact=since("o.next_step_due_on")),
        checks.step_overdue,
    ),
    _check(
        *("stale", 50, _("No activity"), HIGH),
        _("Get in touch and log it, or close the deal"),
        deals(f"{_ACTIVE_ON} < %(on)s::date - %(days)s", fact=since(_ACTIVE_ON)),
        checks.quiet,
        days=(_("Days without a call, e-mail or meeting"), 21),
    ),
    _check(
        *("pushed_often", 60, _("Pushed often"), MEDIUM),
        _("Ask what must be true for the deal to close, then set a date you believe in"),
        deals("o.pushed_count >= %(times)s", fact="jsonb_build_object('times', o.pushed_count)"),
        checks.pushed,
        times=(_("Times pushed"), 3),
    ),
)
_CONTENT = (
    _check(
        *("amount_missing", 70, _("Amount zero or blank"), HIGH),
        _("Enter the amount"),
        deals(
            "o.status <> 'lost' AND coalesce(o.amount, 0) = 0",
            fact="jsonb_build_object('zero', o.amount IS NOT NULL)",
            of="all",
        ),
        checks.amount,
    ),
    _check(
        *("missing_for_stage", 80, _("Fields missing for the stage"), MEDIUM),
        _("Fill what the stages so far ask for"),
        checks.missing_for_stage(),
        checks.missing,
        from_percent=(_("Amount, close date, product and account needed from a stage probability of, %"), 50),
    ),
    _check(
        *("probability_off", 90, _("Probability out of line with the stage"), MEDIUM),
        _("Move the deal to the stage it is in, or take the stage's probability"),
        deals(
            "abs(o.probability - stage.probability) > %(points)s",
            fact="jsonb_build_object('has', o.probability, 'stage', stage.probability)",
        ),
        checks.off,
        points=(_("Points allowed between deal and stage"), 25),
    ),
    _check(
        *("commit_early", 100, _("Commit in an early stage"), MEDIUM),
        _("Take the stage's forecast category, or move the deal on"),
        deals(
            "o.category = 'commit' AND stage.probability < %(from_percent)s",
            fact="jsonb_build_object('stage', stage.name)",
        ),
        checks.early,
        from_percent=(_("Lowest stage probability of a commit deal, %"), 50),
    ),
)
_PARTIES = (
    _check(
        *("no_account", 110, _("No account"), MEDIUM),
        _("Name the account the deal is with"),
        deals("o.account_id IS NULL", of="all"),
        checks.plain(_("No account")),
    ),
    _check(
        *("no_contact", 120, _("No contact"), MEDIUM),
        _("Add who you talk to"),
        deals("parties.known IS NOT TRUE"),
        checks.plain(_("No contact")),
    ),
    _check(
        *("no_buyer", 130, _("No decision maker"), LOW),
        _("Find who decides, and add them with their part"),
        deals("stage.probability >= %(from_percent)s AND parties.deal_id IS NOT NULL AND parties.buys IS NOT TRUE"),
        checks.plain(_("No decision maker")),
        from_percent=(_("From a stage probability of, %"), 50),
    ),
    _check(
        *("no_owner", 140, _("No owner"), HIGH),
        _("Give the deal to somebody"),
        deals("o.owner_id IS NULL", of="all"),
        checks.plain(_("No owner")),
    ),
    _check(
        *("owner_left", 150, _("Owner left"), HIGH),
        _("Hand the deal over"),
        deals("owner.left_on <= %(on)s", fact=since("owner.left_on")),
        checks.left,
    ),
)
_CLOSED = (
    _check(
        *("lost_without_reason", 160, _("Lost without a reason"), LOW),
        _("Say why the deal was lost"),
        deals("o.status = 'lost' AND o.loss_reason_id IS NULL", of="closed"),
        checks.plain(_("Lost without a reason")),
    ),
    _check(
        *("closed_undated", 170, _("Closed without a date"), MEDIUM),
        _("Enter the day it was closed"),
        deals("o.closed_on IS NULL", of="closed"),
        checks.plain(_("Closed without a date")),
    ),
    _check(
        *("closed_in_future", 180, _("Closed on a day to come"), HIGH),
        _("Correct the close date"),
        deals("o.closed_on > %(on)s", fact="jsonb_build_object('on', o.closed_on)", of="closed"),
        checks.future,
    ),
    _check(
        *("engaged_after_close", 190, _("Engaged after the close date"), LOW),
        _("Correct the day of engagement or of closing"),
        deals("o.engaged_on > o.closed_on", fact="jsonb_build_object('on', o.engaged_on)", of="all"),
        checks.engaged_late,
    ),
)
DEAL_CHECKS: tuple[HygieneCheck, ...] = (*_TIME, *_CONTENT, *_PARTIES, *_CLOSED)
