"""A run brought up to date: only who is touched is worked out, and it comes to what a whole calculation comes to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compensation import services
from compensation.models import Adjustment, PayeeResult, PayRun
from tests.compensation.pay_desk import NOW, PayDesk, definition, draft_lines, said

pytestmark = pytest.mark.django_db


def results(run: PayRun) -> dict[str, int]:
    """The row of each person's result."""
    return {
        row.payee.person.name: row.pk for row in PayeeResult.objects.filter(run=run).select_related("payee__person")
    }


def brought_up(desk: PayDesk, run: PayRun) -> PayRun:
    services.recalculate_run(run=run, by=desk.admin)
    desk.run_jobs()
    return PayRun.objects.select_related("run").get(pk=run.pk)


def told_of(run: PayRun) -> tuple[Any, ...]:
    return sorted(said(draft_lines(run))), run.totals, run.run.output_hash, run.run.input_hash, run.lines


def anew(desk: PayDesk) -> PayRun:
    return desk.calculated("2024-01")


@pytest.fixture
def run(desk: PayDesk) -> PayRun:
    version = desk.plan(people=[desk.ana, desk.company.outsider.person])
    desk.quota("10000")
    desk.quota("10000", person=desk.company.outsider.person)
    olga = desk.company.outsider.person
    desk.keep(
        version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-01-11"),
        desk.credit("O", "500", "2024-01-12", person=olga),
    )  # fmt: skip
    return desk.calculated("2024-01")


def version_of(run: PayRun) -> Any:
    from compensation.models import PlanVersion

    return PlanVersion.objects.get()


def test_a_late_credit_touches_its_payee_alone(desk: PayDesk, run: PayRun) -> None:
    before = results(run)
    desk.add(version_of(run), desk.credit("C", "100", "2024-01-05"))
    after = brought_up(desk, run)
    assert results(after)["Olga Orlov"] == before["Olga Orlov"] and results(after)["Ana Alves"] != before["Ana Alves"]
    told = told_of(after)
    assert told == told_of(anew(desk)) and told[-1] == 6


@pytest.mark.parametrize("what", ["quota", "assignment", "adjustment", "ended credit"])
def test_whatever_changes_is_found(desk: PayDesk, run: PayRun, what: str) -> None:
    version, before = version_of(run), run.run.output_hash
    if what == "quota":
        desk.quota("5000")
    elif what == "assignment":
        desk.assign(version.plan, desk.company.manager.person, date(2024, 1, 1))
    elif what == "adjustment":
        row = Adjustment(
            payee=services.payee_of(desk.ana), plan=version.plan, earned_in=date(2024, 1, 1), amount_minor=5, reason="x"
        )
        services.propose_adjustment(adjustment=row, by=desk.admin)
        services.decide_adjustment(adjustment=row, is_approved=True, by=desk.second, at=NOW)
    else:
        desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    after = brought_up(desk, run)
    assert after.run.output_hash != before or what == "assignment"  # a manager without credits earns nothing
    assert told_of(after) == told_of(anew(desk))


def test_where_nothing_changed_approvals_stay(desk: PayDesk, run: PayRun) -> None:
    desk.approved(run)
    same = brought_up(desk, run)
    assert same.state == "approved" and same.approvals.count() == 2
    desk.add(version_of(run), desk.credit("C", "100", "2024-01-05"))
    changed = brought_up(desk, run)
    assert changed.state == "calculated" and not changed.approvals.exists()


def test_where_pay_depends_on_others_all_of_the_plan_is_worked_out(desk: PayDesk) -> None:
    override = {"override": ["commission"], "rate": "2%", "of": "reports"}
    components = definition()["components"] | {"managers": {"pays": override}}
    version = desk.plan(people=[desk.ana, desk.company.manager.person], components=components)
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run = desk.calculated("2024-01")
    desk.add(version, desk.credit("B", "1000", "2024-01-10"))
    after = brought_up(desk, run)
    assert [line for line in said(draft_lines(after)) if line[0] == "managers"] == [
        ("managers", "earned", "2024-01-01", 800), ("managers", "earned", "2024-01-01", 200),
    ]  # fmt: skip
