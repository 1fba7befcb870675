"""Requests from elsewhere, too large, of the wrong kind; and what every answer must carry."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, path

from core.models import Notification
from salesops.urls import urlpatterns as usual
from tests.access.matrix import read_matrix
from tests.access.routes import Route, all_routes
from tests.access.world import World

pytestmark = pytest.mark.django_db
ELSEWHERE = ("//evil.example/", "https://evil.example/", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)",
             "http:evil.example", "///evil.example", "https:///evil.example", "/%09/evil.example", "\t//evil.example",
             "//localhost@evil.example", "data:text/html,x")  # fmt: skip


def broken(request: Any) -> Any:
    raise ZeroDivisionError


urlpatterns: list[Any] = [*usual, path("broken/", broken, name="broken")]

# --- where it comes from ----------------------------------------------------------------------------------------------


def writing() -> list[tuple[Route, str]]:
    lines = read_matrix().lines
    return [(route, method) for route in all_routes() if route.name in lines for method in lines[route.name].rights
            if method != "GET"]  # fmt: skip


def test_nothing_is_written_without_the_token_of_ones_own_page(world: World) -> None:
    """A form on another site posts with the visitor's cookies, without the token: refused, by pages and API alike."""
    client = world.client("sales_ops", enforce_csrf_checks=True)
    answers = {}
    for route, method in writing():
        send = getattr(client, method.lower())
        answer = send(world.address(route))
        if answer.status_code == 415:
            answer = send(world.address(route), content_type="application/json")
        answers[f"{method} {route.name}"] = answer.status_code
    assert len(answers) > 80
    let_in = {name: status for name, status in answers.items() if status not in (403, 404, 405)}
    assert let_in == {}


def test_no_page_is_exempt_from_the_token() -> None:
    def views(patterns: Any, prefix: str = "") -> Any:
        for one in patterns:
            if isinstance(one, URLPattern):
                yield f"{prefix}{one.pattern}", one.callback
            else:
                yield from views(one.url_patterns, f"{prefix}{one.pattern}")

    # The signed link of the weekly mail is the right to leave it: mail programs press it without a cookie (RFC 8058).
    told = ("digest/leave/",)
    exempt = [at for at, view in views(get_resolver().url_patterns) if getattr(view, "csrf_exempt", False)]
    assert [at for at in exempt if not at.startswith(("api/", *told))] == []


def test_the_token_of_another_visitor_does_not_do(world: World) -> None:
    client = world.client("sales_ops", enforce_csrf_checks=True)
    client.get("/accounts/new/")
    answer = client.post("/accounts/new/", {"name": "x", "csrfmiddlewaretoken": "a" * 64})
    assert answer.status_code == 403
    assert "Send it once more" in answer.content.decode() or "form" in answer.content.decode()


REDIRECTS = [
    ("get", "/lists/columns/", "to", {}),
    ("post", "/lists/save-view/", "to", {"table": "pipeline.deals", "name": "v", "query": "q=a"}),
    ("post", "/lists/save-view/", "to", {}),
    ("post", "/notifications/read/", "to", {}),
    ("post", "/notifications/unread/?to={}", "to", {}),
    ("post", "/opportunities/restore/?to={}", "to", {}),
    ("post", "/accounts/restore/?to={}", "to", {}),
    ("post", "/leads/restore/?to={}", "to", {}),
    ("post", "/auth/logout/", "next", {}),
    ("post", "/auth/logout/?next={}", "next", {}),
    ("get", "/auth/login/?next={}", "next", {}),
]


@pytest.mark.parametrize(("method", "url", "name", "data"), REDIRECTS)
@pytest.mark.parametrize("there", ELSEWHERE)
def test_no_address_leads_away(world: World, method: str, url: str, name: str, data: Any, there: str) -> None:
    client = world.client("sales_ops")
    answer = getattr(client, method)(url.format(quote(there)), {**data, name: there})
    place = answer.get("Location", "")
    assert answer.status_code < 500
    assert is_ours(place), place


def is_ours(place: str) -> bool:
    """As a browser reads it: backslashes are slashes, and white space in front is nothing."""
    plain = place.strip().replace("\\", "/")
    return not plain or (plain.startswith("/") and not plain.startswith("//") and not urlsplit(plain).scheme)


def test_signing_in_leads_to_ones_own_pages_only(world: World) -> None:
    for there in ELSEWHERE:
        client = Client(REMOTE_ADDR=f"10.1.0.{ELSEWHERE.index(there)}")
        given = {"login": "ana@example.com", "password": "a password of everybody", "next": there}
        answer = client.post("/auth/login/", given)
        assert answer.status_code == 302
        assert is_ours(answer["Location"]), there


