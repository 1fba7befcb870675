"""What changed since a night, deal by deal: kept for the night a week ago, so that pages needn't compare every deal."""

from __future__ import annotations

from pipeline.selectors import sources
from pipeline.selectors.facts import COLUMNS, in_force

MOVES = (
    *("opportunity_id", "was_open", "was_day", "was_owner_id", "was_currency", "was_amount_minor"),
    *("status", "day", "owner_id", "currency", "amount_minor", "is_new"),
)
SINCE_DAYS = 7


def deal_moves(now: str, which: str = "") -> str:
    """SELECT with the columns MOVES of the deals that differ between the night %(night)s, taken %(taken_at)s, and now.

    now: SELECT of facts. which: SQL for one column of ids, where only some deals are compared.
    """
    of_those = f"AND s.opportunity_id = ANY(ARRAY({which}))" if which else ""
    return f"""
SELECT coalesce(s.opportunity_id, f.opportunity_id) AS opportunity_id, s.opportunity_id IS NOT NULL AS was_open,
  s.expected_close_on AS was_day, s.owner_id AS was_owner_id, s.currency AS was_currency,
  coalesce(s.amount_minor, 0) AS was_amount_minor, coalesce(f.status, '') AS status, f.day, f.owner_id, f.currency,
  coalesce(f.amount_minor, 0) AS amount_minor, begun.is_new
FROM (SELECT * FROM pipeline_opportunitysnapshot s WHERE s.day = %(night)s {of_those}) s
FULL JOIN ({now}) f ON f.opportunity_id = s.opportunity_id
LEFT JOIN pipeline_opportunity o ON o.id = coalesce(s.opportunity_id, f.opportunity_id)
CROSS JOIN LATERAL (SELECT coalesce(least(o.created_on, o.engaged_on) > %(night)s OR o.created_at > %(taken_at)s, false)
  AS is_new) begun
WHERE (s.opportunity_id IS NOT NULL OR f.status = 'open') AND
  ROW(s.opportunity_id, s.expected_close_on, s.owner_id, s.currency, coalesce(s.amount_minor, 0)) IS DISTINCT FROM
  ROW(CASE f.status WHEN 'open' THEN f.opportunity_id END, f.day, f.owner_id, f.currency, f.amount_minor)"""


def _rate(day: str) -> str:
    """SQL: what one minor unit of a currency is worth in the reporting one at a day's plan rate, or null."""
    return f"""('1e-' || unit.minor_digits)::numeric * CASE WHEN unit.code = %(currency)s THEN 1 ELSE
    (SELECT fx.rate FROM core_fxrate fx WHERE fx.kind = 'plan' AND fx.currency_id = unit.code AND {in_force("fx", day)})
    END"""


RATES = f"""rate AS MATERIALIZED (
  SELECT unit.code, {_rate("%(night)s")} AS then, {_rate("%(as_of)s")} AS today FROM core_currency unit)"""
MOVES_TYPES = {
    **{"of": "date", "night": "date", "at": "timestamptz", "start": "date", "end": "date", "all": "bool"},
    "owners": "bigint[]",
}  # of the parameters, by the last word of their name
_IN_PERIOD = "(%(is_all)s OR ({day} >= %(start)s AND {day} < %(end)s)) IS TRUE"


def kept_moves(tail: str, *, has_owners: bool) -> str:
    """The rows of `tail`, a SELECT from `moves`, over the moves that are kept and those of deals that wait.

    Their first column says whether what is kept could be used: it is of another night, or rates moved since, and then
    deals that stayed as they were count too. Their second says whether there is a move; one row there is always.
    """
    sides = ("m.was_owner_id", "m.owner_id")
    was_mine, is_mine = (f"({side} = ANY(%(owners)s)) IS TRUE" if has_owners else "true" for side in sides)
    mine = " OR ".join(f"{side} = ANY(%(owners)s)" for side in sides) if has_owners else "true"
    names, fresh = ", ".join(MOVES), f"SELECT {', '.join(COLUMNS)} FROM moved WHERE sign = 1"
    was_in, is_in = _IN_PERIOD.format(day="m.was_day"), _IN_PERIOD.format(day="m.day")
    return f"""WITH {sources.ready()}, {sources.moved()}, {RATES},
usable AS (
  SELECT 1 FROM ready JOIN pipeline_totalsstate s ON s.moves_since = %(night)s
  WHERE NOT EXISTS (SELECT 1 FROM rate WHERE rate.then IS DISTINCT FROM rate.today)),
m AS (
  SELECT {names} FROM pipeline_dealmove m WHERE ({mine}) AND opportunity_id NOT IN (SELECT id FROM waiting)
  UNION ALL SELECT {names} FROM ({deal_moves(fresh, "SELECT id FROM waiting")}) m WHERE ({mine})),
moves AS (
  SELECT m.opportunity_id, m.was_open, m.was_open AND {was_in} AS was_in_period,
    m.was_open AND {was_mine} AS was_in_view, m.status, {is_in} AS is_in_period,
    m.status <> '' AND {is_mine} AS is_in_view, m.is_new,
    coalesce(m.was_amount_minor * was_rate.then, 0) AS start,
    coalesce(m.amount_minor * now_rate.then, 0) AS end_at_start_rate,
    coalesce(m.amount_minor * now_rate.today, 0) AS "end"
  FROM m LEFT JOIN rate now_rate ON now_rate.code = m.currency LEFT JOIN rate was_rate ON was_rate.code = m.was_currency
  WHERE {was_in} OR {is_in})
SELECT is_ready.rows, found.* FROM (SELECT count(*) AS rows FROM usable) is_ready
LEFT JOIN (SELECT true AS has_move, tail.* FROM ({tail}) tail) found ON is_ready.rows > 0"""
