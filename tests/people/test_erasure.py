"""What do we know about somebody, and forgetting it: nothing personal is found afterwards, what must stay does."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from accounts.services import save_contact
from core.models import Attachment, AuditEvent, CustomField, Notification
from core.services import ErasureError, erase_personal_data
from leads.models import Lead
from leads.services import save_lead
from people.models import OpenSession, Person, User
from people.services import begin_session, delegate, let_go, share_record
from pipeline.models import Activity, OpportunityContact
from tests.small_company import AS_OF

MARK = "Zirkelkasten"
REASON = "Asked by letter of May 3"


def holds_mark() -> list[str]:
    """Tables with a row that holds the mark anywhere: the whole database is looked through."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{MARK}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return sorted(found)


@pytest.fixture
def contact(company: Any, tmp_path: Any, settings: Any) -> Contact:
    """A contact with a past: changed, written about, with a file, shared, on a deal."""
    settings.MEDIA_ROOT = tmp_path
    by, account = company.ops.user, company.account("Acme")
    one = Contact(name=f"Carla {MARK}", email=f"carla@{MARK.lower()}.example", phone=MARK, account=account,
                  owner=company.rep.person, extra={"nick": MARK})  # fmt: skip
    save_contact(contact=one, by=by)
    one.title = f"Head of {MARK}"
    save_contact(contact=one, by=by)
    Activity.objects.create(kind="call", subject_kind="contact", subject_id=one.pk, title=f"Met {MARK}", body=MARK,
                            happened_at=timezone.now())  # fmt: skip
    file = SimpleUploadedFile(f"{MARK}.txt", b"x")
    Attachment.objects.create(record_kind="contact", record_id=one.pk, name=f"{MARK}.txt", file=file, size_bytes=1,
                              sha256="0" * 64, content_type="text/plain")  # fmt: skip
    share_record(kind="contact", record=one, person=company.outsider.person, valid_from=AS_OF, valid_to=None, by=by,
                 on=AS_OF)  # fmt: skip
    OpportunityContact.objects.create(opportunity=company.deal(), contact=one)
    return one


def erase(company: Any, kind: str, record: Any, *, with_text: bool = True, reason: str = REASON) -> dict[str, int]:
    return erase_personal_data(
        kind=kind, record_id=record.pk, reason=reason, with_text=with_text, by=company.admin.user
    )  # fmt: skip


def test_of_a_contact_nothing_is_left(company: Any, contact: Contact) -> None:
    assert {"accounts_contact", "accounts_contactevent", "core_attachment", "core_auditevent"} <= set(holds_mark())
    assert Notification.objects.filter(subject_kind="contact").exists()
    counts = erase(company, "contact", contact)
    assert holds_mark() == []
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.extra) == (f"Contact {contact.pk}", "", {})
    assert contact.owner == company.rep.person and contact.account.name == "Acme"
    assert OpportunityContact.objects.filter(contact=contact).exists()
    assert counts["files"] == 1 and counts["activities"] == 1 and counts["earlier"] >= 2
    act = AuditEvent.objects.get(act="contact.erased")
    assert (act.actor, act.reason, act.subject_label) == (company.admin.user, REASON, f"Contact {contact.pk}")


def test_the_file_itself_goes(company: Any, contact: Contact, django_capture_on_commit_callbacks: Any) -> None:
    row = Attachment.objects.get()
    storage, name = row.file.storage, row.file.name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        erase(company, "contact", contact)
    assert not storage.exists(name)


def test_words_of_others_stay_when_asked(company: Any, contact: Contact) -> None:
    erase(company, "contact", contact, with_text=False)
    assert holds_mark() == ["pipeline_activity"]


def test_a_second_time_does_no_harm(company: Any, contact: Contact) -> None:
    erase(company, "contact", contact)
    Contact.objects.get(pk=contact.pk)
    counts = erase(company, "contact", contact)
    assert counts["files"] == counts["shares"] == counts["tags"] == 0
    assert holds_mark() == []


def test_of_a_lead_nothing_is_left(company: Any) -> None:
    lead = Lead(name=MARK, company_name=MARK, email=f"l@{MARK.lower()}.example", website=MARK, owner=company.rep.person)
    save_lead(lead=lead, by=company.ops.user, on=AS_OF)
    lead.phone = MARK
    save_lead(lead=lead, by=company.ops.user)
    erase(company, "lead", lead)
    assert holds_mark() == []
    assert str(Lead.objects.get()) == f"Lead {lead.pk}"


@pytest.fixture
def leaver(company: Any) -> Person:
    """A rep of the marked name who acted, shared, was away and signed in, and has left."""
    person, user = company.rep.person, company.rep.user
    Person.objects.filter(pk=person.pk).update(name=MARK, email=f"{MARK.lower()}@example.com")
    User.objects.filter(pk=user.pk).update(email=f"{MARK.lower()}@example.com")
    user, person = User.objects.get(pk=user.pk), Person.objects.get(pk=person.pk)
    deal = company.deal("Olga's", owner=company.outsider)
    share_record(kind="opportunity", record=deal, person=person, valid_from=AS_OF, valid_to=None,
                 by=company.ops.user, on=AS_OF)  # fmt: skip
    delegate(from_user=company.vp.user, to_user=user, valid_from=AS_OF, valid_to=AS_OF + timedelta(days=9),
             by=company.vp.user, on=AS_OF)  # fmt: skip
    begin_session(user=user, session_key="k" * 32, method="password", ip="192.0.2.1", user_agent="x")
    person.save()
    return person


