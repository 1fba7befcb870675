"""Credits and lines of pay as bare COPY reads and writes them: the floor of whatever calculates them."""

from __future__ import annotations

from typing import Any


def read_credits(condition: str) -> None:
    """The columns that a run reads, in the order they lie in. condition: SQL."""
    from django.db import connection

    from compensation.selectors.run_credits import COLUMNS
    from core.bulk.numbers import read_numbers

    names = ", ".join(f'"{name}"' for name in _names(COLUMNS))
    with connection.cursor() as cursor:
        read_numbers(cursor, f"SELECT {names} FROM compensation_credit WHERE {condition}", COLUMNS)


def _names(columns: dict[str, str]) -> list[str]:
    """As the table calls what the kernel has shorter names for."""
    longer = {"payee": "payee_id", "kind": "kind_id", "quota": "quota_minor", "pay": "pay_minor", "fields": "fields_id"}
    return [longer.get(name, name) for name in columns]


def lines_of(table: str, condition: str = "true") -> dict[str, Any]:
    """Lines of a run or of the ledger as arrays, by column."""
    from django.db import connection

    from compensation.services.ledger import COLUMNS
    from core.bulk.numbers import read_numbers

    with connection.cursor() as cursor:
        return read_numbers(cursor, f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE {condition}", COLUMNS)


def write_lines(lines: dict[str, Any]) -> None:
    """The same columns, durable and indexed, in one transaction."""
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
