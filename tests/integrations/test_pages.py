"""The wizard by plain forms, as a browser without script sends them; who may use it; what it costs."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Account
from core.models import Run
from integrations.models import ImportFile
from pipeline.models import Opportunity, Stage
from tests.counting import queries

pytestmark = pytest.mark.django_db
MESSY = """opp_id,Account Name,Owner Email,Stage,Amount,Close Date,Next Step,Legacy
006-1,Halden Logistics,vera@nobody.example,Discvery,148000,19/12/2026,Countersign,73
006-2,Corvid Foods,,Proposal Sent,39.800,04/12/2026,,41
006-3,Quarry Tools,,Discovery,96200,Q1,Call,88
006-4,Quarry Tools,,Discovery,100,30/11/2026,Call,88
006-5,Quarry Tools,,Discovery,200,30/11/2026,Call,88
"""


@pytest.fixture
def ops(company: Any, signed_in: Callable[..., Client]) -> Client:
    return signed_in(company.ops)


def upload(client: Client, text: str | bytes, kind: str = "opportunities", name: str = "deals.csv") -> ImportFile:
    data = text.encode() if isinstance(text, str) else text
    answer = client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return ImportFile.objects.latest("pk")


def mapping(row: ImportFile, **more: str) -> dict[str, str]:
    return {f"column-{i}": row.mapping[name] for i, name in enumerate(row.shape["columns"])} | more


def page(client: Client, row: ImportFile, query: str = "") -> str:
    return str(client.get(f"{row.get_absolute_url()}{query}").content.decode())


def test_from_upload_to_undo(ops: Client, run_jobs: Any) -> None:
    row = upload(ops, MESSY)
    text = page(ops, row)
    assert "Match on" in text and "7 of 8 mapped" in text
    ops.post(f"/imports/{row.pk}/map/", mapping(row))
    assert "every 1s" in page(ops, row)
    run_jobs()
    text = page(ops, row)
    assert "Did you mean 39,800.00?" in text
    kinds = dict(row.proposals.values_list("value", "action"))
    names = {"Halden Logistics", "Corvid Foods", "Quarry Tools", "vera@nobody.example", "Proposal Sent"}
    assert kinds == dict.fromkeys(names, "create") | {"Discvery": "use"}
    assert "6 proposals wait for you" in text
    row.refresh_from_db()
    assert (row.counts["rejected"], row.counts["waiting"]) == (2, 3)
    _decide_and_fix(ops, row)
    run_jobs()
    ops.post(f"/imports/{row.pk}/decide/", {"all": "1"})
    ops.post(f"/imports/{row.pk}/run/")
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.counts["created"], row.counts["rejected"]) == ("imported", 5, 0)
    deals = Opportunity.objects.filter(external_id__startswith="006").in_bulk(field_name="external_id")
    assert deals["006-1"].stage.name == "Discovery"
    assert deals["006-2"].amount == 39_800
    assert deals["006-3"].expected_close_on is None
    assert "5 created" in page(ops, row)
    assert "records this import made are deleted" in ops.get(f"/imports/{row.pk}/undo/").content.decode()
    assert Opportunity.objects.filter(external_id__startswith="006").exists()  # asking does nothing
    ops.post(f"/imports/{row.pk}/undo/")
    run_jobs()
    assert "Undone." in page(ops, row)
    assert not Opportunity.objects.filter(external_id__startswith="006").exists()


def _decide_and_fix(ops: Client, row: ImportFile) -> None:
    stage = row.proposals.get(value="Discvery")
    assert (stage.action, stage.target) == ("use", "Discovery")
    owner = row.proposals.get(field="owner")
    ops.post(f"/imports/{row.pk}/decide/", {"proposal": owner.pk, "action": "use", "target": "Nobody at all"})
    owner.refresh_from_db()
    assert not owner.is_accepted  # a name nobody has isn't taken
    ops.post(f"/imports/{row.pk}/decide/", {"proposal": owner.pk, "action": "use", "target": "Ana Alves"})
    ops.post(f"/imports/{row.pk}/fix/", {"field": "amount", "value": "39.800", "target": "39800"})
    run_again = Run.objects.filter(kind="import.check").count()
    assert run_again == 2  # a mended value is checked again
    ops.post(f"/imports/{row.pk}/fix/", {"field": "close_date", "value": "Q1", "target": ""})


def test_fix_waits_while_a_check_runs(ops: Client, run_jobs: Any) -> None:
    row = upload(ops, MESSY)
    ops.post(f"/imports/{row.pk}/map/", mapping(row))
    answer = ops.post(f"/imports/{row.pk}/run/", follow=True)
    assert "is running. Wait until it ends, or stop it." in answer.content.decode()
    assert Run.objects.filter(kind="import").count() == 0
    run_jobs()


def test_import_needs_a_check_and_undo_an_import(ops: Client) -> None:
    row = upload(ops, MESSY)
    assert "Check the rows first" in ops.post(f"/imports/{row.pk}/run/", follow=True).content.decode()
    assert "nothing to undo" in ops.post(f"/imports/{row.pk}/undo/", follow=True).content.decode()


def test_date_order_and_first_day_are_asked(ops: Client, run_jobs: Any) -> None:
    row = upload(ops, "Deal ID,Deal name,Close date\nD1,One,04/05/2026\n")
    assert "Day or month first?" in page(ops, row)
    ops.post(f"/imports/{row.pk}/map/", mapping(row, **{"order-2": "dmy"}))
    run_jobs()
    ops.post(f"/imports/{row.pk}/run/")
    run_jobs()
    assert str(Opportunity.objects.get(external_id="D1").expected_close_on) == "2026-05-04"
    people = upload(ops, "Name,Manager\nBo,Max Moreau\n", kind="people")
    assert "First day of reporting lines" in page(ops, people)
    answer = ops.post(f"/imports/{people.pk}/map/", mapping(people, since="soon"), follow=True)
    assert "Enter a valid date." in answer.content.decode()
    ops.post(f"/imports/{people.pk}/map/", mapping(people, since="2024-05-01"))
    people.refresh_from_db()
    assert people.options["since"] == "2024-05-01"


def test_field_given_twice_is_refused(ops: Client) -> None:
    row = upload(ops, MESSY)
    answer = ops.post(f"/imports/{row.pk}/map/", mapping(row, **{"column-7": "amount"}), follow=True)
    assert "Two columns are mapped to" in answer.content.decode()
    assert Run.objects.filter(kind="import.check").count() == 0


def test_another_sheet(ops: Client) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, rows in {
            "Deals": [["Deal ID", "Deal name"], ["D1", "One"]],
            "Old": [["ID", "Title"], ["X", "Y"]],
        }.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
        book.add_worksheet("Empty")
    row = upload(ops, stream.getvalue(), name="deals.xlsx")
    assert "Read this sheet" in page(ops, row)
    ops.post(f"/imports/{row.pk}/sheet/", {"sheet": "Old"})
    row.refresh_from_db()
    assert (row.shape["sheet"], row.mapping) == ("Old", {"ID": "external_id", "Title": "name"})
    answer = ops.post(f"/imports/{row.pk}/sheet/", {"sheet": "Empty"}, follow=True)
    assert "holds no rows" in answer.content.decode()


def test_mapping_and_decisions_are_remembered_by_the_headers(ops: Client, run_jobs: Any) -> None:
    text = "Code,Customer name here,Phase\nD1,Halden,Discvery\n"
    row = upload(ops, text)
    ops.post(f"/imports/{row.pk}/map/", {"column-0": "external_id", "column-1": "account", "column-2": "stage"})
    run_jobs()
    ops.post(f"/imports/{row.pk}/decide/", {"all": "1"})
    ops.post(f"/imports/{row.pk}/run/")
    run_jobs()
    again = upload(ops, "code,Customer Name Here,phase\nD2,Halden,Discvery\n")
    assert again.mapping == {"code": "external_id", "Customer Name Here": "account", "phase": "stage"}
    ops.post(f"/imports/{again.pk}/map/", mapping(again))
    run_jobs()
    assert again.proposals.count() == 0
    ops.post(f"/imports/{again.pk}/run/")
    run_jobs()
    assert Opportunity.objects.get(external_id="D2").stage == Stage.objects.get(name="Discovery")


def test_progress_comes_by_htmx_and_ends_with_the_whole_page(
    company: Any, signed_in: Callable[..., Client], run_jobs: Any
) -> None:
    client = signed_in(company.ops)
    row = upload(client, MESSY)
    client.post(f"/imports/{row.pk}/map/", mapping(row))
    part = client.get(row.get_absolute_url(), headers={"HX-Request": "true"})
    assert b"<html" not in part.content and b"Stop" in part.content
    run_jobs()
    over = client.get(row.get_absolute_url(), headers={"HX-Request": "true"})
    assert over["HX-Refresh"] == "true"


def test_problems_are_paged_and_sorted_by_kind(ops: Client, run_jobs: Any) -> None:
    known = "".join(f"B{n},{n}\n" for n in range(60))
    row = upload(ops, f"Account,Employees\n{known}" + "".join(f"A{n},many\n" for n in range(40)), kind="accounts")
    ops.post(f"/imports/{row.pk}/map/", mapping(row))
    run_jobs()
    text = page(ops, row, "?show=error")
    assert text.count("err-cell") == 25
    after = row.issues.order_by("pk")[24].pk
    assert page(ops, row, f"?show=error&after={after}").count("err-cell") == 15
    assert page(ops, row, "?show=nonsense&after=-1").count("err-cell") == 25


@pytest.mark.parametrize("member", ["rep", "manager", "outsider", "vp"])
def test_only_those_who_may_import_see_imports(
    company: Any, signed_in: Callable[..., Client], ops: Client, member: str
) -> None:
    row = upload(ops, MESSY)
    client = signed_in(getattr(company, member))
    for address in ("/imports/", "/imports/new/", row.get_absolute_url(), f"/imports/{row.pk}/errors.csv"):
        assert client.get(address).status_code == 404
    for act in ("map", "sheet", "decide", "fix", "run", "undo"):
        assert client.post(f"/imports/{row.pk}/{act}/").status_code == 404
    assert client.post("/imports/new/", {"kind": "accounts"}).status_code == 404
    assert ImportFile.objects.count() == 1


def test_queries_dont_grow_with_rows(ops: Client, run_jobs: Any) -> None:
    first = upload(ops, "Account,Parent\nA,X\n", kind="accounts")
    one = queries(ops, "/imports/")
    small = queries(ops, first.get_absolute_url())
    more = upload(ops, "Account,Parent\n" + "".join(f"A{n},X{n}\n" for n in range(40)), kind="accounts")
    upload(ops, "Account\nB\n", kind="accounts")
    assert queries(ops, "/imports/") == one
    for row in (first, more):
        ops.post(f"/imports/{row.pk}/map/", mapping(row))
    run_jobs()
    checked = queries(ops, first.get_absolute_url())
    assert queries(ops, more.get_absolute_url()) == checked
    assert small <= checked
    assert not Account.objects.filter(name="A1").exists()
