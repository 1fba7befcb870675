"""Databases of a test session: one is migrated, the others are copies of it, which takes a tenth of a second."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection

TEMPLATE = "salesops_template"


def ensure_template() -> str:
    """The name of a database with every migration applied, made by the first who asks."""
    with (Path(os.environ["SALESOPS_TEST_HOME"]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(TEMPLATE):
            _run(f"DROP DATABASE IF EXISTS {TEMPLATE}_unfinished")
            _run(f"CREATE DATABASE {TEMPLATE}_unfinished")
            with _connected_to(f"{TEMPLATE}_unfinished"):
                call_command("migrate", interactive=False, verbosity=0)
            _run(f"ALTER DATABASE {TEMPLATE}_unfinished RENAME TO {TEMPLATE}")
    return TEMPLATE


@contextmanager
def copy(name: str) -> Iterator[str]:
    """A migrated database of one's own, for tests whose processes commit; gives its URL."""
    template = ensure_template()
    _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _run(f"CREATE DATABASE {name} TEMPLATE {template}")
    folder = connection.settings_dict["HOST"]
    try:
        yield f"postgresql://salesops@/{name}?host={folder}"
    finally:
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def renew() -> None:
    """Put a fresh copy of the migrated database in the place of the one this process works on."""
    name = connection.settings_dict["NAME"]
    connection.close()
    _run(f"DROP DATABASE {name} WITH (FORCE)")
    _run(f"CREATE DATABASE {name} TEMPLATE {ensure_template()}")


def _exists(name: str) -> bool:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _run(sql: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
