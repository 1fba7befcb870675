"""Who uses the embedded services: a reference count that a crash can't falsify, kept by file locks.

Every process that uses them holds a shared lock on `users.lock`. Starting and stopping happen under `door.lock`.
Whoever leaves tries to take `users.lock` alone: when that works nobody else is in, and the services are stopped.
The kernel drops the locks of a killed process.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from salesops.embedded import home, postgres, valkey

_held: IO[str] | None = None
_holder_pid = 0
_one_thread = threading.Lock()


@contextmanager
def _door() -> Iterator[None]:
    home.make_folders()
    with (home.data_folder() / "door.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        home.make_folders()  # whoever was inside may have been the last, and cleaned up
        yield


def is_held() -> bool:
    return _held is not None and _holder_pid == os.getpid()


def take() -> None:
    """Start the services if they don't run, and keep them running while this process lives or until release().

    Does nothing where both are real servers (DATABASE_URL and REDIS_URL); starts only what isn't.
    """
    if is_held() or not (home.brings_postgres() or home.brings_valkey()):
        return
    with _one_thread:
        if not is_held():
            _take()


def _take() -> None:
    global _held, _holder_pid
    with _door():
        users = (home.data_folder() / "users.lock").open("w")
        alone = _lock_alone(users)
        fcntl.flock(users, fcntl.LOCK_SH)
        if home.brings_postgres() and not postgres.is_running():
            postgres.start(nobody_else_uses_it=alone)
        if home.brings_valkey() and not valkey.is_running():
            valkey.start()
        _held, _holder_pid = users, os.getpid()
    atexit.register(release)


def mend() -> list[str]:
    """Start again what has died of the services we hold; names what came back. Raises what starting raises."""
    with _door():
        back = []
        if home.brings_postgres() and postgres.server_pid() is None:
            postgres.start(nobody_else_uses_it=False)
            back.append("PostgreSQL")
        if home.brings_valkey() and valkey.server_pid() is None:
            valkey.start()
            back.append("Valkey")
        return back


def release() -> None:
    """Let go; the last one out stops the services. Harmless when nothing is held, or in a forked child."""
    global _held
    if not is_held() or _held is None:
        return
    with _door():
        users, _held = _held, None
        with users:
            if _lock_alone(users):
                postgres.stop()
                valkey.stop()
                with suppress(OSError):
                    home.socket_folder().rmdir()


def _lock_alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
