"""Exceptions of a run: what somebody should look at before people are paid by it. Each is found anew from the run.

One that was looked at keeps its mark (ExceptionMark) until its amount changes. A blocking one keeps the run from being
handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from compensation.enums import ResultNote
from compensation.models import ExceptionMark, PayRun
from compensation.selectors.run_facts import DEAL_CHECKS, MEDIAN_PERIODS, RunFacts, run_facts
from compensation.selectors.runs import Sums, names_of
from core.kernel import formats
from core.kernel.money import from_minor, minor_digits
from core.kernel.periods import FiscalCalendar, UnknownPeriod
from core.selectors import the_company

ABOVE_MEDIAN = 3
BIG_CHANGE, BIG_AMOUNT = Fraction(1, 2), 1000  # half of the last month, and at least so many units of the currency


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of exception: its words, whether it blocks, and who puts it right."""

    label: Any
    owner: Any
    blocks: bool = False


RULES: Mapping[str, Rule] = {
    "splits": Rule(_("Splits don't add up to 100%"), _("Ops"), blocks=True),
    "order_without_contract": Rule(_("Order without a contract"), _("Orders"), blocks=True),
    "order_not_won": Rule(_("Order of a deal that isn't won"), _("Ops"), blocks=True),
    "no_quota": Rule(_("On a plan without a quota"), _("Ops"), blocks=True),
    "no_plan": Rule(_("Credits without a plan"), _("Comp"), blocks=True),
    "division_by_zero": Rule(_("Division by zero"), _("Comp"), blocks=True),
    "no_rate": Rule(_("No rate of exchange"), _("Ops"), blocks=True),
    "negative": Rule(_("Negative payout"), _("Comp"), blocks=True),
    "above_median": Rule(_("Payout above 3× own median"), _("Comp")),
    "big_change": Rule(_("Big change against last month"), _("Comp")),
    "dispute": Rule(_("Dispute upheld, not paid yet"), _("Comp")),
    "carried": Rule(_("Negative payout carried forward"), _("Comp")),
    "adjustment": Rule(_("Adjustment waits for approval"), _("Finance")),
    "zero_pay": Rule(_("No pay with credits"), _("Comp")),
    "low_credit": Rule(_("Credit below 25% of usual"), _("Manager")),
    "discount_unapproved": Rule(_("Discount above policy without approval"), _("Orders")),
    "overinvoiced": Rule(_("Invoiced more than ordered"), _("Orders")),
    "no_payee": Rule(_("Nobody to credit"), _("Ops")),
    "no_margin": Rule(_("No margin to credit"), _("Orders")),
    "unknown_return": Rule(_("Return of what wasn't credited"), _("Orders")),
    "over_returned": Rule(_("More returned than was credited"), _("Orders")),
    "other_currency": Rule(_("Return in another currency"), _("Orders")),
    "left_owing": Rule(_("Left with a balance"), _("Comp")),
    "unaccepted": Rule(_("Plan letter isn't accepted"), _("Manager")),
}


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One exception: what, of whom, about how much; where it is put right; the mark of who looked at it."""

    kind: str
    payee_id: int | None
    key: str
    amount_minor: int
    currency: str
    detail: str
    name: str = ""
    url: str = ""
    act: Any = ""
    mark: ExceptionMark | None = None

    @property
    def rule(self) -> Rule:
        return RULES[self.kind]

    @property
    def blocks(self) -> bool:
        return self.rule.blocks

    @property
    def is_open(self) -> bool:
        return self.mark is None

    @property
    def amount(self) -> Any:
        return from_minor(self.amount_minor, self.currency) if self.currency else None

    @property
    def deal_id(self) -> int | None:
        """The deal that it is about: its credits can be held."""
        return int(self.key) if self.kind in (*DEAL_CHECKS, "splits") else None

    @property
    def code(self) -> str:
        """What names it in an address."""
        return f"{self.kind}:{self.payee_id or 0}:{self.key}"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """All of a run, blocking ones first."""

    all: Sequence[Exceptional]

    @property
    def open(self) -> list[Exceptional]:
        return [one for one in self.all if one.is_open]

    @property
    def blocking(self) -> list[Exceptional]:
        return [one for one in self.open if one.blocks]

    @property
    def resolved(self) -> list[Exceptional]:
        return [one for one in self.all if not one.is_open]

    def find(self, code: str) -> Exceptional | None:
        return next((one for one in self.all if one.code == code), None)

    def alike(self, found: Exceptional) -> list[Exceptional]:
        """Others of a kind that nobody looked at, where they don't block: those are looked at one by one."""
        return [one for one in self.open if one.kind == found.kind and not one.blocks and one.code != found.code]


def exceptions_of(run: PayRun, facts: RunFacts | None = None) -> Exceptions:
    """What stands out in a run, in the order of RULES, the largest amounts first."""
    facts = facts or run_facts(run)
    marks = {(one.payee_id, one.kind, one.key): one for one in run.period.marks.select_related("marked_by__person")}
    found = [_told(one, marks) for find in FINDERS for one in find(facts)]
    explained = {one.payee_id for one in found if one.kind == "low_credit"}
    found = _named([one for one in found if not (_is_fall(one, facts) and one.payee_id in explained)])
    order = list(RULES)
    return Exceptions(sorted(found, key=lambda one: (not one.blocks, order.index(one.kind), -abs(one.amount_minor))))


