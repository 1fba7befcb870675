"""What the demo company's pay must be: posted, balanced, repeatable, believable, and behind its wall."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from compensation.enums import AccountingState, DisputeState, PayRunState, PeriodState, Stage, VersionState
from compensation.models import (
    Acceptance,
    AccountingMonth,
    Dispute,
    LedgerEntry,
    PayeeResult,
    PayPeriod,
    PayRun,
    PlanVersion,
    Statement,
)
from compensation.policies import SEES_ALL_PAY
from compensation.selectors.exceptions import exceptions_of
from compensation.services import verify_run
from core.models import AuditEvent, Notification
from people.models import User

PAY_CONTENTS = (
    """SELECT p.name, v.number, v.state, v.valid_from, v.valid_to, v.plan_hash, v.submitted_at, v.decided_at
       FROM compensation_planversion v JOIN compensation_plan p ON p.id = v.plan_id ORDER BY 1, 2""",
    """SELECT n.name, p.name, a.role, a.valid_from, a.valid_to FROM compensation_assignment a
       JOIN compensation_plan p ON p.id = a.plan_id JOIN compensation_payee y ON y.id = a.payee_id
       JOIN people_person n ON n.id = y.person_id ORDER BY 1, 2, 4""",
    """SELECT n.name, m.starts_on, l.stage, l.earned_in, sum(l.amount_minor), count(*) FROM compensation_ledgerentry l
       JOIN compensation_payperiod m ON m.id = l.period_id JOIN compensation_payee y ON y.id = l.payee_id
       JOIN people_person n ON n.id = y.person_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
    """SELECT r.state, m.starts_on, r.lines, r.payees, r.posted_at FROM compensation_payrun r
       JOIN compensation_payperiod m ON m.id = r.period_id ORDER BY 2, r.id""",
    """SELECT n.name, m.starts_on, s.seen_at, s.acknowledged_at FROM compensation_statement s
       JOIN compensation_payperiod m ON m.id = s.period_id JOIN compensation_payee y ON y.id = s.payee_id
       JOIN people_person n ON n.id = y.person_id ORDER BY 1, 2""",
    """SELECT n.name, d.title, d.state, d.outcome, d.created_at, d.due_on FROM compensation_dispute d
       JOIN compensation_payee y ON y.id = d.payee_id JOIN people_person n ON n.id = y.person_id ORDER BY 1, 5""",
)


def pay_is_whole(at: datetime) -> None:
    _plans_were_published_by_a_second_person()
    _months_are_closed_but_for_the_last(at.date())
    _the_ledger_balances()
    _every_posted_month_comes_to_the_same()
    _most_accepted_and_acknowledged()
    _disputes_stand_in_every_state(at.date())
    _books_roll_forward()
    _instants_lie_in_the_past(at)
    _nobody_else_sees_pay()


def _plans_were_published_by_a_second_person() -> None:
    published = list(PlanVersion.objects.filter(state=VersionState.PUBLISHED))
    assert len(published) > 15
    assert all(one.submitted_by_id != one.decided_by_id for one in published)
    assert all(one.tested_hash == one.plan_hash for one in published)
    assert any(one.replayed_hash == one.plan_hash for one in published)


def _months_are_closed_but_for_the_last(today: date) -> None:
    closed = PayPeriod.objects.filter(state=PeriodState.LOCKED).order_by("starts_on")
    assert closed.count() >= 22
    newest = closed.last()
    assert newest is not None
    for run in PayRun.objects.filter(state=PayRunState.POSTED).select_related("period"):
        approvals = {one.user_id for one in run.approvals.all()}
        assert len(approvals) == 2 and run.prepared_by_id not in approvals
    waiting = PayRun.objects.get(state=PayRunState.CALCULATED)
    assert waiting.period.starts_on == newest.ends_on and waiting.period.ends_on <= today
    assert exceptions_of(waiting).open
    exports = AuditEvent.objects.filter(act="pay.exported", detail__what="payroll")
    assert exports.count() == closed.count()


def _the_ledger_balances() -> None:
    sums = LedgerEntry.objects.order_by().values("period_id", "payee_id", "plan_id").annotate(total=Sum("amount_minor"))
    assert sums.count() > 100
    assert not sums.exclude(total=0)


