"""Findings over the API: set aside, counted again, mended; by whom the page of data quality lets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent
from people.models import RecordShare
from pipeline.models import BulkEdit, Dismissal, Finding, LossReason
from pipeline.services.hygiene import check_records
from tests.small_company import AS_OF

pytestmark = pytest.mark.django_db
SOON = str(AS_OF + timedelta(days=9))


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(datetime.combine(AS_OF, time(12), tzinfo=UTC)):
        yield


def _found(rule: str, **more: Any) -> str:
    """The address of what stands by a rule, after a check of everything."""
    check_records(on=AS_OF)
    return f"findings/{Finding.objects.get(rule__key=rule, resolved_on=None, **more).pk}/"


def _late(company: Any, **more: Any) -> Any:
    return company.deal(expected_close_on=AS_OF - timedelta(days=9), next_step="Call", **more)


def _pointers(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_finding_is_set_aside_and_counts_again(company: Any, calls: Any) -> None:
    _late(company)
    address, boss, rep = _found("overdue_close"), calls(company.manager), calls(company.rep)
    fresh = rep.get(address).json()
    assert fresh["is_dismissed"] is False and fresh["dismissal"] is None
    assert {"close_later", "close_month"} <= set(fresh["fixes"])
    aside = boss.post(f"{address}dismiss/", {"reason": "Agreed\nwith them", "until_on": SOON})
    assert aside.status_code == 200, aside.content
    told = {"reason": "Agreed with them", "dismissed_on": str(AS_OF), "until_on": SOON}
    assert aside.json() == fresh | {"is_dismissed": True, "dismissal": told} == rep.get(address).json()
    assert aside["ETag"] == rep.get(address)["ETag"]
    assert [row["id"] for row in rep.all("findings/", dismissed="1")] == [fresh["id"]]
    assert fresh["id"] not in [row["id"] for row in rep.all("findings/", dismissed="0")]
    assert boss.post(f"{address}dismiss/", {"reason": "Again"}).status_code == 409
    assert rep.post(f"{address}fix/").status_code == 409
    assert rep.post(f"{address}restore/").status_code == 403
    back = boss.post(f"{address}restore/")
    assert back.status_code == 200 and back.json() == fresh
    assert boss.post(f"{address}restore/").status_code == 409
    acts = AuditEvent.objects.filter(act__startswith="hygiene.dismiss").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["hygiene.dismissed", "hygiene.dismissal_lifted"]


def test_why_and_until_when_have_to_be_said(company: Any, calls: Any) -> None:
    _late(company)
    address, boss = _found("overdue_close"), calls(company.manager)
    assert _pointers(boss.post(f"{address}dismiss/", {})) == ["/reason"]
    assert _pointers(boss.post(f"{address}dismiss/", {"reason": " "})) == ["/reason"]
    assert _pointers(boss.post(f"{address}dismiss/", {"reason": "x" * 301})) == ["/reason"]
    assert _pointers(boss.post(f"{address}dismiss/", {"reason": "x", "until_on": str(AS_OF)})) == ["/until_on"]
    assert not Dismissal.objects.exists()


def test_only_whose_it_is_to_judge(company: Any, calls: Any) -> None:
    _late(company)
    address, body = _found("overdue_close"), {"reason": "Agreed"}
    for who, status in ((company.rep, 403), (company.outsider, 404), (company.other_manager, 404), (company.vp, 403)):
        assert calls(who).post(f"{address}dismiss/", body).status_code == status
        assert calls(who).post(f"{address}restore/").status_code == status
    reader = calls(company.manager, ["findings:read"])
    assert reader.post(f"{address}dismiss/", body).json()["scope"] == "findings:write"
    assert calls(company.ops).post(f"{address}dismiss/", body).status_code == 200


def test_a_suggested_fix_needs_no_words(company: Any, calls: Any) -> None:
    deal = _late(company)
    rep, address = calls(company.rep), _found("overdue_close")
    late = rep.post(f"{address}fix/", {"version": deal.version + 1})
    assert late.status_code == 409 and "changed since" in late.json()["detail"]
    assert not BulkEdit.objects.exists()
    done = rep.post(f"{address}fix/", {"version": deal.version}, Idempotency_Key="f")
    assert done.status_code == 200, done.content
    shown = done.json()
    assert (shown["fix"], shown["subject_id"], shown["is_resolved"]) == ("close_later", deal.pk, True)
    assert [(one["field"], one["before"]) for one in shown["changes"]] == [("expected_close_on", "Aug 6, 2024")]
    again = rep.post(f"{address}fix/", {"version": deal.version}, Idempotency_Key="f")
    assert again.json() == shown and again["Idempotent-Replayed"] == "true"
    deal.refresh_from_db()
    assert deal.expected_close_on == AS_OF + timedelta(days=30)
    assert BulkEdit.objects.get().made_by == company.rep.user
    assert rep.get(address).status_code == 404 and rep.post(f"{address}fix/").status_code == 404


def test_a_fix_by_name_takes_what_it_asks_for(company: Any, calls: Any) -> None:
    deal = company.deal(expected_close_on=AS_OF + timedelta(days=60))
    rep, address = calls(company.rep), _found("no_next_step")
    none = rep.post(f"{address}fix/")
    assert none.status_code == 409 and "next_step" in none.json()["detail"]
    assert _pointers(rep.post(f"{address}fix/", {"fix": "next_step"})) == ["/next_step"]
    assert _pointers(rep.post(f"{address}fix/", {"fix": "next_step", "next_step": " "})) == ["/next_step"]
    assert _pointers(rep.post(f"{address}fix/", {"fix": "close_month"})) == ["/fix"]
    surplus = {"fix": "next_step", "next_step": "Call", "loss_reason_id": 1}
    assert _pointers(rep.post(f"{address}fix/", surplus)) == ["/loss_reason_id"]
    done = rep.post(f"{address}fix/", {"fix": "next_step", "next_step": "Call Dan", "next_step_due_on": SOON})
    assert done.status_code == 200 and done.json()["is_resolved"] is True, done.content
    deal.refresh_from_db()
    assert (deal.next_step, str(deal.next_step_due_on)) == ("Call Dan", SOON)


def test_a_lost_deal_is_given_its_reason(company: Any, calls: Any) -> None:
    reason = LossReason.objects.get(name="Price")
    deal = company.deal(stage="Lost", closed_on=AS_OF, loss_reason=reason)
    type(deal).objects.filter(pk=deal.pk).update(loss_reason=None)
    rep, address = calls(company.rep), _found("lost_without_reason")
    assert _pointers(rep.post(f"{address}fix/", {"fix": "loss_reason"})) == ["/loss_reason_id"]
    assert _pointers(rep.post(f"{address}fix/", {"fix": "loss_reason", "loss_reason_id": 10**15})) == [
        "/loss_reason_id"
    ]
    done = rep.post(f"{address}fix/", {"fix": "loss_reason", "loss_reason_id": reason.pk})
    assert done.status_code == 200, done.content
    deal.refresh_from_db()
    assert deal.loss_reason == reason


def test_who_only_reads_a_record_mends_nothing(company: Any, calls: Any) -> None:
    deal = _late(company)
    address = _found("overdue_close")
    RecordShare.objects.create(
        kind="opportunity", record_id=deal.pk, person=company.outsider.person, by=company.rep.user, valid_from=AS_OF
    )
    outsider = calls(company.outsider)
    assert outsider.get(address).status_code == 200
    assert outsider.post(f"{address}fix/").status_code == 403
    assert calls(company.vp).post(f"{address}fix/").status_code == 403
    assert calls(company.other_manager).post(f"{address}fix/").status_code == 404


def test_records_of_other_kinds_are_mended_by_their_rooms(company: Any, calls: Any) -> None:
    account = company.account("Boss", industry="Robotics")
    child = company.account("Child", parent=account)
    rep, address = calls(company.rep), _found("account_profile", subject_id=child.pk)
    fixes = rep.get(address).json()["fixes"]
    done = rep.post(f"{address}fix/", {"fix": fixes[0]})
    assert done.status_code == 200, done.content
    child.refresh_from_db()
    assert child.industry == "Robotics" and not BulkEdit.objects.exists()
    assert AuditEvent.objects.filter(act="hygiene.fixed", actor=company.rep.user).count() == 1


def test_findings_cost_the_same_with_one_and_with_three(company: Any, calls: Any) -> None:
    found, boss = [], calls(company.manager)
    for count in (1, 2):
        for _number in range(count):
            _late(company)
        check_records(on=AS_OF)
        for row in boss.all("findings/", rule="overdue_close", dismissed="0"):
            boss.post(f"findings/{row['id']}/dismiss/", {"reason": "Agreed"})
        with CaptureQueriesContext(connection) as caught:
            boss.get("findings/", {"rule": "overdue_close"})
        found.append(len(caught))
    assert found[0] == found[1]
