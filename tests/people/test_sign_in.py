"""Signing in by password and second factor, being locked out, sessions and their ends."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from people.models import AccessRules, OpenSession, User
from people.selectors import lacks_second_factor
from people.services import end_sessions, set_active
from tests.small_company import AS_OF

PASSWORD, NEW = "correct horse battery", "another horse battery"
LOGIN, LOCKED = "/auth/login/", b"Too many wrong passwords"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def rep(company: Any) -> User:
    user: User = company.rep.user
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(
    user: User | str, password: str = PASSWORD, client: Client | None = None, **more: Any
) -> tuple[Client, Any]:
    client = client or Client(headers={"User-Agent": FIREFOX})
    email = user if isinstance(user, str) else user.email
    return client, client.post(LOGIN, {"login": email, "password": password, **more})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def acts(user: User) -> list[str]:
    return list(
        AuditEvent.objects.filter(subject_kind="user", subject_id=user.pk).order_by("id").values_list("act", flat=True)
    )


# --- password -------------------------------------------------------------------------------------


def test_a_sign_in_is_recorded_and_shown(rep: User) -> None:
    client, answer = sign_in(rep)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    row = OpenSession.objects.get()
    assert (row.user, row.method, row.ip) == (rep, "password", "127.0.0.1")
    assert acts(rep)[-1] == "user.signed_in"
    page = client.get(reverse("people:sessions")).content.decode()
    assert "Firefox on Windows" in page and "This browser" in page


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "http:evil.example", "/\\evil.example"])
def test_no_way_out_to_another_site(rep: User, there: str) -> None:
    _client, answer = sign_in(rep, next=there)
    assert "evil" not in answer["Location"]


def bare(page: str) -> str:
    """A page without the address that was typed and what is new on every page."""
    return re.sub(r"[A-Za-z0-9]{64}", "TOKEN", re.sub(r"[a-z]+@example\.com", "ADDRESS", page))


def test_known_and_unknown_are_answered_alike(rep: User) -> None:
    known, unknown = (sign_in(who, "wrong password")[1].content.decode() for who in (rep, "nobody@example.com"))
    assert bare(known) == bare(unknown)
    assert "correct" in known


def test_known_and_unknown_take_as_long(rep: User, settings: Any) -> None:
    """With the hasher of a real installation, whose work is what could be measured."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    rep.set_password(PASSWORD)
    rep.save()

    def took(who: Any) -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            sign_in(who, "wrong password")
            times.append(time.perf_counter() - started)
        return min(times)

    known, unknown = took(rep), took("nobody@example.com")
    assert 0.5 < known / unknown < 2


def test_what_was_typed_is_not_kept_for_strangers(rep: User) -> None:
    sign_in("my-secret-password@example.org", "wrong password")
    event = AuditEvent.objects.get(act="user.sign_in_failed")
    assert "my-secret" not in f"{event.subject_label} {event.detail} {event.actor_label}"


# --- locked out -----------------------------------------------------------------------------------


def fail(who: Any, times: int = 8) -> Any:
    answer = None
    for _ in range(times):
        _client, answer = sign_in(who, "wrong password")
    return answer


@pytest.mark.parametrize("who", ["ana@example.com", "nobody@example.com"])
def test_after_eight_failures_the_door_is_shut_and_says_for_how_long(rep: User, who: str) -> None:
    assert LOCKED not in fail(who, 7).content
    answer = fail(who, 1)
    assert answer.status_code == 429
    assert LOCKED in answer.content and b"Try again in 15 minutes" in answer.content
    assert int(answer["Retry-After"]) <= 900


def test_the_right_password_does_not_open_a_locked_door_nor_does_another_spelling(rep: User) -> None:
    fail(rep)
    for spelled in (rep.email, rep.email.upper(), f" {rep.email} "):
        client, answer = sign_in(spelled)
        assert not is_in(client), spelled
        assert answer.status_code == 429, spelled


def test_another_address_and_another_person_are_not_locked(rep: User) -> None:
    fail(rep)
    client = Client(REMOTE_ADDR="192.0.2.7")
    assert is_in(sign_in(rep, client=client)[0])


def test_trying_on_does_not_make_it_longer_and_it_ends(rep: User, settings: Any) -> None:
    fail(rep, 9)
    settings.AXES_COOLOFF_TIME = timedelta(0)
    assert is_in(sign_in(rep)[0])


def test_an_admin_unlocks_and_it_is_recorded(company: Any, rep: User, signed_in: Any) -> None:
    fail(rep)
    admin = signed_in(company.admin)
    page = admin.get(rep.get_absolute_url()).content
    assert b"Locked after too many wrong passwords" in page
    admin.post(reverse("people:user_unlock", args=[rep.pk]))
    assert is_in(sign_in(rep)[0])
    assert {"user.sign_in_failed", "user.unlocked", "user.signed_in"} <= set(acts(rep))


def test_failures_are_recorded(rep: User) -> None:
    fail(rep)
    told = list(
        AuditEvent.objects.filter(act="user.sign_in_failed").order_by("id").values_list("detail__what", flat=True)
    )
    assert told == ["wrong password"] * 7 + ["locked out"]