def _named(found: Sequence[Exceptional]) -> list[Exceptional]:
    names = names_of({one.payee_id for one in found if one.payee_id})
    return [replace(one, name=names.get(one.payee_id or 0, "")) for one in found]


def _told(one: Exceptional, marks: Mapping[Any, ExceptionMark]) -> Exceptional:
    mark = marks.get((one.payee_id, one.kind, one.key))
    is_same = mark is not None and mark.amount_minor == one.amount_minor
    return replace(one, mark=mark if is_same else None)


def _is_fall(one: Exceptional, facts: RunFacts) -> bool:
    """Whether it tells that less is paid: said already where there were fewer credits."""
    return one.kind == "big_change" and one.amount_minor < facts.last.get((one.payee_id or 0, one.currency), 0)


def _money(minor: int, currency: str) -> str:
    return formats.exact_money(from_minor(minor, currency), currency)


def _median(values: Sequence[int]) -> Fraction:
    known = sorted(values)
    middle = len(known) // 2
    return Fraction(known[middle]) if len(known) % 2 else Fraction(known[middle - 1] + known[middle], 2)


def _whole(value: Fraction) -> int:
    return round(value)


def _notes(facts: RunFacts) -> Iterator[Exceptional]:
    """What the calculation noted: no quota where one is asked for, a formula that divided by zero."""
    calendar, set_quota = the_company().calendar, reverse("quotas:target_new")
    for row in facts.noted:
        for note in row["notes"]:
            if note["kind"] not in ResultNote.values or _is_over(note["period"], facts, calendar):
                continue
            key = f"{row['plan']}:{note['period']}:{note['of']}"[:160]
            words = {"plan": row["plan_name"], "period": note["period"], "of": note["of"]}
            has_no_quota = note["kind"] == ResultNote.NO_QUOTA
            told = _now("%(plan)s asks for a quota of %(of)s in %(period)s.") if has_no_quota else _now(
                "In “%(of)s” of %(plan)s a formula divided by zero in %(period)s; it counts as 0."
            )  # fmt: skip
            url, act = (set_quota, _("Set a quota")) if has_no_quota else ("", "")
            credited = facts.credited.get((row["payee_id"], row["plan"]))
            amount = credited.pay if has_no_quota and credited else row["earned_minor"]  # nothing is earned without one
            yield Exceptional(
                note["kind"], row["payee_id"], key, amount, row["currency"], told % words, url=url, act=act
            )


def _is_over(key: str, facts: RunFacts, calendar: FiscalCalendar) -> bool:
    """Whether a span ended before the period: it was spoken of in its own."""
    try:
        return calendar.period(key).end <= facts.period.starts_on
    except UnknownPeriod:
        return False


def _strangers(facts: RunFacts) -> Iterator[Exceptional]:
    for (payee, plan), credited in facts.strangers.items():
        name, currency = facts.plans[plan]
        words = {"count": credited.count, "plan": name}
        told = _now("%(count)s credits under %(plan)s on days without an assignment to it.") % words
        yield Exceptional("no_plan", payee, str(plan), credited.pay, currency, told)


def _payouts(facts: RunFacts) -> Iterator[Exceptional]:
    """By what a payee is paid: negative, far above their median, far from last month."""
    for (payee, currency), paid in facts.paid.items():
        if paid < 0:
            yield Exceptional("negative", payee, currency, paid, currency, _now("Nothing is left to set it against."))
            continue
        history = facts.before.get((payee, currency), [])
        median = _median(history) if len(history) >= MEDIAN_PERIODS else Fraction(0)
        if median > 0 and paid > ABOVE_MEDIAN * median:
            words = {"paid": _money(paid, currency), "median": _money(_whole(median), currency), "count": len(history)}
            told = _now("%(paid)s against a median of %(median)s in %(count)s months.") % words
            yield Exceptional("above_median", payee, currency, paid, currency, told)
        elif (last := facts.last.get((payee, currency))) is not None and _is_big(paid, last, currency):
            words = {"paid": _money(paid, currency), "last": _money(last, currency)}
            told = _now("%(paid)s after %(last)s last month.") % words
            yield Exceptional("big_change", payee, currency, paid, currency, told)


def _is_big(paid: int, last: int, currency: str) -> bool:
    change = abs(paid - last)
    return change > BIG_CHANGE * abs(last) and change >= BIG_AMOUNT * 10 ** minor_digits(currency)


def _carried(facts: RunFacts) -> Iterator[Exceptional]:
    for (payee, plan), amount in facts.carried.items():
        name, currency = facts.plans[plan]
        told = _now("Taken off what %(plan)s pays next month.") % {"plan": name}
        yield Exceptional("carried", payee, str(plan), -amount, currency, told)


