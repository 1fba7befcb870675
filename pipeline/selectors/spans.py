from __future__ import annotations

from datetime import date

from django.db import connection


def first_and_last_day() -> tuple[date | None, date | None]:
    """The first and the last day on which a deal closed or is expected to close."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT min(day), max(day) FROM (
                 SELECT CASE WHEN status = 'open' THEN expected_close_on ELSE closed_on END AS day
                 FROM pipeline_opportunity WHERE archived_at IS NULL) deals"""
        )
        return cursor.fetchone()
