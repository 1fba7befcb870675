"""What the checks say about a real CRM export: imported, checked by the job that follows, read on the page, undone."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from integrations.models import ImportFile
from people.models import User
from people.services import create_user
from pipeline.models import DealScore, Finding, HygieneScore
from tests.small_company import SINCE

# Of 8,800 deals 2,089 are open (500 of them imported without a day, so created on the day of import); 2,473 were lost.
FOUND = {
    "no_account": 1425,
    "undated": 2089,
    "amount_missing": 2089,
    "no_next_step": 2089,
    "no_contact": 2089,
    "stale": 1589,
    "lost_without_reason": 2473,
    "account_no_owner": 85,
}


@pytest.fixture
def ops(db: None, shared_path: Callable[..., Path]) -> User:
    folder = shared_path("data", "crm_maven")
    for kind, name in (
        ("people", "sales_teams"),
        ("accounts", "accounts"),
        ("products", "products"),
        ("opportunities", "sales_pipeline"),
    ):
        call_command("import_records", kind, str(folder / f"{name}.csv"), "--accept-proposals", stdout=io.StringIO())
    return create_user(email="ops@example.com", password=None, roles=["sales_ops"], by=None, on=SINCE)


def found() -> dict[str, int]:
    keys = Finding.objects.filter(resolved_on=None).values_list("rule__key", flat=True)
    counts = dict.fromkeys(keys, 0)
    for key in keys:
        counts[key] += 1
    return counts


def test_an_export_is_checked_read_and_undone(ops: User, signed_in: Any, run_jobs: Callable[[], list[str]]) -> None:
    run_jobs()
    assert found() == FOUND
    company = HygieneScore.objects.get(scope_kind="company")
    assert (company.records, company.failing, company.high) == (2089, 2089, 3 * 2089 + 1589)
    assert company.points == sum(DealScore.objects.values_list("score", flat=True))
    client = signed_in(ops)
    page = " ".join(client.get("/data-quality/").content.decode().split())
    assert ">1,425<" in page
    assert "No open deal has an amount." in page
    rows = client.get(reverse("pipeline:deals"), {"finding": "no_account"}).content.decode()
    assert "of 1,425" in " ".join(rows.split())
    call_command("undo_import", str(ImportFile.objects.get(kind="opportunities").pk), stdout=io.StringIO())
    assert not Finding.objects.filter(subject_kind="opportunity", resolved_on=None).exists()
    assert not DealScore.objects.exists()
