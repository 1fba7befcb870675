"""What a deal contributes to sums: one SQL text, used by the aggregate that stores it and by sums that don't.

A fact is one deal as of a day (parameter as_of): the day it counts on, its status then, the seat, team, region,
manager and line of its owner on the line's day, and its measures in minor units. See pipeline.models.DealFact.
"""

from __future__ import annotations

KEYS = (
    *("day", "status", "stage_id", "type", "segment", "family", "product_id", "loss_reason_id", "currency"),
    *("owner_id", "position_id", "team_id", "region_id", "manager_id", "line"),
)
MEASURES = ("deals", "amount_minor", "weighted", "blank_amounts", "pushed_deals", "cycle_deals", "cycle_days")
COLUMNS = ("opportunity_id", *KEYS, *MEASURES)


def in_force(row: str, day: str) -> str:
    """SQL: a dated row holds on a day."""
    return f"{row}.valid_from <= {day} AND ({row}.valid_to IS NULL OR {row}.valid_to > {day})"


_LINE_COLUMNS = f"""seat.position_id, placed.team_id,
  CASE team.kind WHEN 'region' THEN team.id ELSE team.parent_id END AS region_id, boss.person_id AS manager_id,
  coalesce((SELECT array_agg(c.ancestor_id ORDER BY c.ancestor_id) FROM people_reportingclosure c
            WHERE c.descendant_id = seat.position_id AND {in_force("c", "{day}")}), '{{{{0}}}}') AS line"""


def _line(owner: str, day: str) -> str:
    """Joins to an owner's seat, team and manager on a day; at most one of each by the database's own rules."""
    return f"""LEFT JOIN people_occupancy seat ON seat.person_id = {owner} AND {in_force("seat", day)}
LEFT JOIN people_positionteam placed ON placed.position_id = seat.position_id AND {in_force("placed", day)}
LEFT JOIN people_team team ON team.id = placed.team_id
LEFT JOIN people_reportingline up ON up.position_id = seat.position_id AND {in_force("up", day)}
LEFT JOIN people_occupancy boss ON boss.position_id = up.reports_to_id AND {in_force("boss", day)}"""


def facts(where: str = "true") -> str:
    """SELECT of the facts of deals that meet a condition over `o`, with the columns COLUMNS.

    Archived deals and those not begun by the as-of day are left out. A deal closed later was open then. Amounts are
    rounded to whole minor units; the weight of an open deal is its probability, else its stage's.
    """
    return f"""
SELECT o.id AS opportunity_id, d.day, t.status, o.stage_id, o.type, coalesce(account.segment, '') AS segment,
  coalesce(product.family, '') AS family, o.product_id, o.loss_reason_id, o.currency_id AS currency, o.owner_id,
  {_LINE_COLUMNS.format(day="d.line_day")},
  1 AS deals, coalesce(m.minor, 0)::bigint AS amount_minor,
  CASE t.status WHEN 'open' THEN coalesce(m.minor, 0) * (100 * coalesce(o.probability, stage.probability))::integer
    ELSE 0 END AS weighted,
  (o.amount IS NULL)::integer AS blank_amounts, (t.status = 'open' AND o.pushed_count > 0)::integer AS pushed_deals,
  (cycle.days IS NOT NULL)::integer AS cycle_deals, coalesce(cycle.days, 0)::bigint AS cycle_days
FROM pipeline_opportunity o
CROSS JOIN LATERAL (SELECT CASE WHEN o.status <> 'open' AND (o.closed_on IS NULL OR o.closed_on <= %(as_of)s)
    THEN o.status ELSE 'open' END AS status) t
CROSS JOIN LATERAL (SELECT CASE t.status WHEN 'open' THEN o.expected_close_on ELSE o.closed_on END AS day,
    CASE t.status WHEN 'open' THEN %(as_of)s::date ELSE coalesce(o.closed_on, %(as_of)s::date) END AS line_day) d
CROSS JOIN LATERAL (SELECT CASE WHEN t.status = 'won' AND o.closed_on >= coalesce(o.engaged_on, o.created_on)
    THEN o.closed_on - coalesce(o.engaged_on, o.created_on) END AS days) cycle
JOIN core_currency money ON money.code = o.currency_id
CROSS JOIN LATERAL (SELECT round(o.amount * ('1e' || money.minor_digits)::numeric) AS minor) m
JOIN pipeline_stage stage ON stage.id = o.stage_id
LEFT JOIN accounts_account account ON account.id = o.account_id
LEFT JOIN pipeline_product product ON product.id = o.product_id
{_line("o.owner_id", "d.line_day")}
WHERE o.archived_at IS NULL AND least(o.created_on, o.engaged_on, o.closed_on) <= %(as_of)s AND ({where})"""


def night_facts(where: str = "s.day = %(night)s") -> str:
    """SELECT of the deals of a night, through the line of that day; where: SQL over the snapshot `s` says which nights.

    Columns: opportunity_id, KEYS, amount_minor, night, blank_amounts, pushed_deals.
    """
    return f"""
SELECT s.opportunity_id, s.expected_close_on AS day, s.status, s.stage_id, s.type, s.segment,
  coalesce(product.family, '') AS family, s.product_id, NULL::bigint AS loss_reason_id, s.currency, s.owner_id,
  {_LINE_COLUMNS.format(day="s.day")}, coalesce(s.amount_minor, 0) AS amount_minor, s.day AS night,
  (s.amount_minor IS NULL)::integer AS blank_amounts, (s.pushed_count > 0)::integer AS pushed_deals
FROM pipeline_opportunitysnapshot s
LEFT JOIN pipeline_product product ON product.id = s.product_id
{_line("s.owner_id", "s.day")}
WHERE {where}"""
