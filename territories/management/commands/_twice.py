"""The same search from two seeds in two processes; the caller's own is one of them."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from territories.kernel.request import Search

GRACE = 0.6  # seconds that the other one may be late


def clock(seconds: float) -> Callable[[], float]:
    """Seconds that are left, from now on."""
    until = time.monotonic() + seconds
    return lambda: until - time.monotonic()


def seconds_running() -> float:
    """How long this process has been running, its start included; where the system doesn't tell, what it computed."""
    try:
        begun = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return time.process_time()
    return max(0.0, up - begun / os.sysconf("SC_CLK_TCK"))


def two_searches(search: Search, task: Any, seed: int, left: Callable[[], float]) -> list[Any]:
    """What search(task, seed, left) gives for two seeds, the second in its own process; the first's alone if proven.

    search: a function of a module; task: can be pickled. Workers of Celery may not have processes of their own: they
    search once.
    """
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    until = time.monotonic() + left()
    child = context.Process(target=_serve, args=(theirs, search, task, seed + 1, until), daemon=True)
    child.start()
    theirs.close()
    answers = [search(task, seed, left)]
    if not getattr(answers[0], "proven", False) and mine.poll(max(0.0, until - time.monotonic()) + GRACE):
        with suppress(EOFError):  # the other one ended without an answer, as for want of memory: ours stands
            answers.append(mine.recv())
    child.terminate()
    child.join()
    return answers


def _serve(answer: Connection, search: Search, task: Any, seed: int, until: float) -> None:
    """until: of the monotonic clock, which processes of a machine share."""
    answer.send(search(task, seed, lambda: until - time.monotonic()))
    answer.close()