def test_who_works_here_is_not_erased(company: Any, leaver: Person) -> None:
    with pytest.raises(ErasureError, match="works here"):
        erase(company, "person", leaver)


def test_of_somebody_who_left_the_books_keep_a_number(company: Any, leaver: Person) -> None:
    deal = company.deal("Hers")
    let_go(person=leaver, on=AS_OF, choices=[], by=company.ops.user, today=AS_OF)
    erase(company, "person", leaver)
    assert holds_mark() == []
    deal.refresh_from_db()
    assert deal.owner.name == f"Person {leaver.pk}"
    user = User.objects.get(pk=company.rep.user.pk)
    assert (user.email, user.is_active, user.has_usable_password()) == (
        f"erased-{user.pk}@invalid.example",
        False,
        False,
    )
    assert not OpenSession.objects.filter(user=user).exists()
    assert set(AuditEvent.objects.filter(actor=user).values_list("actor_label", flat=True)) == {f"Person {leaver.pk}"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_erased(company: Any, contact: Contact, reason: str) -> None:
    with pytest.raises(ErasureError, match="Say why"):
        erase(company, "contact", contact, reason=reason)
    assert holds_mark()


def test_what_we_know(company: Any, signed_in: Any, contact: Contact) -> None:
    admin = signed_in(company.admin)
    page = admin.get(reverse("core:erasures"), {"q": MARK.lower()}).content.decode()
    assert f"Carla {MARK}" in page
    told = json.loads(admin.get(reverse("core:erasure_export", args=["contact", contact.pk])).content)
    assert told["record"]["email"] == contact.email and told["number"] == f"CON-{contact.pk}"
    assert told["activities"][0]["body"] == MARK and told["files"][0]["name"] == f"{MARK}.txt"
    assert any(row["title"] == "" for row in told["earlier"])
    acts = AuditEvent.objects.filter(act__startswith="personal_data.")
    assert {"personal_data.searched", "personal_data.exported"} == set(acts.values_list("act", flat=True))
    assert not [act for act in acts if MARK.lower() in f"{act.detail}{act.subject_label}".lower()]


def test_the_page_erases(company: Any, signed_in: Any, contact: Contact) -> None:
    admin, page = signed_in(company.admin), reverse("core:erasure", args=["contact", contact.pk])
    assert b"What stays" in admin.get(page).content
    assert "reason" in admin.post(page, {"with_text": "on"}).context["form"].errors
    answer = admin.post(page, {"reason": REASON, "with_text": "on"}, follow=True)
    assert b"What stays goes by a number" in answer.content and MARK.encode() not in answer.content


def test_the_page_speaks_of_what_people_know(company: Any, signed_in: Any, contact: Contact) -> None:
    """Labels of fields, own fields too, and per kind what goes and what stays; no names of columns."""
    CustomField.objects.create(record_kind="contact", key="nickname", label="Called by friends")
    Contact.objects.filter(pk=contact.pk).update(custom={"nickname": "Carlita"})
    page = signed_in(company.admin).get(reverse("core:erasure", args=["contact", contact.pk])).content.decode()
    for words in ("Job title", "External ID", "Called by friends: Carlita", "What is erased", "What stays, and why",
                  "Which deals it is on", "Kept exports of all data"):  # fmt: skip
        assert words in page, words
    for column in ("external_id", "updated_at", "account_id", "<dt>owner", "{'", "nickname"):
        assert column not in page, column


def test_namesakes_keep_theirs(company: Any, contact: Contact) -> None:
    """Somebody else of the same name isn't renamed in acts and runs."""
    other = Contact(name=contact.name, owner=company.rep.person)
    save_contact(contact=other, by=company.ops.user)
    erase(company, "contact", contact)
    labels = AuditEvent.objects.filter(subject_kind="contact", subject_id=other.pk)
    assert set(labels.values_list("subject_label", flat=True)) == {other.name}
    assert Contact.objects.get(pk=other.pk).name == other.name


def test_only_admins(company: Any, signed_in: Any, contact: Contact) -> None:
    addresses = [reverse("core:erasures"), reverse("core:erasure", args=["contact", contact.pk]),
                 reverse("core:erasure_export", args=["contact", contact.pk])]  # fmt: skip
    for who in (company.rep, company.manager, company.vp, company.ops):
        for address in addresses:
            assert signed_in(who).get(address).status_code == 404
            assert signed_in(who).post(address, {"reason": REASON}).status_code in (404, 405)
    assert holds_mark()


@pytest.mark.parametrize("where", ["nonsense/1", "contact/999999", "account/1"])
def test_what_is_not_there(company: Any, signed_in: Any, where: str) -> None:
    assert signed_in(company.admin).get(f"/settings/personal-data/{where}/").status_code == 404
