"""Processes we started: whether they live, ending them, and letting them end with us."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def command_of(pid: int) -> str:
    """The command line of a living process, "" when there is none."""
    if Path("/proc").is_dir():
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            return "" if state == "Z" else line.decode(errors="replace")
        return ""
    answer = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def end(pid: int, *, sign: signal.Signals, is_ours: Callable[[], bool], seconds: float) -> bool:
    """Ask a process to end and wait for it; says whether it did. `is_ours` guards against a number used anew."""
    if not is_ours():
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not is_ours():
            return True
        time.sleep(0.02)
    return False


def end_with(parent: int) -> None:
    """Ask the kernel to end this process when its parent dies, however that happens (Linux; elsewhere nothing)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def answers(path: Path) -> bool:
    """Whether somebody takes connections on a Unix socket."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        client.connect(str(path))
        return True
    return False
