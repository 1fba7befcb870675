"""Fixtures for every test.

company          a small company of known people (tests/small_company.py); rolled back after the test
as_of            the company's day in tests: a fixed one
signed_in        signed_in(company.rep) gives a Django test client of that person
run_jobs         run_jobs() does the waiting jobs in this process, as a worker would; returns their names
mailbox          mail goes by SMTP to a catcher; mailbox() gives the messages
shared_folder    the folder with the shared data sets: skips without it, fails with CI=true (tests/shared.py)
shared_path      shared_path("data", "crm_maven", "accounts.csv"): the same for one file or folder
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from salesops.embedded.mail_catcher import catcher
from tests.shared import find_shared, require_shared
from tests.spreading import by_length

_numbers = itertools.count(1)
MADE_UP = "made-up plans of pay"  # what the tests of pay say at the end: how often each kind of component was tried


@pytest.fixture
def company(db: None) -> Any:
    from tests.small_company import make_company

    return make_company()


@pytest.fixture
def as_of() -> date:
    from tests.small_company import AS_OF

    return AS_OF


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """signed_in(member or user, **headers) -> Client. Each call gives a client of its own."""

    def sign_in(who: Any, **headers: Any) -> Client:
        client = Client(headers=headers or None)
        client.force_login(getattr(who, "user", who))
        return client

    return sign_in


@pytest.fixture
def run_jobs(db: None) -> Callable[[], list[str]]:
    """Claims and works every waiting job until none is left, those that jobs enqueue on the way too."""
    from core import jobs
    from core.enums import JobState
    from core.models import Job

    def run() -> list[str]:
        done: list[str] = []
        while row := Job.objects.filter(state=JobState.WAITING, attempts=0).order_by("pk").first():
            jobs.run_job(job_id=row.pk)
            done.append(row.name)
        return done

    return run


@pytest.fixture
def shared_folder(request: pytest.FixtureRequest) -> Path:
    request.node.user_properties.append(("shared data", True))
    return require_shared()


@pytest.fixture
def shared_path(request: pytest.FixtureRequest) -> Callable[..., Path]:
    request.node.user_properties.append(("shared data", True))
    return require_shared


@pytest.fixture(autouse=True)
def empty_cache() -> Callable[[], None]:
    """Every test begins with an empty cache, and may empty it by calling this: cache.clear() would empty that of the
    other workers too, who share one Valkey. A name space of its own is as good as empty.
    """
    from django.conf import settings
    from django.core.cache import cache

    def begin() -> None:
        prefix = f"{os.environ.get('PYTEST_XDIST_WORKER', 'one')}-{next(_numbers)}"
        settings.CACHES["default"]["KEY_PREFIX"] = cache.key_prefix = prefix

    begin()
    return begin


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are counted to the end however busy the machine is."""
    monkeypatch.setattr("core.selectors.saved_views.PATIENCE_MS", 30_000)


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Iterator[Callable[[], list[EmailMessage]]]:
    """Mail of this test goes by SMTP to a catcher of its own; mailbox() gives the messages, oldest first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = catcher(tmp_path / "mail", port)
    server.start()
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"host": "127.0.0.1", "port": port}}}
    settings.MAILBOX = str(tmp_path / "mail")

    def messages() -> list[EmailMessage]:
        paths = sorted((tmp_path / "mail").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy) for path in paths]

    yield messages
    server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """The databases of the workers are copies of one that is migrated."""
    from django.conf import settings

    from tests.databases import ensure_template

    with django_db_blocker.unblock():
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = ensure_template()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test that commits leaves the next one a database as the migrations made it."""
    yield
    marker = item.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        from pytest_django.plugin import blocking_manager_key

        from tests.databases import renew

        with item.config.stash[blocking_manager_key].unblock():
            renew()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.spreading import ByFile

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: by_length(item.nodeid))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cases ran on the shared data sets, so that a run without them can't pass for a whole one."""
    counts = {
        state: sum(
            ("shared data", True) in report.user_properties
            for report in terminalreporter.stats.get(state, [])
            if hasattr(report, "user_properties")
        )
        for state in ("passed", "failed", "skipped")
    }
    place = find_shared() or "no folder"
    ran = counts["passed"] + counts["failed"]
    terminalreporter.write_line(f"shared data: {ran} cases ran, {counts['skipped']} skipped ({place})")
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == MADE_UP:
                terminalreporter.write_line(f"{name}: {value}")