# --- new password ---------------------------------------------------------------------------------


def change(client: Client, new: str) -> Any:
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    return client.post(reverse("account_change_password"), given)


@pytest.mark.parametrize(
    ("new", "words"),
    [("short", "at least 10 characters"), ("password123", "too common"), ("82736451928", "entirely numeric"),
     ("ana@example.com", "too similar")],
)  # fmt: skip
def test_password_rules_in_clear_words(rep: User, new: str, words: str) -> None:
    client, _answer = sign_in(rep)
    assert words in change(client, new).content.decode()


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(rep: User, mailbox: Any, run_jobs: Any) -> None:
    here, there = sign_in(rep)[0], sign_in(rep)[0]
    change(here, NEW)
    assert here.get(reverse("people:sessions")).status_code == 200
    assert there.get(reverse("people:sessions")).status_code == 302
    assert OpenSession.objects.filter(ended_at=None).count() == 1
    assert "user.password_changed" in acts(rep)
    run_jobs()
    assert [mail["Subject"].split(" to ")[0] for mail in mailbox()] == ["Your sign-in"]


def reset_link(mail: Any) -> str:
    body: str = mail.get_body(("plain",)).get_content()
    return body.split("http://localhost:")[1].split("/", 1)[1].split()[0]


def test_a_forgotten_password_is_chosen_anew_once_and_ends_all_sessions(rep: User, mailbox: Any, run_jobs: Any) -> None:
    there = sign_in(rep)[0]
    Client().post(reverse("account_reset_password"), {"email": rep.email.upper()})
    run_jobs()
    link = f"/{reset_link(mailbox()[0])}"
    visitor = Client()
    form = visitor.get(link, follow=True)
    visitor.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert there.get(reverse("people:sessions")).status_code == 302
    assert is_in(sign_in(rep, NEW)[0])
    again = Client().get(link, follow=True)
    assert "password1" not in again.content.decode()


def test_asking_for_a_stranger_is_answered_alike_and_sends_nothing(rep: User, mailbox: Any, run_jobs: Any) -> None:
    answers = [Client().post(reverse("account_reset_password"), {"email": email}) for email in (rep.email, "no@x.org")]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    run_jobs()
    assert [mail["To"] for mail in mailbox()] == [rep.email]


