"""Who may see and do what with pay. Nobody sees another's, but managers where the company says so; those who keep pay
never keep their own alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Q, QuerySet

from compensation.enums import ManagersSee
from compensation.models import Acceptance, Assignment, Dispute, Payee, PayRun, PaySettings, Plan, Statement
from core.kernel.access import SignedIn
from core.models import in_force_on
from people.models import Person
from people.selectors import line_of_manager

KEEPS_PAY = ("comp_admin",)
SEES_ALL_PAY = ("comp_admin", "finance")
FEWEST_TOLD = 5  # what fewer people are paid together would tell what each of them is paid
APPROVES_RUNS = ("comp_admin", "finance", "executive")
DECIDES_PLANS = ("comp_admin", "finance", "executive")


def keeps_pay(user: SignedIn) -> bool:
    """Plans, assignments, runs: comp admins."""
    return user.has_role(*KEEPS_PAY)


def sees_all_pay(user: SignedIn) -> bool:
    """Everybody's pay: the roles whose grant takes a second person."""
    return user.has_role(*SEES_ALL_PAY)


def sees_runs(user: SignedIn) -> bool:
    """That there are runs, how far they are and what they come to; not who is paid what (sees_all_pay)."""
    return user.has_role(*APPROVES_RUNS)


def may_approve_run(user: Any, run: PayRun) -> bool:
    """Two people other than who prepared it, each once."""
    if not user.has_role(*APPROVES_RUNS) or run.prepared_by_id == user.pk:
        return False
    return not run.approvals.filter(user=user).exists()


def may_give_back_run(user: Any, run: PayRun) -> bool:
    """Whoever approves runs, also who prepared this one."""
    return bool(user.has_role(*APPROVES_RUNS))


def check_keeps_pay(user: Any) -> None:
    """Raises PermissionDenied for everybody but comp admins."""
    if not keeps_pay(user):
        raise PermissionDenied("Comp admins keep plans and runs.")


def may_see_plans(user: SignedIn) -> bool:
    """What plans say and who is on them: those who keep, pay or decide on them. It is nobody's pay."""
    return user.has_role(*DECIDES_PLANS)


def may_decide_version(user: Any, version: Any) -> bool:
    """Whether a person decides on a version that was handed in: with a pay role, and not who handed it in."""
    return user.has_role(*DECIDES_PLANS) and version.submitted_by_id != user.pk


def visible_plans(user: SignedIn) -> QuerySet[Plan]:
    return Plan.objects.all() if may_see_plans(user) else Plan.objects.none()


def visible_letters(user: Any) -> QuerySet[Acceptance]:
    """Plan letters: one's own; all of them for pay roles. They tell quotas and rates of a person."""
    letters = Acceptance.objects.all()
    return letters if sees_all_pay(user) else letters.filter(payee__in=own_payees(user))


def owns_pay(user: Any, payee: Payee) -> bool:
    """Whether it is their own pay."""
    return payee.person is not None and payee.person.user_id is not None and payee.person.user_id == user.pk


def own_payees(user: Any) -> QuerySet[Payee]:
    """The same asked of the database: the name that their own pay is kept under."""
    return Payee.objects.filter(person__user_id=user.pk, person__user__isnull=False)


def may_decide_event(user: Any, event: Any) -> bool:
    """The same of a milestone or a score."""
    return sees_all_pay(user) and event.entered_by_id != user.pk and not owns_pay(user, event.payee)


def may_decide_adjustment(user: Any, adjustment: Any) -> bool:
    """A second person with a pay role; never about their own pay."""
    return sees_all_pay(user) and adjustment.proposed_by_id != user.pk and not owns_pay(user, adjustment.payee)


def line_seen(user: Any, as_of: date) -> QuerySet[Person]:
    """Whose statements and disputes a manager sees: of the line of a day, where the company says so; else nobody's."""
    return line_of_manager(user, as_of).filter(Exists(_line_is_seen()))


def _line_is_seen() -> QuerySet[PaySettings]:
    return PaySettings.objects.filter(pk=1, managers_see=ManagersSee.LINE)


def sees_line(user: Any) -> bool:
    """Whether somebody is a manager, and managers see the pay of their line."""
    return bool(user.has_role("manager")) and _line_is_seen().exists()


