"""How quick the machine is just now: two runs are compared by what the same work took on both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_ROUNDS = 5
_STATEMENT = "SELECT sum(hashint4(i)::bigint) FROM generate_series(1, 500000) i"


@dataclass(frozen=True)
class Machine:
    """The best of some rounds, in ms: a loop of Python, and a statement that reads no table."""

    python_ms: float
    sql_ms: float


def look() -> Machine:
    from django.db import connection

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_STATEMENT)

    return Machine(min(_ms(_loop) for _round in range(_ROUNDS)), min(_ms(ask) for _round in range(_ROUNDS)))


def _loop() -> None:
    found: dict[int, int] = {}
    for number in range(1_000_000):
        found[number % 1000] = number * 2


def _ms(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - began)
