"""Every line of the bench's plans a third time, in the database's own arithmetic: what differs, in total.

One statement for each component, over all credits at once, in exact numbers and whole minor units. It shares nothing
with the kernel or the interpreter but the order of credits. Quotas are one amount for everybody.
"""

from __future__ import annotations

from typing import Any

_CREDITS = """
SELECT c.id, c.payee_id, extract(quarter FROM c.on) AS quarter, c.pay_minor::numeric AS paid_on,
    sum(c.pay_minor::numeric) OVER so_far AS after,
    sum(c.pay_minor::numeric) OVER in_quarter AS in_quarter
FROM compensation_credit c WHERE c.plan_id = {plan} AND c.ended_batch_id IS NULL
WINDOW so_far AS (PARTITION BY c.payee_id ORDER BY c.on, c.source, c.key, c.line, c.kind_id ROWS UNBOUNDED PRECEDING),
    in_quarter AS (PARTITION BY c.payee_id, extract(quarter FROM c.on)
        ORDER BY c.on, c.source, c.key, c.line, c.kind_id ROWS UNBOUNDED PRECEDING)
"""
_QUARTERS = """
SELECT payee_id, quarter, coalesce(sum(least(sum(paid_on) * 0.02, 50000)) OVER (
    PARTITION BY payee_id ORDER BY quarter ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
FROM credits GROUP BY payee_id, quarter
"""


def _tiers(of: str, quota: int) -> str:
    return (
        f"0.08 * least({of}, {quota}) + 0.12 * greatest(least({of}, 1.5 * {quota}) - {quota}, 0)"
        f" + 0.15 * greatest({of} - 1.5 * {quota}, 0)"
    )


def _curve(of: str, quota: int) -> str:
    """Whole cents without a division that would have to be rounded twice."""
    share = f"greatest(least(2 * {of} - {quota}, 2 * {quota}), 0)"
    return f"div(2 * 1000000 * {share} + {quota}, 2 * {quota})"


def _totals(key: str, quota: int) -> tuple[str, str]:
    """What a component had come to after a credit and before it, rounded."""
    after, before = "c.after", "(c.after - c.paid_on)"
    if key == "tiers":
        return f"round({_tiers(after, quota)})", f"round({_tiers(before, quota)})"
    if key == "rate":
        return f"round({after} * 0.015)", f"round({before} * 0.015)"
    if key == "curve":
        return _curve(after, quota), _curve(before, quota)
    if key == "capped":
        held = "round(q.before + least({} * 0.02, 50000))"
        return held.format("c.in_quarter"), held.format("(c.in_quarter - c.paid_on)")
    return "CASE WHEN c.paid_on > 200000 THEN 2500 ELSE 0 END", "0"


def wrong_lines(run: Any, version: Any, *, quota: int) -> tuple[int, int]:
    """(lines that differ, lines that were compared) of all payees. quota: of the year, in minor units."""
    from django.db import connection

    from compensation.services.ledger import table_of

    wrong = compared = 0
    for component in version.plan.components.exclude(key=""):
        after, before = _totals(component.key, quota)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH credits AS MATERIALIZED ({_CREDITS.format(plan=version.plan_id)}), quarters AS ({_QUARTERS}),
                wanted AS (SELECT c.id, {after} - {before} AS amount
                    FROM credits c JOIN quarters q USING (payee_id, quarter)),
                written AS (SELECT credit_id AS id, sum(amount_minor) AS amount FROM {table_of(run)}
                    WHERE component_id = {component.pk} AND stage = 1 GROUP BY credit_id)
                SELECT count(*) FILTER (WHERE coalesce(wanted.amount, 0) <> coalesce(written.amount, 0)), count(*)
                FROM wanted FULL JOIN written USING (id)"""
            )
            found = cursor.fetchone()
        wrong, compared = wrong + found[0], compared + found[1]
    return wrong, compared
