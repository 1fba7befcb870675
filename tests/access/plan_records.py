"""A plan that Ana is on, its draft, and the letter she got: whoever asks for them asks for hers."""

from __future__ import annotations

from datetime import date
from typing import Any

from compensation.kernel.digest import plan_hash
from compensation.models import Acceptance, Assignment, Payee, Plan, PlanVersion
from people.models import Person

_PAYS = {"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%"}]}
_CASE = {
    "title": "At quota",
    "credits": [{"credit_key": "A", "payee": "ana", "on": "2024-03-01", "measure": "bookings", "quota_credit": 1000}],
    "quotas": [{"payee": "ana", "measure": "bookings", "period": "2024", "amount": 1000}],
    "expect": [{"payee": "ana", "component": "commission", "amount": 100}],
}
DEFINITION: dict[str, Any] = {
    "plan": "AE 2024", "currency": "USD", "valid_from": "2024-01-01", "valid_to": "2025-01-01",
    "measures": {"bookings": {"over": "year"}},
    "components": {"commission": {"measure": "bookings", "pays": _PAYS}},
    "cases": [_CASE],
}  # fmt: skip


def plan_records(person: Person, since: date) -> dict[str, Any]:
    """By the parameter that names them in addresses."""
    plan = Plan.objects.create(name="AE 2024", currency_id="USD")
    payee = Payee.objects.create(code="Pana", person=person, digest=1)
    version = PlanVersion.objects.create(
        plan=plan, number=1, definition=DEFINITION, plan_hash=plan_hash(DEFINITION), valid_from=date(2024, 1, 1)
    )
    letter = Acceptance.objects.create(
        version=version, payee=payee, sent_on=since, terms={
            "plan": "AE 2024", "version": 1, "currency": "USD", "hash": "0" * 16, "person": person.name, "role": "",
            "from": "2024-01-01", "company": "Small", "parts": [], "quotas": [],
        },
    )  # fmt: skip
    assignment = Assignment.objects.create(plan=plan, payee=payee, valid_from=date(2024, 1, 1))
    return {"plan_id": plan, "version_id": version, "letter_id": letter, "assignment_id": assignment}
