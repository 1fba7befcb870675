"""Files on records over the API: the checks, rights and way back of the pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Attachment, AuditEvent
from tests.api.conftest import Caller
from tests.core.test_file_types import PDF, PNG
from tests.core.test_record_parts import records_of

pytestmark = pytest.mark.django_db
PATHS = {"account": "accounts", "contact": "contacts", "lead": "leads", "opportunity": "opportunities"}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def _pdf(name: str = "Offer.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "text/html")


def _put(caller: Caller, path: str, file: Any, **headers: str) -> Any:
    return caller.client.post(
        f"/api/v1/{path}", {"file": file}, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def _files_of(kind: str, company: Any) -> str:
    return f"{PATHS[kind]}/{records_of(company)[kind].pk}/attachments/"


@pytest.mark.parametrize("kind", PATHS)
def test_a_file_is_attached_read_deleted_and_brought_back(company: Any, calls: Any, kind: str) -> None:
    rep, path = calls(company.rep), _files_of(kind, company)
    made = _put(rep, path, _pdf())
    assert made.status_code == 201, made.content
    shown = made.json()
    assert shown["name"] == "Offer.pdf" and shown["content_type"] == "application/pdf"
    assert shown["size_bytes"] == len(PDF) and shown["uploaded_by"] == "Ana Alves"
    one = f"{path}{shown['id']}/"
    assert made["Location"].endswith(f"/api/v1/{one}")
    assert rep.get(path).json() == {"items": [shown]} and rep.get(one).json() == shown
    assert rep.get(one, If_None_Match=made["ETag"]).status_code == 304

    assert rep.delete(one).status_code == 428
    assert rep.delete(one, If_Match='"0123456789abcdef"').status_code == 412
    assert rep.delete(one, If_Match=made["ETag"]).status_code == 204
    assert rep.get(path).json() == {"items": []} and rep.get(one).status_code == 404
    assert rep.get(f"{one}file/").status_code == 404 and rep.delete(one, If_Match="*").status_code == 404
    for _twice in range(2):
        back = rep.post(f"{one}restore/")
        assert back.status_code == 200 and back.json() == shown
    assert rep.get(path).json() == {"items": [shown]}
    acts = AuditEvent.objects.filter(act__startswith="record.file_").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["record.file_attached", "record.file_removed", "record.file_restored"]


def test_a_download_is_the_file_and_runs_nothing(company: Any, calls: Any) -> None:
    rep, path = calls(company.rep), _files_of("account", company)
    address = f"{path}{_put(rep, path, _pdf()).json()['id']}/file/"
    for accept in ("*/*", "application/pdf", "application/json"):
        answer = rep.get(address, Accept=accept)
        assert answer.status_code == 200 and b"".join(answer.streaming_content) == PDF
        assert answer["Content-Type"] == "application/pdf" and answer["X-Content-Type-Options"] == "nosniff"
        assert re.match(r'attachment; filename="Offer.pdf"', answer["Content-Disposition"])
        assert "sandbox" in answer["Content-Security-Policy"] and "no-store" in answer["Cache-Control"]
    gone = Attachment.objects.get()
    gone.file.storage.delete(gone.file.name)
    lost = rep.get(address, Accept="application/pdf")
    assert lost.status_code == 404 and lost["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.exe", b"MZ\x00", "isn't of a type"),
        ("a.pdf", PNG, "isn't PDF"),
        ("a.pdf", b"", "is empty"),
        ("a.txt", b"<html><script>", "isn't TXT"),
    ],
)
def test_what_the_page_refuses_is_refused_here(company: Any, calls: Any, name: str, data: bytes, words: str) -> None:
    rep, path = calls(company.rep), _files_of("account", company)
    refused = _put(rep, path, _pdf(name, data))
    assert refused.status_code == 400 and refused.json()["errors"][0]["pointer"] == "/file"
    assert words in refused.json()["detail"] and not Attachment.objects.exists()


def test_a_file_that_is_too_large_or_none_at_all(company: Any, calls: Any, settings: Any) -> None:
    rep, path = calls(company.rep), _files_of("account", company)
    settings.MAX_ATTACHMENT_BYTES = 100
    assert "larger than" in _put(rep, path, _pdf(data=PDF + b" " * 200)).json()["detail"]
    assert rep.client.post(f"/api/v1/{path}", {}).json()["errors"][0]["pointer"] == "/file"
    assert rep.post(path, {"file": "x"}).status_code == 415
    assert rep.client.post(f"/api/v1/{path}", {"file": "text"}).status_code == 400


def test_the_same_upload_with_one_key_is_kept_once(company: Any, calls: Any) -> None:
    rep, path = calls(company.rep), _files_of("account", company)
    first, again = (_put(rep, path, _pdf(), Idempotency_Key="k") for _ in range(2))
    assert first.json() == again.json() and again["Idempotent-Replayed"] == "true"
    assert _put(rep, path, _pdf("Other.pdf"), Idempotency_Key="k").status_code == 422
    assert Attachment.objects.count() == 1


def test_who_may_do_what_is_as_with_the_record(company: Any, calls: Any) -> None:
    records = records_of(company)
    path, other = (f"accounts/{pk}/attachments/" for pk in (records["account"].pk, company.account("Other").pk))
    rep = calls(company.rep)
    pk = _put(rep, path, _pdf()).json()["id"]
    outsider, boss, vp = calls(company.outsider), calls(company.manager), calls(company.vp)
    for address in (path, f"{path}{pk}/", f"{path}{pk}/file/"):
        assert outsider.get(address).status_code == 404
        assert boss.get(address).status_code == vp.get(address).status_code == 200
    for caller, status in ((outsider, 404), (vp, 403)):
        assert _put(caller, path, _pdf()).status_code == status
        assert caller.delete(f"{path}{pk}/", If_Match="*").status_code == status
        assert caller.post(f"{path}{pk}/restore/").status_code == status
    deal = f"opportunities/{records['opportunity'].pk}/attachments/"
    for wrong in (f"{other}{pk}/", f"{other}{pk}/file/", f"{deal}{pk}/"):
        assert rep.get(wrong).status_code == 404
    reader = calls(company.rep, ["accounts:read", "opportunities:write"])
    assert reader.get(path).status_code == 200
    assert _put(reader, path, _pdf()).json()["scope"] == "accounts:write"


def test_a_list_of_files_costs_the_same_with_one_and_with_three(company: Any, calls: Any) -> None:
    rep, path = calls(company.rep), _files_of("account", company)
    found = []
    for count in (1, 2):
        for number in range(count):
            _put(rep, path, _pdf(f"{count}-{number}.pdf"))
        with CaptureQueriesContext(connection) as caught:
            assert rep.get(path).status_code == 200
        found.append(len(caught))
    assert found[0] == found[1]
