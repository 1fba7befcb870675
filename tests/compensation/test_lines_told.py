"""What is told of lines: traces of drafts and of the ledger, the run done again, adjustments on their way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compensation import services
from compensation.kernel.trace import next_tier
from compensation.models import Adjustment, LedgerEntry, RunLine
from compensation.selectors.traces import recalculated, trace_of
from tests.compensation.pay_desk import NOW, PayDesk, definition, draft_lines, entries, said

pytestmark = pytest.mark.django_db


def lines(rows: Any) -> list[Any]:
    return list(rows.select_related("run__period", "version__plan", "component").order_by("credit_id"))


def test_the_trace_of_a_line_is_the_lines_amount_in_a_draft_and_in_the_ledger(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-01-20"))
    run = desk.calculated("2024-01")
    for model in (RunLine, LedgerEntry):
        traces = [trace_of(line) for line in lines(model.objects.filter(run=run))]
        assert [one and one.amount for one in traces] == [None, 40000, 100000]
        crossing = traces[2]
        assert crossing is not None and [step.kind for step in crossing.steps][:2] == ["credit", "measure"]
        if model is RunLine:
            services.post_run(run=desk.approved(run), by=desk.admin, at=NOW)
    payee = services.payee_of(desk.ana)
    found = recalculated(run, version, [payee.pk])
    assert next_tier(found.calculation, "commission", payee.code) is None  # in the last tier there is no next one


def test_a_trace_tells_the_inputs_of_its_run_whatever_changed_since(desk: PayDesk) -> None:
    version = desk.plan()
    quota = desk.quota("10000")
    desk.keep(version, desk.credit("A", "12000", "2024-01-10"))
    run = desk.closed("2024-01")
    desk.keep(version, desk.credit("A", "1", "2024-01-10"))
    quota.pk = None
    desk.quota("99999999")
    (line,) = lines(entries(run=run, stage=1))
    trace = trace_of(line)
    assert trace is not None and trace.amount == 140000
    assert services.verify_run(run).is_same


def test_a_run_done_again_by_the_kernel_and_by_the_interpreter_comes_to_the_same(desk: PayDesk) -> None:
    override = {"override": ["commission"], "rate": "2%", "of": "reports"}
    components = definition()["components"] | {"managers": {"pays": override}}
    manager = desk.company.manager.person
    version = desk.plan(people=[desk.ana, manager], components=components)
    desk.quota("10000")
    desk.keep(version, *(desk.credit(f"K{number}", f"{number * 731}.07", "2024-01-10") for number in range(1, 20)))
    run = desk.calculated("2024-01")
    assert services.verify_run(run).is_same
    payees = [services.payee_of(desk.ana).pk, services.payee_of(manager).pk]
    compared = services.compare_with_interpreter(run, version, payees)
    assert compared.wrong == () and compared.lines == 40  # two of them are payments
    run.run.output_hash = "0" * 64
    assert not services.verify_run(run).is_same


def test_an_adjustment_is_approved_by_another_and_posted_once(desk: PayDesk) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-02-10"))
    desk.closed("2024-01")
    payee = services.payee_of(desk.ana)
    adjustment = Adjustment(
        payee=payee, plan=version.plan, earned_in=date(2024, 1, 1), amount_minor=-9600, reason="Order amended"
    )
    services.propose_adjustment(adjustment=adjustment, by=desk.admin)
    with pytest.raises(services.NotAllowed):
        services.decide_adjustment(adjustment=adjustment, is_approved=True, by=desk.admin, at=NOW)
    assert not draft_lines(desk.calculated("2024-02")).filter(stage=11).exists()
    services.decide_adjustment(adjustment=adjustment, is_approved=True, by=desk.finance, at=NOW)
    run = desk.closed("2024-02")
    assert said(entries(run=run, earned_in=date(2024, 1, 1))) == [
        ("", "adjusted", "2024-01-01", -9600), ("", "paid", "2024-01-01", 9600),
    ]  # fmt: skip
    assert services.verify_run(run).is_same
    assert desk.closed("2024-03").lines == 0


def test_an_adjustment_names_a_month_on_the_plan(desk: PayDesk) -> None:
    version = desk.plan()
    adjustment = Adjustment(
        payee=services.payee_of(desk.company.outsider.person), plan=version.plan, earned_in=date(2024, 1, 1),
        amount_minor=1, reason="x",
    )  # fmt: skip
    with pytest.raises(services.CompensationError, match="wasn't on this plan"):
        services.propose_adjustment(adjustment=adjustment, by=desk.admin)