def test_the_link_stands_on_our_own_address_whatever_the_request_says(
    rep: User, mailbox: Any, run_jobs: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    Client(headers={"Host": "evil.example"}).post(reverse("account_reset_password"), {"email": rep.email})
    run_jobs()
    assert "evil" not in mailbox()[0].as_string()


# --- second factor --------------------------------------------------------------------------------


def code_of(secret: str, step: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def confirmed(client: Client) -> Client:
    """Changing how one signs in asks for the password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def with_app(rep: User, empty_cache: Any, django_capture_on_commit_callbacks: Any) -> tuple[User, str, list[str]]:
    """A rep who has set up an authenticator app through the pages: the secret, and the recovery codes."""
    client = confirmed(sign_in(rep)[0])
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).status_code == 302
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    empty_cache()
    return rep, secret, list(codes)


def second(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


def test_an_app_is_set_up_and_signed_in_with(with_app: Any) -> None:
    rep, secret, codes = with_app
    assert len(codes) == 10
    assert "second_factor.app_added" in acts(rep)
    client, answer = sign_in(rep)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(client)
    assert client.get("/").status_code == 302
    second(client, code_of(secret))
    assert is_in(client)
    assert OpenSession.objects.order_by("-id")[0].method == "password, totp"


def test_a_wrong_code_opens_nothing_and_is_recorded(with_app: Any) -> None:
    client, _answer = sign_in(with_app[0])
    assert b"Incorrect code" in second(client, "000000").content
    assert not is_in(client)
    assert AuditEvent.objects.filter(act="user.sign_in_failed", detail__what="wrong code").exists()


def test_a_code_opens_once(with_app: Any) -> None:
    rep, secret, _codes = with_app
    code = code_of(secret)
    first, other = sign_in(rep)[0], sign_in(rep)[0]
    second(first, code)
    second(other, code)
    assert (is_in(first), is_in(other)) == (True, False)


def test_a_recovery_code_opens_once(with_app: Any) -> None:
    rep, _secret, codes = with_app
    first, other = sign_in(rep)[0], sign_in(rep)[0]
    second(first, codes[0])
    second(other, codes[0])
    assert (is_in(first), is_in(other)) == (True, False)


def test_guessing_codes_ends_after_five(with_app: Any) -> None:
    rep, secret, _codes = with_app
    client, _answer = sign_in(rep)
    for _ in range(5):
        second(client, "111111")
    assert b"Too many" in second(client, code_of(secret)).content
    assert not is_in(client)


def test_setting_up_needs_the_password_again(rep: User) -> None:
    client, _answer = sign_in(rep)
    asked = client.get(reverse("mfa_activate_totp"))
    assert reverse("account_reauthenticate") in asked["Location"]
    assert b"Incorrect password" in client.post(asked["Location"], {"password": "wrong password"}).content
    again = client.post(asked["Location"], {"password": PASSWORD})
    assert again["Location"] == reverse("mfa_activate_totp")
    assert client.get(again["Location"]).status_code == 200


def test_an_admin_removes_factors_that_were_lost(company: Any, with_app: Any, signed_in: Any) -> None:
    rep = with_app[0]
    signed_in(company.admin).post(reverse("people:user_factors_remove", args=[rep.pk]))
    assert not Authenticator.objects.filter(user=rep).exists()
    assert is_in(sign_in(rep)[0])
    event = AuditEvent.objects.get(act="second_factor.all_removed")
    assert event.actor == company.admin.user


def test_a_role_can_need_a_second_factor(company: Any, rep: User, signed_in: Any) -> None:
    given = {"second_factor_roles": ["rep"], "idle_hours": 72, "longest_days": 30, "invitation_days": 7}
    signed_in(company.admin).post(reverse("people:access_rules"), given)
    assert lacks_second_factor(rep)
    client, _answer = sign_in(rep)
    for address in ("/", reverse("pipeline:deals"), reverse("core:search") + "?q=acme", reverse("people:sessions")):
        assert client.get(address)["Location"] == reverse("people:second_factor"), address
    assert client.post(reverse("pipeline:deal_new"), {"name": "X"})["Location"] == reverse("people:second_factor")
    page = client.get(reverse("people:second_factor"))
    assert page.status_code == 200 and b"Sales rep" not in page.content
    secret = confirmed(client).get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert client.get(reverse("pipeline:deals")).status_code == 200
    assert "access_rules.changed" in AuditEvent.objects.values_list("act", flat=True)


def test_the_rule_reaches_open_sessions(rep: User, empty_cache: Any) -> None:
    client, _answer = sign_in(rep)
    assert client.get(reverse("pipeline:deals")).status_code == 200
    AccessRules.objects.create(pk=1, second_factor_roles=["rep"])
    empty_cache()
    assert client.get(reverse("pipeline:deals"))["Location"] == reverse("people:second_factor")


# --- sessions -------------------------------------------------------------------------------------


def test_sign_out_one_and_all_others(rep: User) -> None:
    here, phone, old = (sign_in(rep)[0] for _ in range(3))
    row = OpenSession.objects.get(session_key=phone.session.session_key)
    here.post(reverse("people:session_end", args=[row.pk]))
    assert phone.get(reverse("people:sessions")).status_code == 302
    assert old.get(reverse("people:sessions")).status_code == 200
    here.post(reverse("people:sessions_end_others"))
    assert old.get(reverse("people:sessions")).status_code == 302
    assert here.get(reverse("people:sessions")).status_code == 200


def test_nobody_ends_the_sessions_of_another_but_an_admin(company: Any, rep: User, signed_in: Any) -> None:
    client, _answer = sign_in(rep)
    end = reverse("people:session_end", args=[OpenSession.objects.get().pk])
    everywhere = reverse("people:user_sessions_end", args=[rep.pk])
    for who in (company.manager, company.ops, company.vp):
        assert signed_in(who).post(end).status_code == 404
        assert signed_in(who).post(everywhere).status_code == 404
    assert client.get(reverse("people:sessions")).status_code == 200
    signed_in(company.admin).post(everywhere)
    assert client.get(reverse("people:sessions")).status_code == 302
    assert "user.sessions_ended" in acts(rep)


@pytest.mark.parametrize(
    ("seen", "since", "stays"),
    [(timedelta(hours=71), timedelta(hours=71), True), (timedelta(hours=73), timedelta(hours=73), False),
     (timedelta(hours=1), timedelta(days=31), False)],
)  # fmt: skip
def test_sessions_end_by_time(rep: User, empty_cache: Any, seen: timedelta, since: timedelta, stays: bool) -> None:
    client, _answer = sign_in(rep)
    now = timezone.now()
    OpenSession.objects.update(last_seen_at=now - seen, created_at=now - since)
    empty_cache()
    assert (client.get(reverse("people:sessions")).status_code == 200) is stays


def test_a_session_costs_no_query_between_two_looks(rep: User) -> None:
    client, _answer = sign_in(rep)
    client.get(reverse("people:absence"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("people:absence"))
    assert queries and not [one for one in queries if "people_opensession" in one["sql"]]


def test_signing_out_and_being_shut_out_end_the_session(company: Any, rep: User) -> None:
    client, _answer = sign_in(rep)
    client.post(reverse("account_logout"))
    assert not OpenSession.objects.filter(ended_at=None).exists()
    client, _answer = sign_in(rep)
    set_active(user=rep, is_active=False, by=company.admin.user, on=AS_OF)
    assert client.get(reverse("people:sessions")).status_code == 302
    assert not OpenSession.objects.filter(ended_at=None).exists()


def test_ending_nothing_is_recorded_as_nothing(company: Any, rep: User) -> None:
    assert end_sessions(user=rep, by=company.admin.user) == 0
    assert "user.sessions_ended" not in acts(rep)
