"""Disputes: those a person may see, their threads, who stands on the other side, and what came of similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import DisputeState, Stage, VersionState
from compensation.kernel.calendar import business_days_after, business_days_between
from compensation.models import (
    Adjustment,
    Credit,
    Dispute,
    DisputeEntry,
    LedgerEntry,
    Payee,
    PlanVersion,
    RunLine,
    Statement,
)
from compensation.selectors.places import Place, place_of_month, place_of_statement
from compensation.selectors.statement_lines import Group, Reader, get_group
from compensation.selectors.statements import get_month_for, labels_of, pay_settings, versions_in
from compensation.selectors.telling import Story, story_of
from core.models import Attachment, in_force_on
from core.selectors import attachments_on, company_day
from people.models import User

OPEN = (DisputeState.RAISED, DisputeState.IN_REVIEW)
SIMILAR = 5


def get_dispute_for(user: Any, dispute_id: int, as_of: date) -> Dispute:
    """Raises Http404 for one that isn't theirs to see, as for none."""
    found = policies.visible_disputes(user, as_of).filter(pk=dispute_id).first()
    if found is None:
        raise Http404(_("No such dispute."))
    return found


def listed_disputes(user: Any, as_of: date) -> QuerySet[Dispute]:
    return policies.visible_disputes(user, as_of).annotate(said=Count("entries", filter=Q(entries__act="")))


def open_count(user: Any, as_of: date) -> int:
    return policies.visible_disputes(user, as_of).filter(state__in=OPEN).count()


def is_overdue(dispute: Dispute, as_of: date) -> bool:
    """Whether the decision is late."""
    return dispute.state in OPEN and dispute.due_on < as_of


def reply_due(dispute: Dispute) -> date:
    return business_days_after(company_day(dispute.created_at), pay_settings().reply_days)


def pay_keepers(as_of: date) -> QuerySet[User]:
    """Logins with a pay role on a day: who is told of disputes and may take one."""
    holds = Q(in_force_on(as_of, "grants__"), grants__role__in=policies.SEES_ALL_PAY, grants__is_pending=False)
    return User.objects.filter(holds, is_active=True).select_related("person").distinct()


def line_of(dispute: Dispute) -> LedgerEntry | RunLine | None:
    """The line that is disputed: in the ledger, or in the run that isn't posted."""
    if not dispute.line_id:
        return None
    of = {"pk": dispute.line_id, "payee": dispute.payee, "period": dispute.period}
    return LedgerEntry.objects.filter(**of).first() or RunLine.objects.filter(**of).first()


def place_of(dispute: Dispute, user: Any) -> Place | None:
    """The statement it is about, else the month for those who see all pay."""
    statement = Statement.objects.filter(payee=dispute.payee, period=dispute.period).first()
    if statement is not None:
        return place_of_statement(statement)
    if policies.sees_all_pay(user):
        return place_of_month(get_month_for(user, dispute.payee_id, dispute.period_id))
    return None


def story_of_dispute(dispute: Dispute, place: Place | None, reader: Reader) -> Story | None:
    """The line as it was calculated; None for a month as a whole, or a line that isn't there any more."""
    if place is None or not dispute.line_id:
        return None
    labels = labels_of(versions_in(place.month))
    try:
        group: Group = get_group(place.month, dispute.line_id, labels, reader)
    except Http404:
        return None
    return story_of(place.month, group, labels)


def thread_of(dispute: Dispute, user: Any) -> list[DisputeEntry]:
    """What was said and done, in order; internal notes only for those who keep pay, and not about their own."""
    rows = dispute.entries.select_related("author__person")
    if not policies.may_work_on_dispute(user, dispute):
        rows = rows.filter(is_internal=False)
    return list(rows)


def files_of(dispute: Dispute) -> QuerySet[Attachment]:
    return attachments_on("dispute", dispute.pk)


def get_file(dispute: Dispute, attachment_id: int) -> Attachment:
    """A file of the dispute. Raises Http404."""
    row = files_of(dispute).filter(pk=attachment_id).first()
    if row is None:
        raise Http404(_("No such file."))
    return row


