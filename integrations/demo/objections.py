"""What people of the demo company object to in their pay, and what became of it; corrections made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db.models import Q

from compensation.enums import DisputeOutcome, PayEventKind, Stage
from compensation.kernel.calendar import business_days_after
from compensation.models import Adjustment, Dispute, LedgerEntry, PayEvent
from compensation.selectors.statement_lines import Reader, get_group
from compensation.selectors.statements import get_month_for, labels_of, versions_in
from compensation.services import (
    assign_dispute,
    close_dispute,
    comment_on_dispute,
    decide_adjustment,
    decide_dispute,
    decide_event,
    enter_event,
    payee_of,
    propose_adjustment,
    propose_for_dispute,
    raise_dispute,
    withdraw_dispute,
)
from core.kernel.periods import Period
from integrations.demo import pay_terms
from integrations.demo.chance import chance
from integrations.demo.closing import POSTED
from integrations.demo.pay_desk import Deed, Desk

REP = "Maya Okonjo"
UPHELD, PARTLY, REJECTED = DisputeOutcome.UPHELD, DisputeOutcome.PARTLY, DisputeOutcome.REJECTED
REPLIED, DECIDED, ADJUSTED, ENDED = 1, 3, 5, 8  # business days after it was raised


class Objection(NamedTuple):
    """One dispute: about a month so many before the last closed one, raised so many days after it was paid out.

    who: "" for somebody by chance. outcome: "" while nobody has decided. share: of the line, in percent, that follows.
    days_ago: instead, of the last month, so many days before today. reaches: how far it came.
    """

    months_back: int
    who: str
    reason: str
    text: str
    answer: str = ""
    outcome: str = ""
    share: int = 0
    days_ago: int = 0
    reaches: str = "closed"


OBJECTIONS = (
    Objection(8, "", "rate", "This order took me over my quota. Part of it should be at the higher rate.",
              "The steps of the line show what fell below 100% and what above. Both are right.", REJECTED),
    Objection(6, REP, "credit", "I ran the pilot and the pricing with the customer. The share we agreed isn't here.",
              "Confirmed in writing by the manager of that time. The difference follows.", UPHELD, 25),
    Objection(5, "", "amount", "The customer ordered more than what is shown here, on a second order form.",
              "One of the two order forms was countersigned in the month.", PARTLY, 12, reaches="adjusted"),
    Objection(3, "", "missing", "An expansion at this customer is missing.", reaches="withdrawn"),
    Objection(2, "", "quota", "My quota should be lower: some of the accounts moved to another seat.",
              "They moved after the quarter's end. The quota of the quarter stays.", REJECTED, reaches="decided"),
    Objection(1, "", "credit", "I shared this deal with a colleague, and was promised half of it.",
              "The manager confirms half. The other side keeps theirs, as agreed.", UPHELD, 50, 0, "proposed"),
    Objection(0, "", "rate", "Fleet OS pays more this year. I don't find it here.", days_ago=16, reaches="review"),
    Objection(0, REP, "amount", "The order was amended before the month ended. The amount here is the old one.",
              days_ago=4, reaches="review"),
    Objection(0, "", "amount", "The discount was taken off twice here. The order form has it once.", days_ago=1,
              reaches="raised"),
)  # fmt: skip
CORRECTIONS = (
    ("Referral bonus for a lead handed to another region", 750),
    ("Order amended after it was booked", -620),
    ("Spot bonus of the region: pilot turned round in two weeks", 1_000),
    ("Travel on a customer's request, agreed as pay", 480),
    ("Commission paid twice on an order form sent twice", -940),
)
GOAL = "Forecast within 10%"


def objecting(desk: Desk) -> Iterator[Deed]:
    """Disputes as they went, corrections every other month, managers' goals scored after each quarter."""
    for number, one in enumerate(OBJECTIONS):
        if one.months_back < len(desk.posted):
            yield from _told(desk, number, one)
    for number, month in enumerate(desk.posted[1::2]):
        yield from _corrected(desk, month, *CORRECTIONS[number % len(CORRECTIONS)], is_decided=True)
    yield from _corrected(desk, desk.open, *CORRECTIONS[0], is_decided=False)
    yield from _corrected(desk, desk.open, *CORRECTIONS[1], is_decided=True)
    year = desk.making.story.calendar.year_of(desk.making.story.quarters[0].start)
    for quarter in desk.making.story.quarters:
        if quarter.start >= year.end and quarter.end <= desk.open.end:
            yield from _scored(desk, quarter)


