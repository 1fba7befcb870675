"""History of days that are played: its rows get the instants they tell of."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def stamp(*, at: datetime) -> None:
    """Move the history rows of deals that this transaction wrote to an instant.

    Triggers stamp them with the transaction's own time; the past of the demo company is entered in one go, and
    without this every change of three months would stand in the timelines as made today.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pipeline_opportunityevent SET pgh_created_at = %s WHERE pgh_created_at = transaction_timestamp()",
            [at],
        )
