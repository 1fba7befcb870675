"""What goes out comes in again and changes nothing; all data but pay goes out as a zip, by an admin's hand."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Account, Contact
from core.models import AuditEvent, Run
from integrations import services
from leads.models import Lead
from people.models import Person
from pipeline.models import Activity, Competitor, LossReason, Opportunity, Product, Stage

pytestmark = pytest.mark.django_db
Bring = Callable[..., Any]
KINDS = ("people", "accounts", "contacts", "products", "leads", "opportunities", "activities")


@pytest.fixture
def records(company: Any) -> Any:
    """Records with and without external IDs, with texts that look like formulas, line breaks and odd amounts."""
    rep = company.rep.person
    parent = company.account("Halden Group", external_id="A1", domain="halden.example", segment="Large")
    child = company.account("Halden East", phone="+49 30 1234", city="Köln", employees=12, parent=parent)
    Account.objects.filter(pk=child.pk).update(annual_revenue=Decimal("12.3456"), latitude=Decimal("50.937531"))
    Contact.objects.create(name="Ida Pell", account=child, email="ida@halden.example", persona="economic_buyer")
    lamp = Product.objects.create(name="Lamp", family="Light", is_recurring=True)
    open_deal = company.deal("=SUM(A1)", account=child, amount=Decimal("39.80"), product=lamp, next_step="-call back")
    Opportunity.objects.filter(pk=open_deal.pk).update(probability=Decimal("33.5"), term_months=12, source="@web")
    lost = company.deal("Lost one", account=parent, owner=company.outsider, external_id="D9")
    Opportunity.objects.filter(pk=lost.pk).update(
        stage=Stage.objects.get(status="lost"),
        status="lost",
        category="omitted",
        closed_on=date(2024, 3, 1),
        expected_close_on=None,
        amount=Decimal("1234.5678"),
        loss_reason=LossReason.objects.first(),
        competitor=Competitor.objects.create(name="Rival & Co"),
    )
    Activity.objects.create(
        kind="call",
        title="Rang",
        body="Said:\nno, not now",
        subject_kind="opportunity",
        subject_id=lost.pk,
        account=parent,
        owner=rep,
        happened_at=datetime(2024, 2, 1, 9, 30, 15, 123456, tzinfo=UTC),
        done_at=datetime(2024, 2, 2, 8, tzinfo=UTC),
    )
    Activity.objects.create(kind="task", title="Send", subject_kind="account", subject_id=child.pk, account=child)
    Lead.objects.create(
        name="Noor", company_name="Corvid", owner=rep, score=Decimal("12.5"), created_on=date(2024, 1, 2)
    )
    return company


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", KINDS)
def test_export_imported_again_changes_nothing(
    records: Any, bring: Bring, tmp_path: Path, kind: str, ending: str
) -> None:
    path = tmp_path / f"{kind}.{ending}"
    count = services.export_records(kind=kind, path=path)
    row = bring(kind, path, name=path.name, accept=False)
    assert count == row.counts["rows"] > 0
    wrong = {name: row.counts[name] for name in ("created", "updated", "rejected", "waiting", "facts", "conflicts")}
    assert wrong == dict.fromkeys(wrong, 0), list(row.issues.values_list("message", "value"))
    assert row.counts["unchanged"] == count


def test_every_column_finds_its_field(records: Any, bring: Bring, tmp_path: Path) -> None:
    from core import registry

    for kind in KINDS:
        path = tmp_path / f"{kind}.csv"
        services.export_records(kind=kind, path=path)
        row = bring(kind, path, dry=True)
        spec = registry.import_kinds[kind].spec
        labels = {field.label: field.name for field in spec.fields}
        assert row.mapping == {column: labels[column] for column in row.mapping}, kind


def test_export_is_inert_in_a_spreadsheet(records: Any, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    services.export_records(kind="opportunities", path=path)
    cells = {cell for row in csv.reader(path.open()) for cell in row}
    assert {"'=SUM(A1)", "'-call back", "'@web"} <= cells
    book = tmp_path / "deals.xlsx"
    services.export_records(kind="opportunities", path=book)
    with zipfile.ZipFile(book) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_export_into_an_empty_company_makes_the_same_records(records: Any, bring: Bring, tmp_path: Path) -> None:
    paths = {kind: tmp_path / f"{kind}.csv" for kind in KINDS}
    for kind, path in paths.items():
        services.export_records(kind=kind, path=path)
    Activity.objects.all().delete()
    Opportunity.objects.all().delete()
    Contact.objects.all().delete()
    Account.objects.all().delete()
    for kind in ("accounts", "contacts", "opportunities", "activities"):
        row = bring(kind, paths[kind], accept=False)
        assert (row.counts["rejected"], row.counts["waiting"]) == (0, 0), kind
    assert Account.objects.get(name="Halden East").parent.name == "Halden Group"
    assert Opportunity.objects.get(name="=SUM(A1)").amount == Decimal("39.80")
    assert Activity.objects.get(title="Rang").subject_id == Opportunity.objects.get(external_id="D9").pk


def test_commands(records: Any, tmp_path: Path, capsys: Any) -> None:
    call_command("export_records", "accounts", str(tmp_path / "a.csv"))
    assert "accounts written to" in capsys.readouterr().out
    with pytest.raises(CommandError, match="neither in .csv nor in .xlsx"):
        call_command("export_records", "accounts", str(tmp_path / "a.txt"))
    with pytest.raises(CommandError, match="can't be written"):
        call_command("export_records", "accounts", str(tmp_path / "nowhere" / "a.csv"))
    call_command("export_all", str(tmp_path / "all"))
    assert (tmp_path / "all" / "records" / "opportunities.csv").exists()
    assert (tmp_path / "all" / "facts" / "people_reportingline.csv").exists()


def test_all_data_goes_out_by_an_admin(records: Any, signed_in: Callable[..., Client], run_jobs: Any) -> None:
    admin = signed_in(records.admin)
    answer = admin.post("/exports/")
    run_jobs()
    run = Run.objects.get(kind="export.all")
    assert answer["Location"] == run.get_absolute_url()
    assert run.state == "succeeded"
    file = admin.get(f"/exports/{run.pk}/file/")
    with zipfile.ZipFile(io.BytesIO(b"".join(file.streaming_content))) as archive:
        names = set(archive.namelist())
        deals = archive.read("records/opportunities.csv").decode()
    assert {f"records/{kind}.csv" for kind in KINDS} <= names
    assert "Lost one" in deals
    assert not [name for name in names if "user" in name or "session" in name]
    assert f"/exports/{run.pk}/file/" in admin.get("/exports/").content.decode()
    assert set(AuditEvent.objects.filter(act__startswith="data.").values_list("act", flat=True)) == {
        "data.exported",
        "data.downloaded",
    }
    for member in (records.ops, records.rep, records.vp):
        client = signed_in(member)
        assert client.get("/exports/").status_code == 404
        assert client.get(f"/exports/{run.pk}/file/").status_code == 404


def test_no_login_leaves_with_the_data(records: Any, tmp_path: Path) -> None:
    call_command("export_all", str(tmp_path / "all"))
    for path in (tmp_path / "all").rglob("*.csv"):
        header = next(csv.reader(path.open()))
        assert "password" not in header, path
    assert Person.objects.exists()
