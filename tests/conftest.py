"""Fixtures for every test.

company          a small company of known people (tests/small_company.py); rolled back after the test
as_of            the company's day in tests: a fixed one
signed_in        signed_in(company.rep) gives a Django test client of that person
run_jobs         run_jobs() does the waiting jobs in this process, as a worker would; returns their names
shared_folder    the folder with the shared data sets: skips without it, fails with CI=true (tests/shared.py)
shared_path      shared_path("data", "crm_maven", "accounts.csv"): the same for one file or folder
"""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.shared import find_shared, require_shared

TEMPLATE = "salesops_template"
_numbers = itertools.count(1)


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
def _empty_cache() -> None:
    """Every test begins with an empty cache: a name space of its own on the one Valkey that workers share."""
    from django.conf import settings
    from django.core.cache import cache

    prefix = f"{os.environ.get('PYTEST_XDIST_WORKER', 'one')}-{next(_numbers)}"
    settings.CACHES["default"]["KEY_PREFIX"] = cache.key_prefix = prefix


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Several workers: the first migrates a template, the others copy it, which is much quicker."""
    from django.conf import settings

    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    with (Path(os.environ["SALESOPS_TEST_HOME"]) / "template.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_template()
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = TEMPLATE


def _make_template() -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if cursor.fetchone():
            return
        cursor.execute(f"CREATE DATABASE {TEMPLATE}_unfinished")
    with _connected_to(f"{TEMPLATE}_unfinished"):
        call_command("migrate", interactive=False, verbosity=0)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {TEMPLATE}_unfinished RENAME TO {TEMPLATE}")


def _connected_to(name: str) -> Any:
    from contextlib import contextmanager

    from django.db import connection

    @contextmanager
    def other() -> Iterator[None]:
        usual = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = usual

    return other()


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
