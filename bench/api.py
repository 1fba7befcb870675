"""Does every answer of the API keep to its document? `make bench NAME=api SIZE=10000`

A small demo company is made in a home of its own, which goes afterwards. Calls are made up from the OpenAPI document
(schemathesis), half of them right, half of them wrong, as a login with every role and as a rep, in this process through
WSGI. Prints calls, what fell outside the document, calls by status, and the 95th percentile; fails when anything did.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import Any

from bench.home import own_home

SCALE = 0.03


def main(size: int) -> None:
    with own_home(API_CALLS_PER_MINUTE=str(10**9), LOG_LEVEL="CRITICAL"):
        failed = _measure(size)
    sys.exit(1 if failed else 0)


def _measure(size: int) -> int:
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command

    call_command("prepare")
    call_command("make_demo", scale=SCALE)
    from tests.api.trying import try_api

    app, failed = WSGIHandler(), 0
    for number, (label, user) in enumerate(_callers().items()):
        begun = time.perf_counter()
        tried = try_api(app, _secret(user), _ids(user), calls=size // 2, start=number)
        failed += tried.failed
        _tell(label, tried, time.perf_counter() - begun)
    return failed


def _callers() -> dict[str, Any]:
    from people.enums import Role
    from people.models import RoleGrant, User

    day = datetime.now(UTC).date()
    everything = User.objects.create_user("everything@northwind.example", "a long password, ten")
    for role in Role:
        RoleGrant.objects.create(user=everything, role=role, valid_from=day)
    return {"every role": everything, "a rep": User.objects.get(email="rep@northwind.example")}


def _secret(user: Any) -> str:
    from core.api.scopes import SCOPES
    from integrations.services import create_token

    at = datetime.now(UTC)
    return create_token(user=user, name="bench", scopes=SCOPES, days=1, by=None, at=at, known=SCOPES)[1]


def _ids(user: Any) -> dict[str, int]:
    """Numbers of records that the caller sees, by the names that addresses and bodies give them."""
    from accounts.selectors import accounts_for, contacts_for
    from core.models import Run
    from leads.models import Lead
    from people.models import Person, Team
    from pipeline.models import Competitor, Finding, LossReason, Product, Stage
    from pipeline.selectors.deals import deals_for

    day = datetime.now(UTC).date()
    person = getattr(user, "person_or_none", None) or Person.objects.first()
    found = {
        "account_id": accounts_for(user, day),
        "contact_id": contacts_for(user, day),
        "opportunity_id": deals_for(user, day).filter(status="open"),
        "subject_id": deals_for(user, day).filter(status="open"),
        "lead_id": Lead.objects.filter(owner=person),
        "product_id": Product.objects.all(),
        "stage_id": Stage.objects.filter(status="open"),
        "lossreason_id": LossReason.objects.all(),
        "competitor_id": Competitor.objects.all(),
        "team_id": Team.objects.all(),
        "run_id": Run.objects.all(),
        "finding_id": Finding.objects.filter(resolved_on=None),
        "owner_id": Person.objects.filter(pk=person.pk),
        "person_id": Person.objects.filter(pk=person.pk),
    }
    ids = {name: rows.order_by("pk").values_list("pk", flat=True).first() for name, rows in found.items()}
    return {name: pk for name, pk in ids.items() if pk}


def _tell(label: str, tried: Any, seconds: float) -> None:
    statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(tried.statuses.items()))
    print(f"{label}: {tried.calls:,} calls in {seconds:.0f} s, {tried.failed:,} outside the document")
    print(f"  p95 {tried.p95_ms():.0f} ms; {statuses}")
    for act, reports in tried.failures.items():
        print(f"\n  {act}\n{reports[0]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
