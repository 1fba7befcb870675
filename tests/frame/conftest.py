"""Processes of their own, as people start them, for what only shows with real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SALESOPS_ENV", "SITE_URL", "EMAIL_HOST", "EMAIL_PORT", "MAKELEVEL")
Python = Callable[..., subprocess.CompletedProcess[str]]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment with another home, without what the test session set."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS and "DJANGO" not in name}
    return kept | {"SALESOPS_HOME": str(home), "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": ""} | more


SCRIPT = """
import sys
from salesops.embedded import lease, postgres, valkey
lease.take()
print(postgres.server_pid(), valkey.server_pid(), flush=True)
sys.stdin.readline()
"""


class Holder:
    """A process that holds the lease until told to leave."""

    def __init__(self, folder: Path, before: str = "", **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", before + SCRIPT],
            cwd=ROOT,
            env=environment(folder, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def servers(self) -> tuple[str, ...]:
        """Process ids of PostgreSQL and Valkey, once they answer."""
        assert self.process.stdout is not None
        return tuple(self.process.stdout.readline().split())

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of this test's own; its services must be stopped by whoever started them."""
    folder = Path(tempfile.mkdtemp(prefix="so-own-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def python(home: Path) -> Python:
    """python("manage.py", "check", SITE_URL="...") runs it in the checkout with that home and environment."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(home, **more),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
