"""History of days that are played: its rows get the instants they tell of."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

_STAMPED = (
    "UPDATE pipeline_opportunityevent SET pgh_created_at = %s WHERE pgh_created_at = transaction_timestamp()",
    "UPDATE core_auditevent SET at = %s WHERE at = transaction_timestamp() AND subject_kind = 'opportunity'",
)


def stamp(*, at: datetime) -> None:
    """Move what this transaction wrote into the history of deals, and the acts on deals, to an instant.

    The database stamps them with the transaction's own time; the past of the demo company is entered in one go, and
    without this every change of three months would stand in the timelines as made today.
    """
    with connection.cursor() as cursor:
        for sql in _STAMPED:
            cursor.execute(sql, [at])
