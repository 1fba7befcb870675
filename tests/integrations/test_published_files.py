"""Published files as they are: a workbook named .csv, and a zip with conflicting rows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Sum

from leads.models import Lead
from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db
Bring = Callable[..., Any]


def test_leads_of_a_workbook_named_csv(bring: Bring, shared_path: Callable[..., Path]) -> None:
    path = shared_path("data", "leads_xeducation", "Leads.csv")
    row = bring("leads", path, name="Leads.csv")
    assert row.shape["format"] == "xlsx"
    assert (row.counts["created"], row.counts["rejected"], row.counts["waiting"]) == (9240, 0, 0)
    assert Lead.objects.filter(status="converted").count() == 3561  # 38.54 %
    texts = [f.name for f in Lead._meta.concrete_fields if f.get_internal_type() == "CharField"]
    assert not any(Lead.objects.filter(**{f"{name}__iexact": "select"}).exists() for name in texts)
    assert Lead.objects.exclude(industry="").exists()
    assert bring("leads", path, name="Leads.csv").counts["unchanged"] == 9240


def test_opportunities_of_a_zip_with_conflicting_rows(
    bring: Bring, undo: Bring, shared_path: Callable[..., Path]
) -> None:
    path = shared_path("data", "opportunities_ibm", "WA_Fn-UseC_-Sales-Win-Loss.csv.zip")
    row = bring("opportunities", path, name="win-loss.csv.zip")
    counts = row.counts
    assert (counts["rows"], counts["created"], counts["rejected"], counts["waiting"]) == (78_025, 77_829, 0, 0)
    assert counts["exact_duplicates"] + counts["conflicts"] == 78_025 - 77_829
    codes = dict(row.issues.values_list("code").annotate(n=Count("pk")).order_by())
    assert codes == {"exact_duplicate": counts["exact_duplicates"], "conflict": counts["conflicts"]}
    assert counts["exact_duplicates"] >= 55
    assert Opportunity.objects.filter(owner=None, account=None).count() == 77_829
    assert Opportunity.objects.aggregate(total=Sum("amount"))["total"] < Decimal(7_149_997_270)
    loser = row.issues.filter(code="conflict").first()
    assert loser.raw[0] and len(loser.raw) == 19  # kept in the report, cell by cell
    assert undo(row)["kept"] == 0
    assert not Opportunity.objects.exists()