def _every_posted_month_comes_to_the_same() -> None:
    for run in PayRun.objects.filter(state=PayRunState.POSTED).select_related("run", "period"):
        assert verify_run(run).is_same, run.number


def _most_accepted_and_acknowledged() -> None:
    letters, statements = Acceptance.objects.all(), Statement.objects.all()
    assert letters.exclude(accepted_on=None).count() > 0.8 * letters.count()
    assert statements.exclude(acknowledged_at=None).count() > 0.6 * statements.count()
    assert statements.filter(acknowledged_at=None).exists()


def _disputes_stand_in_every_state(today: date) -> None:
    rows = Dispute.objects.all()
    assert set(rows.values_list("state", flat=True)) == set(DisputeState.values)
    assert {"upheld", "partly", "rejected", "withdrawn", ""} == set(rows.values_list("outcome", flat=True))
    assert rows.filter(state="in_review", due_on__lt=today).exists()
    paid = rows.filter(state__in=["adjusted", "closed"], outcome__in=["upheld", "partly"])
    for one in paid:
        assert LedgerEntry.objects.filter(credit_id=-(one.adjustment_id or 0), stage=Stage.ADJUSTED).exists()
    assert paid.count() == 2


def _books_roll_forward() -> None:
    closed = AccountingMonth.objects.filter(state=AccountingState.CLOSED).order_by("period__starts_on")
    assert closed.count() >= 21 and AccountingMonth.objects.filter(state=AccountingState.CALCULATED).count() == 1
    before = 0
    for month in closed:
        told = {"clawed_back": 0, "impaired": 0, "opening": 0, **month.totals["USD"]}
        assert told["opening"] == before
        before = told["closing"]
        moved = told["capitalised"] - told["clawed_back"] - told["amortised"] - told["impaired"]
        assert told["opening"] + moved == before
    assert before > 0


def _instants_lie_in_the_past(at: datetime) -> None:
    runs = PayRun.objects.filter(state=PayRunState.POSTED).select_related("run", "period")
    for run in runs:
        assert run.posted_at is not None and run.run.ended_at is not None
        assert run.period.ends_on <= run.created_at.date() <= run.posted_at.date()
        assert (run.posted_at.date() - run.period.ends_on).days < 25
    old = Notification.objects.filter(kind="statement_ready", created_at__lt=at.replace(month=1))
    assert old.exists() and not old.filter(read_at=None).exists()
    assert not AuditEvent.objects.filter(act__startswith="pay_run.", at__gt=at).exists()


def _nobody_else_sees_pay() -> None:
    """Logins without a pay role see no page of runs, plans or the ledger, and nobody's statement but their own."""
    month = PayPeriod.objects.filter(state=PeriodState.LOCKED)[0]
    of_people = [reverse(f"compensation:period_{name}", args=[month.pk]) for name in ("payees", "ledger", "payroll")]
    of_all = [reverse("compensation:periods"), month.get_absolute_url(), reverse("compensation:plans")]
    months = {one.payee_id: one for one in Statement.objects.select_related("payee__person")}
    for user in User.objects.filter(email__in=_logins()):
        client = Client()
        client.force_login(user)
        if user.has_role(*SEES_ALL_PAY):
            assert {client.get(page).status_code for page in (*of_people, *of_all)} == {200}
            continue
        refused = of_people if user.has_role("executive") else [*of_people, *of_all]
        assert {client.get(page).status_code for page in refused} <= {403, 404}, user
        others = [one for one in months.values() if _owner(one) != user.pk]
        assert len(others) > 50
        assert {client.get(one.get_absolute_url()).status_code for one in others[:5]} <= {403, 404}, user
        result = PayeeResult.objects.exclude(payee__person__user=user).first()
        assert result is not None and client.get(result.get_absolute_url()).status_code in (403, 404)


def _logins() -> list[str]:
    return [f"{name}@northwind.example" for name in ("vp", "manager", "rep", "ops", "comp", "finance", "marketing",
                                                     "planner", "admin")]  # fmt: skip


def _owner(one: Any) -> int | None:
    return one.payee.person.user_id if one.payee.person else None
