"""Files in the shapes that other CRMs export (our own invented data): imported without a word about their columns."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from accounts.models import Account, Contact
from leads.models import Lead
from people.models import Person
from pipeline.models import Activity, Opportunity

pytestmark = pytest.mark.django_db
Bring = Callable[..., Any]
FILES = Path(__file__).parent / "files"


def test_salesforce_report_with_titles_and_a_total(bring: Bring) -> None:
    row = bring("opportunities", FILES / "salesforce_report.csv")
    assert (row.counts["created"], row.counts["rejected"], row.counts["waiting"]) == (3, 0, 0), _problems(row)
    first = Opportunity.objects.get(external_id="0065g00000A1")
    assert (first.amount, first.probability, first.status) == (Decimal("22700.00"), 90, "open")
    assert (first.expected_close_on, first.created_on) == (date(2026, 4, 15), date(2026, 1, 9))
    assert (first.stage.name, first.stage.probability) == ("Negotiation/Review", 80)
    assert first.next_step == "Send contract, then call"
    assert (first.account.name, first.owner.name, first.source) == ("Halden Logistics", "Mara Okonjo", "Web")
    won = Opportunity.objects.get(external_id="0065g00000A2")
    assert (won.status, won.closed_on, won.type, won.amount) == (
        "won",
        date(2026, 3, 31),
        "expansion",
        Decimal("1180.50"),
    )
    assert Opportunity.objects.get(external_id="0065g00000A3").status == "lost"


def test_hubspot_deals_by_owner_email(bring: Bring) -> None:
    Person.objects.create(name="Mara Okonjo", email="Mara.Okonjo@northwind.example")
    row = bring("opportunities", FILES / "hubspot.csv")
    assert (row.counts["created"], row.counts["rejected"]) == (2, 0), _problems(row)
    deal = Opportunity.objects.get(external_id="1021")
    assert (deal.owner.name, deal.expected_close_on, deal.category) == ("Mara Okonjo", date(2026, 4, 15), "best_case")
    assert Person.objects.count() == 1
    assert Opportunity.objects.get(external_id="1022").status == "won"


def test_pipedrive_with_semicolons_and_decimal_commas(bring: Bring) -> None:
    row = bring("opportunities", FILES / "pipedrive.csv")
    assert (row.counts["created"], row.counts["rejected"], row.counts["waiting"]) == (3, 0, 0), _problems(row)
    deals = Opportunity.objects.in_bulk(field_name="external_id")
    assert (deals["7"].amount, deals["7"].currency_id, deals["7"].status) == (Decimal("22700.50"), "EUR", "open")
    assert deals["7"].expected_close_on == date(2026, 4, 15)
    assert (deals["8"].status, deals["8"].stage.name, deals["8"].closed_on) == ("won", "Won", date(2026, 3, 30))
    assert (deals["9"].status, deals["9"].closed_on, deals["9"].loss_reason.name) == ("lost", date(2026, 2, 2), "Price")


def test_zoho_dates_with_month_names(bring: Bring) -> None:
    row = bring("opportunities", FILES / "zoho.csv")
    assert (row.counts["created"], row.counts["rejected"]) == (2, 0), _problems(row)
    deal = Opportunity.objects.get(external_id="zcrm_1")
    assert (deal.amount, deal.expected_close_on, deal.created_on) == (22700, date(2026, 4, 15), date(2026, 1, 9))
    assert deal.stage.probability == 50


def test_references_by_id_and_by_name(bring: Bring) -> None:
    bring(
        "people",
        "User ID,Full Name,Email\nU1,Mara Okonjo,mara@northwind.example\nU2,Kit Ostrander,kit@northwind.example\n",
    )
    bring(
        "accounts",
        "Account ID,Account Name,Owner ID,Billing Country\nA1,Halden Logistics,U1,USA\nA2,Corvid Foods,U2,Germany\n",
    )
    row = bring(
        "opportunities",
        (
            "Opportunity ID,Opportunity Name,Account ID,Owner ID,Stage\n"
            "D1,One,A1,U2,Discovery\n"
            "D2,Two,A2,mara@northwind.example,Discovery\n"
        ),
    )
    assert row.proposals.count() == 0
    assert dict(Opportunity.objects.values_list("external_id", "account__name")) == {
        "D1": "Halden Logistics",
        "D2": "Corvid Foods",
    }
    assert dict(Opportunity.objects.values_list("external_id", "owner__name")) == {
        "D1": "Kit Ostrander",
        "D2": "Mara Okonjo",
    }
    assert dict(Account.objects.values_list("name", "owner__name"))["Corvid Foods"] == "Kit Ostrander"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_of_spreadsheets(bring: Bring, encoding: str) -> None:
    text = "Account ID;Account Name;Billing City\nA1;Müller & Söhne;Köln\nA2;Café Zoë;Zürich\n" * 1
    row = bring("accounts", text.encode(encoding))
    assert row.counts["created"] == 2, _problems(row)
    assert set(Account.objects.values_list("name", flat=True)) == {"Müller & Söhne", "Café Zoë"}


def test_day_or_month_first_is_decided_by_the_whole_column(bring: Bring) -> None:
    day_first = "Deal ID,Deal name,Close date\nD1,One,04/05/2026\nD2,Two,19/05/2026\n"
    bring("opportunities", day_first)
    assert dict(Opportunity.objects.values_list("external_id", "expected_close_on"))["D1"] == date(2026, 5, 4)
    row = bring("opportunities", "Deal ID,Deal name,Close date\nD3,One,04/05/2026\n", dry=True)
    assert row.options["uncertain_dates"] == ["Close date"]  # asked in the wizard


def test_currency_signs_beside_amounts(bring: Bring) -> None:
    row = bring(
        "opportunities",
        'Deal ID,Deal name,Amount\nD1,One,"€1,200.00"\nD2,Two,"£900"\nD3,Three,"$1,000"\nD4,Four,1500 CHF\n',
    )
    assert row.counts["created"] == 4, _problems(row)
    assert dict(Opportunity.objects.values_list("external_id", "currency_id")) == {
        "D1": "EUR",
        "D2": "GBP",
        "D3": "USD",
        "D4": "CHF",
    }
    again = bring("opportunities", "Deal ID,Currency\nD1,Euro\nD2,XXX\n")
    assert again.counts["rejected"] == 2
    assert "ISO code" in again.issues.first().message


def test_workbook_sheets_dates_and_booleans(bring: Bring) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_worksheet("Read me").write(0, 0, "Exported from the CRM")
        sheet = book.add_worksheet("Activities")
        days = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["Activity ID", "Type", "Subject", "Due date", "Completed", "Deal"])
        sheet.write_row(1, 0, ["T1", "Call", "Ring back", None, True, "D1"])
        sheet.write_datetime(1, 3, datetime(2026, 5, 4), days)
        sheet.write_row(2, 0, ["T2", "To do", "Send offer", None, False, "D1"])
    bring("opportunities", "Deal ID,Deal name,Account name\nD1,One,Halden\n")
    row = bring("activities", stream.getvalue(), name="activities.xlsx")
    assert row.shape["sheet"] == "Activities"
    assert row.counts["created"] == 2, _problems(row)
    call = Activity.objects.get(external_id="T1")
    assert (call.kind, call.due_on, call.account.name) == ("call", date(2026, 5, 4), "Halden")
    assert (call.subject_kind, call.subject_id) == ("opportunity", Opportunity.objects.get().pk)
    assert Activity.objects.get(external_id="T2").done_at is None


def test_packed_files(bring: Bring) -> None:
    text = b"Account\nAcme\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("accounts.csv", text)
        archive.writestr("__MACOSX/._accounts.csv", b"x")
    assert bring("accounts", packed.getvalue(), name="a.zip").counts["created"] == 1
    assert bring("accounts", gzip.compress(b"Account\nBolt\n"), name="a.csv.gz").counts["created"] == 1


def test_contacts_and_leads(bring: Bring) -> None:
    bring("accounts", "Account\nHalden Logistics\n")
    contacts = (
        "First Name,Last Name,Email,Account Name,Title,Buying Role\n"
        "Ida,Pell,ida@halden.example,Halden Logistics,CFO,Economic buyer\n"
        ",,Nameless@halden.example,Halden Logistics,,\n"
    )
    row = bring("contacts", contacts)
    assert row.counts["created"] == 2, _problems(row)
    assert Contact.objects.get(email="ida@halden.example").account.name == "Halden Logistics"
    leads = (
        "Lead ID,First Name,Last Name,Company,Email,Lead Status,Lead Source,Lead Owner\n"
        "L1,Ida,Pell,Halden,ida@halden.example,Working - Contacted,Web,\n"
        "L2,Noor,Said,Corvid,noor@corvid.example,Open - Not Contacted,Event,\n"
    )
    row = bring("leads", leads)
    assert row.counts["created"] == 2, _problems(row)
    assert dict(Lead.objects.values_list("external_id", "status")) == {"L1": "working", "L2": "new"}
    assert Lead.objects.get(external_id="L1").name == "Ida Pell"


def test_rows_without_any_key_are_the_same_rows_again(bring: Bring) -> None:
    text = "Lead name,Company\nIda,Halden\nNoor,Corvid\nIda,Halden\n"
    first = bring("leads", text)
    assert (first.counts["created"], first.counts["exact_duplicates"]) == (2, 1)
    assert bring("leads", text).counts["unchanged"] == 2


def _problems(row: Any) -> list[tuple[int, str]]:
    return list(row.issues.values_list("row_number", "message"))
