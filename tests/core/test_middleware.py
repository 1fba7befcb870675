"""What every request goes through: address, id, log line, closed doors, sizes, and who is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from core import audit
from core.middleware import ForwardedMiddleware, RequestIdMiddleware
from core.models import AuditEvent
from tests.small_company import SmallCompany

SignedIn = Callable[..., Client]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),  # nobody is believed
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # the visitor wrote the first
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1"),  # came around the outer proxy
        (1, "", "10.0.0.1"),
    ],
)
def test_the_address_is_the_one_trusted_proxies_saw(settings: Any, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    ForwardedMiddleware(view)(request)
    assert seen == [address]


@pytest.mark.django_db
def test_failed_sign_ins_are_counted_for_that_address(client: Client, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    form = {"login": "ana@example.com", "password": "wrong"}
    client.post("/auth/login/", form, headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4"})
    assert AccessAttempt.objects.get().ip_address == "1.2.3.4"


@pytest.mark.parametrize(
    ("given", "is_kept"), [("abc-1.2_3", True), ("", False), ("a" * 41, False), ("a b", False), ("a\nb: c", False)]
)
def test_a_request_keeps_a_plain_id_or_gets_one(given: str, is_kept: bool) -> None:
    within: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        within.append(audit.request_id.get())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = given
    answer = RequestIdMiddleware(view)(request)
    assert (answer["X-Request-ID"] == given) is is_kept
    assert within == [answer["X-Request-ID"]]
    assert audit.request_id.get() == ""


@pytest.mark.django_db
def test_each_answer_is_one_line_with_the_id_and_no_query(client: Client) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        client.get("/healthz?q=Maya", headers={"X-Request-ID": "abc"})
        client.get("/auth/password/reset/key/1-secret/")
    assert [line["event"] for line in lines] == ["request", "request"]
    assert (lines[0]["path"], lines[0]["status"], lines[0]["request_id"]) == ("/healthz", 200, "abc")
    assert lines[1]["path"] == "/auth/password/reset/key/…"


@pytest.mark.django_db
def test_doors_are_closed_to_strangers(client: Client) -> None:
    answer = client.get("/opportunities/?stage=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/auth/login/?next=/opportunities/%3Fstage%3D1"
    refusal = client.get("/api/v1/opportunities/")
    assert (refusal.status_code, refusal["Content-Type"]) == (401, "application/problem+json")


@pytest.mark.django_db
def test_strangers_can_t_send_much(client: Client) -> None:
    answer = client.post("/auth/login/", b"x", content_type="text/plain", CONTENT_LENGTH=str(1024**2 + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize(("more", "status"), [(0, 302), (1, 413)])
def test_a_body_may_be_as_large_as_an_import(
    company: SmallCompany, signed_in: SignedIn, settings: Any, more: int, status: int
) -> None:
    """Only the length given is looked at: the body is refused before it is read."""
    settings.MAX_IMPORT_BYTES = 1024**2
    client = signed_in(company.ops)
    length = 2 * 1024**2 + more
    answer = client.post("/auth/logout/", b"", content_type="text/plain", CONTENT_LENGTH=str(length))
    assert answer.status_code == status
    if status == 413:
        assert "larger than 1 MB" in answer.content.decode()


def test_changes_are_recorded_with_who_and_request(company: SmallCompany, signed_in: SignedIn) -> None:
    deal = company.deal()
    answer = signed_in(company.rep).post(f"{deal.get_absolute_url()}archive/", headers={"X-Request-ID": "abc"})
    assert answer.status_code in (200, 302)
    event = AuditEvent.objects.get(act="deal.archived")
    assert (event.actor, event.request_id) == (company.rep.user, "abc")
    history = deal.events.latest("pgh_created_at")
    assert history.pgh_context.metadata | {"url": ""} == {
        "user": company.rep.user.pk,
        "who": "Ana Alves",
        "request_id": "abc",
        "url": "",
    }
