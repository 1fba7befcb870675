"""Pay over the API: one's own statements and disputes, everybody's with a pay role, the same figures as the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from compensation import services
from compensation.api.statements import StatementLine as LineBody
from compensation.api.statements import Summary as SumsBody
from compensation.models import Dispute, LedgerEntry, PlanVersion, Statement
from tests.compensation.pay_desk import PayDesk, desk_of, released

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(company: Any, run_jobs: Callable[[], list[str]]) -> PayDesk:
    return desk_of(company, run_jobs)


@pytest.fixture
def told(desk: PayDesk) -> Statement:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-01-20"))
    return released(desk.closed("2024-01"), services.payee_of(desk.ana).pk)


def test_a_statement_with_its_sums_and_lines(desk: PayDesk, told: Statement, calls: Any) -> None:
    api = calls(desk.company.rep)
    (row,) = api.get("statements/").json()["items"]
    assert row["id"] == told.pk and row["month"] == "2024-01-01" and row["summaries"] == []
    (sums,) = api.get(f"statements/{told.pk}/").json()["summaries"]
    assert (sums["currency"], sums["earned"], sums["paid"]) == ("USD", "1400.00", "1400.00")
    lines = api.get(f"statements/{told.pk}/lines/").json()
    assert [(one["source"], one["payable"]) for one in lines["items"]] == [("A", "400.00"), ("B", "1000.00")]
    assert lines["next"] is None
    for wrong in ("x=1", "after=x", f"after={'9' * 41}", "after=2024-01-10_1&after=2024-01-10_1"):
        assert api.get(f"statements/{told.pk}/lines/?{wrong}").status_code == 400
    after_a = f"2024-01-10_{lines['items'][0]['id']}"
    assert [one["source"] for one in api.get(f"statements/{told.pk}/lines/?after={after_a}").json()["items"]] == ["B"]


def test_what_is_below_zero_is_within_the_document(desk: PayDesk, told: Statement, calls: Any) -> None:
    """Money that is taken back stands with its sign: the document's pattern allows it."""
    desk.add(PlanVersion.objects.get(), desk.credit("C", "-9000", "2024-02-10"))
    back = released(desk.closed("2024-02"), services.payee_of(desk.ana).pk)
    api = calls(desk.company.rep)
    (sums,) = api.get(f"statements/{back.pk}/").json()["summaries"]
    line = api.get(f"statements/{back.pk}/lines/").json()["items"][-1]
    assert Decimal(sums["earned"]) < 0 and Decimal(line["earned"]) < 0
    for body, told_in_it in ((SumsBody(), sums), (LineBody(), line)):
        patterns = {name: field.pattern for name, field in body.fields.items() if hasattr(field, "pattern")}
        assert len(patterns) >= 3 and all(re.fullmatch(one, told_in_it[name]) for name, one in patterns.items())


def test_others_have_no_such_statement(desk: PayDesk, told: Statement, calls: Any) -> None:
    for other in (desk.company.outsider, desk.company.manager, desk.company.vp):
        api = calls(other)
        assert api.get("statements/").json()["items"] == []
        assert api.get(f"statements/{told.pk}/").status_code == 404
        assert api.get(f"statements/{told.pk}/lines/").status_code == 404
    assert calls(desk.company.admin).get("statements/").status_code == 403
    assert calls(desk.finance).get(f"statements/{told.pk}/").status_code == 200


def test_a_dispute_is_raised_and_talked_about(desk: PayDesk, told: Statement, calls: Any) -> None:
    api, keeper = calls(desk.company.rep), calls(desk.finance)
    line = LedgerEntry.objects.filter(stage=1).order_by("-amount_minor")[0]
    sent = {
        "statement_id": told.pk,
        "line_id": line.pk,
        "title": "Too little",
        "reason": "amount",
        "text": "See order.",
    }
    made = api.post("disputes/", sent)
    assert made.status_code == 201, made.json()
    assert made.json()["line_id"] == line.pk and made.json()["state"] == "raised"
    dispute = Dispute.objects.get()
    assert dispute.credit_id == line.credit_id
    assert api.post("disputes/", sent).status_code == 400
    assert api.post("disputes/", sent | {"line_id": 1}).json()["errors"][0]["pointer"] == "/line_id"
    assert calls(desk.company.outsider).post("disputes/", sent).json()["errors"][0]["pointer"] == "/statement_id"
    thread = f"disputes/{dispute.pk}/comments/"
    assert keeper.post(thread, {"text": "Note", "is_internal": True}).status_code == 201
    assert keeper.post(thread, {"text": "I look."}).status_code == 201
    assert [one["text"] for one in api.get(thread).json()["items"]] == ["See order.", "I look."]
    assert api.post(thread, {"text": "Hidden", "is_internal": True}).status_code == 409
    assert calls(desk.company.manager).get(thread).status_code == 404


def test_a_token_needs_the_scope(desk: PayDesk, told: Statement, calls: Any) -> None:
    api = calls(desk.company.rep, ["accounts:read"])
    assert api.get("statements/").json()["scope"] == "pay:read"
