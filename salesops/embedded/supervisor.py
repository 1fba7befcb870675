"""`make run`: one process that starts and stops everything of the one-machine shape."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from salesops.embedded import home, lease

CHECKOUT = home.CHECKOUT
BIN = Path(sys.executable).parent
RESTARTS = 5
STOP_SECONDS = 20
READY_SECONDS = 110


class CantStart(SystemExit):
    """Start-up stopped with a sentence for the person at the terminal."""


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
    home.make_folders()
    with _only_instance():
        _refuse_taken_port(port)
        mail_port = _free_port()
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "salesops.settings",
                "PORT": str(port),
                "EMAIL_PORT": os.environ.get("EMAIL_PORT", str(mail_port)),
                "SALESOPS_MAILBOX": str(home.data_folder() / "mail"),
            }
        )
        if _embedded():
            lease.take()
        _prepare()
        Supervisor(_programs(port, mail_port)).run(port)
    lease.release()


def _embedded() -> bool:
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


@contextlib.contextmanager
def _only_instance() -> Iterator[None]:
    """One instance a home; waits for one that is still shutting down."""
    with (home.data_folder() / "instance.lock").open("w") as lock:
        for attempt in range(STOP_SECONDS * 5):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
                return
            if attempt == 5:
                _say(f"Waiting for the instance on {home.data_folder()} to end …")
            time.sleep(0.2)
    raise CantStart(f"Salesops already runs on {home.data_folder()}. Stop it, or set SALESOPS_HOME to another folder.")


def _refuse_taken_port(port: int) -> None:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                raise CantStart(f"Port {port} is taken. Start with another one: make run PORT={port + 1}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare() -> None:
    """Migrate, collect static files and make the company, in one process."""
    done = subprocess.run([sys.executable, "manage.py", "prepare"], cwd=CHECKOUT, check=False)
    if done.returncode:
        raise CantStart("Salesops could not prepare its database. The lines above say why.")


def _programs(port: int, mail_port: int) -> dict[str, list[str]]:
    celery = [str(BIN / "celery"), "-A", "salesops"]
    schedule = str(home.data_folder() / "beat-schedule")
    web = [str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    threads = ["--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "warning"]
    programs = {
        "web": [*web, *threads, "salesops.wsgi:application"],
        "worker": [*celery, "worker", "-c", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "-s", schedule, "--pidfile", ""],
    }
    if os.environ["EMAIL_PORT"] == str(mail_port):
        programs["mail"] = [sys.executable, "-m", "salesops.embedded.mail_catcher"]
    return programs


class Supervisor:
    """Starts the programs, restarts what dies a few times, stops all on SIGINT or SIGTERM."""

    def __init__(self, programs: dict[str, list[str]]) -> None:
        self.programs = programs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths: dict[str, int] = dict.fromkeys(programs, 0)
        self.stopping = False
        self.logs: dict[str, IO[bytes]] = {}

    def run(self, port: int) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        for name in self.programs:
            self._start(name)
        try:
            if self._wait_until_ready(port):
                _welcome(port)
            while not self.stopping:
                self._look_after()
                time.sleep(0.3)
        finally:
            self._stop_all()

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(self.programs[name], cwd=CHECKOUT, start_new_session=True)

    def _look_after(self) -> None:
        for name, process in list(self.running.items()):
            if process.poll() is None or self.stopping:
                continue
            self.deaths[name] += 1
            if self.deaths[name] > RESTARTS:
                _say(f"{name} ended {RESTARTS} times (last exit code {process.returncode}). Stopping.")
                self.stopping = True
                return
            _say(f"{name} ended with exit code {process.returncode}; starting it again.")
            self._start(name)

    def _wait_until_ready(self, port: int) -> bool:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and not self.stopping:
            self._look_after()
            if _answers_ready(port):
                return True
            time.sleep(0.2)
        if not self.stopping:
            _say(f"Not ready after {READY_SECONDS} s; http://localhost:{port}/readyz says what is missing.")
        return False

    def _stop_all(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(timeout=max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _answers_ready(port: int) -> bool:
    with contextlib.suppress(OSError, urllib.error.URLError):
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).status == 200)
    return False


def _welcome(port: int) -> None:
    _say(f"\nSalesops is ready: http://localhost:{port}\n")
    logins = home.data_folder() / "first-logins.txt"
    if logins.exists():
        _say(logins.read_text())
    _say(f"E-mail it sends is caught: http://localhost:{port}/mailbox/ (admins).  Ctrl-C stops everything.\n")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- the terminal is this program's user interface


if __name__ == "__main__":
    main()
