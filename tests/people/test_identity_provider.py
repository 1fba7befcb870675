"""Signing in through an OpenID Connect provider that really runs: keys, PKCE, nonce, and who is let in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from core.models import AuditEvent
from people.models import OpenSession, User
from people.services import invite
from tests.people.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.small_company import AS_OF

DOOR = "/auth/oidc/company/login/"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with Provider() as running:
        app = {
            "provider_id": "company", "name": "Company ID", "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
            "settings": {"server_url": running.issuer},
        }  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield running


def come_back(client: Client, provider: Provider, door: str = DOOR) -> str:
    """From our door to the provider and its answer: the address that the browser is sent back to, as a path."""
    there = client.get(door)
    assert there.status_code == 302, there.content[:500]
    parts = urlsplit(provider.authorize(there["Location"]))
    return f"{parts.path}?{parts.query}"


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_button_stands_on_the_sign_in_page(company: Any, provider: Provider, client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "Sign in with Company ID" in page
    assert DOOR in page


def test_without_a_provider_there_is_no_button(company: Any, client: Client) -> None:
    assert b"/auth/oidc/" not in client.get(reverse("account_login")).content


def test_a_first_sign_in_finds_the_invited_login_by_its_e_mail(
    company: Any, provider: Provider, client: Client
) -> None:
    invited = invite(email="Ines@example.com", roles=["rep"], by=company.admin.user, on=AS_OF)
    provider.person.email = "ines@EXAMPLE.com"
    client.get(come_back(client, provider))
    assert client.session["_auth_user_id"] == str(invited.user.pk)
    invited.refresh_from_db()
    assert invited.accepted_at is not None
    assert SocialAccount.objects.get().user == invited.user
    assert OpenSession.objects.get().method == "socialaccount"
    assert AuditEvent.objects.filter(act="identity.connected", subject_id=invited.user.pk).exists()


def test_later_sign_ins_go_by_the_subject_not_by_the_e_mail(company: Any, provider: Provider) -> None:
    first, second = Client(), Client()
    first.get(come_back(first, provider))
    provider.person.email = "olga@example.com"
    second.get(come_back(second, provider))
    assert first.session["_auth_user_id"] == second.session["_auth_user_id"] == str(company.rep.user.pk)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_e_mail_that_is_not_verified_opens_nothing(
    company: Any, provider: Provider, client: Client, verified: Any
) -> None:
    provider.person.email_verified = verified
    answer = client.get(come_back(client, provider))
    assert answer.status_code == 403
    assert b"verified your e-mail address" in answer.content
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_a_stranger_is_told_to_ask_and_no_login_is_made(company: Any, provider: Provider, client: Client) -> None:
    before = User.objects.count()
    provider.person.email = "stranger@example.org"
    answer = client.get(come_back(client, provider))
    assert answer.status_code == 403
    assert b"Ask an admin to invite you" in answer.content
    assert (is_in(client), User.objects.count()) == (False, before)
    assert AuditEvent.objects.filter(act="user.sign_in_failed").exists()


def test_who_is_shut_out_stays_out(company: Any, provider: Provider, client: Client) -> None:
    User.objects.filter(pk=company.rep.user.pk).update(is_active=False)
    assert client.get(come_back(client, provider)).status_code == 403
    assert not is_in(client)


def test_who_is_shut_out_later_stays_out_too(company: Any, provider: Provider) -> None:
    first, second = Client(), Client()
    first.get(come_back(first, provider))
    User.objects.filter(pk=company.rep.user.pk).update(is_active=False)
    second.get(come_back(second, provider), follow=True)
    assert not is_in(second)


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": ""},
        {"aud": "somebody else"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": int(time.time()) - 60},
    ],
    ids=["nonce", "no nonce", "audience", "issuer", "expired"],
)
def test_a_token_of_another_sign_in_is_refused(
    company: Any, provider: Provider, client: Client, wrong: dict[str, Any]
) -> None:
    provider.twist = lambda claims: claims | wrong
    answer = client.get(come_back(client, provider))
    assert answer.status_code in (200, 401, 403)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_a_token_signed_by_somebody_else_is_refused(company: Any, provider: Provider, client: Client) -> None:
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client.get(come_back(client, provider))
    assert not is_in(client)


def test_without_an_id_token_nobody_comes_in(company: Any, provider: Provider, client: Client) -> None:
    provider.sends_id_token = False
    client.get(come_back(client, provider))
    assert not is_in(client)


def test_another_browser_can_not_finish_a_sign_in(company: Any, provider: Provider) -> None:
    """A victim who is led to the attacker's answer isn't signed in as the attacker: the state is not theirs."""
    attacker, victim = Client(), Client()
    answer = come_back(attacker, provider)
    victim.get(answer)
    assert not is_in(victim)


def test_a_changed_state_is_refused(company: Any, provider: Provider, client: Client) -> None:
    answer = come_back(client, provider)
    client.get(answer[:-4] + "0000")
    assert not is_in(client)


def test_an_answer_opens_once(company: Any, provider: Provider) -> None:
    client = Client()
    answer = come_back(client, provider)
    client.get(answer)
    assert is_in(client)
    client.logout()
    client.get(answer)
    assert not is_in(client)


def test_what_stands_in_our_address_does_not_reach_the_provider(
    company: Any, provider: Provider, client: Client
) -> None:
    there = client.get(f"{DOOR}?scope=admin&auth_params=prompt%3Dnone%26nonce%3Dmine")["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert sorted(asked["scope"].split()) == ["email", "openid", "profile"]
    assert "prompt" not in asked and asked["nonce"] != "mine"


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_no_way_out_to_another_site(company: Any, provider: Provider, client: Client, there: str) -> None:
    answer = client.get(come_back(client, provider, f"{DOOR}?next={there}"))
    assert is_in(client)
    assert "evil" not in answer["Location"] and "javascript" not in answer["Location"]


def test_a_provider_that_is_down_is_told_in_words(company: Any, provider: Provider, client: Client) -> None:
    provider.server.shutdown()
    provider.server.server_close()
    answer = client.get(DOOR)
    assert answer.status_code < 500
