"""Pay over the API: the rules of the pages, for those who see pay."""

from __future__ import annotations

from typing import Any

import pytest

from compensation import services
from tests.api.conftest import calls  # noqa: F401 -- calls of the API as a person
from tests.compensation.pay_desk import PayDesk

pytestmark = pytest.mark.django_db


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_month_is_closed_by_calls(desk: PayDesk, calls: Any) -> None:  # noqa: F811 -- the fixture
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    comp, second, finance = (calls(one) for one in (desk.admin, desk.second, desk.finance))
    period = desk.month("2024-01")
    assert ok(comp.get(f"pay-periods/{period.pk}/"))["state"] == "open"
    assert finance.post("pay-runs/", {"period_id": period.pk}).status_code == 403
    assert comp.post("pay-runs/", {"period_id": 999999}).status_code == 400
    run = ok(comp.post("pay-runs/", {"period_id": period.pk}), 201)
    assert run["state"] == "started"
    one = f"pay-runs/{run['id']}/"
    assert comp.post(f"{one}submit/").status_code == 409
    desk.run_jobs()
    assert ok(comp.get(one))["totals"] == {"USD": {"earned": 40000, "paid": -40000}}
    assert ok(comp.post(f"{one}submit/"))["state"] == "submitted"
    assert comp.post(f"{one}approve/").status_code == 409  # prepared it
    ok(second.post(f"{one}approve/"))
    assert finance.post(f"{one}give-back/", {"reason": " "}).status_code == 400
    assert ok(finance.post(f"{one}approve/"))["state"] == "approved"
    assert finance.post(f"{one}post/").status_code == 403
    assert ok(comp.post(f"{one}post/"))["state"] == "posted"
    entries = finance.all("ledger-entries/", period=period.pk, limit=1)
    assert [(row["stage"], row["amount"]) for row in entries] == [("paid", "-400.00"), ("earned", "400.00")]
    assert entries[0]["payee"] == services.payee_of(desk.ana).code and entries[0]["person_id"] == desk.ana.pk
    assert ok(comp.post(f"pay-periods/{period.pk}/reopen/", {"reason": "A credit was late"}))["state"] == "open"


def test_an_adjustment_is_proposed_and_decided_by_calls(desk: PayDesk, calls: Any) -> None:  # noqa: F811 -- the fixture
    version = desk.plan()
    comp, finance = calls(desk.admin), calls(desk.finance)
    given = {
        **{"person_id": desk.ana.pk, "plan_id": version.plan_id, "earned_in": "2024-01-01"},
        **{"amount": "-960.50", "reason": "Ostra Labs"},
    }
    made = ok(comp.post("pay-adjustments/", given), 201)
    assert (made["amount"], made["state"]) == ("-960.50", "proposed")
    bad = comp.post("pay-adjustments/", given | {"person_id": desk.company.outsider.person.pk})
    assert bad.status_code == 400 and bad.json()["errors"][0]["pointer"] == "/person_id"
    assert comp.post("pay-adjustments/", given | {"earned_in": "2020-01-01"}).status_code == 409
    url = f"pay-adjustments/{made['id']}/decide/"
    assert comp.post(url, {"is_approved": True}).status_code == 409
    assert ok(finance.post(url, {"is_approved": True}))["state"] == "approved"
    event = {"kind": "score", "person_id": desk.ana.pk, "name": "Onboarding", "on": "2024-02-01", "amount": "0.85"}
    score = ok(comp.post("pay-events/", event), 201)
    assert score["amount"] == "0.85"
    assert ok(finance.post(f"pay-events/{score['id']}/decide/", {"is_approved": False}))["state"] == "refused"


def test_nobody_else_sees_pay(desk: PayDesk, calls: Any) -> None:  # noqa: F811 -- the fixture
    for member in (desk.company.rep, desk.company.manager, desk.company.ops, desk.company.admin, desk.company.vp):
        for path in ("pay-periods/", "pay-runs/", "ledger-entries/", "pay-adjustments/", "pay-events/"):
            assert calls(member).get(path).status_code == 403