# ---- disputes


def _told(desk: Desk, number: int, one: Objection) -> Iterator[Deed]:
    month = desk.posted[-1 - one.months_back]
    paid = business_days_after(month.end, POSTED + 1)
    raised = max(paid, desk.making.today - timedelta(days=one.days_ago)) if one.days_ago else paid
    at = desk.at(raised, "raise", number)
    yield Deed(at, partial(_raise, desk, month, number))
    steps = (
        (REPLIED, _review, one.reaches != "raised"),
        (DECIDED, _decide, bool(one.outcome) or one.reaches == "withdrawn"),
        (ADJUSTED, _approve, bool(one.share) and one.reaches in ("adjusted", "closed")),
        (ENDED, _close, bool(one.outcome) and one.reaches == "closed"),
    )
    for days, do, happens in steps:
        if happens:
            yield Deed(desk.after(at.date(), days, "dispute", number), partial(do, desk, number))


def _line(desk: Desk, month: Period, number: int) -> LedgerEntry:
    """The largest line of whoever objects, in the last month up to the one given in which there is any."""
    one, others = OBJECTIONS[number], Dispute.objects.all()
    whose = Q(payee__person__name=one.who) if one.who else ~Q(payee__person__name=REP)
    of_all = LedgerEntry.objects.filter(
        period__starts_on__lte=month.start, stage=Stage.EARNED, amount_minor__gt=0, credit_id__gt=0,
        payee__person__user__isnull=False, plan__name__startswith="Account executives",
    ).exclude(pk__in=others.values("line_id"))  # fmt: skip
    lines = of_all.filter(whose)
    lines = lines if one.who else lines.exclude(payee__in=others.values("payee"))
    lines = lines if lines.exists() else of_all  # in a very small company
    last = lines.order_by("-period__starts_on")[:1].values("period")
    of_people = lines.filter(period__in=last).order_by("payee__person__name", "-amount_minor", "pk")
    largest = of_people.distinct("payee__person__name").select_related("payee__person__user", "period")
    return chance("objects", number, month.key).choice(list(largest))


def _raise(desk: Desk, month: Period, number: int, at: datetime) -> None:
    one = OBJECTIONS[number]
    line = _line(desk, month, number)
    payee, by = line.payee, line.payee.person.user if line.payee.person else None
    place = get_month_for(desk.comp, payee.pk, line.period_id)
    group = get_group(place, line.pk, labels_of(versions_in(place)), Reader(by, at.date()))
    dispute = Dispute(
        payee=payee, period=line.period, line_id=group.id, credit_id=group.credit_id, deal_id=group.deal_id,
        title=group.source.words[:200], reason=one.reason,
    )  # fmt: skip
    raise_dispute(dispute=dispute, text=one.text, by=by, at=at, on=at.date())


def _dispute(number: int) -> Dispute:
    said = OBJECTIONS[number].text
    return Dispute.objects.select_related("payee__person__user").get(entries__act="raised", entries__text=said)


def _review(desk: Desk, number: int, at: datetime) -> None:
    dispute = _dispute(number)
    assign_dispute(dispute=dispute, assignee=desk.comp, by=desk.comp, at=at)
    words = "Thank you, I look into it with your manager and come back to you."
    comment_on_dispute(dispute=dispute, text=words, by=desk.comp, at=at, on=at.date())
    if number % 2:
        note = "Asked sales ops for the order form and what was agreed on the deal."
        later = at + timedelta(minutes=20)
        comment_on_dispute(dispute=dispute, text=note, by=desk.comp, at=later, on=at.date(), is_internal=True)