def _credits(facts: RunFacts) -> Iterator[Exceptional]:
    """Credits that pay nothing, and far fewer of them than usual."""
    for (payee, plan), credited in facts.credited.items():
        if plan not in facts.plans or (payee, plan) in facts.strangers:
            continue
        name, currency = facts.plans[plan]
        earned = facts.now.get((payee, currency), Sums()).earned
        if credited.pay > 0 and earned == 0 and facts.paid.get((payee, currency), 0) == 0:
            words = {"count": credited.count, "amount": _money(credited.pay, currency), "plan": name}
            told = _now("%(count)s credits of %(amount)s under %(plan)s.") % words
            yield Exceptional("zero_pay", payee, str(plan), credited.pay, currency, told)
    for (payee, plan), usual in facts.fallen.items():
        if plan not in facts.plans:
            continue
        name, currency = facts.plans[plan]
        known = facts.credited.get((payee, plan))
        pay = known.pay if known else 0
        words = {"usual": _money(_whole(usual), currency), "amount": _money(pay, currency), "plan": name}
        told = _now("%(amount)s under %(plan)s, usually %(usual)s a month.") % words
        yield Exceptional("low_credit", payee, str(plan), pay, currency, told)


def _deals(facts: RunFacts) -> Iterator[Exceptional]:
    for one in facts.troubles:
        url = reverse("pipeline:deal", args=[one.deal_id])
        for payee, currency, worth in one.payees:
            if one.kind == "splits":
                words = {"deal": f"OPP-{one.deal_id} {one.name}", "pct": formats.rate(one.fact)}
                told, act = _now("%(deal)s: they add up to %(pct)s.") % words, _("Fix split")
            else:
                on = one.fact.get("on") or f"OPP-{one.deal_id}"
                told, act = _now("%(on)s of OPP-%(deal)s.") % {"on": on, "deal": one.deal_id}, _("Open")
            yield Exceptional(one.kind, payee, str(one.deal_id), worth, currency, told, url=url, act=act)


def _waiting(facts: RunFacts) -> Iterator[Exceptional]:
    """Decisions that aren't made yet."""
    for one in facts.adjustments:
        told = _now("“%(reason)s”") % {"reason": one.reason}
        url = reverse("compensation:adjustment", args=[one.pk])
        given = (one.payee_id, str(one.pk), one.amount_minor, str(one.plan.currency_id), told)
        yield Exceptional("adjustment", *given, url=url, act=_("Open"))
    for dispute in facts.disputes:
        adjustment = dispute.adjustment
        amount, currency = (adjustment.amount_minor, str(adjustment.plan.currency_id)) if adjustment else (0, "")
        told = _now("%(number)s %(title)s. Pays as calculated, adjusts afterwards.")
        words = {"number": dispute.number, "title": dispute.title}
        yield Exceptional("dispute", dispute.payee_id, str(dispute.pk), amount, currency, told % words)


def _letters(facts: RunFacts) -> Iterator[Exceptional]:
    for payee, plan, name in facts.unaccepted:
        told = _now("On %(plan)s, and the letter of it isn't accepted.") % {"plan": name}
        yield Exceptional("unaccepted", payee, str(plan), 0, "", told)


DOUBTS: Mapping[str, Any] = {
    "no_payee": _("%(event)s has no owner, nor anybody else that the plan names."),
    "no_rate": _("%(event)s is in a currency without a rate on %(on)s."),
    "no_margin": _("%(event)s has no cost, so its margin isn't known."),
    "unknown_return": _("%(event)s takes back what %(plan)s never credited."),
    "over_returned": _("%(event)s takes back more than there was."),
    "other_currency": _("%(event)s is in another currency than what it takes back."),
}


def _doubts(facts: RunFacts) -> Iterator[Exceptional]:
    """What crediting could not make out: nobody is credited for it, or not all is taken back."""
    for one in facts.doubts:
        words = {"event": one.event, "on": formats.day(one.on), "plan": one.plan.name}
        told, key = _now("%(plan)s: ") % words + str(DOUBTS[one.kind]) % words, f"{one.plan_id}:{one.event}"[:160]
        url, act = (reverse("pipeline:deal", args=[one.deal_id]), _("Open the deal")) if one.deal_id else ("", "")
        if one.kind == "no_rate":
            url, act = reverse("core:rate_new"), _("Set a rate")
        yield Exceptional(one.kind, None, key, 0, "", told, url=url, act=act)


def _leavers(facts: RunFacts) -> Iterator[Exceptional]:
    for one in facts.leavers:
        name, currency = facts.plans[one.plan_id]
        words = {
            "on": formats.day(one.on), "owed": _money(one.owed, currency), "held": _money(one.held, currency),
            "plan": name,
        }  # fmt: skip
        told = _now("Left on %(on)s: %(owed)s of draws are owed, %(held)s are held back under %(plan)s.") % words
        yield Exceptional("left_owing", one.payee_id, str(one.plan_id), one.owed + one.held, currency, told)


FINDERS: Sequence[Callable[[RunFacts], Iterator[Exceptional]]] = (
    _notes, _strangers, _payouts, _carried, _credits, _deals, _waiting, _doubts, _leavers, _letters,
)  # fmt: skip
