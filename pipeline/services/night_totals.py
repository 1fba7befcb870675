"""The open deals of a night, summed for the company and each person: pages compare with many nights at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.selectors import the_company
from pipeline.models import SnapshotNight
from pipeline.selectors import buckets

_SUMMED = """INSERT INTO pipeline_nighttotal
  (night, owner_id, quarter, currency, deals, amount_minor, blank_amounts, pushed_deals)
SELECT s.day, node.id, q.first, s.currency, count(*), sum(coalesce(s.amount_minor, 0)),
  count(*) FILTER (WHERE s.amount_minor IS NULL), count(*) FILTER (WHERE s.pushed_count > 0)
FROM pipeline_opportunitysnapshot s
CROSS JOIN LATERAL (SELECT 0 AS id UNION ALL SELECT s.owner_id WHERE s.owner_id IS NOT NULL) node
LEFT JOIN unnest(%(firsts)s::date[], %(pasts)s::date[]) q(first, past)
  ON s.expected_close_on >= q.first AND s.expected_close_on < q.past
WHERE s.day = %(night)s GROUP BY s.day, node.id, q.first, s.currency"""


def sum_night(cursor: Any, *, night: date) -> None:
    """Make the totals of a night anew. Days that no fiscal quarter holds leave it without: it is read deal by deal."""
    cursor.execute("DELETE FROM pipeline_nighttotal WHERE night = %s", [night])
    cursor.execute(
        "SELECT min(expected_close_on), max(expected_close_on) FROM pipeline_opportunitysnapshot WHERE day = %s",
        [night],
    )
    first, last = cursor.fetchone()
    calendar = the_company().calendar
    quarters = buckets.quarters(calendar, first, last) if first else []
    is_whole = not first or (quarters and quarters[0][0] <= first and last < quarters[-1][1])
    if is_whole:
        firsts, pasts = [start for start, _end in quarters], [end for _start, end in quarters]
        cursor.execute(_SUMMED, {"night": night, "firsts": firsts, "pasts": pasts})
    SnapshotNight.objects.filter(day=night).update(year=buckets.year_of_company(calendar) if is_whole else "")
