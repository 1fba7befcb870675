"""How facts are summed into nodes: each kind from rows that are already summed, never deal by deal more than once.

Reads the temporary table so_source (facts with the measures to add, negative ones to take away) and leaves so_totals.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.selectors import the_company
from pipeline.selectors import buckets
from pipeline.selectors.facts import MEASURES
from pipeline.selectors.sources import KEPT, KEPT_PARTS, series

KEYS = ("series", "node_id", "part", "day", "status", "currency")
NAMES = ", ".join((*KEYS, *MEASURES))
_ADDED = ", ".join(f"sum(f.{name}) AS {name}" for name in MEASURES)
# What has no day is compared as a day, for a join that can be hashed.
_SAME = (
    "b.status = f.status AND b.currency = f.currency AND coalesce(b.{name}, 'infinity') = coalesce(f.day, 'infinity')"
)
_SAME_DAY, _SAME_MONTH = _SAME.format(name="day"), _SAME.format(name="month")


def sum_nodes(cursor: Any) -> None:
    """so_totals: every node's sums of so_source, by KEYS."""
    _buckets(cursor)
    _by_month(cursor)
    cursor.execute("DROP TABLE IF EXISTS so_totals; CREATE TEMPORARY TABLE so_totals ON COMMIT DROP AS " + _days())
    for select in (*_months(), *_parts(), _seen_stages()):
        cursor.execute(f"INSERT INTO so_totals ({NAMES}) {select}")
    cursor.execute("ANALYZE so_totals")
    cursor.execute(f"INSERT INTO so_totals ({NAMES}) {_companies()}")
    cursor.execute(f"INSERT INTO so_totals ({NAMES}) {_quarters()}")


def _buckets(cursor: Any) -> None:
    """so_bucket: each day, status and currency of the source with the first day of its month's and quarter's bucket."""
    cursor.execute(
        """DROP TABLE IF EXISTS so_bucket, so_month; CREATE TEMPORARY TABLE so_bucket ON COMMIT DROP AS
           SELECT DISTINCT day, status, currency, NULL::date AS month, NULL::date AS quarter FROM so_source;
           SELECT min(day), max(day) FROM so_bucket"""
    )
    first, last = cursor.fetchone()
    company = the_company()
    known = buckets.months(company.calendar, first, last + timedelta(days=1)) if first else []
    params: dict[str, Any] = {"currency": str(company.currency_id)}
    for number, name in enumerate(("firsts", "pasts", "quarters")):
        params[name] = [month[number] for month in known]
    cursor.execute(
        f"""WITH months AS (SELECT * FROM unnest(%(firsts)s::date[], %(pasts)s::date[], %(quarters)s::date[])
                            AS m(first, past, quarter)),
            cuts AS ({buckets.CUTS})
            UPDATE so_bucket b SET month = greatest(coalesce(m.first, d.day), cut.day),
                                   quarter = greatest(coalesce(m.quarter, d.day), cut.day)
            FROM so_bucket d LEFT JOIN months m ON d.day >= m.first AND d.day < m.past
            LEFT JOIN LATERAL (SELECT max(cuts.day) AS day FROM cuts
              WHERE cuts.currency = d.currency AND d.status <> 'open' AND cuts.day <= d.day) cut ON true
            WHERE b.ctid = d.ctid; ANALYZE so_bucket""",
        params,
    )


_MONTHLY = ("region_id", "team_id", "manager_id", "owner_id", "seat_id", "line", "viewers", "stage_id")


def _by_month(cursor: Any) -> None:
    """so_month: the source by month, with all that says to which nodes it belongs."""
    ids = ", ".join(f"f.{name}" for name in _MONTHLY)
    cursor.execute(
        f"""CREATE TEMPORARY TABLE so_month ON COMMIT DROP AS
            SELECT {ids}, b.month AS day, b.quarter, f.status, f.currency, {_ADDED}
            FROM so_source f JOIN so_bucket b ON {_SAME_DAY} GROUP BY {ids}, b.month, b.quarter, f.status, f.currency;
            ANALYZE so_month"""
    )


def _node(
    table: str, kind: str, node: str, *, grain: str = "m", split: str = "", part: str = "''", join: str = ""
) -> str:
    """SELECT of one kind's sums by KEYS; node and part are SQL over `f`."""
    return f"""SELECT '{series(kind, grain, split)}'::varchar AS series, {node} AS node_id, {part}::varchar AS part,
      f.day, f.status, f.currency, {_ADDED} FROM {table} f {join} GROUP BY 2, 3, 4, 5, 6"""


# What is seen from a seat besides the deals of who sits on it: those a reader takes from the facts.
_VIEWERS = "CROSS JOIN LATERAL unnest(f.viewers) viewer(id)"


def _seen(table: str, **more: Any) -> str:
    grouped = _node(table, "seen", "viewer.id", join=f"{_VIEWERS}", **more)
    return grouped.replace("GROUP BY", "WHERE viewer.id <> f.seat_id GROUP BY")


def _days() -> str:
    region = _node("so_source", "region", "coalesce(f.region_id, 0)", grain="d")
    return f"{region} UNION ALL {_seen('so_source', grain='d')}"


def _months() -> list[str]:
    scalars = (("region", "region_id"), ("team", "team_id"), ("manager", "manager_id"), ("person", "owner_id"))
    found = [_node("so_month", kind, f"coalesce(f.{column}, 0)") for kind, column in scalars]
    position = _node("so_month", "position", "above.id", join="CROSS JOIN LATERAL unnest(f.line) above(id)")
    return [*found, position, _seen("so_month")]


def _parts() -> list[str]:
    """Of regions; the company's are their sums."""
    found = [_node("so_month", "region", "coalesce(f.region_id, 0)", split="stage", part="f.stage_id::text")]
    by_month = f"""(SELECT f.region_id, f.type, f.segment, f.family, b.month AS day, f.status, f.currency, {_ADDED}
      FROM so_source f JOIN so_bucket b ON {_SAME_DAY} GROUP BY 1, 2, 3, 4, 5, 6, 7)"""
    for name in ("type", "segment", "family"):
        found.append(_node(by_month, "region", "coalesce(f.region_id, 0)", split=name, part=f"f.{name}"))
    return found


def _seen_stages() -> str:
    return _seen("so_month", split="stage", part="f.stage_id::text")


def _companies() -> str:
    keys = "f.part, f.day, f.status, f.currency"
    return f"""SELECT replace(f.series, 'region.', 'company.') AS series, 0, {keys}, {_ADDED}
      FROM so_totals f WHERE f.series ~ '^region[.]' GROUP BY 1, {keys}"""


def _quarters() -> str:
    """Buckets of a quarter are sums of the buckets of its months: cuts are the same."""
    quarter = """(SELECT DISTINCT month, quarter, status, currency FROM so_bucket)"""
    return f"""SELECT m.quarterly, f.node_id, f.part, b.quarter, f.status, f.currency, {_ADDED}
      FROM so_totals f JOIN (SELECT * FROM unnest({_pairs()}) AS m(monthly, quarterly)) m ON m.monthly = f.series
      JOIN {quarter} b ON {_SAME_MONTH}
      GROUP BY m.quarterly, f.node_id, f.part, b.quarter, f.status, f.currency"""


def _pairs() -> str:
    """The series by month beside those by quarter, as two SQL arrays."""
    found = [
        (series(kind, "m", part), series(kind, "q", part)) for kind in KEPT for part in ("", *KEPT_PARTS.get(kind, ()))
    ]
    return ", ".join(f"ARRAY{[pair[side] for pair in found]}::varchar[]" for side in (0, 1))
