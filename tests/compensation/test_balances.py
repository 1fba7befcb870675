"""What is owed of draws and below zero goes on into the next version; what becomes of it when somebody leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from compensation import services
from compensation.kernel.settlement import settle
from compensation.models import LedgerEntry, PayeeResult
from compensation.services.verifying import compare_with_interpreter, verify_run, versions_kept
from people.models import Person
from tests.compensation.pay_desk import NOW, PayDesk, definition, entries, said
from tests.compensation.plans import ANA, calculated, credit, plan_of, rows_of, total

DRAW = {"ahead": {"amount": 1000}}
JUNE = date(2026, 6, 30)


def test_what_was_owed_before_is_taken_back_and_what_was_below_zero_too() -> None:
    people = [ANA | {"owed": "300", "below_zero": "50"}]
    rows = rows_of(plan_of(), [credit("A", 2000), credit("B", 9000, "2026-02-03")], people=people, through=JUNE)
    assert [total(rows, period=f"2026-0{n}") for n in (1, 2)] == [0, 750]  # 200 earned, 300 owed; 900 less 100 and 50
    assert total(rows, "recovered") == Decimal(-300) and total(rows, "carried") == Decimal(-50)


@pytest.mark.parametrize(
    ("rule", "paid", "lost"),
    [("as_planned", [75, 0, 0, 25], 0), ("paid", [75, 25, 0, 0], 0), ("lost", [75, 0, 0, 0], -25)],
)
def test_what_is_held_back_of_somebody_who_leaves(rule: str, paid: list[int], lost: int) -> None:
    plan = plan_of(component={"hold": {"share": "25%", "months": 3}}, when_leaving={"held": rule})
    rows = rows_of(plan, [credit("A", 1000)], people=[ANA | {"left_on": "2026-03-01"}], through=JUNE)
    assert [int(total(rows, period=f"2026-0{n}")) for n in (1, 2, 3, 4)] == paid
    assert total(rows, "forfeited") == lost


@pytest.mark.parametrize(("rule", "paid"), [("as_planned", [50, 0, 50]), ("paid", [50, 50, 0]), ("lost", [50, 0, 0])])
def test_parts_that_are_due_after_somebody_left(rule: str, paid: list[int]) -> None:
    parts = [{"share": "50%", "months": 0}, {"share": "50%", "months": 2}]
    plan = plan_of(component={"instalments": parts}, when_leaving={"deferred": rule})
    rows = rows_of(plan, [credit("A", 1000)], people=[ANA | {"left_on": "2026-02-15"}], through=JUNE)
    assert [int(total(rows, period=f"2026-0{n}")) for n in (1, 2, 3)] == paid


@pytest.mark.parametrize(("rule", "paid", "owed"), [("kept", 500, 500), ("taken", 0, 0), ("forgiven", 500, 0)])
def test_what_is_owed_of_a_draw_by_somebody_who_leaves(rule: str, paid: int, owed: int) -> None:
    """1,000 drawn in January; 1,000 earned in February, of which half goes back; the last day is in February."""
    plan = plan_of(
        draws={"ahead": {"amount": 1000, "periods": 1, "recover": "50%"}}, when_leaving={"draw": rule}
    )  # fmt: skip
    people = [ANA | {"left_on": "2026-02-20"}]
    settled = settle(calculated(plan, [credit("A", 10000, "2026-02-03")], people=people, through=JUNE))
    assert (settled.paid[0, 1] // 100, settled.owed[0, 1] // 100) == (paid, owed)


@pytest.mark.django_db
class TestVersions:
    def following(self, desk: PayDesk, plan: Any, **changes: Any) -> Any:
        draft = services.begin_version(plan_id=plan.pk, by=desk.admin)
        saved = services.save_version(version=draft, definition=definition(**changes), by=desk.admin, edits=draft.edits)
        return desk.published(saved)

    def months(self, desk: PayDesk, *, takes_over: bool = True) -> tuple[Any, Any]:
        """A draw of 1,000 a month in January and February with 200 earned; from March on no draw and 1,500 earned."""
        first = desk.plan(draws=DRAW)
        desk.quota("100000")
        desk.keep(
            first, desk.credit("A", "2000", "2024-01-10"), desk.credit("C", "15000", "2024-03-05"),
            desk.credit("D", "15000", "2024-04-05"),
        )  # fmt: skip
        second = self.following(
            desk, first.plan, valid_from="2024-03-01", counts_from="2024-01-01", takes_over=takes_over
        )
        return first, second

    def test_a_draw_balance_goes_on_into_the_version_that_follows(self, desk: PayDesk) -> None:
        _first, second = self.months(desk)
        runs = [desk.closed(f"2024-0{month}") for month in (1, 2, 3, 4)]
        paid = [-sum(row.amount_minor for row in entries(run=run, stage=12)) for run in runs]
        assert paid == [100_000, 100_000, 0, 120_000]  # 800 and 1,000 owed; 1,500 then 300 of 1,500 go back
        assert PayeeResult.objects.get(run=runs[1]).owed_minor == 180_000
        of_march = PayeeResult.objects.filter(run=runs[2])
        assert {row.version_id: row.owed_minor for row in of_march}[second.pk] == 30_000
        assert sum(row.owed_minor for row in of_march) == 30_000
        assert all(verify_run(run).is_same for run in runs)
        for run in runs:
            for version in versions_kept(run):
                payees = list(PayeeResult.objects.filter(run=run, version=version).values_list("payee_id", flat=True))
                assert compare_with_interpreter(run, version, payees).wrong == ()

    def test_a_version_may_begin_with_nothing(self, desk: PayDesk) -> None:
        self.months(desk, takes_over=False)
        runs = [desk.closed(f"2024-0{month}") for month in (1, 2, 3)]
        assert -sum(row.amount_minor for row in entries(run=runs[2], stage=12)) == 150_000

    def test_a_late_change_before_the_end_changes_what_is_handed_over(self, desk: PayDesk) -> None:
        first, _second = self.months(desk)
        for month in (1, 2, 3):
            desk.closed(f"2024-0{month}")
        desk.add(first, desk.credit("B", "3000", "2024-02-20"))  # 300 earned in February: 300 less was ahead
        run = desk.closed("2024-04")
        assert ("", "recovered", "2024-03-01", 0) not in said(entries(run=run))
        assert sum(row.amount_minor for row in LedgerEntry.objects.filter(run=run)) == 0
        assert -sum(row.amount_minor for row in LedgerEntry.objects.filter(stage=12)) == 350_000  # all that was earned
        assert all(row.owed_minor == 0 for row in PayeeResult.objects.filter(run=run))


@pytest.mark.django_db
def test_who_left_is_known_to_the_run(desk: PayDesk) -> None:
    hold = {"measure": "bookings", "pays": {"rate": "10%"}, "hold": {"share": "50%", "months": 6}}
    version = desk.plan(components={"commission": hold}, when_leaving={"held": "paid"})
    desk.keep(version, desk.credit("A", "2000", "2024-01-10"))
    desk.closed("2024-01")
    Person.objects.filter(pk=desk.ana.pk).update(left_on=date(2024, 2, 15))
    run = desk.calculated("2024-02")
    desk.closed_run(run)
    assert -sum(row.amount_minor for row in entries(run=run, stage=12)) == 10_000
    assert NOW
