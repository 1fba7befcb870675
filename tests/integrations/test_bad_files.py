"""Files that are broken, huge or meant to harm, through the page: a clear sentence, nothing half-written."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Account
from core.models import Run
from integrations.models import ImportFile, ImportIssue
from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db
Bring = Callable[..., Any]


@pytest.fixture
def ops(company: Any, signed_in: Callable[..., Client]) -> Client:
    return signed_in(company.ops)


def _upload(client: Client, content: bytes, name: str = "file.csv", kind: str = "accounts") -> Any:
    return client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, content)})


def _bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.csv", b"Account\n" + b"0" * (300 * 1024**2))
    return stream.getvalue()


BAD = {
    "empty": (b"", "empty"),
    "header only": (b"Account,City\n", "only names of columns"),
    "binary": (bytes(range(256)) * 40, "binary"),
    "old or locked workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
    "page saved as .xls": (b"<html><table><tr><td>Account</td></tr></table></html>", "web page"),
    "pdf": (b"%PDF-1.7 Account", "PDF"),
    "cut archive": (gzip.compress(b"Account\n" + b"Acme\n" * 9999, mtime=0)[:-20], "damaged"),
    "open quotation mark": (b'Account,City\nAcme,"Rome\nBolt,Paris\n', "quotation mark"),
}


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_refused_on_the_page_and_not_kept(ops: Client, case: str, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    content, words = BAD[case]
    answer = _upload(ops, content)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not ImportFile.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_zip_bomb(ops: Client) -> None:
    answer = _upload(ops, _bomb(), "accounts.zip")
    assert "unpack to more than" in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_too_large(ops: Client, settings: Any) -> None:
    settings.MAX_IMPORT_BYTES = 1024**2
    answer = _upload(ops, b"Account\n" + b"Acme\n" * 300_000)
    assert "larger than 1 MB" in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_quotation_mark_left_open_far_down_fails_the_check_alone(bring: Bring, ops: Client, run_jobs: Any) -> None:
    content = b"Account,City\n" + b"".join(b"Acme %d,Rome\n" % n for n in range(25_000)) + b'Bolt,"Paris\n'
    answer = _upload(ops, content)
    row = ImportFile.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    ops.post(f"/imports/{row.pk}/map/", {"column-0": "name", "column-1": "city"})
    run_jobs()
    row.refresh_from_db()
    assert row.stands == "uploaded"
    page = ops.get(row.get_absolute_url()).content.decode()
    assert "never closed" in page
    assert "Nothing was imported." in page
    assert not Account.objects.filter(name__startswith="Acme ").exists()


def test_ragged_rows_are_reported_and_the_others_taken(bring: Bring) -> None:
    row = bring("accounts", "Account,City\nAcme,Rome\nBolt,Paris,extra,cells\nCorvid\n")
    assert (row.counts["created"], row.counts["rejected"]) == (2, 1)
    issue = row.issues.get()
    assert (issue.row_number, issue.code) == (3, "ragged")
    assert issue.raw == ["Bolt", "Paris", "extra", "cells"]


def test_wrong_encoding_is_told(bring: Bring) -> None:
    row = bring("accounts", "Account,City\nMüller,Köln\nAcme,Rome\n".encode("latin-1"))
    assert Account.objects.filter(name="Müller").exists()
    assert "isn't UTF-8" in row.shape["notes"][0]


def test_same_header_twice(bring: Bring) -> None:
    row = bring("accounts", "Account,Account,City\nAcme,Bolt,Rome\n")
    assert row.shape["columns"] == ["Account", "Account (2)", "City"]
    assert Account.objects.get().name == "Acme"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Employees", "99999999999"),
        ("Employees", "-5"),
        ("Founded", "123456"),
        ("Latitude", "12345"),
        ("Annual revenue", "9" * 20),
        ("Account ID", "x" * 200),
    ],
)
def test_value_that_no_column_holds_rejects_its_row_only(bring: Bring, column: str, value: str) -> None:
    row = bring("accounts", f"Account,{column}\nAcme,{value}\nBolt,\n")
    assert (row.counts["created"], row.counts["rejected"]) == (1, 1)
    assert row.issues.get().column == column


def test_new_record_without_its_name_is_rejected_alone(bring: Bring) -> None:
    row = bring("accounts", "Account,City,Employees\nAcme,Rome,1\n,Paris,2\nBolt,Oslo,3\n")
    assert (row.counts["created"], row.counts["rejected"]) == (2, 1)
    again = bring("accounts", "Account ID,City\nA1,Rome\n", mapping={"Account ID": "external_id", "City": "city"})
    assert (again.counts["created"], again.counts["rejected"]) == (0, 1)
    assert again.issues.get().message == "A new record needs a value here: name."


def test_probability_beyond_its_bounds(bring: Bring) -> None:
    row = bring("opportunities", "Deal ID,Deal name,Probability\nD1,One,130%\nD2,Two,30%\n")
    assert (row.counts["created"], row.counts["rejected"]) == (1, 1)


def test_two_people_with_one_address_and_two_products_of_one_name(bring: Bring) -> None:
    people = bring("people", "User ID,Name,Email\nU1,Ann,ann@x.example\nU2,Ben,ann@x.example\n")
    assert (people.counts["created"], people.counts["rejected"]) == (1, 1)
    assert people.issues.get().message == "Another person has the same e-mail address."
    products = bring("products", "Product code,Product\nP1,Lamp\nP2,Lamp\n")
    assert (products.counts["created"], products.counts["rejected"]) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("people", "Name,Manager\nAnn,Ben\nBen,Cy\nCy,Ann\n", "would report to itself"),
        ("accounts", "Account,Parent\nAcme,Bolt\nBolt,Acme\n", "its own parent"),
    ],
)
def test_circle_fails_whole_with_a_sentence(bring: Bring, kind: str, text: str, words: str) -> None:
    from core.runs import RunFailed

    with pytest.raises(RunFailed, match=words) as caught:
        bring(kind, text)
    assert "Nothing was imported." in str(caught.value)
    assert Run.objects.get(kind="import.check").state == "failed"
    assert not Account.objects.exists()


def test_nul_and_markup_in_cells_are_text(bring: Bring, ops: Client) -> None:
    text = "Account,City\n<script>alert(1)</script>,Rome\n" + "Acme,Paris\n" * 900 + "Bolt,Os\x00lo\n"
    row = bring("accounts", text)
    assert Account.objects.get(name="Bolt").city == "Oslo"
    assert Account.objects.get(city="Rome").name == "<script>alert(1)</script>"
    page = ops.get(row.get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in page


def test_rows_not_taken_come_back_inert(bring: Bring, ops: Client) -> None:
    rows = "\"=cmd|'/C calc'!A0\",many\n@SUM(A1),few\nAcme,1\nBolt,2\nCorvid,3\n"
    row = bring("accounts", f"Account,Employees\n{rows}")
    assert (row.counts["created"], row.counts["rejected"]) == (3, 2)
    answer = ops.get(f"/imports/{row.pk}/errors.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "Row,Problem,Account,Employees"
    assert lines[1].startswith("2,") and "'=cmd|" in lines[1]
    assert "'@SUM(A1)" in lines[2]


def test_every_problem_is_kept_however_many(bring: Bring) -> None:
    known = "".join(f"B{n},{n}\n" for n in range(60))
    row = bring("accounts", f"Account,Employees\n{known}" + "".join(f"A{n},many\n" for n in range(25_000)))
    assert row.counts["rejected"] == 25_000
    assert ImportIssue.objects.filter(import_file=row).count() == 25_000


def test_stopped_import_writes_nothing(bring: Bring, company: Any) -> None:
    from core.runs import RunStopped, ask_to_stop, open_run
    from integrations import services

    text = "Deal ID,Deal name\n" + "".join(f"D{n},Deal {n}\n" for n in range(5_000))
    row = bring("opportunities", text, dry=True)
    run = open_run(kind="import", label="import")
    run.stop_requested_at = company.row.created_at
    run.save()
    ask_to_stop(run=run)
    with pytest.raises(RunStopped):
        services.run_import(import_file=row, run=run, by=None, today=company.as_of)
    assert not Opportunity.objects.exists()
    row.refresh_from_db()
    assert (row.state, json.dumps(row.counts["created"])) == ("checked", "5000")
