"""What the same rows cost without a product around them, in the same run."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

_CREDITS = 'SELECT id, payee_id, "on", kind_id, quota_minor, pay_minor, fx_num, fx_den, fields_id, digest '
_PAID = """COPY (SELECT payee_id, -sum(amount_minor) FROM compensation_ledgerentry
    WHERE period_id = %d AND stage = %d GROUP BY payee_id) TO STDOUT"""


def measure(period_id: int) -> dict[str, float]:
    """Seconds: credits read and lines written by binary COPY, and what is paid read in one statement."""
    lines = _lines(period_id)
    return {"read": _timed(_read), "write": _timed(lambda: _write(lines)), "payroll": _timed(lambda: _paid(period_id))}


def _read() -> None:
    from django.db import connection

    from compensation.selectors.run_credits import COLUMNS
    from core.bulk.numbers import read_numbers

    with connection.cursor() as cursor:
        read_numbers(cursor, f"{_CREDITS} FROM compensation_credit WHERE \"on\" < '2026-03-01'", COLUMNS)


def _lines(period_id: int) -> dict[str, Any]:
    from django.db import connection

    from compensation.services.ledger import COLUMNS
    from core.bulk.numbers import read_numbers

    said = f"SELECT {', '.join(COLUMNS)} FROM compensation_ledgerentry WHERE period_id = {int(period_id)}"
    with connection.cursor() as cursor:
        return read_numbers(cursor, said, COLUMNS)


def _write(lines: dict[str, Any]) -> None:
    """Durable and indexed, in one transaction."""
    from django.db import connection, transaction

    from compensation.services.ledger import COLUMNS
    from core.bulk.numbers import write_numbers

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_line")
        with transaction.atomic():
            cursor.execute("CREATE TABLE bench_line (LIKE compensation_runline)")
            write_numbers(cursor, "bench_line", COLUMNS, lines)
            cursor.execute("ALTER TABLE bench_line ADD PRIMARY KEY (period_id, run_id, id)")
            cursor.execute("CREATE INDEX ON bench_line (payee_id, earned_in)")


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
