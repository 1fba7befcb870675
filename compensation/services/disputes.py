"""Disputes: raised by a payee, answered and decided by others; a closed month stays, what follows is an adjustment.

Notices name a dispute by its number and kind alone: they are still there when somebody has no pay role any more.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import DisputeOutcome, DisputeState
from compensation.kernel.calendar import business_days_after
from compensation.models import Adjustment, Dispute, DisputeEntry, Payee, PlanVersion
from compensation.selectors import disputes as found
from compensation.selectors.plan_cases import case_of
from compensation.selectors.statements import pay_settings
from compensation.services.adjusting import propose_adjustment
from compensation.services.errors import CompensationError, NotAllowed
from compensation.services.plans import save_version
from core import audit
from core.notify import notify

MOST_TEXT = 5_000


@transaction.atomic
def raise_dispute(*, dispute: Dispute, text: str, by: Any, at: datetime, on: date) -> Dispute:
    """An objection to a line or a month, with why. Those who keep pay are told, and the other side of a split.

    Raises CompensationError where one about the same line is open.
    """
    if not policies.may_raise_dispute(by, dispute.payee):
        raise NotAllowed("A dispute is raised by the person whose pay it is, or by a comp admin for them.")
    _text(text)
    same = Dispute.objects.filter(payee=dispute.payee, period=dispute.period, line_id=dispute.line_id)
    if dispute.line_id and (known := same.filter(state__in=found.OPEN).first()) is not None:
        raise CompensationError(f"{known.number} is about this line and isn't decided yet: write there.")
    dispute.raised_by, dispute.due_on = by, business_days_after(on, pay_settings().decide_days)
    dispute.save()
    _said(dispute, by, at, act="raised", text=text)
    audit.record(act="dispute.raised", actor=by, subject=dispute, reason=dispute.title)
    title = _("%(number)s was raised: %(reason)s") % {
        "number": dispute.number, "reason": dispute.get_reason_display(),
    }  # fmt: skip
    notify(kind="dispute_raised", users=found.pay_keepers(on), title=title, url=dispute.get_absolute_url(), by=by)
    _tell_other_sides(dispute, by)
    return dispute


def _tell_other_sides(dispute: Dispute, by: Any) -> None:
    """Others who share the credit hear of it, without a word of anybody's pay."""
    logins = [one.person.user_id for one in found.other_sides(dispute) if one.person is not None]
    notify(
        kind="dispute_split",
        users=[one for one in logins if one is not None],
        title=_("A credit that you share is disputed"),
        detail=_("%(month)s. Nothing of yours changes without an adjustment that you see.") % {"month": dispute.period},
        url=reverse("compensation:statements"),
        dedupe_key=f"dispute:{dispute.pk}",
        by=by,
    )


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise CompensationError("Say in a few words what is wrong, or what you found.")
    if len(text) > MOST_TEXT:
        raise CompensationError(f"At most {MOST_TEXT} characters: attach a file for more.")
    return text


def _said(dispute: Dispute, by: Any, at: datetime, *, text: str = "", act: str = "", is_internal: bool = False) -> Any:
    return DisputeEntry.objects.create(
        dispute=dispute, author=by, at=at, act=act, text=text.strip(), is_internal=is_internal
    )


def _locked(dispute: Dispute) -> Dispute:
    rows = Dispute.objects.select_for_update(of=("self",)).select_related("payee__person", "period", "adjustment")
    return rows.get(pk=dispute.pk)


@transaction.atomic
def comment_on_dispute(
    *, dispute: Dispute, text: str, by: Any, at: datetime, on: date, is_internal: bool = False
) -> DisputeEntry:
    """A word in the thread. The first of somebody who keeps pay is the reply, and begins the review."""
    locked = _locked(dispute)
    works = policies.may_work_on_dispute(by, locked)
    if not policies.may_comment_on_dispute(by, locked, on):
        raise NotAllowed("Only those a dispute is between, and who may read it, write in it.")
    if is_internal and not works:
        raise NotAllowed("Internal notes are for those who keep pay.")
    entry: DisputeEntry = _said(locked, by, at, text=_text(text), is_internal=is_internal)
    if works and not is_internal:
        _replied(locked, at)
    audit.record(act="dispute.commented", actor=by, subject=locked, detail={"internal": is_internal})
    if not is_internal:
        _tell(locked, _("%(who)s wrote in %(number)s") % {"who": by, "number": locked.number}, by, on)
    return entry


