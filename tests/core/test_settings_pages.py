"""Settings: the company's calendar, exchange rates, audit, runs, search."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.enums import RunState
from core.jobs import enqueue
from core.models import AuditEvent, FiscalPeriod, FxRate, Job, Run
from core.runs import open_run
from core.selectors import plan_rate
from core.services import RunError, SettingsError, add_rate, change_company, retry_run


def company_form(**changes: Any) -> dict[str, Any]:
    same = {"name": "Northwind", "currency": "USD", "time_zone": "Europe/Berlin", "start_month": 2}
    return same | {"pattern": "calendar", "named_by": "end"} | changes


def test_a_year_may_start_in_any_month_and_be_cut_by_weeks(company: Any, signed_in: Any) -> None:
    client = signed_in(company.admin)
    client.post("/settings/company/", company_form())
    year = FiscalPeriod.objects.get(key="2025")
    assert (year.starts_on, year.ends_on) == (date(2024, 2, 1), date(2025, 2, 1))
    kept = {period.key: period.pk for period in FiscalPeriod.objects.all()}
    client.post("/settings/company/", company_form(pattern="445", start_month=1))
    quarter = FiscalPeriod.objects.get(key="2025-Q1")
    assert (quarter.ends_on - quarter.starts_on).days == 91
    now = {period.key: period.pk for period in FiscalPeriod.objects.all()}
    assert kept.items() <= now.items()  # what points to a period still does
    assert "Q1" in client.get("/settings/company/").content.decode()


def test_a_wrong_zone_is_refused(company: Any, signed_in: Any) -> None:
    assert signed_in(company.admin).post("/settings/company/", company_form(time_zone="Mars/Base")).status_code == 200


def test_the_reporting_currency_is_fixed_once_there_are_amounts(company: Any, signed_in: Any) -> None:
    company.row.currency_id = "EUR"
    change_company(company=company.row, by=company.admin.user)
    company.deal()
    company.row.currency_id = "USD"
    with pytest.raises(SettingsError, match="stays EUR"):
        change_company(company=company.row, by=company.admin.user)
    refused = signed_in(company.admin).post("/settings/company/", company_form(currency="USD"))
    assert b"The reporting currency stays EUR" in refused.content


def test_a_rate_ends_the_one_before_and_one_in_between_finds_its_place(company: Any, signed_in: Any) -> None:
    for since, rate in (("2024-01-01", "1.10"), ("2024-12-01", "1.30"), ("2024-06-01", "1.20")):
        signed_in(company.ops).post(
            "/settings/rates/new/", {"currency": "EUR", "kind": "plan", "rate": rate, "valid_from": since}
        )
    assert plan_rate(currency="EUR", on=date(2024, 5, 31)) == Decimal("1.10")
    assert plan_rate(currency="EUR", on=date(2024, 6, 1)) == Decimal("1.20")
    assert plan_rate(currency="EUR", on=date(2024, 12, 1)) == Decimal("1.30")
    with pytest.raises(SettingsError):
        add_rate(rate=FxRate(currency_id="USD", rate=Decimal(2), valid_from=date(2024, 1, 1)), by=company.ops.user)


@pytest.mark.parametrize("address", ["/settings/", "/settings/rates/", "/settings/rates/new/", "/settings/company/"])
def test_settings_are_for_those_who_keep_them(company: Any, signed_in: Any, address: str) -> None:
    for who in (company.rep, company.manager, company.vp):
        assert signed_in(who).get(address).status_code == 404
    assert signed_in(company.admin).get(address).status_code == 200


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("ops", "/positions/"),
        ("ops", "/settings/stages/"),
        ("admin", "/settings/audit/"),
        ("admin", "/settings/company/"),
    ],
)
def test_a_page_of_the_settings_leads_back_to_them(company: Any, signed_in: Any, role: str, address: str) -> None:
    page = signed_in(getattr(company, role)).get(address).content.decode()
    assert 'class="so-nav" href="/settings/" aria-current="page"' in page
    assert '<ol class="so-crumbs"><li><a href="/settings/">Settings</a>' in page


def test_the_audit_is_filtered_and_for_admins_only(company: Any, signed_in: Any) -> None:
    company.account()
    client = signed_in(company.admin)
    text = client.get("/settings/audit/?act=account").content.decode()
    assert "account.created" in text and "role.granted" not in text
    assert "role.granted" in client.get("/settings/audit/?who=Salesops").content.decode()
    assert signed_in(company.ops).get("/settings/audit/").status_code == 404


def failed_run(company: Any) -> Run:
    run = open_run(kind="pipeline.hygiene", label="Data quality", by=company.rep.user, params={"on": "2024-08-15"})
    enqueue("pipeline.hygiene_run", run=run, run_id=run.pk)
    Job.objects.update(state="failed")
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error="The disk was full.")
    return Run.objects.get(pk=run.pk)


def test_a_failed_run_is_tried_again_as_a_run_of_its_own(company: Any, signed_in: Any) -> None:
    run, client = failed_run(company), signed_in(company.rep)
    assert b"The disk was full." in client.get(run.get_absolute_url()).content
    answer = client.post(f"{run.get_absolute_url()}retry/")
    again = Run.objects.get(retry_of=run)
    assert answer["Location"] == again.get_absolute_url()
    assert again.params == run.params
    assert Job.objects.get(run=again).kwargs == {"run_id": again.pk}
    with pytest.raises(RunError):
        retry_run(run=again, by=company.rep.user)  # it waits: nothing to try again


def test_a_run_without_a_job_can_not_be_tried_again(company: Any) -> None:
    run = open_run(kind="import", label="By hand")
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    run.refresh_from_db()
    with pytest.raises(RunError, match="command line"):
        retry_run(run=run, by=company.ops.user)


def test_a_running_run_shows_its_progress_and_is_stopped(company: Any, signed_in: Any) -> None:
    run, client = open_run(kind="import", label="Import", by=company.rep.user), signed_in(company.rep)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, units_done=40, units_total=100)
    page = client.get(run.get_absolute_url()).content.decode()
    assert 'aria-valuenow="40"' in page and 'hx-trigger="every 1s"' in page
    part = client.get(run.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    client.post(f"{run.get_absolute_url()}stop/")
    run.refresh_from_db()
    assert run.stop_requested_at is not None
    Run.objects.filter(pk=run.pk).update(state=RunState.STOPPED)
    assert "every 1s" not in client.get(run.get_absolute_url()).content.decode()


def test_only_who_started_it_or_ops_steers_a_run(company: Any, signed_in: Any) -> None:
    run = failed_run(company)
    for path in ("stop/", "retry/"):
        assert signed_in(company.outsider).post(run.get_absolute_url() + path).status_code == 404
        assert signed_in(company.vp).post(run.get_absolute_url() + path).status_code == 403
    assert signed_in(company.ops).post(f"{run.get_absolute_url()}retry/").status_code == 302
    assert AuditEvent.objects.filter(act="run.retried").exists()


def test_search_finds_what_one_may_see(company: Any, signed_in: Any) -> None:
    company.account("Kestrel Parcel")
    company.deal("Kestrel arms")
    rep, outsider = signed_in(company.rep), signed_in(company.outsider)
    text = rep.get("/search/?q=kestrel").content.decode()
    assert "Kestrel Parcel" in text and "Kestrel arms" in text
    assert "Nothing found" in outsider.get("/search/?q=kestrel").content.decode()
    part = rep.get("/search/?q=kestrel", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Type two letters" in rep.get("/search/?q=k").content.decode()
