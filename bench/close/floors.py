"""What the same rows cost without a product around them, in the same run."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

from bench.paid_rows import lines_of, read_credits, write_lines

_PAID = """COPY (SELECT payee_id, -sum(amount_minor) FROM compensation_ledgerentry
    WHERE period_id = %d AND stage = %d GROUP BY payee_id) TO STDOUT"""


def measure(period_id: int) -> dict[str, float]:
    """Seconds: credits read and lines written by binary COPY, and what is paid read in one statement."""
    lines = lines_of("compensation_ledgerentry", f"period_id = {int(period_id)}")
    return {
        "read": _timed(lambda: read_credits("\"on\" < '2026-03-01'")),
        "write": _timed(lambda: write_lines(lines)),
        "payroll": _timed(lambda: _paid(period_id)),
    }


def _paid(period_id: int) -> None:
    from django.db import connection

    from compensation.enums import Stage

    with connection.cursor() as cursor:
        cursor.copy_expert(_PAID % (period_id, int(Stage.PAID)), io.BytesIO())


def _timed(act: Callable[[], None]) -> float:
    times = []
    for _turn in range(3):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return sorted(times)[1]