def _replied(dispute: Dispute, at: datetime) -> None:
    if dispute.replied_at is None:
        dispute.replied_at = at
    if dispute.state == DisputeState.RAISED:
        dispute.state = DisputeState.IN_REVIEW
    dispute.save(update_fields=["replied_at", "state"])


def _tell(dispute: Dispute, title: str, by: Any, on: date) -> None:
    """The payee, who raised it, and who works on it: the assignee, or all who keep pay while there is none."""
    person = dispute.payee.person
    sides = [dispute.raised_by_id, person.user_id if person is not None else None]
    workers = [dispute.assignee_id] if dispute.assignee_id else [one.pk for one in found.pay_keepers(on)]
    users = [one for one in {*sides, *workers} if one is not None]
    notify(
        kind="dispute_said", users=users, title=title, url=dispute.get_absolute_url(),
        dedupe_key=f"dispute:{dispute.pk}", by=by,
    )  # fmt: skip


@transaction.atomic
def assign_dispute(*, dispute: Dispute, assignee: Any, by: Any, at: datetime) -> Dispute:
    """Give it to somebody who keeps pay, and whose pay it isn't."""
    locked = _locked(dispute)
    if not policies.may_work_on_dispute(by, locked):
        raise NotAllowed("Those who keep pay assign disputes, not about their own.")
    if not policies.may_work_on_dispute(assignee, locked):
        raise CompensationError(f"{assignee} doesn't keep pay, or it is their own: choose somebody else.")
    locked.assignee = assignee
    if locked.state == DisputeState.RAISED:
        locked.state = DisputeState.IN_REVIEW
    locked.save(update_fields=["assignee", "state"])
    _said(locked, by, at, act="assigned", text=str(assignee))
    audit.record(act="dispute.assigned", actor=by, subject=locked, detail={"to": str(assignee)})
    title = _("%(number)s is yours to decide") % {"number": locked.number}
    notify(kind="dispute_raised", users=[assignee], title=title, url=locked.get_absolute_url(), by=by)
    return locked


@transaction.atomic
def decide_dispute(*, dispute: Dispute, outcome: DisputeOutcome, text: str, by: Any, at: datetime, on: date) -> Dispute:
    """Uphold it, wholly or in part, or reject it, with why. Never by who raised it, nor about one's own pay."""
    locked = _locked(dispute)
    if not policies.may_decide_dispute(by, locked):
        raise NotAllowed("Somebody else who keeps pay decides: not the person whose pay it is, nor who raised it.")
    if locked.state not in found.OPEN:
        raise CompensationError(f"{locked.number} is decided already: reopen it to decide anew.")
    if outcome == DisputeOutcome.WITHDRAWN:
        raise CompensationError("Only who raised a dispute takes it back.")
    _replied(locked, at)
    locked.state, locked.outcome = DisputeState.DECIDED, outcome
    locked.decided_by, locked.decided_at = by, at
    locked.save(update_fields=["state", "outcome", "decided_by", "decided_at"])
    _said(locked, by, at, act=outcome, text=_text(text))
    audit.record(act=f"dispute.{outcome}", actor=by, subject=locked, reason=text[:255])
    said = {"number": locked.number, "outcome": DisputeOutcome(outcome).label}
    _tell(locked, _("%(number)s is decided: %(outcome)s") % said, by, on)
    return locked


@transaction.atomic
def propose_for_dispute(
    *, dispute: Dispute, payee: Payee, amount_minor: int, plan_id: int, by: Any, at: datetime
) -> Adjustment:
    """What an upheld dispute comes to, for its payee or for another side of the split. A second person approves it."""
    locked = _locked(dispute)
    if not policies.may_work_on_dispute(by, locked):
        raise NotAllowed("Those who keep pay propose adjustments, not about their own pay.")
    if locked.outcome not in (DisputeOutcome.UPHELD, DisputeOutcome.PARTLY):
        raise CompensationError("Only an upheld dispute is followed by an adjustment: decide it first.")
    if locked.state == DisputeState.CLOSED:
        raise CompensationError(f"{locked.number} is closed: reopen it first.")
    is_own = payee.pk == locked.payee_id
    if is_own and locked.adjustment_id is not None and locked.adjustment and locked.adjustment.state != "refused":
        raise CompensationError(f"{locked.adjustment} is proposed for it already.")
    if not is_own and payee.pk not in {one.pk for one in found.other_sides(locked)}:
        raise CompensationError("This person has no part in the disputed credit.")
    adjustment = Adjustment(
        payee=payee, plan_id=plan_id, earned_in=locked.period.starts_on, amount_minor=amount_minor,
        reason=f"{locked.number}: {locked.title}"[:255],
    )  # fmt: skip
    propose_adjustment(adjustment=adjustment, by=by)
    if is_own:
        locked.adjustment = adjustment
        locked.save(update_fields=["adjustment"])
    _said(locked, by, at, act="adjustment", text=adjustment.number, is_internal=not is_own)
    return adjustment


