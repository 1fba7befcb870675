"""The safe changes of deals that mend what a check finds. Each says for a deal its new values, or why it stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import F, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.kernel import formats
from core.kernel.money import quantise
from core.registry import FixAsked, HygieneFix
from core.selectors import the_company
from pipeline.models import LossReason, Opportunity, OpportunityLine

Plan = Mapping[int, Mapping[str, Any] | str]
Values = Mapping[str, Any]
LATER_DAYS = 30
STEP_DAYS = 7


def _each(change: Callable[[Opportunity, FixAsked], Values | str]) -> Callable[[Sequence[Any], FixAsked], Plan]:
    """A plan that looks at one deal at a time."""
    return lambda deals, asked: {deal.pk: change(deal, asked) for deal in deals}


def _close_on(day_of: Callable[[date], date]) -> Callable[[Sequence[Any], FixAsked], Plan]:
    def change(deal: Opportunity, asked: FixAsked) -> Values | str:
        day = day_of(asked.on)
        if not deal.is_open:
            return _now("The deal is closed.")
        if deal.expected_close_on and deal.expected_close_on >= asked.on:
            return _now("Its close date, %(day)s, is still to come.") % {"day": formats.day(deal.expected_close_on)}
        return {"expected_close_on": day}

    return _each(change)


def _month_end(on: date) -> date:
    return the_company().calendar.month_of(on).last_day


def _quarter_end(on: date) -> date:
    return the_company().calendar.quarter_of(on).last_day


def _new_owner(deal: Opportunity, asked: FixAsked) -> Values | str:
    """The owner of the deal's account, where that is somebody else who is still here."""
    owner = deal.account.owner if deal.account else None
    if owner is None:
        return _now("Its account has no owner.") if deal.account else _now("It has no account.")
    if owner.left_on is not None and owner.left_on <= asked.on:
        return _now("%(name)s, who owns its account, has left.") % {"name": owner.name}
    if owner.pk == deal.owner_id:
        return _now("%(name)s owns its account too.") % {"name": owner.name}
    return {"owner": owner}


def _stages_probability(deal: Opportunity, asked: FixAsked) -> Values | str:
    return {"probability": None} if deal.probability is not None else _now("It has the stage's probability.")


def _stages_category(deal: Opportunity, asked: FixAsked) -> Values | str:
    if deal.category == deal.stage.category:
        return _now("It has the stage's forecast category.")
    return {"category": deal.stage.category}


def _real_close(deal: Opportunity, asked: FixAsked) -> Values | str:
    """The day a deal that is closed already reached its closed stage, at the latest today."""
    if deal.is_open:
        return _now("The deal is open.")
    return {"closed_on": min(deal.stage_since or asked.on, asked.on)}


def _no_engagement(deal: Opportunity, asked: FixAsked) -> Values | str:
    return {"engaged_on": None} if deal.engaged_on else _now("It has no day of engagement.")


def _next_step(deal: Opportunity, asked: FixAsked) -> Values | str:
    text = str(asked.given.get("next_step") or "").strip()
    if deal.next_step:
        return _now("It has a next step: %(step)s") % {"step": deal.next_step}
    due = asked.given.get("next_step_due_on")
    return {"next_step": text, **({"next_step_due_on": due} if due else {})} if text else _now("Say the next step.")


def _step_later(deal: Opportunity, asked: FixAsked) -> Values | str:
    if deal.next_step_due_on is None or deal.next_step_due_on >= asked.on:
        return _now("Its next step isn't overdue.")
    return {"next_step_due_on": asked.on + timedelta(days=STEP_DAYS)}


def _step_done(deal: Opportunity, asked: FixAsked) -> Values | str:
    if deal.next_step_due_on is None or deal.next_step_due_on >= asked.on:
        return _now("Its next step isn't overdue.")
    return {"next_step_due_on": None}


def _loss_reason(deal: Opportunity, asked: FixAsked) -> Values | str:
    reason = asked.given.get("loss_reason")
    if deal.loss_reason_id is not None:
        return _now("It has a reason.")
    return {"loss_reason": reason} if reason else _now("Choose a reason.")


