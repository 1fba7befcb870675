"""A job for the tests of the worker, which loads this file beside Salesops: slow, in two transactions and a run."""

from __future__ import annotations

import time

from django.db import connection, transaction

from core import runs
from core.jobs import job
from core.models import Run

ROWS = 40


@job("tests.slow")
def write(*, run_id: int, seconds: float) -> None:
    write_rows(run_id=run_id, seconds=seconds)


def write_rows(*, run_id: int, seconds: float) -> None:
    """Two halves: each replaces its rows in a transaction of its own, slowly."""
    with runs.recording(Run.objects.get(pk=run_id)) as progress:
        progress.total(ROWS)
        for half in (0, 1):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM slow_rows WHERE half = %s", [half])
                for number in range(ROWS // 2):
                    cursor.execute("INSERT INTO slow_rows VALUES (%s, %s)", [half, number])
                    progress.advance()
                    time.sleep(seconds / ROWS)
        progress.count("rows", ROWS)