def test_a_notification_leads_to_ones_own_pages_only(world: World) -> None:
    user = world.users["owner"]
    row = world.samples.row(Notification)
    Notification.objects.filter(pk=row.pk).update(user=user, url="//evil.example/")
    answer = world.client("owner").get(f"/notifications/{row.pk}/")
    assert answer.status_code == 302
    assert is_ours(answer["Location"])


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:x", "localhost/x", "evil.example:80@localhost", "", "a" * 3000]
)
def test_a_host_that_is_not_ours_is_refused(world: World, host: str) -> None:
    answer = world.client("owner").get("/opportunities/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


def test_a_forwarded_host_is_not_believed(world: World) -> None:
    answer = Client().get("/opportunities/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer["Location"].startswith("/auth/login/")


def test_the_link_of_a_forgotten_password_leads_here(world: World, mailbox: Any, run_jobs: Any) -> None:
    email = world.company.rep.user.email
    Client().post("/auth/password/reset/", {"email": email}, headers={"X-Forwarded-Host": "evil.example"})
    run_jobs()
    text = mailbox()[0].get_content()
    assert "http://localhost" in text and "evil" not in text


# --- what it carries --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/accounts/new/", "/imports/new/"])
@override_settings(MAX_IMPORT_BYTES=0)
def test_a_body_that_is_too_large_is_told_in_words(world: World, url: str) -> None:
    answer = world.client("sales_ops").post(url, b"x" * (1024**2 + 1), content_type="application/octet-stream")
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


def test_a_stranger_may_send_little(world: World) -> None:
    given = {"login": "ana@example.com", "password": "x" * (1024**2 + 1)}
    assert Client().post("/auth/login/", given).status_code == 413


@pytest.mark.parametrize(("count", "name"), [(6000, "f{}"), (6000, "pk")])
def test_too_many_fields_are_told_in_words(world: World, count: int, name: str) -> None:
    data = "&".join(f"{name.format(number)}=1" for number in range(count))
    answer = world.client("sales_ops").post("/opportunities/", data, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (400, 413)
    assert "<h1" in answer.content.decode() or "<title" in answer.content.decode()


def test_a_field_larger_than_a_form_is_told_in_words(world: World) -> None:
    data = "name=" + "x" * (5 * 1024**2 + 1)
    answer = world.client("sales_ops").post("/accounts/new/", data, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (400, 413)
    assert "<title" in answer.content.decode()


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "99999999999999999999", "\u00b2", " 5 "])
def test_a_length_that_is_none(world: World, length: str) -> None:
    answer = world.client("sales_ops").post("/accounts/new/", b"", content_type="text/plain", CONTENT_LENGTH=length)
    assert answer.status_code < 500


@pytest.mark.parametrize("headers", [
    {"X-Request-ID": "a\r\nSet-Cookie: x=1"}, {"X-Request-ID": "x" * 5000}, {"Accept-Language": "x" * 5000},
    {"Accept-Language": "../../etc"}, {"HX-Request": "true", "HX-Target": "<script>", "HX-Current-URL": "javascript:x"},
    {"Cookie": "sessionid=\x00; csrftoken=;;;="}, {"Range": "bytes=0-0,-1"}, {"If-Modified-Since": "yesterday"},
    {"X-Forwarded-For": "' OR 1=1, <script>"}, {"Authorization": "Bearer \u00ff"}, {"X-HTTP-Method-Override": "DELETE"},
])  # fmt: skip
def test_headers_nobody_meant(world: World, headers: dict[str, str]) -> None:
    for url in ("/opportunities/", "/auth/login/", "/search/?q=acme"):
        answer = world.client("owner").get(url, headers=headers)
        assert answer.status_code < 500
        assert "\n" not in answer["X-Request-ID"] and len(answer["X-Request-ID"]) <= 40


PATHS = ("/%00", "/opportunities/%2e%2e/", "/static/../settings.py", "/static/%2e%2e/manage.py", "//evil.example/x",
         "/opportunities/\u00b2/", "/" + "a" * 8000, "/%ff%fe", "/opportunities/1/?a=%00", "/media/", "/files/",
         "/.git/config", "/admin/")  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:20])
def test_paths_nobody_meant(world: World, path: str) -> None:
    answer = world.client("admin").get(path)
    assert answer.status_code in (301, 302, 400, 404)
    assert is_ours(answer.get("Location", ""))


# --- mail and files ---------------------------------------------------------------------------------------------------


def test_a_name_puts_no_header_into_a_mail(world: World, mailbox: Any) -> None:
    """A new user's name and address go into an invitation."""
    evil = "x@example.com\r\nBcc: everyone@example.com"
    client = world.client("admin")
    for email in (evil, "x@example.com\nSubject: hello", '"a\\r\\nBcc: b"@example.com'):
        client.post("/settings/users/new/", {"email": email, "roles": ["rep"], "password": ""})
        Client().post("/auth/password/reset/", {"email": email})
    for mail in mailbox():
        assert mail["Bcc"] is None and "everyone" not in str(mail["To"])


def test_cells_that_would_run_in_a_spreadsheet_are_only_text(world: World) -> None:
    company = world.company
    for start in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"):
        company.account(f"{start} account")
        company.deal(f"{start} deal")
    for url in ("/accounts/", "/opportunities/"):
        answer = world.client("owner").get(f"{url}?format=csv")
        text = b"".join(answer.streaming_content).decode()
        cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r")) or cell.startswith("-1 ")]
        assert "=1+1" in text


