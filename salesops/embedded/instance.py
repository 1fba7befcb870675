"""One instance a home. It waits for one that is still stopping, and for what a killed one left behind.

`instance.lock` is held by the supervisor, `family.lock` by the programs it starts (they inherit the open file). The
kernel lets go of both when the processes are gone, so neither can be stale. What stands in `instance.json` is only
for people and for the last resort: the address, and the process groups to end.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from salesops.embedded import home

GRACE_SECONDS = 2  # a signalled instance may not have said yet that it is stopping
STOPPING_SECONDS = 60
FAMILY_SECONDS = 20


class CantStart(SystemExit):
    """Start-up stopped with a sentence for the person at the terminal."""


def note(**facts: Any) -> None:
    """Keep facts about the running instance: port, groups (of processes), is_stopping."""
    draft = _note_file().with_suffix(".new")
    draft.write_text(json.dumps(noted() | facts))
    draft.replace(_note_file())


def noted() -> dict[str, Any]:
    with suppress(OSError, ValueError):
        return dict(json.loads(_note_file().read_text()))
    return {}


@contextmanager
def only_one(*, say: Callable[[str], None]) -> Iterator[int]:
    """Hold the home alone; gives the open file that programs must inherit. Raises CantStart with a sentence."""
    home.make_folders()
    with _file("instance.lock") as lock, _file("family.lock") as family:
        if not _locked(lock, seconds=GRACE_SECONDS):
            _wait_for_the_stopping(lock, say)
        if not _locked(family, seconds=0):
            say("Waiting for the programs of an instance that was killed …")
            _end_the_family(family)
        _note_file().unlink(missing_ok=True)
        yield family.fileno()
    _note_file().unlink(missing_ok=True)


def _wait_for_the_stopping(lock: IO[str], say: Callable[[str], None]) -> None:
    facts = noted()
    if facts.get("is_stopping"):
        say("Waiting for the instance that is stopping …")
        if _locked(lock, seconds=STOPPING_SECONDS):
            return
    raise CantStart(
        f"Salesops already runs on {home.data_folder()}, at http://localhost:{facts.get('port', '?')}. Stop it with "
        "Ctrl-C in its terminal, or run a second one beside it: make run SALESOPS_HOME=/another/folder PORT=8001"
    )


def _end_the_family(family: IO[str]) -> None:
    """Programs end by themselves when their supervisor dies; those that don't in time are killed."""
    if _locked(family, seconds=FAMILY_SECONDS):
        return
    for group in noted().get("groups", []):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(int(group), signal.SIGKILL)
    if not _locked(family, seconds=FAMILY_SECONDS):
        raise CantStart(
            f"Programs of an earlier instance on {home.data_folder()} don't end. Find them with "
            f"“fuser {home.data_folder() / 'family.lock'}” and end them."
        )


def _locked(file: IO[str], *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.1)


def _file(name: str) -> IO[str]:
    return (home.data_folder() / name).open("w")


def _note_file() -> Path:
    return home.data_folder() / "instance.json"
