"""A whole instance as `make run` starts it (web, worker, beat, mail catcher), and Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 300
expect.set_options(timeout=20_000)  # a machine that is busy with other tests takes its time
PASSWORD = "a-password-for-tests"
ADMIN = ("admin@example.com", PASSWORD)
COMPANY = f"""
from tests.small_company import make_company
company = make_company()
for member in (company.rep, company.manager, company.ops):
    member.user.set_password("{PASSWORD}")
    member.user.save()
"""
ARGUMENTS = [
    *("--no-sandbox", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
]


@dataclass(frozen=True)
class Instance:
    """A running Salesops: its address, its home, and its commands."""

    url: str
    home: Path

    def manage(self, *arguments: str) -> str:
        """What `python manage.py ...` prints beside the running instance."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        return kept | {"SALESOPS_HOME": str(self.home), "PORT": self.url.rsplit(":", 1)[1]}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="package")
def instance() -> Iterator[Instance]:
    """The instance that journeys share which don't mind what others left in it."""
    with running_instance() as running:
        yield running


@contextmanager
def running_instance() -> Iterator[Instance]:
    """An instance without the demo company and with one login, on a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="so-browser-"))
    running = Instance(f"http://localhost:{_free_port()}", home)
    first = {"DEMO": "0", "ADMIN_EMAIL": ADMIN[0], "ADMIN_PASSWORD": ADMIN[1]}
    with (home / "terminal.log").open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "salesops.embedded.supervisor"],
            cwd=ROOT,
            env=running.environment | first,
            stdout=terminal,
            stderr=terminal,
        )
    try:
        _wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_ready(running: Instance, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if urllib.request.urlopen(f"{running.url}/readyz", timeout=5).status == 200:
                return
        except OSError:
            time.sleep(0.3)
    log = (running.home / "terminal.log").read_text()
    raise AssertionError(f"The instance wasn't ready after {READY_SECONDS} s. Its terminal:\n{log[-3000:]}")


@pytest.fixture(scope="package")
def company_there(instance: Instance) -> Instance:
    """The instance with the small company in it, whose rep, manager and sales ops sign in with PASSWORD."""
    instance.manage("shell", "-c", COMPANY)
    return instance


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Ends with the last journey: while it runs, its thread has an event loop, in which Django refuses the database."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((place for place in found if place), "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path or None, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(instance: Instance, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """visitor("person@example.com", "password", width=390, theme="dark") gives a signed-in page.

    Whatever the page's console complains of (a refused script, a failed request) fails the test at its end.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def enter(email: str = ADMIN[0], password: str = ADMIN[1], *, width: int = 1440, theme: str = "light") -> Page:
        scheme = "dark" if theme == "dark" else "light"
        context = chromium.new_context(
            base_url=instance.url, viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        sign_in(page, email, password)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/auth/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/auth/login" not in url)
