"""A contest that Ana takes part in: whoever asks for its ranks asks for hers."""

from __future__ import annotations

from datetime import date
from typing import Any

from compensation import services
from compensation.models import PlanVersion
from people.models import Person

FIRST = date(2024, 2, 1)  # after the month of pay that was posted
PLAN = {
    "plan": "Contest", "currency": "USD", "valid_from": "2024-01-01", "measures": {"bookings": {"over": "year"}},
    "components": {"contest": {"measure": "bookings", "pays": {"contest": [5000, 3000]}}},
}  # fmt: skip


def ranks(person: Person, keeper: Any) -> dict[str, Any]:
    """By the parameter that names them in addresses."""
    version = services.create_plan(name="", definition=PLAN, by=keeper)
    PlanVersion.objects.filter(pk=version.pk).update(state="published")
    services.assign(plan=version.plan, person=person, valid_from=FIRST, by=keeper)
    return {"ranked_version_id": version, "contest_key": "contest"}