def _decide(desk: Desk, number: int, at: datetime) -> None:
    """Decided by the comp admin, or taken back; an upheld one is followed by a proposal."""
    one, dispute = OBJECTIONS[number], _dispute(number)
    if not one.outcome:
        withdraw_dispute(dispute=dispute, by=dispute.raised_by, at=at)
        return
    outcome = DisputeOutcome(one.outcome)
    decide_dispute(dispute=dispute, outcome=outcome, text=one.answer, by=desk.comp, at=at, on=at.date())
    line = LedgerEntry.objects.filter(pk=dispute.line_id, period_id=dispute.period_id).first()
    if one.share and line is not None:
        amount = line.amount_minor * one.share // 100
        propose_for_dispute(
            dispute=dispute, payee=dispute.payee, amount_minor=amount, plan_id=line.plan_id, by=desk.comp, at=at
        )


def _approve(desk: Desk, number: int, at: datetime) -> None:
    adjustment = _dispute(number).adjustment
    assert adjustment is not None
    decide_adjustment(adjustment=adjustment, is_approved=True, by=desk.finance, at=at)


def _close(desk: Desk, number: int, at: datetime) -> None:
    close_dispute(dispute=_dispute(number), by=desk.comp, at=at)


# ---- by hand


def _corrected(desk: Desk, month: Period, reason: str, dollars: int, *, is_decided: bool) -> Iterator[Deed]:
    """Proposed after the month's end, decided the day after; the month's run pays it."""
    yield Deed(desk.after(month.end, 2, reason), partial(_propose, month, reason, dollars, desk))
    if is_decided:
        yield Deed(desk.after(month.end, 4, reason), partial(_yes, desk, month, reason))


def _propose(month: Period, reason: str, dollars: int, desk: Desk, at: datetime) -> None:
    sellers = [one.person for one in pay_terms.memberships(desk.making.story) if _sells_in(one, month)]
    payee = payee_of(desk.people[chance("corrected", month.key, reason).choice(sorted(sellers))])
    plan = payee.assignments.filter(role=pay_terms.SELLER, valid_from__lte=month.start).order_by("-valid_from")[0].plan
    propose_adjustment(
        adjustment=Adjustment(payee=payee, plan=plan, earned_in=month.start, amount_minor=dollars * 100, reason=reason),
        by=desk.comp,
    )


def _sells_in(one: pay_terms.Membership, month: Period) -> bool:
    return one.role == pay_terms.SELLER and one.start <= month.start and (one.end is None or one.end > month.end)


def _yes(desk: Desk, month: Period, reason: str, at: datetime) -> None:
    for adjustment in Adjustment.objects.filter(earned_in=month.start, reason=reason):
        decide_adjustment(adjustment=adjustment, is_approved=True, by=desk.finance, at=at)


def _scored(desk: Desk, quarter: Period) -> Iterator[Deed]:
    """How near each manager's forecast of a quarter was, entered by one and approved by another."""
    yield Deed(desk.after(quarter.end, 2, "score"), partial(_score, desk, quarter.last_day))
    yield Deed(desk.after(quarter.end, 4, "score"), partial(_agree, desk, quarter.last_day))


def _score(desk: Desk, day: date, at: datetime) -> None:
    for seat in desk.making.story.organisation.managers.values():
        if name := seat.holder_on(day):
            amount = chance("score", name, day).choice(("0.6", "0.75", "0.85", "0.9", "1", "1", "1.1"))
            event = PayEvent(
                kind=PayEventKind.SCORE, payee=payee_of(desk.people[name]), name=GOAL, on=day, amount=amount,
                external_id=f"{GOAL} {name} {day}",
            )  # fmt: skip
            enter_event(event=event, by=desk.comp)


def _agree(desk: Desk, day: date, at: datetime) -> None:
    for event in PayEvent.objects.filter(on=day, state="proposed").order_by("pk"):
        decide_event(event=event, is_approved=True, by=desk.finance, at=at)
