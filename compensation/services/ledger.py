"""Tables of lines: a draft's of its own, which becomes a part of the ledger when it is posted.

Lines are written once. Posting moves the table under the ledger, so that what was reviewed is what is posted, and a
large run costs no more to post than a small one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import Count, Sum

from compensation.kernel.lines import Lines
from compensation.models import PayeeResult, PayPeriod, PayRun
from core.bulk.numbers import read_numbers, write_numbers

COLUMNS = {
    **dict.fromkeys(("id", "period_id", "run_id", "payee_id", "plan_id", "version_id", "component_id"), "bigint"),
    **{"credit_id": "bigint", "stage": "smallint", "earned_in": "date"},
    **dict.fromkeys(("amount_minor", "reached_minor"), "bigint"),
}
_POSTED = {
    "payee": "bigint", "component": "bigint", "credit": "bigint", "stage": "bigint", "earned_in": "date",
    "amount": "bigint",
}  # fmt: skip


class LedgerError(RuntimeError):
    """The ledger would not balance: a defect, never an input's fault."""


def table_of(run: PayRun) -> str:
    return f"compensation_lines_{run.pk}"


class Draft:
    """The lines of a run while they are written: a bare table, indexed when all of them are in.

    A run that is calculated again writes into the table it has.
    """

    def __init__(self, cursor: Any, run: PayRun, *, is_new: bool) -> None:
        self.cursor, self.run, self.is_new = cursor, run, is_new
        self.last = run.pk << 32
        if is_new:
            drop_draft(cursor, run)
            cursor.execute(f"CREATE TABLE {table_of(run)} (LIKE compensation_runline INCLUDING DEFAULTS)")
        else:
            highest = f"SELECT coalesce(max(id), %s) FROM {table_of(run)} WHERE period_id = %s AND run_id = %s"
            cursor.execute(highest, [self.last, run.period_id, run.pk])  # by the key's index
            self.last = int(cursor.fetchone()[0])

    def forget(self, version_id: int, payee_ids: Sequence[int] | None) -> None:
        """Take out the lines of a version, or of some of its payees, before they are written anew."""
        if self.is_new:
            return
        of = "" if payee_ids is None else " AND payee_id = ANY(%s)"
        given = [version_id] if payee_ids is None else [version_id, list(payee_ids)]
        self.cursor.execute(f"DELETE FROM {table_of(self.run)} WHERE version_id = %s{of}", given)

    def add(self, lines: Lines, *, plan_id: int, version_id: int) -> None:
        """Write lines of one version."""
        count = len(lines)
        if not count:
            return
        same = {"period_id": self.run.period_id, "run_id": self.run.pk, "plan_id": plan_id, "version_id": version_id}
        values = {name: np.broadcast_to(np.int64(value), count) for name, value in same.items()}
        values |= {
            "id": self.last + np.arange(1, count + 1), "payee_id": lines.payee, "component_id": lines.component,
            "credit_id": lines.credit, "stage": lines.stage, "earned_in": lines.earned_in,
            "amount_minor": lines.amount, "reached_minor": lines.reached,
        }  # fmt: skip
        self.last += write_numbers(self.cursor, table_of(self.run), COLUMNS, values)

    def close(self) -> None:
        """Index new lines and show them among the drafts."""
        if not self.is_new:
            return
        table, run = table_of(self.run), self.run
        self.cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (period_id, run_id, id)")
        self.cursor.execute(f"CREATE INDEX ON {table} (payee_id, earned_in)")
        # Said beforehand, so that no row is read to attach the table.
        self.cursor.execute(f"ALTER TABLE {table} ADD CHECK (period_id = {run.period_id} AND run_id = {run.pk})")
        self.cursor.execute(f"ALTER TABLE compensation_runline ATTACH PARTITION {table} FOR VALUES IN ({run.pk})")


_TOTALS = """
SELECT p.currency_id, s.stage, sum(s.amount::bigint)::bigint
FROM compensation_payeeresult r
JOIN compensation_planversion v ON v.id = r.version_id JOIN compensation_plan p ON p.id = v.plan_id
CROSS JOIN LATERAL jsonb_each_text(r.stages) s(stage, amount)
WHERE r.run_id = %s GROUP BY 1, 2 ORDER BY 1, 2
"""


def totals_of(cursor: Any, run: PayRun) -> tuple[dict[str, dict[str, int]], int, int]:
    """Of a draft: sums by currency and stage, how many lines, how many people."""
    sums: dict[str, dict[str, int]] = {}
    cursor.execute(_TOTALS, [run.pk])
    for currency, stage, amount in cursor.fetchall():
        sums.setdefault(currency, {})[stage] = amount
    results = PayeeResult.objects.filter(run=run, lines__gt=0)
    told = results.aggregate(lines=Sum("lines"), payees=Count("payee_id", distinct=True))
    return sums, told["lines"] or 0, told["payees"]


def drop_draft(cursor: Any, run: PayRun) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {table_of(run)}")


def make_partition(cursor: Any, period: PayPeriod) -> None:
    """The period's part of the ledger, where it isn't there yet."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [_part(period)])
    if not cursor.fetchone()[0]:
        cursor.execute(
            f"CREATE TABLE {_part(period)} PARTITION OF compensation_ledgerentry FOR VALUES IN ({period.pk}) "
            "PARTITION BY LIST (run_id)"
        )


def _part(period: PayPeriod) -> str:
    return f"compensation_ledger_{period.starts_on:%Y_%m_%d}"


def append(cursor: Any, run: PayRun) -> None:
    """The run's lines become entries of the ledger: its table goes from the drafts to the period's part."""
    table = table_of(run)
    make_partition(cursor, run.period)
    cursor.execute(f"ALTER TABLE compensation_runline DETACH PARTITION {table}")
    cursor.execute(f"ALTER TABLE {_part(run.period)} ATTACH PARTITION {table} FOR VALUES IN ({run.pk})")


def position() -> int:
    """Where the ledger stands: how many runs were posted."""
    return PayRun.objects.filter(posted_at__isnull=False).count()


def posted_lines(cursor: Any, version_id: int, payee_ids: Any) -> Lines:
    """What the ledger holds of a version for some payees, added up."""
    of = ", ".join(str(int(one)) for one in payee_ids) or "NULL"
    found = read_numbers(
        cursor,
        "SELECT payee_id, component_id, credit_id, stage::bigint, earned_in, sum(amount_minor)::bigint "
        f"FROM compensation_ledgerentry WHERE version_id = {int(version_id)} AND payee_id IN ({of}) "
        "GROUP BY payee_id, component_id, credit_id, stage, earned_in",
        _POSTED,
    )
    nothing = np.zeros(len(found["payee"]), dtype=np.int64)
    return Lines(**found, reached=nothing)
