"""A pay run from credits to the ledger: exact, once, and never changed afterwards."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import InternalError, transaction
from django.db.models import Sum

from compensation import services
from compensation.models import Credit, LedgerEntry
from tests.compensation.pay_desk import NOW, PayDesk, draft_lines, entries, said

pytestmark = pytest.mark.django_db


def test_a_month_is_calculated_approved_and_posted(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-01-20"))
    run = desk.calculated("2024-01")
    assert run.state == "calculated" and run.run.output_hash and run.lines == 3
    # 4,000 at 10 %; 6,000 at 10 % and 2,000 at 20 %
    assert said(draft_lines(run)) == [
        ("commission", "earned", "2024-01-01", 40000), ("commission", "earned", "2024-01-01", 100000),
        ("", "paid", "2024-01-01", -140000),
    ]  # fmt: skip
    assert run.totals == {"USD": {"earned": 140000, "paid": -140000}}
    services.post_run(run=desk.approved(run), by=desk.admin, at=NOW)
    assert said(entries(run=run)) == said(entries()) and entries().count() == 3
    assert entries().aggregate(all=Sum("amount_minor"))["all"] == 0
    assert not draft_lines(run).exists() and not desk.month("2024-01").is_open


def test_done_again_it_posts_nothing(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    first = desk.closed("2024-01")
    with pytest.raises(services.CompensationError, match="Posted"):
        services.post_run(run=first, by=desk.admin, at=NOW)
    services.calculate_run(pay_run_id=first.pk)  # a second delivery of the job
    services.reopen_period(period_id=first.period_id, reason="To look again", by=desk.admin)
    again = desk.closed("2024-01")
    assert again.lines == 0 and again.run.output_hash == first.run.output_hash
    assert entries().count() == 2


def test_what_comes_late_is_paid_in_the_open_month_and_says_of_which_it_is(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-02-20"))
    desk.closed("2024-01")
    january = said(entries())
    desk.add(version, desk.credit("late", "1000", "2024-01-15"))
    run = desk.calculated("2024-02")
    assert said(draft_lines(run)) == [
        ("commission", "earned", "2024-01-01", 10000), ("", "paid", "2024-01-01", -10000),
        ("commission", "earned", "2024-02-01", 110000), ("", "paid", "2024-02-01", -110000),
    ]  # fmt: skip  # February: 5,000 at 10 % and 3,000 at 20 %
    services.post_run(run=desk.approved(run), by=desk.admin, at=NOW)
    assert said(entries(period=desk.month("2024-01"))) == january


def test_a_credit_that_changed_is_taken_back_and_written_anew(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    desk.closed("2024-01")
    desk.keep(version, desk.credit("A", "3000", "2024-01-10"))
    assert Credit.objects.count() == 2 and Credit.objects.filter(ended_batch=None).get().pay_minor == 300000
    run = desk.calculated("2024-02")
    assert said(draft_lines(run)) == [
        ("commission", "earned", "2024-01-01", -40000), ("commission", "earned", "2024-01-01", 30000),
        ("", "paid", "2024-01-01", 10000),
    ]  # fmt: skip


def test_credits_that_stay_are_left_alone(desk: PayDesk) -> None:
    version = desk.plan()
    rows = [desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "1", "2024-01-11")]
    assert desk.keep(version, *rows).made == 2
    assert desk.keep(version, *reversed(rows)) is None
    assert desk.keep(version, rows[0]).ended == 1


def test_the_same_credits_in_any_order_and_batches_come_to_the_same(desk: PayDesk) -> None:
    version = desk.plan(people=[desk.ana, desk.company.outsider.person])
    desk.quota("10000")
    desk.quota("500", person=desk.company.outsider.person)
    olga = desk.company.outsider.person
    rows = [desk.credit(f"K{number}", f"{number * 37}.11", "2024-01-10") for number in range(1, 40)]
    rows += [desk.credit(f"O{number}", f"{number}", "2024-01-31", person=olga) for number in range(1, 40)]
    desk.keep(version, *rows)
    first = desk.calculated("2024-01")
    desk.keep(version)  # all ended
    for part in (rows[60:], rows[5:40], rows[:5], rows[40:60]):
        desk.add(version, *reversed(part))
    again = desk.calculated("2024-01")
    assert again.run.output_hash == first.run.output_hash and again.run.input_hash == first.run.input_hash
    assert again.totals == first.totals
    desk.add(version, desk.credit("K1", "0.01", "2024-01-10"))
    assert desk.calculated("2024-01").run.output_hash != first.run.output_hash


def test_two_people_approve_and_neither_prepared_it(desk: PayDesk) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run = desk.calculated("2024-01")
    services.submit_run(run=desk.confirmed(run), by=desk.admin)
    with pytest.raises(services.NotAllowed):
        services.approve_run(run=run, by=desk.admin, at=NOW)
    services.approve_run(run=run, by=desk.second, at=NOW)
    with pytest.raises(services.NotAllowed):
        services.approve_run(run=run, by=desk.second, at=NOW)
    with pytest.raises(services.CompensationError, match="Approved"):
        services.post_run(run=run, by=desk.admin, at=NOW)
    assert services.approve_run(run=run, by=desk.finance, at=NOW).state == "approved"
    replaced = desk.calculated("2024-01")
    assert replaced.approvals.count() == 0
    with pytest.raises(services.CompensationError, match="Replaced"):
        services.post_run(run=run, by=desk.admin, at=NOW)


def test_a_run_that_was_calculated_before_another_was_posted_is_calculated_again(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "4000", "2024-02-10"))
    january = desk.closed("2024-01")
    february = desk.approved(desk.calculated("2024-02"))
    services.reopen_period(period_id=january.period_id, reason="A credit was late", by=desk.admin)
    desk.add(version, desk.credit("C", "100", "2024-01-11"))
    desk.closed("2024-01")
    with pytest.raises(services.RunOutdated):
        services.post_run(run=february, by=desk.admin, at=NOW)
    desk.closed("2024-02")
    assert entries().aggregate(all=Sum("amount_minor"))["all"] == 0
    earned = entries(stage=1).aggregate(all=Sum("amount_minor"))["all"]
    assert earned == 81000


def test_entries_are_only_added(desk: PayDesk) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    desk.closed("2024-01")
    for act in (lambda: entries().update(amount_minor=1), lambda: LedgerEntry.objects.all()._raw_delete("default")):
        with pytest.raises(InternalError, match="only added"), transaction.atomic():
            act()
    assert entries().exists()


def test_what_cannot_be_calculated_says_which_plan_and_writes_nothing(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota()
    desk.keep(version, desk.credit("A", "1000000000000000", "2024-01-10", fx=10**9))
    run = desk.calculated("2024-01")
    assert run.run.state == "failed" and "AE 2024 v1" in run.run.error and "amount" in run.run.error
    assert run.state == "started" and run.totals == {}


def test_months_are_paid_in_their_order(desk: PayDesk) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    desk.calculated("2024-01")
    with pytest.raises(services.CompensationError, match="January 2024 isn't locked"):
        desk.calculated("2024-02")
    desk.closed("2024-01")
    with pytest.raises(services.CompensationError, match="locked"):
        desk.calculated("2024-01")


def test_variable_pay_and_the_quota_of_the_seat_are_what_people_have(desk: PayDesk) -> None:
    from core.models import FiscalPeriod
    from people.models import PersonPay
    from quotas.models import Target

    curve = {"curve": {"points": [[0, 0], ["100%", "100%"]]}, "of": "variable"}
    version = desk.plan(components={"goal": {"measure": "bookings", "pays": curve, "settles": "month"}})
    PersonPay.objects.create(
        person=desk.ana, ote=100_000, variable=36_600, currency_id="USD", valid_from=version.valid_from
    )
    desk.quota("1")
    Target.objects.all().delete()
    year = FiscalPeriod.objects.get(key="2024")
    Target.objects.create(
        period=year, holder_kind="position", holder_id=desk.company.rep.position.pk, amount=10_000, currency_id="USD",
        valid_from=version.valid_from,
    )  # fmt: skip
    desk.keep(version, desk.credit("A", "5000", "2024-01-10"))
    run = desk.calculated("2024-01")
    assert run.totals["USD"]["earned"] == 1_830_000  # half of the year's quota: half of 36,600.00


def test_a_version_that_counts_from_earlier_is_given_what_came_before(desk: PayDesk) -> None:
    version = desk.plan(valid_from="2024-07-01", counts_from="2024-01-01", people=[desk.company.manager.person])
    desk.quota("10000")
    desk.assign(version.plan, desk.ana, date(2024, 1, 1))
    desk.keep(version, desk.credit("A", "9000", "2024-01-10"), desk.credit("B", "2000", "2024-07-12"))
    run = desk.calculated("2024-07")
    # 1,000 up to the quota at 10 %, 1,000 above it at 20 %
    assert said(draft_lines(run)) == [
        ("commission", "earned", "2024-07-01", 30000), ("", "paid", "2024-07-01", -30000),
    ]  # fmt: skip
