"""Tags and files on records: who sees and changes them, downloads, undo, lists, merge, import."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core import services
from core.models import Attachment, AuditEvent, Tag, Tagged
from tests.core.test_file_types import PDF, PNG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def on(kind: str, record: Any, part: str) -> str:
    return reverse(f"core:record_{part}", args=[kind, record.pk])


def pdf(name: str = "Offer.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "text/html")


def attached(client: Any, record: Any, *files: Any, kind: str = "account") -> Any:
    return client.post(on(kind, record, "attachments"), {"files": list(files)}, follow=True)


def records_of(company: Any) -> dict[str, Any]:
    from accounts.models import Contact
    from leads.models import Lead

    account = company.account()
    person = company.rep.person
    return {
        "account": account,
        "contact": Contact.objects.create(name="Ann", account=account, owner=person),
        "opportunity": company.deal(account=account),
        "lead": Lead.objects.create(name="Lee", owner=person),
    }


def test_tags_and_files_go_on_every_kind_of_record_and_its_page_lists_them(company: Any, signed_in: Any) -> None:
    client = signed_in(company.rep)
    for kind, record in records_of(company).items():
        client.post(on(kind, record, "tags"), {"tags": "Reference, Fleet OS; reference"})
        assert set(services_tags(kind, record)) == {"Reference", "Fleet OS"}
        attached(client, record, pdf(), SimpleUploadedFile("Photo.png", PNG), kind=kind)
        assert Attachment.objects.filter(record_kind=kind, record_id=record.pk).count() == 2
        page = client.get(record.get_absolute_url()).content.decode()
        assert on(kind, record, "tags") in page and on(kind, record, "attachments") in page
        told = client.get(reverse("pipeline:record_timeline", args=[kind, record.pk])).content.decode()
        assert "Fleet OS" in told and "Offer.pdf" in told
    assert Tag.objects.count() == 2


def services_tags(kind: str, record: Any) -> list[str]:
    from core.selectors import tags_of

    return [tag.name for tag in tags_of(kind, record.pk)]


def test_who_may_not_see_a_record_finds_neither_its_tags_nor_its_files(company: Any, signed_in: Any) -> None:
    mine, outsider = signed_in(company.rep), signed_in(company.outsider)
    for kind, record in records_of(company).items():
        mine.post(on(kind, record, "tags"), {"tags": "Secret plan"})
        attached(mine, record, pdf(), kind=kind)
        file = Attachment.objects.get(record_kind=kind)
        assert outsider.get(file.get_absolute_url()).status_code == 404
        for part in ("tags", "attachments"):
            assert outsider.get(on(kind, record, part)).status_code == 404
            assert outsider.post(on(kind, record, part), {"tags": "x"}).status_code == 404
        for act in ("remove", "restore"):
            assert outsider.post(reverse(f"core:attachment_{act}", args=[file.pk])).status_code == 404
        for what in ("timeline", "findings"):
            assert outsider.get(reverse(f"pipeline:record_{what}", args=[kind, record.pk])).status_code == 404
    assert outsider.get(reverse("core:attachment", args=[10**9])).status_code == 404


def test_who_only_reads_changes_neither_tags_nor_files(company: Any, signed_in: Any) -> None:
    account, vp = company.account(), signed_in(company.vp)
    attached(signed_in(company.rep), account, pdf())
    file = Attachment.objects.get()
    assert b"".join(vp.get(file.get_absolute_url()).streaming_content) == PDF
    assert vp.post(on("account", account, "tags"), {"tags": "x"}).status_code == 403
    assert vp.post(on("account", account, "attachments"), {"files": pdf()}).status_code == 403
    assert vp.post(reverse("core:attachment_remove", args=[file.pk])).status_code == 403
    assert b"<form" not in vp.get(on("account", account, "tags"), headers={"HX-Request": "true"}).content


def test_an_unknown_kind_is_not_found(company: Any, signed_in: Any) -> None:
    assert signed_in(company.ops).get(reverse("core:record_tags", args=["person", 1])).status_code == 404


def test_a_download_runs_nothing(company: Any, signed_in: Any) -> None:
    client, account = signed_in(company.rep), company.account()
    attached(client, account, pdf("Größe '; X-Evil=1.pdf"))
    file = Attachment.objects.get()
    answer = client.get(file.get_absolute_url())
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"] and "sandbox" in answer["Content-Security-Policy"]
    assert "X-Evil" not in answer.headers
    assert not re.search(r"offer|gr", file.file.name, re.IGNORECASE)
    assert len(file.sha256) == 64 and file.size_bytes == len(PDF)


def test_a_refused_file_keeps_all_others_out_and_says_why_at_the_field(company: Any, signed_in: Any) -> None:
    client, account = signed_in(company.rep), company.account()
    answer = client.post(
        on("account", account, "attachments"),
        {"files": [pdf(), SimpleUploadedFile("virus.pdf", b"MZ\x90\x00")]},
        headers={"HX-Request": "true"},
    )
    text = answer.content.decode()
    assert "virus.pdf" in text and "new-files-error" in text
    assert not Attachment.objects.exists()
    empty = client.post(on("account", account, "attachments"), headers={"HX-Request": "true"})
    assert "Choose a file first" in empty.content.decode()


def test_a_failed_write_leaves_no_file_behind(company: Any, tmp_path: Any, monkeypatch: Any) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr("core.services.attachments.audit.record", fail)
    with pytest.raises(RuntimeError):
        services.attach(
            record=company.account(), kind="account", files=[("a.pdf", io.BytesIO(PDF), len(PDF))], by=company.rep.user
        )
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_deleted_file_comes_back_and_is_gone_for_good_after_a_month(
    company: Any, signed_in: Any, tmp_path: Any
) -> None:
    client, account = signed_in(company.rep), company.account()
    attached(client, account, pdf())
    file = Attachment.objects.get()
    told = client.post(reverse("core:attachment_remove", args=[file.pk]), follow=True).content.decode()
    assert client.get(file.get_absolute_url()).status_code == 404
    undo = re.search(r'action="(/files/\d+/restore/[^"]*)"', told)
    assert undo
    client.post(undo[1].replace("&amp;", "&"))
    assert client.get(file.get_absolute_url()).status_code == 200
    client.post(reverse("core:attachment_remove", args=[file.pk]))
    assert services.purge_attachments(at=timezone.now() + timedelta(days=29)) == 0
    assert services.purge_attachments(at=timezone.now() + timedelta(days=31)) == 1
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    acts = AuditEvent.objects.filter(subject_kind="account", act__startswith="record.file")
    assert sorted(acts.values_list("act", flat=True)) == [
        "record.file_attached", "record.file_removed", "record.file_removed", "record.file_restored",
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["", " ; , ", "x" * 81, "a" * 10_000])
def test_what_is_no_tag_is_said_at_the_field(company: Any, signed_in: Any, line: str) -> None:
    answer = signed_in(company.rep).post(
        on("account", company.account(), "tags"), {"tags": line}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200 and b"new-tag-error" in answer.content
    assert not Tagged.objects.exists()


def test_a_tag_is_text_whatever_is_in_it(company: Any, signed_in: Any) -> None:
    account, client = company.account(), signed_in(company.rep)
    text = client.post(
        on("account", account, "tags"), {"tags": "<script>alert(1)</script>"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_a_tag_comes_off_and_lists_filter_by_it(company: Any, signed_in: Any) -> None:
    account, client = company.account("Tagged one"), signed_in(company.rep)
    company.account("Other one")
    client.post(on("account", account, "tags"), {"tags": "Reference, Key"})
    address = reverse("accounts:accounts")
    assert b"Other one" not in client.get(address, {"tag": "REFERENCE"}).content
    assert b"Tagged one" in client.get(address, {"tag": "reference, key"}).content
    assert b"Tagged one" not in client.get(address, {"tag": "reference, none"}).content
    listed = b"".join(client.get(address, {"columns": "name,tags", "format": "csv"}).streaming_content)
    assert b"Tagged one,Key; Reference" in listed
    tag = Tag.objects.get(name="Key")
    client.post(reverse("core:record_tag_remove", args=["account", account.pk, tag.pk]))
    assert services_tags("account", account) == ["Reference"]


@pytest.mark.parametrize("kind", ["account", "contact", "opportunity", "lead"])
def test_many_are_tagged_at_once_and_it_can_be_taken_back(company: Any, signed_in: Any, kind: str) -> None:
    names = {"account": "accounts:accounts", "contact": "accounts:contacts", "opportunity": "pipeline:deals",
             "lead": "leads:leads"}  # fmt: skip
    record, client = records_of(company)[kind], signed_in(company.rep)
    theirs = company.account("Theirs", owner=company.outsider)
    chosen = [record.pk, *([theirs.pk] if kind == "account" else [])]
    posted = {"action": "tag", "words": "Q4 push", "pk": chosen}
    told = client.post(reverse(names[kind]), posted, follow=True).content.decode()
    assert services_tags(kind, record) == ["Q4 push"]
    assert Tagged.objects.count() == 1
    undo = re.search(r'action="(/records/[^"]*/untag/[^"]*)"', told)
    assert undo
    client.post(undo[1].replace("&amp;", "&"))
    assert not Tagged.objects.exists()


def test_a_tag_is_renamed_merged_and_deleted_by_those_who_keep_tags(company: Any, signed_in: Any) -> None:
    one, two = company.account("One"), company.account("Two")
    rep, ops = signed_in(company.rep), signed_in(company.ops)
    rep.post(on("account", one, "tags"), {"tags": "Refrence"})
    rep.post(on("account", two, "tags"), {"tags": "Reference, Refrence"})
    wrong, right = Tag.objects.get(name="Refrence"), Tag.objects.get(name="Reference")
    for name in ("tag", "tag_merge", "tag_delete"):
        assert rep.post(reverse(f"core:{name}", args=[wrong.pk])).status_code == 404
    answer = ops.post(reverse("core:tag", args=[wrong.pk]), {"name": "reference", "tone": ""})
    assert b"Merge this one into it" in answer.content
    ops.post(reverse("core:tag_merge", args=[wrong.pk]), {"into": right.pk})
    assert services_tags("account", one) == services_tags("account", two) == ["Reference"]
    ops.post(reverse("core:tag", args=[right.pk]), {"name": "Reference customer", "tone": "good"})
    assert services_tags("account", one) == ["Reference customer"]
    assert b"On 2 records" in ops.get(reverse("core:tag", args=[right.pk])).content
    ops.post(reverse("core:tag_delete", args=[right.pk]))
    assert not Tagged.objects.exists() and not Tag.objects.exists()


def test_tags_of_a_file_are_added_and_an_undo_takes_them_back(company: Any, tmp_path: Any) -> None:
    from tests.core.test_own_fields import imported

    account = company.account()
    services.add_tags(record=account, kind="account", text="Old", by=company.rep.user)
    path = tmp_path / "accounts.csv"
    path.write_text('Account name,Tags\nAcme Robotics,"new one, OLD"\nFresh,"New One"\n')
    imported(company, path)
    assert services_tags("account", account) == ["new one", "Old"]
    assert Tag.objects.count() == 2 and Tagged.objects.count() == 3
    imported(company, path)
    assert Tagged.objects.count() == 3


def test_lists_cost_the_same_with_one_and_with_three_tagged_rows(company: Any, signed_in: Any) -> None:
    from tests.core.test_own_fields import define
    from tests.counting import queries

    define(company, "person", "Engineer")
    client = signed_in(company.rep)
    address = f"{reverse('accounts:accounts')}?columns=name,tags,own_engineer&tag=key"

    def more(number: int) -> None:
        account = company.account(f"A{number}", custom={"engineer": company.rep.person.pk})
        services.add_tags(record=account, kind="account", text=f"Key, T{number}", by=company.rep.user)

    more(1)
    one = queries(client, address)
    more(2)
    more(3)
    assert queries(client, address) == one