# --- what every answer carries --------------------------------------------------------------------------------


def answers(world: World) -> dict[str, Any]:
    """One of each kind, refusals and failures too."""
    ops, admin = world.client("sales_ops"), world.client("admin")
    return {
        "page": ops.get("/opportunities/"),
        "record": ops.get(world.records["deal_id"].get_absolute_url()),
        "part": ops.get("/opportunities/", headers={"HX-Request": "true"}),
        "csv": ops.get("/opportunities/?format=csv"),
        "xlsx": ops.get("/opportunities/?format=xlsx"),
        "json": ops.get("/accounts/options/?q=a"),
        "to sign in": Client().get("/opportunities/"),
        "sign-in page": Client().get("/auth/login/"),
        "not found": ops.get("/nothing/"),
        "forbidden": world.client("no_role").get("/accounts/new/"),
        "no such method": ops.get("/opportunities/restore/"),
        "no token": world.client("sales_ops", enforce_csrf_checks=True).post("/accounts/new/"),
        "wrong host": ops.get("/", HTTP_HOST="evil.example"),
        "too large": Client().post("/auth/login/", {"login": "x" * (1024**2 + 1)}),
        "broken": admin.get("/broken/"),
        "api": ops.get("/api/v1/accounts/"),
        "api refused": Client().get("/api/v1/accounts/"),
        "health": Client().get("/healthz"),
        "static file": Client().get("/static/css/page.css"),
        "no such file": Client().get("/static/nothing.css"),
    }


@pytest.mark.urls(__name__)
def test_every_answer_is_guarded(world: World) -> None:
    for name, answer in answers(world).items():
        policy = answer.get("Content-Security-Policy", "")
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy, name
        assert "unsafe-eval" not in policy and "unsafe-inline" not in policy.replace(
            "style-src-attr 'unsafe-inline'", ""
        )
        assert answer.get("X-Frame-Options") == "DENY", name
        assert answer.get("X-Content-Type-Options") == "nosniff", name
        assert answer.get("Referrer-Policy") == "same-origin", name
        assert answer.get("Cross-Origin-Opener-Policy") == "same-origin", name
        assert answer.get("X-Request-ID"), name
        assert "Server" not in answer and "X-Powered-By" not in answer, name


@pytest.mark.urls(__name__)
def test_nobody_keeps_a_personal_page(world: World) -> None:
    """Nor a shared computer's browser once its user has signed out, nor a proxy on the way."""
    for name, answer in answers(world).items():
        if name in ("static file", "no such file"):
            continue
        assert "private" in answer.get("Cache-Control", "") or "no-store" in answer.get("Cache-Control", ""), name


@pytest.mark.urls(__name__)
def test_a_failure_tells_no_secrets(world: World) -> None:
    text = world.client("admin").get("/broken/").content.decode()
    for word in ("ZeroDivisionError", "Traceback", settings.SECRET_KEY, "/work/", "site-packages"):
        assert word not in text


def test_cookies_are_for_this_site_and_no_script(world: World) -> None:
    client = Client()
    client.post("/auth/login/", {"login": "ana@example.com", "password": "a password of everybody"})
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"] and session["samesite"] == "Lax"
    assert client.cookies[settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"


def test_behind_https_cookies_travel_by_it_alone() -> None:
    """Settings are read once; what they come to is told by the address of the site."""
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    told = f"from django.conf import settings as s; print(*(bool(getattr(s, n)) for n in {names}))"
    environment = os.environ | {"SITE_URL": "https://sales.example", "DJANGO_SETTINGS_MODULE": "salesops.settings"}
    found = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True"] * 4


def test_the_session_changes_with_who_is_signed_in(world: World) -> None:
    """A session that was planted before signing in is worth nothing after it."""
    client = Client()
    client.get("/auth/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    before = (
        client.cookies[settings.SESSION_COOKIE_NAME].value if settings.SESSION_COOKIE_NAME in client.cookies else ""
    )
    client.post("/auth/login/", {"login": "ana@example.com", "password": "a password of everybody"})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert client.get("/opportunities/").status_code == 200
    client.post("/auth/logout/")
    assert client.get("/opportunities/").status_code == 302


def test_nobody_is_told_which_addresses_have_a_login(world: World, mailbox: Any) -> None:
    """A forgotten password is answered alike for a login and for none."""
    pages = [Client(REMOTE_ADDR=f"10.2.0.{at}").post("/auth/password/reset/", {"email": email}, follow=True)
             for at, email in enumerate(("ana@example.com", "nobody-at-all@example.com"))]  # fmt: skip
    texts = [page.content.decode().replace("nobody-at-all", "ana") for page in pages]
    assert pages[0].status_code == pages[1].status_code == 200
    assert texts[0][-2000:] == texts[1][-2000:]
