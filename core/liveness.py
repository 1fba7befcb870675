"""Who is at work: an advisory lock in a database session of its own, which goes the moment its process dies.

No clock and no heartbeat: a worker that is killed, or cut off, loses its session and with it the mark. So nobody takes
over what is still being done, however long it takes, and what a dead worker left is seen at the next look.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

KINDS: Final = {"job": 7301, "run": 7302}
# Of a worker whose machine vanished, the server hears nothing; it asks after 30 s and gives up after three silences.
_NOTICE_A_LOST_MACHINE = (
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;"
    " SET idle_session_timeout = 0"
)
_mine = threading.local()


@contextmanager
def at_work(kind: str, key: int) -> Iterator[bool]:
    """Mark the job or run `key` as being done by this process. Gives False when another process is at it."""
    with _session() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [KINDS[kind], _short(key)])
        is_mine = bool(cursor.fetchone()[0])
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [KINDS[kind], _short(key)])


def is_at_work(kind: str, key: int) -> bool:
    """Whether a living process does the job or run `key`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s"
            " AND objid = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [KINDS[kind], _short(key)],
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def _session() -> Iterator[Any]:
    """A cursor on a session beside Django's, the same for marks within marks, closed with the outermost."""
    pid, outer = getattr(_mine, "cursor", (0, None))
    if pid == os.getpid():  # a forked child has a session of its own
        yield outer
        return
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(_NOTICE_A_LOST_MACHINE)
            _mine.cursor = (os.getpid(), cursor)
            yield cursor
    finally:
        _mine.cursor = (0, None)
        own.close()


def _short(key: int) -> int:
    """Advisory locks of two parts take 31 bits; two keys 2^31 apart would share a mark, which only makes one wait."""
    return key % 2**31