def _amount_of_lines(deals: Sequence[Any], asked: FixAsked) -> Plan:
    """The sum of a deal's products, where it has some. One query for all deals."""
    lines = OpportunityLine.objects.filter(opportunity__in=[deal.pk for deal in deals]).order_by()
    sums = lines.values_list("opportunity").annotate(total=Sum(F("quantity") * F("unit_price")))
    totals = dict(sums)
    return {deal.pk: _amount(deal, totals.get(deal.pk)) for deal in deals}


def _amount(deal: Opportunity, total: Any) -> Values | str:
    if deal.amount:
        return _now("It has an amount.")
    return {"amount": quantise(total, str(deal.currency_id))} if total else _now("It has no products with a price.")


def _say_close(deal: Opportunity, values: Values) -> str:
    return _now("Move close date to %(day)s") % {"day": _short(values["expected_close_on"])}


def _short(day: date) -> str:
    """A day soon to come, without its year."""
    return formats.day(day, year_of=day)


def _step_fields() -> dict[str, forms.Field]:
    return {
        "next_step": forms.CharField(label=_("Next step"), max_length=255),
        "next_step_due_on": forms.DateField(label=_("Due"), required=False),
    }


def _reason_fields() -> dict[str, forms.Field]:
    reasons = LossReason.objects.filter(is_active=True)
    return {"loss_reason": forms.ModelChoiceField(reasons, label=_("Why it was lost"))}


_LATE = frozenset({"overdue_close", "undated"})


def _fix(key: str, order: int, checks: frozenset[str] | set[str], label: Any, icon: str, plan: Any, **more: Any) -> Any:
    return HygieneFix(key, "opportunity", frozenset(checks), order, label, icon, plan, **more)


DEAL_FIXES: tuple[HygieneFix, ...] = (
    _fix("hand_over", 10, {"no_owner", "owner_left"}, _("Hand to the account's owner"), "user-share", _each(_new_owner),
         is_suggested=True, says=lambda deal, values: _now("Hand to %(name)s") % {"name": values["owner"].name}),
    _fix("close_later", 92, {"overdue_close"}, _("Move close date by 30 days"), "calendar",
         _close_on(lambda on: on + timedelta(days=LATER_DAYS)), is_suggested=True, says=_say_close),
    _fix("close_month", 93, _LATE, _("Move close date to the end of the month"), "calendar", _close_on(_month_end),
         says=_say_close),
    _fix("close_quarter", 94, _LATE, _("Move close date to the end of the quarter"), "calendar",
         _close_on(_quarter_end), says=_say_close),
    _fix("amount_of_lines", 30, {"amount_missing"}, _("Take the sum of its products"), "coin", _amount_of_lines,
         says=lambda deal, values: _now("Use products' sum, %(sum)s") % {
             "sum": formats.whole_money(values["amount"], str(deal.currency_id))}),
    _fix("stage_category", 40, {"commit_early"}, _("Take the stage's forecast category"), "arrow-down",
         _each(_stages_category), is_suggested=True,
         says=lambda deal, values: _now("Set forecast to %(name)s") % {"name": deal.stage.get_category_display()}),
    _fix("stage_probability", 50, {"probability_off"}, _("Take the stage's probability"), "percentage",
         _each(_stages_probability), is_suggested=True,
         says=lambda deal, values: _now("Take the stage's %(percent)s%%") % {
             "percent": f"{deal.stage.probability.normalize():f}"}),
    _fix("next_step", 60, {"no_next_step"}, _("Set the next step"), "arrow-right", _each(_next_step),
         asks=_step_fields),
    _fix("step_later", 61, {"next_step_overdue"}, _("Move the next step by a week"), "calendar", _each(_step_later)),
    _fix("step_undated", 62, {"next_step_overdue"}, _("Clear the day of the next step"), "calendar-x",
         _each(_step_done)),
    _fix("real_close", 70, {"closed_in_future", "closed_undated"}, _("Take the day the stage was reached"), "calendar",
         _each(_real_close), is_suggested=True,
         says=lambda deal, values: _now("Close on %(day)s") % {"day": formats.day(values["closed_on"])}),
    _fix("no_engagement", 80, {"engaged_after_close"}, _("Clear the engagement date"), "calendar-x",
         _each(_no_engagement), is_suggested=True),
    _fix("loss_reason", 90, {"lost_without_reason"}, _("Set the loss reason"), "circle-x", _each(_loss_reason),
         asks=_reason_fields),
)  # fmt: skip
