"""The pages of pay runs: from an open month to locked, by the buttons people press; and what each of them sees."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from compensation import services
from compensation.models import ExceptionMark, PayPeriod, PayRun, Statement
from compensation.selectors.exceptions import exceptions_of
from core.models import AuditEvent, Notification, Run
from people.models import Person
from people.services import create_user
from tests.compensation.pay_desk import NOW, PayDesk

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def said(answer: Any) -> list[str]:
    return [str(one) for one in answer.context["messages"]]


def address(period: PayPeriod, *parts: str) -> str:
    return "/".join(["/pay-runs", str(period.pk), *parts, ""])


def paid_month(desk: PayDesk, month: str = "2024-01") -> PayRun:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", f"{month}-10"), desk.credit("B", "8000", f"{month}-20"))
    return desk.calculated(month)


def test_a_month_from_open_to_locked_by_its_buttons(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-01-20"))
    period = desk.month("2024-01")
    prepares, second, finance = (signed_in(one) for one in (desk.admin, desk.second, desk.finance))
    assert "Not calculated yet" in text(prepares.get(address(period)))
    assert said(prepares.post(address(period, "start"), follow=True)) == ["Being calculated. You can leave this page."]
    page = text(prepares.get(address(period)))
    assert "Calculating" in page and 'hx-trigger="every 1s"' in page
    desk.run_jobs()
    gone = prepares.get(address(period, "progress"), headers={"HX-Request": "true"})
    assert gone["HX-Refresh"] == "true"
    page = text(prepares.get(address(period)))
    assert "Second calculator agrees" in page and "Same result when run again" in page and "$1,400.00" in page
    run = {"run": period.runs.get().pk}
    assert "Handed in." in said(prepares.post(address(period, "submit"), run, follow=True))[0]
    assert set(Notification.objects.filter(kind="pay_run_to_approve").values_list("user_id", flat=True)) == {
        desk.second.pk, desk.finance.pk, desk.company.vp.user.pk,
    }  # fmt: skip
    assert "PR-2024-01" in text(second.get("/approvals/")) and "PR-2024-01" not in text(prepares.get("/approvals/"))
    assert "Whoever prepared" in said(prepares.post(address(period, "approve"), run, follow=True))[0]
    assert said(second.post(address(period, "approve"), run, follow=True)) == ["Approved."]
    assert said(finance.post(address(period, "approve"), run, follow=True)) == ["Approved."]
    assert "never changed" in text(prepares.get(address(period, "post"), run))
    assert "Posted." in said(prepares.post(address(period, "post"), run, follow=True))[0]
    page = text(prepares.get(address(period)))
    assert "Locked" in page and "Open again" in page and "For payroll" in page
    assert Statement.objects.get().payee.person == desk.ana
    told = Notification.objects.get(kind="statement_ready")
    assert told.user == desk.company.rep.user and "January 2024" in told.title


def test_blocking_exceptions_keep_a_run_from_being_handed_in(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()  # its tiers ask for a quota that nobody set
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run, comp = desk.calculated("2024-01"), signed_in(desk.admin)
    page = text(comp.get(address(run.period)))
    assert "On a plan without a quota" in page and "1 exception blocks approval" in page
    answer = comp.post(address(run.period, "submit"), {"run": run.pk}, follow=True)
    assert "1 exception blocks approval" in said(answer)[0]
    found = exceptions_of(run).blocking[0]
    url = f"{address(run.period, 'confirm')}?of={found.code}"
    assert "required" in text(comp.post(url, {"reason": ""}))
    assert comp.post(url, {"reason": "New hire, no quota"}).status_code == 302
    page = text(comp.get(f"{address(run.period)}?show=resolved"))
    assert "New hire, no quota" in page and "exception blocks" not in page
    assert "Handed in." in said(comp.post(address(run.period, "submit"), {"run": run.pk}, follow=True))[0]


def test_a_confirmed_exception_comes_again_once_its_amount_changes(desk: PayDesk) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run = desk.confirmed(desk.calculated("2024-01"))
    assert ExceptionMark.objects.get().amount_minor == 400000  # what was credited: nothing is earned without a quota
    assert exceptions_of(desk.calculated("2024-01")).blocking == []
    desk.add(version, desk.credit("B", "1", "2024-01-11"))
    again = exceptions_of(desk.calculated("2024-01"))
    assert [one.kind for one in again.blocking] == ["no_quota"] and run.pk


def test_nobody_approves_a_run_they_did_not_see(desk: PayDesk, signed_in: Any) -> None:
    run = paid_month(desk)
    services.submit_run(run=run, by=desk.admin)
    other = {"run": run.pk + 1}
    answer = signed_in(desk.second).post(address(run.period, "approve"), other, follow=True)
    assert "replaced meanwhile" in said(answer)[0] and not run.approvals.exists()


def test_it_is_given_back_with_a_reason_and_the_preparer_is_told(desk: PayDesk, signed_in: Any) -> None:
    run = paid_month(desk)
    services.submit_run(run=run, by=desk.admin)
    services.approve_run(run=run, by=desk.second, at=NOW)
    url = f"{address(run.period, 'give-back')}?run={run.pk}"
    assert signed_in(desk.finance).post(url, {"reason": "Ana's quota is wrong"}).status_code == 302
    run.refresh_from_db()
    assert run.state == "calculated" and not run.approvals.exists()
    told = Notification.objects.get(kind="pay_run_decided")
    assert told.user == desk.admin and "quota is wrong" in told.detail


def test_one_who_only_approves_sees_no_persons_pay(desk: PayDesk, signed_in: Any) -> None:
    run = paid_month(desk)
    page = text(signed_in(desk.company.vp).get(address(run.period)))
    assert "So few people are paid" in page and "1,400" not in page and desk.ana.name not in page
    assert signed_in(desk.company.vp).get(address(run.period, "payees")).status_code == 404
    for member in (desk.company.rep, desk.company.manager, desk.company.ops, desk.company.admin):
        assert signed_in(member).get(address(run.period)).status_code == 404


def test_a_stopped_calculation_leaves_nothing_and_is_begun_again(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run = services.start_run(period_id=desk.month("2024-01").pk, by=desk.admin)
    comp = signed_in(desk.admin)
    assert "is being calculated" in said(comp.post(address(run.period, "start"), follow=True))[0]
    assert "Nothing of it is kept" in said(comp.post(address(run.period, "stop"), {"run": run.pk}, follow=True))[0]
    page = text(comp.get(address(run.period)))
    assert "was stopped" in page and "Calculate again" in page
    assert Run.objects.get(pk=run.run_id).state == "stopped"
    assert desk.calculated("2024-01").state == "calculated"


def test_a_failed_run_says_why_on_the_page(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    desk.quota()
    desk.keep(version, desk.credit("A", "1000000000000000", "2024-01-10", fx=10**9))
    run = desk.calculated("2024-01")
    page = text(signed_in(desk.admin).get(address(run.period)))
    assert "The calculation failed" in page and "AE 2024 v1" in page


def test_a_failed_run_that_is_tried_again_records_there(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota()
    desk.keep(version, desk.credit("A", "1000000000000000", "2024-01-10", fx=10**9))
    run = desk.calculated("2024-01")
    desk.keep(version, desk.credit("A", "1000", "2024-01-10"))
    from core.services import retry_run

    again = retry_run(run=run.run, by=desk.admin)
    desk.run_jobs()
    run.refresh_from_db()
    again.refresh_from_db()
    assert run.run == again and again.state == "succeeded" and run.state == "calculated"


def test_payees_are_listed_with_their_change(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "5000", "2024-02-10"))
    desk.closed("2024-01")
    run, comp = desk.calculated("2024-02"), signed_in(desk.admin)
    page = text(comp.get(address(run.period, "payees")))
    assert "Ana Alves" in page and "$500.00" in page and "$400.00" in page and "$100.00" in page
    assert "Ana Alves" in text(comp.get(address(run.period, "payees"), {"changed": "more"}))
    assert "Ana Alves" not in text(comp.get(address(run.period, "payees"), {"changed": "less"}))
    page = text(comp.get(address(run.period)))
    assert address(run.period, "changes") in page, "the card of the changes comes by itself"
    page = text(comp.get(address(run.period, "changes")))
    assert "Credit +$1,000.00" in page and "+$100.00" in page


def test_payroll_is_exported_from_posted_runs_with_safe_cells(desk: PayDesk, signed_in: Any) -> None:
    Person.objects.filter(pk=desk.ana.pk).update(name="=HYPERLINK(1)", external_id="E-7")
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run, finance = desk.calculated("2024-01"), signed_in(desk.finance)
    assert rows_of(finance.get(address(run.period, "payroll")))[1:] == []
    services.post_run(run=desk.approved(run), by=desk.admin, at=NOW)
    code = services.payee_of(desk.ana).code
    head, row = rows_of(finance.get(address(run.period, "payroll")))
    assert head == ["Payee", "Employee ID", "Name", "Amount", "Currency", "Pay date", "Run"]
    pays_on = run.period.pays_on.isoformat()
    assert row == [code, "E-7", "'=HYPERLINK(1)", "400.00", "USD", pays_on, f"PR-2024-01-{run.pk}"]
    book = body(finance.get(address(run.period, "payroll"), {"format": "xlsx"}))
    sheet = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()[1:]
    assert [row[1:4] for row in sheet] == [["E-7", "=HYPERLINK(1)", 400]]
    entries = rows_of(finance.get(address(run.period, "ledger", "file")))
    assert [(row[5], row[7]) for row in entries[1:]] == [("Earned", "400.00"), ("Paid", "-400.00")]
    assert AuditEvent.objects.filter(act="pay.exported", actor=desk.finance).count() == 4
    assert "Earned" in text(finance.get(address(run.period, "ledger")))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(body(answer).decode())))


def test_two_runs_of_a_month_are_compared_payee_by_payee(desk: PayDesk, signed_in: Any) -> None:
    run = paid_month(desk)
    version = run.terms.get().version
    desk.add(version, desk.credit("C", "1000", "2024-01-21"))
    again = desk.calculated("2024-01")
    page = text(signed_in(desk.admin).get(address(run.period, "compare")))
    assert "$1,400.00" in page and "$1,600.00" in page and "+$200.00" in page and again.number in page


def test_it_is_opened_again_with_a_reason(desk: PayDesk, signed_in: Any) -> None:
    run = desk.closed_run(paid_month(desk))
    comp, url = signed_in(desk.admin), address(run.period, "reopen")
    assert "required" in text(comp.post(url, {"reason": ""}))
    assert comp.post(url, {"reason": "A credit was late"}).status_code == 302
    page = text(comp.get(address(run.period)))
    assert "Opened again" in page and "A credit was late" in page and "Calculate again" in page


def test_months_are_opened_from_a_day(desk: PayDesk, signed_in: Any) -> None:
    comp = signed_in(desk.admin)
    assert comp.post("/pay-runs/open/", {"first": "2024-01-15"}).status_code == 302
    assert PayPeriod.objects.order_by("starts_on").values_list("starts_on", flat=True)[0] == date(2024, 1, 1)
    assert "January 2024" in text(comp.get("/pay-runs/?sort=month"))


def _people(desk: PayDesk, count: int) -> list[Person]:
    return [Person.objects.create(name=f"Payee {number}") for number in range(count)]


def _queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        text(client.get(url))
    return len(caught)


def test_the_page_asks_as_often_for_sixty_payees_as_for_three(desk: PayDesk, signed_in: Any) -> None:
    people = _people(desk, 60)
    version = desk.plan(people=people)
    comp, url = signed_in(desk.admin), address(desk.month("2024-02"))

    def paid(some: list[Person]) -> int:
        rows = [desk.credit(f"J{one.pk}", "1000", "2024-01-10", person=one) for one in some]
        rows += [desk.credit(f"F{one.pk}", f"{one.pk % 7}000", "2024-02-10", person=one) for one in some]
        desk.keep(version, *rows)
        if not PayRun.objects.filter(period__starts_on=date(2024, 1, 1)).exists():
            desk.closed("2024-01")
        desk.calculated("2024-02")
        return _queries(comp, url)

    few, many = paid(people[:3]), paid(people)
    assert few == many and many <= 75


def test_exceptions_of_a_kind_are_confirmed_together_but_those_that_block(desk: PayDesk, signed_in: Any) -> None:
    people = [desk.ana, desk.company.manager.person, desk.company.outsider.person]
    flat = {"c": {"measure": "bookings", "pays": {"rate": "10%"}}}
    version = desk.plan(people=people, components=flat)
    services.send_letters(version=version, by=desk.admin, on=date(2024, 1, 2))
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run, client = desk.calculated("2024-01"), signed_in(desk.admin)
    found = exceptions_of(run)
    first = next(one for one in found.open if one.kind == "unaccepted")
    assert len(found.alike(first)) == 2
    address = f"/pay-runs/{run.period_id}/confirm/?of={quote(first.code)}"
    assert "Also the 2 others of this kind" in client.get(address).content.decode()
    client.post(address, {"reason": "Sent today", "alike": "on"})
    marked = [one for one in exceptions_of(run).resolved if one.kind == "unaccepted"]
    assert len(marked) == 3 and {one.mark.reason for one in marked if one.mark} == {"Sent today"}


def test_sums_of_few_people_are_told_with_others_to_who_sees_nobodys_pay(desk: PayDesk, signed_in: Any) -> None:
    """Six are paid by one plan, one of them a draw by another: their draw stands with everything else."""
    flat = {"c": {"measure": "bookings", "pays": {"rate": "10%"}}}
    more = [Person.objects.create(name=f"Seller {number}") for number in range(5)]
    version = desk.plan(people=[desk.ana, *more], components=flat)
    desk.keep(version, *(desk.credit(f"K{one.pk}", "1000", "2024-01-10", person=one) for one in (desk.ana, *more)))
    drawing = desk.plan(plan="Ahead", components=flat, draws={"ahead": {"amount": 777}})
    run = desk.calculated("2024-01")
    assert drawing.pk and "Draw" in text(signed_in(desk.finance).get(address(run.period)))
    boss = create_user(email="boss@example.com", password=None, roles=["executive"], by=None, on=date(2024, 1, 1))
    page = text(signed_in(boss).get(address(run.period)))
    assert "$777" not in page and "Everything else" in page and "$1,377.00" in page and desk.ana.name not in page


def test_the_list_tells_a_payout_by_currency_only_where_it_is_of_enough_people(desk: PayDesk, signed_in: Any) -> None:
    """Six are paid dollars, one of them euros as well: seven in all, but the euros are one person's."""
    flat = {"c": {"measure": "bookings", "pays": {"rate": "10%"}}}
    more = [Person.objects.create(name=f"Seller {number}") for number in range(5)]
    version = desk.plan(people=[desk.ana, *more], components=flat)
    desk.keep(version, *(desk.credit(f"K{one.pk}", "1000", "2024-01-10", person=one) for one in (desk.ana, *more)))
    desk.plan(plan="Abroad", currency="EUR", components=flat, draws={"ahead": {"amount": 777}})
    desk.calculated("2024-01")
    boss = create_user(email="boss@example.com", password=None, roles=["executive"], by=None, on=date(2024, 1, 1))
    page = text(signed_in(boss).get("/pay-runs/"))
    assert "$600.00" in page and "777" not in page
    whole = text(signed_in(desk.admin).get("/pay-runs/"))
    assert "$600.00" in whole and "777" in whole