@transaction.atomic
def close_dispute(*, dispute: Dispute, by: Any, at: datetime) -> Dispute:
    locked = _locked(dispute)
    if not policies.may_end_dispute(by, locked):
        raise NotAllowed("Those a dispute is between close it.")
    if locked.state not in (DisputeState.DECIDED, DisputeState.ADJUSTED):
        raise CompensationError("A dispute is closed once it is decided.")
    return _moved(locked, DisputeState.CLOSED, "closed", by, at)


@transaction.atomic
def withdraw_dispute(*, dispute: Dispute, by: Any, at: datetime) -> Dispute:
    """Taken back by who raised it, or whose pay it is."""
    locked = _locked(dispute)
    if not policies.is_side_of_dispute(by, locked):
        raise NotAllowed("Only who raised a dispute takes it back.")
    if locked.state not in found.OPEN:
        raise CompensationError("It is decided already.")
    locked.outcome = DisputeOutcome.WITHDRAWN
    return _moved(locked, DisputeState.CLOSED, "withdrawn", by, at)


@transaction.atomic
def reopen_dispute(*, dispute: Dispute, text: str, by: Any, at: datetime, on: date) -> Dispute:
    """Look at a decision again, with why; the time for it begins anew. An adjustment that was made stays."""
    locked = _locked(dispute)
    if not policies.may_end_dispute(by, locked):
        raise NotAllowed("Those a dispute is between reopen it.")
    if locked.state in found.OPEN:
        raise CompensationError("It is open.")
    locked.state, locked.outcome, locked.decided_by, locked.decided_at = DisputeState.IN_REVIEW, "", None, None
    locked.due_on = business_days_after(on, pay_settings().decide_days)
    locked.save(update_fields=["state", "outcome", "decided_by", "decided_at", "due_on"])
    moved = _moved(locked, DisputeState.IN_REVIEW, "reopened", by, at, text=_text(text))
    _tell(moved, _("%(number)s is looked at again") % {"number": moved.number}, by, on)
    return moved


def _moved(dispute: Dispute, state: DisputeState, act: str, by: Any, at: datetime, *, text: str = "") -> Dispute:
    dispute.state = state
    dispute.save(update_fields=["state", "outcome"])
    _said(dispute, by, at, act=act, text=text)
    audit.record(act=f"dispute.{act}", actor=by, subject=dispute, reason=text[:255])
    return dispute


@transaction.atomic
def add_case(*, version: PlanVersion, case: dict[str, Any], by: Any) -> PlanVersion:
    """A test more in a draft: what goes in, and what must come out (docs/plan-format.md). Raises CompensationError."""
    locked = PlanVersion.objects.select_for_update().get(pk=version.pk)
    titles = [one.get("title") for one in locked.definition.get("cases", ())]
    if case["title"] in titles:
        raise CompensationError(f"The draft has a test “{case['title']}” already.")
    definition = locked.definition | {"cases": [*locked.definition.get("cases", ()), case]}
    return save_version(version=locked, definition=definition, by=by, edits=locked.edits)


@transaction.atomic
def make_plan_test(*, dispute: Dispute, by: Any, at: datetime) -> PlanVersion:
    """An upheld line as a test of its plan's draft: its inputs, and what was decided that comes out."""
    locked = _locked(dispute)
    policies.check_keeps_pay(by)
    version, case = found.draft_for(locked), case_of(locked)
    if version is None:
        raise CompensationError("The plan has no draft: begin its next version, then add the test.")
    if case is None:
        raise CompensationError("Only a line of a credit becomes a test.")
    saved = add_case(version=version, case=case, by=by)
    locked.plan_test = f"{saved}: {case['title']}"[:200]
    locked.save(update_fields=["plan_test"])
    _said(locked, by, at, act="plan_test", text=locked.plan_test, is_internal=True)
    return saved
