"""The pages of accounting: from a month that is due to its entries, by the buttons people press; and over the API."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from compensation.models import AccountingMonth, AccountingPolicy, ContractCost, CostLine
from core.models import AuditEvent, Notification
from tests.compensation.pay_desk import PayDesk
from tests.compensation.test_accounting import FLAT, booked, contract_of, deal, paid, policy, sold, worked_out
from tests.compensation.test_run_pages import said, text

pytestmark = pytest.mark.django_db
HOME = "/compensation/accounting/"
FORM = {
    "valid_from": "2024-01-01", "benefit_months": "60", "basis": "months", "is_expedient": "on", "note": "First",
    "asset_account": "1450", "amortisation_account": "6420", "expense_account": "6410", "liability_account": "2150",
    "impairment_account": "6430", "clearing_account": "2190",
}  # fmt: skip


@pytest.fixture
def earned(desk: PayDesk) -> PayDesk:
    """January's pay is posted: ten percent of 24,000, on a contract of two years."""
    version = desk.plan(components=FLAT)
    one = deal(desk, "Arm")
    contract_of(one, "2026-01-01")
    desk.add(version, sold(desk, version, one, "24000", "2024-01-10"))
    paid(desk, "2024-01")
    return desk


def test_from_no_policy_to_a_closed_month_by_the_buttons(earned: PayDesk, signed_in: Any) -> None:
    admin, second, finance = (signed_in(one) for one in (earned.admin, earned.second, earned.finance))
    assert "No policy holds for January 2024" in text(admin.get(HOME))
    assert admin.get(f"{HOME}policy/new/").status_code == 403
    assert "There is nothing to compare" not in text(finance.get(f"{HOME}policy/new/"))
    shown = text(finance.post(f"{HOME}policy/new/", FORM | {"preview": "1"}))
    assert "nothing to compare with" in shown and not AccountingPolicy.objects.exists()
    answer = finance.post(f"{HOME}policy/new/", FORM | {"renewals_commensurate": "on"}, follow=True)
    assert said(answer) == ["The policy is set."] and "6430" in text(answer)
    page = text(admin.get(HOME))
    assert "January 2024 is due" in page
    period = earned.month("2024-01")
    assert "Being worked out" in said(admin.post(f"{HOME}start/", {"period": period.pk}, follow=True))[0]
    month = AccountingMonth.objects.get()
    at = month.get_absolute_url()
    assert 'hx-trigger="every 1s"' in text(admin.get(at))
    earned.run_jobs()
    assert admin.get(f"{at}progress/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    month.refresh_from_db()
    page = text(admin.get(at))
    assert "$2,300.00" in page and "as it would be booked" in page and "2 yeses are missing" in page
    assert "Approve</button>" not in page.replace("\n", "")
    told = set(Notification.objects.filter(kind="accounting_to_approve").values_list("user_id", flat=True))
    assert told == {earned.second.pk, earned.finance.pk}
    assert month.number in text(second.get("/approvals/")) and month.number not in text(admin.get("/approvals/"))
    stale = second.post(f"{at}approve/", {"seen": "another"}, follow=True)
    assert "worked out anew" in said(stale)[0]
    seen = {"seen": month.output_hash}
    assert said(second.post(f"{at}approve/", seen, follow=True)) == ["Approved."]
    assert said(finance.post(f"{at}approve/", seen, follow=True)) == ["Approved."]
    assert "never changed" in text(admin.get(f"{at}close/", seen))
    assert "Closed." in said(admin.post(f"{at}close/", seen, follow=True))[0]
    page = text(admin.get(at))
    assert "Open again" in page and "Earned, not paid" in page and "$2,400.00" in page
    answer = finance.post(f"{at}reopen/", {"reason": "Wrong term"}, follow=True)
    assert "Opened again" in said(answer)[0] and "Reversal" in text(answer)


def closed(desk: PayDesk) -> AccountingMonth:
    policy(desk, renewals_commensurate=True)
    return booked(desk, "2024-01")


def test_a_contract_is_opened_with_its_schedule_and_lines(earned: PayDesk, signed_in: Any) -> None:
    closed(earned)
    finance = signed_in(earned.finance)
    assert "Arm signed" in text(finance.get(f"{HOME}contracts/"))
    page = text(finance.get(ContractCost.objects.get().get_absolute_url()))
    assert page.count("to come") == 23 and "December 2025" in page and "Ana Alves" in page and "$2,300.00" in page


def test_files_have_the_figures_of_the_page(earned: PayDesk, signed_in: Any) -> None:
    at = closed(earned).get_absolute_url()
    finance = signed_in(earned.finance)
    csv_text = b"".join(finance.get(f"{at}roll-forward/?format=csv").streaming_content).decode()
    row = list(csv.DictReader(StringIO(csv_text)))[0]
    assert (row["Capitalised"], row["Amortised"], row["Closing"]) == ("2400.00", "100.00", "2300.00")
    by_customer = b"".join(finance.get(f"{at}roll-forward/?by=account").streaming_content).decode()
    assert "Arm Ltd" in by_customer
    answer = finance.get(f"{at}journal/?format=xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0).to_python()
    assert sum(one[6] for one in rows[1:]) == sum(one[7] for one in rows[1:]) == 2500
    assert AuditEvent.objects.filter(act="accounting.exported").count() == 3
    moved = b"".join(finance.get(f"{at}contracts/?format=csv").streaming_content).decode()
    assert "2300.00" in moved


def test_exceptions_lead_to_what_they_are_about(desk: PayDesk, signed_in: Any) -> None:
    meetings = {"meetings": {"measure": "meetings", "pays": {"rate": "10%"}}}
    version = desk.plan(components=FLAT | meetings, measures={"bookings": {}, "meetings": {}})
    held = desk.credit("B", "500", "2024-01-11", kind="meetings")
    desk.add(version, sold(desk, version, deal(desk, "Arm"), "1000", "2024-01-10"), held)
    paid(desk, "2024-01")
    finance = signed_in(desk.finance)
    assert "Nothing stands out" in text(finance.get(f"{HOME}exceptions/"))
    policy(desk)
    booked(desk, "2024-01")
    page = text(finance.get(f"{HOME}exceptions/"))
    assert "No contract, and no term on the deal" in page and "Earned by no deal, expensed" in page and "$50.00" in page
    assert "Arm" in text(finance.get(f"{HOME}contracts/?source=assumed"))
    assert "$50.00" in text(finance.get(f"{HOME}earned/?treatment=4"))


def test_the_effect_of_a_policy_is_shown_before_it_is_saved(earned: PayDesk, signed_in: Any) -> None:
    closed(earned)
    answer = signed_in(earned.finance).post(f"{HOME}policy/new/", FORM | {"valid_from": "2024-02-01", "preview": "1"})
    page = text(answer)
    assert "Had it held from the beginning" in page and "$2,360.00" in page  # 60 months instead of 24
    assert AccountingPolicy.objects.count() == 1


def test_whoever_has_no_pay_role_finds_nothing(earned: PayDesk, signed_in: Any) -> None:
    at = closed(earned).get_absolute_url()
    vp = signed_in(earned.company.vp.user)
    for url in (HOME, at, f"{HOME}contracts/", f"{HOME}journal/", f"{HOME}earned/", f"{HOME}exceptions/",
                f"{HOME}policy/", f"{at}journal/", ContractCost.objects.get().get_absolute_url()):  # fmt: skip
        assert vp.get(url).status_code == 404
    assert HOME not in text(vp.get("/pay-runs/")) and HOME in text(signed_in(earned.finance).get("/pay-runs/"))


def test_the_api_tells_the_same(earned: PayDesk, signed_in: Any) -> None:
    month = closed(earned)
    finance = signed_in(earned.finance)
    costs = finance.get("/api/v1/contract-costs/").json()
    (row,) = costs["items"]
    assert (row["capitalised"], row["left"], row["currency"]) == ("2400.00", "2300.00", "USD")
    entries = finance.get(f"/api/v1/journal-entries/?month={month.pk}").json()["items"]
    assert sum(float(one["debit"]) - float(one["credit"]) for one in entries) == 0
    told = finance.get(f"/api/v1/accounting-months/{month.pk}/").json()
    assert told["totals"]["USD"]["closing"] == 230000 and told["state"] == "closed"
    assert finance.post("/api/v1/accounting-months/", {}).status_code in (403, 405)


def test_a_month_at_work_shows_its_lines_and_is_not_in_the_journal(earned: PayDesk, signed_in: Any) -> None:
    policy(earned, renewals_commensurate=True)
    month = worked_out(earned, "2024-01")
    finance = signed_in(earned.finance)
    assert "$2,400.00" in text(finance.get(f"{HOME}earned/?month={month.pk}"))
    assert "The journal is empty" in text(finance.get(f"{HOME}journal/"))
    assert "No contract has a cost in the books" in text(finance.get(f"{HOME}contracts/"))
    assert CostLine.objects.filter(month=month).count() == 1