def other_sides(dispute: Dispute) -> list[Payee]:
    """Who else is credited with the same event: another's gain would be their loss."""
    credit = Credit.objects.filter(pk=dispute.credit_id).first() if dispute.credit_id > 0 else None
    if credit is None:
        return []
    same = Q(key=credit.key, source=credit.source)
    if credit.event_kind and credit.event_id:
        same |= Q(event_kind=credit.event_kind, event_id=credit.event_id)
    elif credit.deal_id is not None:
        same |= Q(deal_id=credit.deal_id)
    ids = (
        Credit.objects.filter(same, plan=credit.plan, ended_batch=None).exclude(payee=dispute.payee).values("payee_id")
    )
    return list(Payee.objects.filter(pk__in=ids).select_related("person").order_by("code"))


def similar_to(dispute: Dispute, user: Any, as_of: date) -> list[Dispute]:
    """Decided ones for the same reason, newest first, of those the person may see."""
    rows = policies.visible_disputes(user, as_of).filter(reason=dispute.reason).exclude(pk=dispute.pk)
    return list(rows.exclude(outcome="")[:SIMILAR])


def adjustments_of(dispute: Dispute) -> list[Adjustment]:
    """What was proposed for it: for the payee, and for other sides of a split, by their reason's number."""
    mine = Q(pk=dispute.adjustment_id) if dispute.adjustment_id else Q(pk=None)
    rows = Adjustment.objects.filter(mine | Q(reason__startswith=f"{dispute.number}: "))
    return list(rows.select_related("payee__person", "plan").order_by("pk"))


def draft_for(dispute: Dispute) -> PlanVersion | None:
    """The draft of the line's plan that a test may be added to."""
    line = line_of(dispute)
    if line is None:
        return None
    return PlanVersion.objects.filter(plan_id=line.plan_id, state=VersionState.DRAFT).select_related("plan").first()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dispute is, in words: (label, is it done, is it now)."""

    steps: Sequence[tuple[str, bool, bool]]
    words: str
    is_late: bool


def progress_of(dispute: Dispute, as_of: date) -> Progress:
    order = [DisputeState.RAISED, DisputeState.IN_REVIEW, DisputeState.DECIDED, DisputeState.ADJUSTED]
    order.append(DisputeState.CLOSED)
    here = order.index(DisputeState(dispute.state))
    steps = [(str(one.label), number < here, number == here) for number, one in enumerate(order)]
    began = company_day(dispute.created_at)
    allowed = business_days_between(began, dispute.due_on)
    if dispute.decided_at is not None:
        taken = business_days_between(began, company_day(dispute.decided_at))
        words = _("Decided in %(taken)s of %(allowed)s business days") % {"taken": taken, "allowed": allowed}
        return Progress(steps, words, taken > allowed)
    left = business_days_between(as_of, dispute.due_on)
    late = is_overdue(dispute, as_of)
    words = _("Decision overdue") if late else _("Decision due in %(left)s business days") % {"left": left}
    return Progress(steps, str(words), late)


def amount_of(dispute: Dispute) -> tuple[int, str]:
    """What the disputed line comes to in its month, minor units, and their currency; the month's payout without one."""
    rows: QuerySet[Any] = LedgerEntry.objects.filter(payee=dispute.payee, period=dispute.period)
    line = line_of(dispute)
    if line is None:
        paid = rows.filter(stage=Stage.PAID).select_related("plan")
        return -sum(one.amount_minor for one in paid), str(paid[0].plan.currency_id) if paid else ""
    same = type(line).objects.filter(
        payee=dispute.payee, period=dispute.period, version_id=line.version_id, component_id=line.component_id,
        credit_id=line.credit_id, earned_in=line.earned_in,
    )  # fmt: skip
    sums = same.exclude(stage=Stage.PAID).values_list("amount_minor", flat=True)
    return sum(sums), str(line.plan.currency_id)
