"""Bare commands: they bring the services while they run, and only when they need them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from salesops.embedded import home as homes
from salesops.embedded import postgres
from tests.frame.conftest import ROOT, Holder, Python, environment

ASK = """
from django.core.cache import cache
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('data_directory')")
    print(cursor.fetchone()[0], flush=True)
cache.set("asked", 1)
assert cache.get("asked") == 1
"""


@pytest.mark.parametrize(
    "arguments", [("--help",), ("check",), ("makemigrations", "--check", "--dry-run"), ("migrate", "--help")]
)
def test_commands_that_need_no_database_start_none(python: Python, home: Path, arguments: tuple[str, ...]) -> None:
    done = python("manage.py", *arguments)
    assert done.returncode == 0, done.stderr
    assert not (home / "postgres").exists()


def test_a_command_brings_the_services_and_takes_them_away(
    python: Python, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = python("manage.py", "shell", "--no-imports", "-c", ASK)
    assert done.stdout.split() == [str(home / "postgres")], done.stderr
    monkeypatch.setenv("SALESOPS_HOME", str(home))
    assert not postgres.is_running()


def test_a_command_on_a_new_home_says_what_to_do_first(python: Python) -> None:
    done = python("manage.py", "metrics", "--period", "all")
    assert done.returncode == 1
    assert "python manage.py prepare" in done.stderr and "Traceback" not in done.stderr


def test_two_commands_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find a new home; the first to end leaves the other its database."""
    monkeypatch.setenv("SALESOPS_HOME", str(home))
    waits = f"{ASK}\nimport sys\nsys.stdin.readline()\n{ASK}"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c"]
    options = {"cwd": ROOT, "env": environment(home), "text": True, "stdout": subprocess.PIPE, "stdin": subprocess.PIPE}
    long = subprocess.Popen([*command, waits], **options)  # type: ignore[call-overload]  # -- options of Popen
    short = subprocess.Popen([*command, ASK], **options)  # type: ignore[call-overload]  # -- options of Popen
    assert short.communicate(timeout=120)[0].split() == [str(home / "postgres")]
    assert long.communicate("\n", timeout=120)[0].split() == [str(home / "postgres")] * 2
    assert (short.returncode, long.returncode) == (0, 0)
    assert not postgres.is_running()


def test_urls_lead_to_servers_elsewhere(python: Python, home: Path) -> None:
    """The test session's own servers, as somebody's real ones: nothing is started in the home."""
    urls = {
        "DATABASE_URL": f"postgresql://salesops@/postgres?host={homes.socket_folder()}",
        "REDIS_URL": f"unix://{homes.socket_folder()}/valkey.sock?db=7",
    }
    done = python("manage.py", "shell", "--no-imports", "-c", ASK, **urls)
    assert done.stdout.split() == [str(postgres.data())], done.stderr
    assert not (home / "postgres").exists()
    assert not (home / "valkey").exists()


def test_carried_programs_speak_to_the_database_of_the_home(python: Python, home: Path) -> None:
    dump = home / "salesops.dump"
    holder = Holder(home)  # else each command starts the server anew
    holder.servers()
    tool = ("-m", "salesops.embedded.tool")
    assert python(*tool, "psql", "-c", "CREATE TABLE kept AS SELECT 42 AS answer").returncode == 0
    assert python(*tool, "pg_dump", "-Fc", "-f", str(dump)).returncode == 0
    assert python(*tool, "psql", "-c", "DROP TABLE kept").returncode == 0
    assert python(*tool, "pg_restore", "--no-owner", "-d", "salesops", str(dump)).returncode == 0
    assert python(*tool, "psql", "-Atc", "SELECT answer FROM kept").stdout.strip() == "42"
    unknown = python(*tool, "mysql")
    assert unknown.returncode == 1
    assert "There is no program mysql" in unknown.stderr
    holder.leave()
