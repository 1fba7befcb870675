"""Settings follow the environment, and a production start is safe or doesn't come about."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest

from tests.frame.conftest import Python

PRODUCTION = {
    "SALESOPS_ENV": "production",
    "SECRET_KEY": "0123456789abcdefghij" * 3,
    "SITE_URL": "https://salesops.example.com",
}
SHOW = """
import json, sys
from salesops import settings
print(json.dumps([getattr(settings, name) for name in sys.argv[1:]], default=str))
"""


@pytest.fixture
def values(python: Python) -> Any:
    """values("DEBUG", PORT="1") gives settings of a process with that environment."""

    def ask(*names: str, **environment: str) -> list[Any]:
        done = python("-c", SHOW, *names, **environment)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))

    return ask


def test_production_needs_a_secret(python: Python) -> None:
    done = python("manage.py", "check", SALESOPS_ENV="production")
    assert done.returncode == 1
    assert "Set SECRET_KEY: in production every web process needs the same secret." in done.stderr


def test_production_passes_django_s_own_inspection(python: Python) -> None:
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    # Sub-domains and the browsers' lists are the owner's to decide for a whole domain.
    open_points = {line.split(":")[1].split(")")[0].strip(" (") for line in done.stderr.splitlines() if "W0" in line}
    assert open_points <= {"security.W005", "security.W021"}, done.stderr


def test_https_brings_safe_cookies(values: Any) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "DEBUG")
    assert values(*names, DEBUG="1", **PRODUCTION) == [True, True, True, 31536000, False]
    assert values(*names, SITE_URL="http://salesops.local") == [False, False, False, 0, False]


def test_hosts_and_origins_follow_the_site(values: Any) -> None:
    hosts, origins = values("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", SITE_URL="https://salesops.example.com/")
    assert hosts == ["salesops.example.com", "localhost", "127.0.0.1", "[::1]"]
    assert origins == ["https://salesops.example.com"]
    assert values("ALLOWED_HOSTS", ALLOWED_HOSTS="a.example, b.example") == [["a.example", "b.example"]]


def test_forwarded_headers_are_believed_of_known_proxies_only(values: Any) -> None:
    assert values("SECURE_PROXY_SSL_HEADER") == [None]
    assert values("SECURE_PROXY_SSL_HEADER", TRUSTED_PROXIES="1") == [["HTTP_X_FORWARDED_PROTO", "https"]]


def test_addresses_of_servers(values: Any) -> None:
    url = "postgresql://so%40x:p%2Fw@db.example:6432/sales%20ops?sslmode=require"
    [databases] = values("DATABASES", DATABASE_URL=url)
    found = databases["default"]
    assert [found[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "so@x",
        "p/w",
        "db.example",
        "6432",
        "sales ops",
    ]
    assert found["OPTIONS"] == {"connect_timeout": 10, "sslmode": "require"}
    [databases] = values("DATABASES", DATABASE_URL="postgresql://so@/x?host=/run/postgresql")
    assert databases["default"]["HOST"] == "/run/postgresql"
    assert values("CELERY_BROKER_URL", REDIS_URL="rediss://broker:6380/2") == ["rediss://broker:6380/2"]
    assert values("CELERY_BROKER_URL", REDIS_URL="unix:///a.sock?db=3") == ["redis+socket:///a.sock?virtual_host=3"]


def test_mail_goes_to_the_catcher_or_to_a_server(values: Any, home: Any) -> None:
    (home / "mail.port").write_text("4321")
    [mailers, mailbox] = values("MAILERS", "MAILBOX")
    assert (mailers["default"]["OPTIONS"]["host"], mailers["default"]["OPTIONS"]["port"]) == ("127.0.0.1", 4321)
    assert mailbox == str(home / "mail")
    [mailers, mailbox] = values("MAILERS", "MAILBOX", EMAIL_HOST="smtp.example", EMAIL_PORT="587", EMAIL_USE_TLS="1")
    options = mailers["default"]["OPTIONS"]
    assert (options["host"], options["port"], options["use_tls"], options["use_ssl"]) == (
        "smtp.example",
        587,
        True,
        False,
    )
    assert mailbox == ""


def test_static_files_by_shape(values: Any) -> None:
    [plain] = values("STORAGES")
    [image] = values("STORAGES", COMPRESS_STATIC="1")
    assert plain["staticfiles"]["BACKEND"].endswith(".ManifestStaticFilesStorage")
    assert image["staticfiles"]["BACKEND"] == "whitenoise.storage.CompressedManifestStaticFilesStorage"


LOG = """
import django
django.setup()
import logging, structlog
structlog.contextvars.bind_contextvars(request_id="abc")
structlog.get_logger("pipeline.services").warning("deal.odd", deal=7)
logging.getLogger("some.library").error("plain %s", "text")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("some.library").exception("failed")
"""


def test_production_logs_are_json_with_the_request(python: Python) -> None:
    done = python("-c", LOG, DJANGO_SETTINGS_MODULE="salesops.settings", **PRODUCTION)
    own, library, failure = [json.loads(line) for line in done.stderr.splitlines()]
    assert own.pop("timestamp").endswith("Z")
    expected = {"event": "deal.odd", "deal": 7, "level": "warning", "logger": "pipeline.services", "request_id": "abc"}
    assert own == expected
    assert (library["event"], library["request_id"], library["level"]) == ("plain text", "abc", "error")
    assert failure["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "locals" not in json.dumps(failure)


def test_development_logs_are_lines_to_read(python: Python) -> None:
    done = python("-c", LOG, DJANGO_SETTINGS_MODULE="salesops.settings")
    assert "deal.odd" in done.stderr
    assert not done.stderr.startswith("{")
    assert "ZeroDivisionError" in done.stderr


def test_one_driver_of_the_database() -> None:
    """Django would silently prefer psycopg 3 where it is installed too; binary COPY is written for psycopg2."""
    assert importlib.util.find_spec("psycopg") is None
    assert importlib.util.find_spec("psycopg2") is not None
