"""`make run`: one process that starts and stops everything of the one-machine shape."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from salesops.embedded import home, instance, lease, postgres, processes, valkey
from salesops.embedded.instance import CantStart

BIN = Path(sys.executable).parent
RESTARTS = 5  # in FORGIVEN_SECONDS
FORGIVEN_SECONDS = 300
STOP_SECONDS = 15
READY_SECONDS = 110
SERVICES_LOOK_SECONDS = 1
MOST_WEB_PROCESSES = 4  # one a core: a process computes on one at a time
WEB_THREADS = "3"  # of each


def main() -> None:
    os.umask(0o077)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # where it is set, every program compiles everything at each start
    if "MAKELEVEL" in os.environ:
        processes.end_with(os.getppid())  # a killed make must not leave us behind
    port = _port()
    with instance.only_one(say=_say) as family:
        _refuse_taken_port(port)
        instance.note(port=port)
        programs = _programs(port, _environment(port))
        lease.take()
        _prepare()
        Supervisor(programs, family).run(port)
    lease.release()


def _port() -> int:
    asked = os.environ.get("PORT", "8000")
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        raise CantStart(f"PORT={asked} isn't a port. Give a number from 1 to 65535: make run PORT=8000")
    return int(asked)


def _refuse_taken_port(port: int) -> None:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                raise CantStart(f"Port {port} is taken. Start with another one: make run PORT={port + 1}")


def _environment(port: int) -> int | None:
    """What every program is told; gives the port of the mail catcher, None where mail goes to a real server."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "salesops.settings", "PORT": str(port)}
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _counts_of_requests()
    if os.environ.get("EMAIL_HOST"):
        return None
    mail_port = int(os.environ.get("EMAIL_PORT") or _free_port())
    os.environ["EMAIL_PORT"] = str(mail_port)
    home.note_mail_port(mail_port)
    return mail_port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare() -> None:
    """Migrate, collect static files and make the company, in one process."""
    done = subprocess.run([sys.executable, "manage.py", "prepare"], cwd=home.CHECKOUT, check=False)
    if done.returncode:
        raise CantStart("Salesops could not prepare its database. The lines above say why.")


def _counts_of_requests() -> str:
    """The folder in which the processes of the web server keep their counts, so that /metrics adds them up. Empty."""
    folder = home.data_folder() / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    return str(folder)


def _programs(port: int, mail_port: int | None) -> dict[str, list[str]]:
    celery = [str(BIN / "celery"), "--quiet", "-A", "salesops"]
    host = os.environ.get("HOST", "127.0.0.1")
    web = [str(BIN / "granian"), "--interface", "wsgi", "--host", host, "--port", str(port)]
    count = str(min(MOST_WEB_PROCESSES, os.cpu_count() or 1))
    threads = ["--workers", count, "--blocking-threads", WEB_THREADS, "--no-ws", "--log-level", "warning"]
    schedule = str(home.data_folder() / "beat-schedule")
    programs = {
        "web": [*web, *threads, "salesops.wsgi:application"],
        "worker": [*celery, "worker", "-c", "2", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "-s", schedule, "--pidfile", ""],
    }
    if mail_port is not None:
        folder = os.environ.get("SALESOPS_MAILBOX") or str(home.data_folder() / "mail")
        programs["mail"] = [sys.executable, "-m", "salesops.embedded.mail_catcher", folder, str(mail_port)]
    return programs


class Supervisor:
    """Starts the programs, starts again what dies a few times, stops all on SIGINT or SIGTERM.

    They die with it, even when it is killed: the kernel asks them to end (processes.end_with), and they hold `family`
    open, by which the next instance knows when they are gone.
    """

    def __init__(self, programs: dict[str, list[str]], family: int) -> None:
        self.programs = programs
        self.family = family
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.groups: list[int] = []  # of all that were started: a dead program's children may live
        self.deaths: dict[str, list[float]] = {name: [] for name in programs}
        self.stopping = False
        self.next_look = 0.0

    def run(self, port: int) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        try:
            for name in self.programs:
                self._start(name)
            if self._wait_until_ready(port):
                _welcome(port)
            while not self.stopping:
                self._look_after()
                self._look_after_services()
                time.sleep(0.3)
        finally:
            self._stop_all()

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True
        instance.note(is_stopping=True)

    def _start(self, name: str) -> None:
        me = os.getpid()
        self.running[name] = subprocess.Popen(
            self.programs[name],
            cwd=home.CHECKOUT,
            start_new_session=True,  # the terminal's Ctrl-C comes to us alone; we stop them in order
            pass_fds=[self.family],
            preexec_fn=lambda: processes.end_with(me),  # noqa: PLW1509 -- one system call between fork and exec; we have no threads
        )
        self.groups.append(self.running[name].pid)
        instance.note(groups=self.groups)

    def _look_after(self) -> None:
        for name, process in list(self.running.items()):
            if process.poll() is None or self.stopping:
                continue
            now = time.monotonic()
            self.deaths[name] = [then for then in self.deaths[name] if now - then < FORGIVEN_SECONDS] + [now]
            if len(self.deaths[name]) > RESTARTS:
                _say(f"{name} ended {RESTARTS} times (last exit code {process.returncode}). Stopping.")
                self.stopping = True
                return
            _say(f"{name} ended with exit code {process.returncode}; starting it again.")
            self._start(name)

    def _look_after_services(self) -> None:
        """A killed database or broker comes back; programs that lost it connect again by themselves."""
        if time.monotonic() < self.next_look or self.stopping:
            return
        self.next_look = time.monotonic() + SERVICES_LOOK_SECONDS
        try:
            for name in lease.mend():
                _say(f"{name} had ended; it runs again.")
        except (postgres.PostgresFailed, valkey.ValkeyFailed) as error:
            _say(f"{error} Trying again.")  # children of a killed PostgreSQL may hold its memory for a moment

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
                process.wait()


def _answers_ready(port: int) -> bool:
    with contextlib.suppress(OSError, urllib.error.URLError):
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).status == 200)
    return False


def _welcome(port: int) -> None:
    _say(f"\nSalesops is ready: http://localhost:{port}\n")
    logins = home.data_folder() / "first-logins.txt"
    if logins.exists():
        _say(logins.read_text())
    if not os.environ.get("EMAIL_HOST"):
        _say(f"E-mail it sends is caught: http://localhost:{port}/mailbox/ (admins).")
    _say("Ctrl-C stops everything.\n")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- the terminal is this program's user interface


if __name__ == "__main__":
    main()
