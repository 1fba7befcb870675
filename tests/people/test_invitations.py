"""Invitations: a link that opens once and for a time, made for one login with its roles and person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from people.models import Invitation, Person, RoleGrant, User
from people.services import UserError, invite, invite_people, resend, revoke
from tests.counting import queries
from tests.small_company import AS_OF

PASSWORD = "correct horse battery"


def link_of(mail: Any) -> str:
    body: str = mail.get_body(("plain",)).get_content()
    return "/" + body.split("http://localhost:")[1].split("/", 1)[1].split()[0]


@pytest.fixture
def invited(company: Any, mailbox: Any, run_jobs: Any) -> tuple[Invitation, str]:
    person = Person.objects.create(name="Ines Ibarra", email="ines@example.com")
    made = invite(
        email="ines@example.com", roles=["rep", "finance"], person=person, by=company.admin.user, on=AS_OF
    )  # fmt: skip
    run_jobs()
    return made, link_of(mailbox()[-1])


def take(link: str, password: str = PASSWORD, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.post(link, {"password": password, "again": password})


def test_from_mail_to_work(company: Any, invited: Any) -> None:
    made, link = invited
    made.refresh_from_db()
    assert len(made.token_hash) == 64 and made.token_hash not in link
    assert b"Choose a password for ines@example.com" in Client().get(link).content
    client, answer = take(link)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(made.user.pk)
    made.refresh_from_db()
    assert made.accepted_at and not made.token_hash
    user = User.objects.get(pk=made.user.pk)
    assert (user.roles, user.person.name) == ({"rep"}, "Ines Ibarra")
    assert RoleGrant.objects.get(user=user, role="finance").is_pending
    acts = set(AuditEvent.objects.filter(subject_id=user.pk).values_list("act", flat=True))
    assert {"invitation.made", "invitation.taken", "user.signed_in"} <= acts


def test_a_link_opens_once(invited: Any) -> None:
    link = invited[1]
    take(link)
    assert Client().get(link).status_code == 404
    client, answer = take(link, "quite another password")
    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_new_link_shuts_the_old_one(company: Any, invited: Any, mailbox: Any, run_jobs: Any) -> None:
    made, old = invited
    resend(invitation=made, by=company.admin.user)
    run_jobs()
    new = link_of(mailbox()[-1])
    assert new != old
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


def test_it_runs_out(invited: Any) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(invited[1]).status_code == 404


def test_taken_back_it_opens_nothing_and_the_login_is_shut(company: Any, invited: Any) -> None:
    made, link = invited
    revoke(invitation=made, by=company.admin.user, at=timezone.now())
    assert Client().get(link).status_code == 404
    assert not User.objects.get(pk=made.user.pk).is_active
    with pytest.raises(UserError, match="taken back"):
        resend(invitation=made, by=company.admin.user)


def test_what_was_taken_can_not_be_taken_back(company: Any, invited: Any) -> None:
    take(invited[1])
    with pytest.raises(UserError, match="taken the invitation already"):
        revoke(invitation=invited[0], by=company.admin.user, at=timezone.now())


@pytest.mark.parametrize("guess", ["a", "0" * 43, "x" * 5000, "%00", "..%2f..", "'; drop table", "é" * 40])
def test_guessing_finds_nothing(invited: Any, guess: str) -> None:
    assert Client().get(f"/auth/invitation/{guess}/").status_code == 404


@pytest.mark.parametrize(("password", "words"), [("short", "at least 10"), ("ines@example.com", "too similar")])
def test_password_rules_hold_here_too(invited: Any, password: str, words: str) -> None:
    _client, answer = take(invited[1], password)
    assert words in answer.content.decode()
    assert invited[0].user.invitation.accepted_at is None


def test_two_different_passwords(invited: Any) -> None:
    answer = Client().post(invited[1], {"password": PASSWORD, "again": PASSWORD + "!"})
    assert "the same password" in answer.content.decode()


def test_a_name_adds_no_line_to_the_head_of_the_mail(company: Any, mailbox: Any, run_jobs: Any) -> None:
    row = company.row
    row.name = "Acme\r\nBcc: victim@example.org\r\nX: 1"
    row.save()
    Person.objects.filter(pk=company.admin.person.pk).update(name="Ada\nBcc: victim@example.org")
    invite(email="ines@example.com", roles=["rep"], by=User.objects.get(pk=company.admin.user.pk), on=AS_OF)
    run_jobs()
    mail = mailbox()[-1]
    assert mail["Bcc"] is None and mail["X"] is None
    assert mail["To"] == "ines@example.com"


@pytest.mark.parametrize("email", ["a@b.c\nBcc: x@y.z", "a@b.c, x@y.z", "<script>@x", "x" * 300 + "@example.com", ""])
def test_a_bad_address_is_told_at_its_field(company: Any, signed_in: Any, email: str) -> None:
    answer = signed_in(company.admin).post(reverse("people:user_new"), {"email": email})
    assert answer.status_code == 200
    assert "email" in answer.context["form"].errors
    assert not Invitation.objects.exists()


def test_several_at_once_and_why_not_for_some(company: Any, mailbox: Any, run_jobs: Any) -> None:
    people = [Person.objects.create(name=name, email=f"{name}@example.com") for name in ("bea", "cleo")]
    twin = Person.objects.create(name="Ana again", email="ANA@example.com")
    made, refused = invite_people(people=[*people, twin], roles=["rep"], by=company.admin.user, on=AS_OF)
    assert [one.user.email for one in made] == ["bea@example.com", "cleo@example.com"]
    assert refused == ["Ana again: ANA@example.com has a login already."]
    run_jobs()
    assert sorted(mail["To"] for mail in mailbox()) == ["bea@example.com", "cleo@example.com"]


def test_the_list_and_its_buttons(company: Any, signed_in: Any, invited: Any, mailbox: Any, run_jobs: Any) -> None:
    admin, page = signed_in(company.admin), reverse("people:invitations")
    assert b"ines@example.com" in admin.get(page).content
    assert b"ines@example.com" not in admin.get(page + "?state=over").content
    admin.post(page, {"resend": invited[0].pk})
    run_jobs()
    assert len(mailbox()) == 2
    admin.post(page, {"revoke": invited[0].pk})
    assert b"Taken back" in admin.get(page).content
    for bad in ({"revoke": "x"}, {"revoke": "9" * 30}, {}):
        assert admin.post(page, bad).status_code == 404
    for who in (company.ops, company.vp, company.rep):
        assert signed_in(who).get(page).status_code == 404
        assert signed_in(who).post(page, {"resend": invited[0].pk}).status_code == 404


def test_the_list_takes_the_same_queries_for_one_and_three(company: Any, signed_in: Any, invited: Any) -> None:
    admin, page = signed_in(company.admin), reverse("people:invitations")
    one = queries(admin, page)
    for name in ("bea", "cleo"):
        person = Person.objects.create(name=name)
        invite(email=f"{name}@example.com", roles=["rep"], person=person, by=company.admin.user, on=AS_OF)
    assert queries(admin, page) == one


def test_bulk_page(company: Any, signed_in: Any) -> None:
    bea = Person.objects.create(name="Bea", email="bea@example.com")
    Person.objects.create(name="No Mail")
    admin, page = signed_in(company.admin), reverse("people:invite_people")
    shown = admin.get(page).content.decode()
    assert "Bea" in shown and "No Mail" not in shown
    answer = admin.post(page, {"people": [bea.pk], "roles": ["rep"]}, follow=True)
    assert b"1 person is invited" in answer.content
    assert Invitation.objects.get().user.person == bea
