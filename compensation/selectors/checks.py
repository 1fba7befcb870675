"""Checks of a run: the ledger balances, a second calculator agrees, calculated again it comes to the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from compensation.models import LedgerEntry, PayRun
from compensation.selectors.runs import lines_of_run
from core.models import Run
from core.selectors import with_live_progress

COMPARE, VERIFY = "compensation.compare_run", "compensation.verify_run"


@dataclass(frozen=True, slots=True)
class Balance:
    """How many lines there are, of how many payees, and of how many the sum isn't nothing."""

    lines: int
    payees: int
    wrong: int


def balance_of(run: PayRun) -> Balance:
    """One statement over all lines of a run."""
    by_payee = lines_of_run(run).values("payee_id", "plan_id").annotate(total=Sum("amount_minor"), lines=Count("pk"))
    rows = by_payee.order_by().values_list("total", "lines")
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(x.b), 0), count(*), count(*) FILTER (WHERE x.a <> 0) FROM ({sql}) AS x (a, b)",
            values,
        )
        lines, payees, wrong = cursor.fetchone()
    return Balance(int(lines), payees, wrong)


def unbalanced_entries(limit: int = 20) -> list[dict[str, Any]]:
    """Runs and payees of the ledger whose entries don't come to nothing; a defect wherever there is one."""
    rows = LedgerEntry.objects.values("period_id", "run_id", "payee_id", "plan_id").annotate(total=Sum("amount_minor"))
    return [dict(row) for row in rows.exclude(total=0).order_by("run_id", "payee_id")[:limit]]


def check_runs(run: PayRun) -> dict[str, Run]:
    """The last check of each kind that was made of a run as it was calculated."""
    found: dict[str, Run] = {}
    of = {"pay_run": run.pk, "output": run.run.output_hash}
    for one in Run.objects.filter(kind__in=[COMPARE, VERIFY], params__contains=of).order_by("-pk")[:10]:
        found.setdefault(one.kind, with_live_progress(one))
    return found


def last_posted() -> PayRun | None:
    """The run posted last, with all it keeps."""
    posted = PayRun.objects.filter(posted_at__isnull=False).select_related("period", "run")
    return posted.order_by("-posted_at", "-pk").first()
