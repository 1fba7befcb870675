"""After an erasure somebody is found nowhere: in no table, list, search, timeline, export, file or answer of the API.

Each of the three has a long past, made through pages and the API as people make it.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from core.services import erase_personal_data
from leads.models import Lead
from people.models import HandOver, Person, User
from people.services import Choice, delegate, grant_role, hand_over, let_go, move_seat, share_record, undo_hand_over
from pipeline.models import Activity
from tests.api.conftest import make_caller
from tests.small_company import AS_OF, SmallCompany

MARK = "Zirkelkasten"
MAIL = f"carla@{MARK.lower()}.example"
DAY = timedelta(days=1)


def found_in_tables() -> dict[str, list[str]]:
    """Tables with a row that holds the mark anywhere, and those rows: the whole database is looked through."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE t::text ILIKE %s', [f"%{MARK}%"])
            if rows := [text for (text,) in cursor.fetchall()]:
                found[table] = rows
    return found


def found_in_files(folder: Path) -> list[str]:
    """Files under a folder whose name or content holds the mark; archives are opened."""
    return [path.name for path in folder.rglob("*") if path.is_file() and _holds(path)]


def _holds(path: Path) -> bool:
    texts = [path.name.encode(), path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            texts += [archive.read(name) for name in archive.namelist()]
    return any(MARK.lower().encode() in text.lower() for text in texts)


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return Path(settings.MEDIA_ROOT)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def lived(company: SmallCompany, kind: str, record: Any) -> None:
    """What people do with a contact or a lead: change it, write about it, attach, tag, share, ask the API, archive."""
    ops, by = sign_in(company.ops.user), company.ops.user
    ops.post(reverse("core:record_tags", args=[kind, record.pk]), {"name": f"friend of {MARK}"})
    file = SimpleUploadedFile(f"{MARK}.txt", f"about {MARK}".encode(), content_type="text/plain")
    ops.post(reverse("core:record_attachments", args=[kind, record.pk]), {"file": file, "files": file})
    Activity.objects.create(kind="call", subject_kind=kind, subject_id=record.pk, title=f"Met {MARK}", body=MARK,
                            owner=company.rep.person, happened_at=timezone.now())  # fmt: skip
    share_record(kind=kind, record=record, person=company.outsider.person, valid_from=AS_OF, valid_to=None, by=by,
                 on=AS_OF, reason=f"{MARK} asked")  # fmt: skip
    api, path = make_caller(company.ops), {"contact": "contacts", "lead": "leads"}[kind]
    stands = api.get(f"{path}/{record.pk}/")
    changed = api.patch(f"{path}/{record.pk}/", {"title": f"Head of {MARK}"}, If_Match=stands["ETag"],
                        Idempotency_Key=f"change-{kind}")  # fmt: skip
    assert changed.status_code == 200, changed.content


def imported(company: SmallCompany, kind: str, content: str) -> None:
    """Brought by a file, with a second one that changes it and has something to complain of."""
    from core.runs import open_run
    from integrations import services

    row = services.start_import(kind=kind, stream=io.BytesIO(content.encode()), name="file.csv", by=company.ops.user)
    services.check_import(import_file=row, run=open_run(kind="import.check", label="check"), today=AS_OF)
    services.accept_proposals(import_file=row, by=company.ops.user)
    row.refresh_from_db()
    services.run_import(import_file=row, run=open_run(kind="import", label="import"), by=company.ops.user, today=AS_OF)


def erase(company: SmallCompany, kind: str, record: Any) -> None:
    erase_personal_data(kind=kind, record_id=record.pk, reason="By letter of May 3", with_text=True,
                        by=company.admin.user)  # fmt: skip


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    return django_capture_on_commit_callbacks


def found_by_search(client: Client) -> list[str]:
    """Links to records that the search gives for the name and for the e-mail."""
    pages = [client.get(reverse("core:search"), {"q": text}).content.decode() for text in (MARK, MAIL)]
    return [link for page in pages for link in re.findall(r'href="(/(?:contacts|leads|people)/\d+/)"', page)]


def is_found(company: SmallCompany, files: Path, *tables: str) -> None:
    """Before it, all of this knows them."""
    assert set(tables) <= set(found_in_tables())
    assert found_in_files(files)
    assert found_by_search(sign_in(company.ops.user))


def export_anew(company: SmallCompany, run_jobs: Any) -> None:
    sign_in(company.admin.user).post(reverse("integrations:exports"))
    assert "integrations.export_all" in run_jobs()


def is_found_nowhere(company: SmallCompany, files: Path, address: str) -> None:
    """Asked as the person who sees most of it."""
    assert found_in_tables() == {}
    assert found_in_files(files) == []
    ops, api = sign_in(company.ops.user), make_caller(company.ops)
    pages = [address, reverse("core:audit"), reverse("core:notifications"), reverse("accounts:contacts"),
             reverse("leads:leads"), reverse("people:people"), reverse("integrations:imports"),
             reverse("core:runs")]  # fmt: skip
    for user in (company.ops.user, company.admin.user, company.manager.user):
        client = sign_in(user)
        for page in pages:
            answer = client.get(page)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert MARK.encode() not in body, (user, page)
    assert found_by_search(ops) == []
    for path in ("contacts/", "leads/", "people/", "activities/", "accounts/", "opportunities/", "runs/", "imports/"):
        assert MARK not in api.get(path).content.decode(), path


def test_a_contact(company: SmallCompany, files: Path, committed: Any, run_jobs: Any) -> None:
    account = company.account("Acme")
    imported(company, "contacts", f"Name,Email,Phone,Account,Title\nCarla {MARK},{MAIL},{MARK},Acme,{MARK}\n")
    one = Contact.objects.get()
    lived(company, "contact", one)
    one.refresh_from_db()
    export_anew(company, run_jobs)
    is_found(company, files, "accounts_contact", "accounts_contactevent", "core_auditevent", "core_keptanswer",
             "core_notification", "integrations_importfile", "people_recordshare", "pipeline_activity")  # fmt: skip
    assert account == one.account
    with committed(execute=True):
        erase(company, "contact", one)
    export_anew(company, run_jobs)
    is_found_nowhere(company, files, one.get_absolute_url())


def test_a_lead(company: SmallCompany, files: Path, committed: Any, run_jobs: Any) -> None:
    imported(company, "leads", f"Name,Email,Company,Phone\n{MARK} Carla,{MAIL},{MARK} Inc,{MARK}\n")
    one = Lead.objects.get()
    lived(company, "lead", one)
    export_anew(company, run_jobs)
    is_found(company, files, "leads_lead", "core_auditevent", "core_keptanswer", "core_notification")
    with committed(execute=True):
        erase(company, "lead", one)
    export_anew(company, run_jobs)
    is_found_nowhere(company, files, one.get_absolute_url())


def test_somebody_who_left(company: SmallCompany, files: Path, committed: Any, run_jobs: Any) -> None:
    """A rep of the marked name who worked here: sat, owned, acted, stood in, imported, wrote, and handed over."""
    today = timezone.localdate()
    person, user = company.rep.person, company.rep.user
    Person.objects.filter(pk=person.pk).update(name=f"Ana {MARK}", email=MAIL)
    User.objects.filter(pk=user.pk).update(email=MAIL)
    person, user = Person.objects.get(pk=person.pk), User.objects.get(pk=user.pk)
    client, ops = sign_in(user), sign_in(company.ops.user)
    account = company.account("Acme")
    company.deal("Pilot", account=account)
    Contact.objects.create(name="Carla Conti", owner=person, account=account)
    file = SimpleUploadedFile("notes.txt", b"notes", content_type="text/plain")
    client.post(reverse("core:record_attachments", args=["account", account.pk]), {"file": file, "files": file})
    share_record(kind="account", record=account, person=company.outsider.person, valid_from=today, valid_to=None,
                 by=user, on=today)  # fmt: skip
    delegate(
        from_user=user, to_user=company.manager.user, valid_from=today, valid_to=today + 9 * DAY, by=user, on=today
    )
    delegate(from_user=company.vp.user, to_user=user, valid_from=today, valid_to=today + 9 * DAY, by=company.vp.user,
             on=today)  # fmt: skip
    move_seat(position=company.rep.position, since=today, changes={"holder": None}, by=company.ops.user)  # type: ignore[arg-type]  # -- a seat
    move_seat(position=company.rep.position, since=today, changes={"holder": person}, by=company.ops.user)  # type: ignore[arg-type]  # -- a seat
    grant_role(user=user, role="finance", valid_from=today, by=company.admin.user, on=today)
    for email in (MAIL, MAIL.upper()):
        Client().post("/auth/login/", {"login": email, "password": "wrong"})
    Client().post("/auth/password/reset/", {"email": MAIL})
    ops.post(reverse("accounts:account_hand_over", args=[account.pk]), {"owner": f"Ana {MARK} · PER-{person.pk}"})
    imported(company, "accounts", f"Name,Owner\nBeta,Ana {MARK}\nGamma,Anna {MARK}\n")
    made = hand_over(
        person=company.outsider.person, choices=[Choice("contacts", person)], by=company.ops.user, on=today
    )
    undo_hand_over(hand_over=made, by=company.ops.user, on=today)
    sign_in(company.ops.user).post(reverse("people:user_sign_in", args=[user.pk]), {"allow": "1"})
    run_jobs()
    let_go(person=person, on=today, choices=[Choice("deals", company.manager.person)], by=company.ops.user, today=today)
    export_anew(company, run_jobs)
    is_found(company, files, "account_emailaddress", "axes_accesslog", "core_job", "core_notification", "core_run",
             "integrations_importmapping", "integrations_importproposal", "people_personevent")  # fmt: skip
    with committed(execute=True):
        erase(company, "person", person)
    export_anew(company, run_jobs)
    is_found_nowhere(company, files, person.get_absolute_url())
    assert HandOver.objects.filter(person=person).exists()
