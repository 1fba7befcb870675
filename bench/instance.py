"""A whole instance for a bench, on a home of its own that goes afterwards, and visitors who open pages in full."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 300
PARTS = re.compile(r'<[a-z]+\b[^>]*\bhx-get="([^"]+)"[^>]*\bhx-trigger="(?:load|revealed)[^"]*"')


@dataclass(frozen=True)
class Answer:
    """One answer: status 0 when there was none."""

    path: str
    status: int
    seconds: float
    text: str = ""
    location: str = ""
    response: requests.Response | None = None


class Visitor:
    """A browser without a screen: keeps its cookies, opens a page with the parts it loads by itself."""

    def __init__(self, url: str, login: str) -> None:
        self.url, self.login = url, login
        self.session = requests.Session()
        self.csrf = ""

    def sign_in(self, password: str) -> None:
        """Many at once from one address are slowed down by the server: they wait their turn."""
        self.get("/auth/login/")
        until = time.monotonic() + 120
        answer = self.post("/auth/login/", {"login": self.login, "password": password})
        while answer.status == 429 and time.monotonic() < until:
            time.sleep(5)
            answer = self.post("/auth/login/", {"login": self.login, "password": password})
        if answer.status != 302:
            sys.exit(f"{self.login} couldn't sign in: {answer.status}")

    def open(self, path: str) -> list[Answer]:
        """The page and, when it came, its parts."""
        page = self.get(path)
        at = page.response.url if page.response is not None else path  # where redirects led
        found = PARTS.findall(page.text) if page.status == 200 else []
        parts = [urljoin(at, part.replace("&amp;", "&")) for part in found]
        return [page, *(self.get(part, {"HX-Request": "true"}) for part in parts)]

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self._ask("GET", path, headers=headers or {}, allow_redirects=True)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        token = self.session.cookies.get("csrftoken", "")
        headers = {"X-CSRFToken": token, "Referer": self.url}
        return self._ask("POST", path, data=fields, headers=headers, allow_redirects=False)

    def _ask(self, method: str, path: str, **options: Any) -> Answer:
        began = time.perf_counter()
        try:
            response = self.session.request(method, urljoin(self.url, path), timeout=30, **options)
        except requests.RequestException:
            return Answer(path, 0, time.perf_counter() - began)
        took, location = time.perf_counter() - began, response.headers.get("Location", "")
        return Answer(path, response.status_code, took, response.text, location, response)


@dataclass(frozen=True)
class Instance:
    """A running Salesops: its address, its home, its supervisor."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def is_ready(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        return False

    def parts_to_kill(self) -> dict[str, Callable[[], int]]:
        return {"worker": self._worker, "Valkey": self._valkey, "PostgreSQL": self._postgres}

    def has(self, part: str) -> bool:
        with contextlib.suppress(StopIteration, OSError, ValueError):
            return psutil.pid_exists(self.parts_to_kill()[part]())
        return False

    def _worker(self) -> int:
        own = psutil.Process(self.process.pid).children()
        return next(one.pid for one in own if "celery" in " ".join(one.cmdline()) and "worker" in one.cmdline())

    def _valkey(self) -> int:
        return int((self.home / "valkey.pid").read_text())

    def _postgres(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])

    def terminal_tail(self) -> str:
        return (self.home / "terminal.log").read_text()[-3000:]

    def sql(self, question: str) -> list[str]:
        """First column of the rows, as text."""
        import psycopg2

        os.environ["SALESOPS_HOME"] = str(self.home)
        from salesops.embedded import home, postgres

        connection = psycopg2.connect(
            host=str(home.socket_folder()), port=5432, user=postgres.OWNER, dbname=postgres.OWNER
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                return [str(row[0]) for row in cursor.fetchall()]
        finally:
            connection.close()


@contextlib.contextmanager
def running_instance(*, demo: bool, given: Path | None = None) -> Iterator[Instance]:
    """On a home of its own that goes afterwards, or on one that is given and stays."""
    home = given or Path(tempfile.mkdtemp(prefix="so-bench-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    told = kept | {"SALESOPS_HOME": str(home), "PORT": str(port), "DEMO": "1" if demo else "0"}
    with (home / "terminal.log").open("wb") as terminal:
        command = [sys.executable, "-m", "salesops.embedded.supervisor"]
        process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=terminal, stderr=terminal)
    instance = Instance(f"http://localhost:{port}", home, process)
    try:
        _wait_until_made(instance, demo=demo)
        yield instance
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=90)
        if given is None:
            shutil.rmtree(home, ignore_errors=True)


def _wait_until_made(instance: Instance, *, demo: bool) -> None:
    """Ready, and the demo company made to its last row."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and instance.process.poll() is None:
        if instance.is_ready() and (not demo or _demo_is_made(instance)):
            return
        time.sleep(1)
    sys.exit(f"The instance didn't get ready:\n{instance.terminal_tail()}")


def _demo_is_made(instance: Instance) -> bool:
    return instance.sql("SELECT count(*) FROM core_run WHERE kind LIKE 'demo%' AND state = 'succeeded'") != ["0"]
