"""A home of its own for a test session: real PostgreSQL and Valkey in a folder that goes when the session ends.

Loaded with `-p tests.throwaway`, before Django reads its settings. Workers of pytest-xdist share the first process's
home.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_made = ""
if "SALESOPS_TEST_HOME" not in os.environ:
    _made = tempfile.mkdtemp(prefix="so-test-")
    (Path(_made) / "static").mkdir()  # WhiteNoise looks for it
    os.environ["SALESOPS_TEST_HOME"] = _made
os.environ["SALESOPS_HOME"] = os.environ["SALESOPS_TEST_HOME"]
for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SALESOPS_ENV"):
    if f"SALESOPS_TEST_{name}" not in os.environ:
        os.environ.pop(name, None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if _made:
        from salesops.embedded import lease

        lease.take()
        _never_mind_a_power_cut()


def _never_mind_a_power_cut() -> None:
    """The data goes when the session ends: nothing waits for the disk."""
    import psycopg2

    from salesops.embedded import home, postgres

    connection = psycopg2.connect(host=str(home.socket_folder()), user=postgres.OWNER, dbname="postgres")
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"ALTER SYSTEM SET {name} = off")
        cursor.execute("SELECT pg_reload_conf()")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if _made:
        from salesops.embedded import lease

        lease.release()
        shutil.rmtree(_made, ignore_errors=True)