def may_see_pay_of(user: Any, payee: Payee, as_of: date) -> bool:
    """Whether somebody's statements and disputes are theirs to see on a day."""
    return visible_payees(user, as_of).filter(pk=payee.pk).exists()


def may_have_statements(user: Any) -> bool:
    """Who has a side-bar entry for their own pay: people of sales, and those who keep pay."""
    return bool(user.has_role("rep", "manager", "executive", *SEES_ALL_PAY))


def visible_payees(user: Any, as_of: date) -> QuerySet[Payee]:
    """One's own name, and the line's where managers see it; everybody's for the roles that a second person grants."""
    payees = Payee.objects.select_related("person")
    if sees_all_pay(user):
        return payees
    return payees.filter(Q(pk__in=own_payees(user)) | Q(person__in=line_seen(user, as_of)))


def visible_statements(user: Any, as_of: date, *, with_archived: bool = False) -> QuerySet[Statement]:
    """Statements that were sent to those whose pay is theirs to see."""
    rows = Statement.objects.select_related("payee__person", "period")
    return rows if sees_all_pay(user) else rows.filter(payee__in=visible_payees(user, as_of))


def visible_disputes(user: Any, as_of: date, *, with_archived: bool = False) -> QuerySet[Dispute]:
    """Disputes about pay that is theirs to see."""
    rows = Dispute.objects.select_related("payee__person", "period", "assignee__person", "adjustment")
    return rows if sees_all_pay(user) else rows.filter(payee__in=visible_payees(user, as_of))


def may_work_on_dispute(user: Any, dispute: Dispute) -> bool:
    """Reply, assign, note: with a pay role, and not about their own pay."""
    return sees_all_pay(user) and not owns_pay(user, dispute.payee)


def may_decide_dispute(user: Any, dispute: Dispute) -> bool:
    """As working on it; never who raised it."""
    return may_work_on_dispute(user, dispute) and dispute.raised_by_id != user.pk


def is_side_of_dispute(user: Any, dispute: Dispute) -> bool:
    """Whose pay it is, or who raised it for them: they take it back."""
    return owns_pay(user, dispute.payee) or (user.pk is not None and dispute.raised_by_id == user.pk)


def may_end_dispute(user: Any, dispute: Dispute) -> bool:
    """Close or reopen it: those it is between. A manager who reads it doesn't."""
    return may_work_on_dispute(user, dispute) or owns_pay(user, dispute.payee)


def may_comment_on_dispute(user: Any, dispute: Dispute, as_of: date) -> bool:
    """Those it is between, and managers who see it."""
    return (
        may_work_on_dispute(user, dispute)
        or is_side_of_dispute(user, dispute)
        or may_see_pay_of(user, dispute.payee, as_of)
    )


def may_raise_dispute(user: Any, payee: Payee) -> bool:
    """About one's own pay; comp admins for somebody who asked them to, never for themselves alone."""
    return owns_pay(user, payee) or keeps_pay(user)


def may_keep_settings(user: SignedIn) -> bool:
    return keeps_pay(user)


def ranked_plan_ids(user: Any, *, on: date, as_of: date) -> frozenset[int] | None:
    """Plans whose ranks a person may see as they were on a day: their own and their people's; None = all.

    Ranks and measures are no pay: those who are on a plan, who lead somebody on it today, pay roles and executives.
    """
    if user.has_role(*SEES_ALL_PAY, "executive"):
        return None
    rows = Assignment.objects.filter(in_force_on(on))
    seen = Q(payee__person__user_id=user.pk)
    if user.has_role("manager"):
        led = user.visible_owner_ids(as_of)
        if led is None:
            return None
        seen |= Q(payee__person_id__among=led)
    return frozenset(rows.filter(seen).values_list("plan_id", flat=True))


def sees_accounting(user: SignedIn) -> bool:
    """What commissions cost, contract by contract: those who see everybody's pay, who also work months out."""
    return sees_all_pay(user)


def keeps_accounting_policy(user: SignedIn) -> bool:
    """How costs are treated is finance's to say."""
    return user.has_role("finance")


def may_approve_accounting(user: Any, month: Any) -> bool:
    """Two people other than who prepared the month, each once."""
    return sees_accounting(user) and month.prepared_by_id != user.pk and not month.approvals.filter(user=user).exists()
