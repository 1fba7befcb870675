"""What is told of past days gets the instants it tells of: the database would stamp all of it with today."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

_HERE = "pg_xact_status(xmin::text::xid8) = 'in progress'"  # of a row one sees: this transaction wrote it
_STAMPED = (
    "UPDATE pipeline_opportunityevent SET pgh_created_at = %s WHERE pgh_created_at = transaction_timestamp()",
    # Acts carry the instant of their statement, after the transaction began; those that were moved lie before it.
    "UPDATE core_auditevent SET at = %s WHERE subject_kind = 'opportunity' AND at >= transaction_timestamp() AND id > "
    "coalesce((SELECT max(id) FROM core_auditevent WHERE at < transaction_timestamp()), 0) "
    f"AND {_HERE}",
)


def stamp(*, at: datetime) -> None:
    """Move what this transaction wrote into the history of deals, and the acts on deals, to an instant.

    The database stamps them with the time of the transaction or of the statement; the past of the demo company is
    entered in one go, and without this every change of three months would stand in the timelines as made today. What
    was moved stays: `at` lies before the transaction began.
    """
    with connection.cursor() as cursor:
        for sql in _STAMPED:
            cursor.execute(sql, [at])


# Of acts on pay: table, its columns of when a row was made, what else moves with them.
_WAS = "LEAST(%(at)s + interval '2 days', %(now)s)"
_PAY = (
    ("core_auditevent", ("at",), ""),
    ("core_run", ("created_at", "updated_at"), "started_at = %(at)s, ended_at = %(at)s + (ended_at - started_at)"),
    ("core_runlogline", ("at",), ""),
    ("core_notification", ("created_at",), f"read_at = {_WAS}, mail_state = ''"),
    ("compensation_creditbatch", ("at",), ""),
    ("compensation_planversion", ("updated_at",), ""),
    ("compensation_planversionevent", ("pgh_created_at",), ""),
    *(
        (f"compensation_{name}", ("created_at", "updated_at"), "")
        for name in ("payrun", "statement", "dispute", "adjustment", "payevent", "credithold", "exceptionmark",
                     "acceptance", "assignment", "payperiod", "accountingmonth", "accountingpolicy")
    ),
)  # fmt: skip
_MINE = f"{{key}} > %(last)s AND {_HERE}"
_UNSENT = f"DELETE FROM core_job WHERE {_MINE.format(key='id')} AND name = 'core.mail_notifications'"


class PayStamps:
    """Moves what this transaction wrote since the last call to an instant.

    fresh: instants from which on people haven't read yet what they are told; what is older isn't mailed any more.
    """

    def __init__(self, *, fresh: datetime, now: datetime) -> None:
        self.fresh, self.now = fresh, now
        with connection.cursor() as cursor:
            self.last = _newest(cursor)

    def move(self, *, at: datetime) -> None:
        is_old = at < self.fresh
        with connection.cursor() as cursor:
            newest = _newest(cursor)
            for table, columns, more in _PAY:
                if newest[table] == self.last[table]:
                    continue
                sets = [f"{column} = %(at)s" for column in columns]
                if more and (is_old or table != "core_notification"):
                    sets.append(more)
                sql = f"UPDATE {table} SET {', '.join(sets)} WHERE {_MINE.format(key=_key(table))}"
                cursor.execute(sql, {"at": at, "now": self.now, "last": self.last[table]})
            if is_old and newest["core_job"] > self.last["core_job"]:
                cursor.execute(_UNSENT, {"last": self.last["core_job"]})
            self.last = newest


def _key(table: str) -> str:
    return "pgh_id" if table.endswith("versionevent") else "id"


def _newest(cursor: Any) -> dict[str, int]:
    """The last row of each table."""
    tables = ["core_job", *(table for table, *_rest in _PAY)]
    cursor.execute("SELECT " + ", ".join(f"(SELECT coalesce(max({_key(one)}), 0) FROM {one})" for one in tables))
    return dict(zip(tables, cursor.fetchone(), strict=True))
