"""`make run` as a person meets it: starting, a second one, killed, stopped. One home, in the order of a day."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from salesops.embedded import postgres, valkey
from tests.frame.conftest import ROOT, environment

READY_SECONDS = 120
SUPERVISOR = [sys.executable, "-m", "salesops.embedded.supervisor"]


class Terminal:
    """`make run` in a terminal of its own."""

    def __init__(self, folder: Path, port: int, name: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"{name}.log"
        more = {"PORT": str(port), "DEMO": "0", "ADMIN_EMAIL": "admin@example.com", "ADMIN_PASSWORD": "only-for-tests"}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                SUPERVISOR, cwd=ROOT, env=environment(folder, **more), stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def text(self) -> str:
        return self.log.read_text()

    def answers(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.answers("/readyz") == 200 and "Ctrl-C" in self.text, self)

    def programs(self) -> list[psutil.Process]:
        """Web, worker, beat and mail catcher with their children; not the servers, which others may use."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if one.name() not in ("postgres", "valkey-server")]

    def program(self, part: str) -> psutil.Process:
        own = psutil.Process(self.process.pid).children()
        return next(one for one in own if part in one.cmdline())

    def ends(self, seconds: float = 60) -> int:
        return self.process.wait(timeout=seconds)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def wait_until(is_so: Callable[[], bool], terminal: Terminal, seconds: float = READY_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, terminal.text[-3000:]
        assert terminal.process.poll() is None, terminal.text[-3000:]
        time.sleep(0.1)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="so-run-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def running(folder: Path, port: int) -> Iterator[Terminal]:
    terminal = Terminal(folder, port, "first")
    try:
        terminal.wait_until_ready()
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.process.send_signal(signal.SIGINT)
            terminal.ends()


def test_the_terminal_says_where_and_who_and_nothing_else(running: Terminal, port: int) -> None:
    lines = [line for line in running.text.splitlines() if line.strip()]
    assert lines[0] == f"Salesops is ready: http://localhost:{port}"
    assert "admin@example.com" in running.text
    assert lines[-1] == "Ctrl-C stops everything."
    assert len(lines) < 10, running.text


def test_pages_and_hashed_files_are_served(running: Terminal) -> None:
    assert running.answers("/healthz") == 200
    with urllib.request.urlopen(f"{running.url}/auth/login/", timeout=5) as response:
        page = response.read().decode()
        policy = response.headers["Content-Security-Policy"]
    sheet = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/static/css/tokens."))
    assert sheet != "/static/css/tokens.css"
    with urllib.request.urlopen(running.url + sheet, timeout=5) as response:
        assert "immutable" in response.headers["Cache-Control"]
    assert "script-src 'self'" in policy


def test_a_taken_port_is_told(running: Terminal, home: Path, port: int) -> None:
    other = Terminal(home, port, "taken")
    assert other.ends(20) == 1
    assert f"Port {port} is taken. Start with another one: make run PORT={port + 1}" in other.text
    assert not (home / "postgres").exists()


@pytest.mark.parametrize("asked", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_told(home: Path, asked: str) -> None:
    env = environment(home, PORT=asked)
    done = subprocess.run(SUPERVISOR, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert f"PORT={asked} isn't a port" in done.stderr


def test_a_second_instance_on_the_same_home_is_told(running: Terminal, folder: Path, port: int) -> None:
    second = Terminal(folder, port + 1, "second")
    assert second.ends(20) == 1
    assert f"Salesops already runs on {folder}, at http://localhost:{port}" in second.text


def test_a_command_beside_it_uses_its_database(running: Terminal, folder: Path) -> None:
    code = "from people.models import User; print(User.objects.get().email)"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "admin@example.com"
    assert running.answers("/readyz") == 200


@pytest.mark.parametrize(("name", "part"), [("web", "wsgi"), ("worker", "worker")])
def test_a_dead_program_is_started_again(running: Terminal, name: str, part: str) -> None:
    """And its own children are gone: the port of the web process is free for the next."""
    dead = running.program(part)
    children = dead.children(recursive=True)
    dead.kill()
    wait_until(lambda: f"{name} ended with exit code -9; starting it again." in running.text, running, 20)
    wait_until(lambda: running.answers("/readyz") == 200, running)
    assert running.program(part).pid != dead.pid
    psutil.wait_procs(children, timeout=20)
    assert alive(children) == []


def test_killed_and_started_again(running: Terminal, folder: Path, port: int) -> None:
    """Its programs end with a killed supervisor; the next one waits for them, and for the port, by itself."""
    left = running.programs()
    running.process.kill()
    running.ends()
    again = Terminal(folder, port, "again")
    try:
        again.wait_until_ready()
        assert alive(left) == []
    finally:
        again.process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    third = Terminal(folder, port, "third")
    try:
        assert again.ends() == 0
        third.wait_until_ready()
        assert time.monotonic() - started < READY_SECONDS
        programs = third.programs()
    finally:
        third.process.send_signal(signal.SIGINT)
        assert third.ends() == 0
    assert alive(programs) == []
    assert "Traceback" not in again.text + third.text


def test_nothing_is_left(running: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert running.process.poll() is not None
    monkeypatch.setenv("SALESOPS_HOME", str(folder))
    assert not postgres.is_running()
    assert not valkey.is_running()
    assert not (folder / "instance.json").exists()
    assert oct((folder / "secret_key").stat().st_mode & 0o777) == "0o600"
    assert os.listdir(folder / "uploads") == []
