"""What a deal contributes to sums: one SQL text, used by the aggregate that stores it and by sums that don't.

A fact is one deal as of a day (parameter as_of): the day it counts on, its status then, the seat, team, region,
manager and line of its owner on the line's day, who sees its owner on the as-of day, and its measures in minor units.
See pipeline.models.DealFact.
"""

from __future__ import annotations

KEYS = (
    *("day", "status", "stage_id", "type", "segment", "family", "product_id", "loss_reason_id", "currency"),
    *("owner_id", "position_id", "team_id", "region_id", "manager_id", "line", "seat_id", "viewers"),
)
MEASURES = ("deals", "amount_minor", "weighted", "blank_amounts", "pushed_deals", "cycle_deals", "cycle_days")
COLUMNS = ("opportunity_id", *KEYS, *MEASURES)


def in_force(row: str, day: str) -> str:
    """SQL: a dated row holds on a day."""
    return f"{row}.valid_from <= {day} AND ({row}.valid_to IS NULL OR {row}.valid_to > {day})"


_LINE_COLUMNS = """seat.position_id, placed.team_id,
  CASE team.kind WHEN 'region' THEN team.id ELSE team.parent_id END AS region_id, boss.person_id AS manager_id,
  coalesce({line}, '{{0}}') AS line"""
_LINE_OF_ONE = f"""(SELECT array_agg(c.ancestor_id ORDER BY c.ancestor_id) FROM people_reportingclosure c
  WHERE c.descendant_id = seat.position_id AND {in_force("c", "{day}")})"""


def _line(owner: str, day: str) -> str:
    """Joins to an owner's seat, team and manager on a day; at most one of each by the database's own rules."""
    return f"""LEFT JOIN people_occupancy seat ON seat.person_id = {owner} AND {in_force("seat", day)}
LEFT JOIN people_positionteam placed ON placed.position_id = seat.position_id AND {in_force("placed", day)}
LEFT JOIN people_team team ON team.id = placed.team_id
LEFT JOIN people_reportingline up ON up.position_id = seat.position_id AND {in_force("up", day)}
LEFT JOIN people_occupancy boss ON boss.position_id = up.reports_to_id AND {in_force("boss", day)}"""


# Of single deals the line is looked up one by one; of all deals, every line there ever was is worked out once.
_SEEN_OF_ONE = f"""LEFT JOIN LATERAL (
  SELECT position_id FROM people_occupancy own WHERE own.person_id = o.owner_id AND own.valid_from <= %(as_of)s
  ORDER BY own.valid_from DESC LIMIT 1) own ON true
LEFT JOIN LATERAL (
  SELECT array_agg(c.ancestor_id ORDER BY c.ancestor_id) AS viewers FROM people_reportingclosure c
  WHERE c.descendant_id = own.position_id AND {in_force("c", "%(as_of)s")}) seen ON true"""
_SEEN_OF_ALL = f"""LEFT JOIN (
  SELECT DISTINCT ON (person_id) person_id, position_id FROM people_occupancy WHERE valid_from <= %(as_of)s
  ORDER BY person_id, valid_from DESC) own ON own.person_id = o.owner_id
LEFT JOIN (
  SELECT c.descendant_id, array_agg(c.ancestor_id ORDER BY c.ancestor_id) AS viewers FROM people_reportingclosure c
  WHERE {in_force("c", "%(as_of)s")} GROUP BY 1) seen ON seen.descendant_id = own.position_id"""
_LINES = f"""LEFT JOIN (
  SELECT s.seat, s.first, s.past, array_agg(c.ancestor_id ORDER BY c.ancestor_id) AS ids
  FROM (SELECT seat, first, lead(first) OVER (PARTITION BY seat ORDER BY first) AS past FROM (
          SELECT descendant_id AS seat, valid_from AS first FROM people_reportingclosure
          UNION SELECT descendant_id, valid_to FROM people_reportingclosure WHERE valid_to IS NOT NULL) bounds) s
  JOIN people_reportingclosure c ON c.descendant_id = s.seat AND {in_force("c", "s.first")}
  GROUP BY 1, 2, 3) above ON above.seat = seat.position_id AND above.first <= d.line_day
  AND (above.past IS NULL OR above.past > d.line_day)"""


def facts(where: str = "true", *, of_all: bool = False) -> str:
    """SELECT of the facts of deals that meet a condition over `o`, with the columns COLUMNS.

    Archived deals and those not begun by the as-of day are left out. A deal closed later was open then. Amounts are
    rounded to whole minor units; the weight of an open deal is its probability, else its stage's.
    of_all: the same rows by a plan for very many of them.
    """
    line = "above.ids" if of_all else _LINE_OF_ONE.format(day="d.line_day")
    return f"""
SELECT o.id AS opportunity_id, d.day, t.status, o.stage_id, o.type, coalesce(account.segment, '') AS segment,
  coalesce(product.family, '') AS family, o.product_id, o.loss_reason_id, o.currency_id AS currency, o.owner_id,
  {_LINE_COLUMNS.format(line=line)}, own.position_id AS seat_id, coalesce(seen.viewers, '{{}}') AS viewers,
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
{_LINES if of_all else ""}
{_SEEN_OF_ALL if of_all else _SEEN_OF_ONE}
WHERE o.archived_at IS NULL AND least(o.created_on, o.engaged_on, o.closed_on) <= %(as_of)s AND ({where})"""


def night_facts(where: str = "s.day = %(night)s") -> str:
    """SELECT of the deals of a night, through the line of that day; where: SQL over the snapshot `s` says which nights.

    Columns: opportunity_id, KEYS but those of who sees the owner, amount_minor, night, blank_amounts, pushed_deals.
    """
    line = _LINE_OF_ONE.format(day="s.day")
    return f"""
SELECT s.opportunity_id, s.expected_close_on AS day, s.status, s.stage_id, s.type, s.segment,
  coalesce(product.family, '') AS family, s.product_id, NULL::bigint AS loss_reason_id, s.currency, s.owner_id,
  {_LINE_COLUMNS.format(line=line)}, coalesce(s.amount_minor, 0) AS amount_minor, s.day AS night,
  (s.amount_minor IS NULL)::integer AS blank_amounts, (s.pushed_count > 0)::integer AS pushed_deals
FROM pipeline_opportunitysnapshot s
LEFT JOIN pipeline_product product ON product.id = s.product_id
{_line("s.owner_id", "s.day")}
WHERE {where}"""
