"""The open pipeline of a period, from a night's snapshot to now, in buckets that add up to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.kernel.periods import ALL
from core.selectors import the_company
from pipeline.kernel.waterfall import BUCKETS, Move, changes
from pipeline.models import SnapshotNight
from pipeline.selectors import prepared, sources
from pipeline.selectors.cube import Question, Sums, filter_params, owners_seen, sums
from pipeline.selectors.facts import facts, night_facts
from pipeline.selectors.moves import MOVES_TYPES, RATES, kept_moves

LABELS = {
    "new": _("New"),
    "reopened": _("Reopened"),
    "pulled_in": _("Pulled in"),
    "moved_in": _("Moved in"),
    "up": _("Amount up"),
    "fx_up": _("Exchange rates up"),
    "down": _("Amount down"),
    "fx_down": _("Exchange rates down"),
    "slipped": _("Slipped out"),
    "moved_out": _("Moved out"),
    "lost": _("Lost"),
    "archived": _("Archived"),
    "won": _("Won"),
}


class NoNight(LookupError):
    """There is no snapshot at or before the day asked for."""


@dataclass(frozen=True, slots=True)
class Level:
    """An open pipeline: amount in the reporting currency, and number of deals."""

    amount: Decimal
    deals: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """What changed for one reason: a signed amount in the reporting currency, and the deals concerned."""

    key: str
    label: Any
    amount: Decimal
    deals: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """since: the night compared with, at or before the day asked. start.amount + all buckets == end.amount, exactly."""

    since: date
    asked: date
    is_reconstructed: bool
    start: Level
    end: Level
    buckets: tuple[Bucket, ...]


def find_night(since: date) -> SnapshotNight | None:
    """The last snapshot at or before a day."""
    return SnapshotNight.objects.filter(day__lte=since).order_by("-day").first()


def waterfall(question: Question, since: date, now: Sums | None = None) -> Waterfall:
    """The open pipeline of the question's period between the night at or before `since` and the as-of day.

    now: the sums of the question, where they are there already. Amounts are at plan rates: the night's at the start,
    the as-of day's at the end. A deal is in a region, team, line or view by its owner's seat on each of the two days.
    Raises NoNight.
    """
    night = _night(since)
    kept = None if question.filters or night.is_reconstructed else _kept_moves(question, night)
    moves = _moves(question, night, _GROUPED) if kept is None else kept
    amounts, deals = dict.fromkeys(BUCKETS, Decimal(0)), dict.fromkeys(BUCKETS, 0)
    for move in moves:
        for key, amount in changes(move):
            amounts[key] += amount
            deals[key] += move.deals
    start, end = _levels(moves)
    if kept is not None:  # the deals that stayed as they were are in the sums, and in both levels
        stayed = sums(question) if now is None else now
        start = Level(stayed.open_amount - sum(amounts.values()), stayed.open_count + start.deals - end.deals)
        end = Level(stayed.open_amount, stayed.open_count)
    return Waterfall(
        since=night.day,
        asked=since,
        is_reconstructed=night.is_reconstructed,
        start=start,
        end=end,
        buckets=tuple(Bucket(key, LABELS[key], amounts[key], deals[key]) for key in BUCKETS),
    )


def _levels(moves: Sequence[Move]) -> tuple[Level, Level]:
    return (
        Level(_total(move.start for move in moves if move.was_in), sum(m.deals for m in moves if m.was_in)),
        Level(_total(move.end for move in moves if move.is_in), sum(m.deals for m in moves if m.is_in)),
    )


def deals_in(question: Question, since: date, bucket: str) -> list[int]:
    """Ids of the deals of one bucket of the same waterfall. Raises NoNight, and KeyError for an unknown bucket."""
    if bucket not in LABELS:
        raise KeyError(bucket)
    rows = _rows(question, _night(since), _EACH)
    return [row[0] for row in rows if any(key == bucket for key, _amount in changes(_move(row[1:])))]


def _total(amounts: Any) -> Decimal:
    return sum(amounts, Decimal(0))


def _night(since: date) -> SnapshotNight:
    night = find_night(since)
    if night is None:
        raise NoNight(f"There is no snapshot at or before {since}.")
    return night


def _moves(question: Question, night: SnapshotNight, tail: str) -> list[Move]:
    return [_move(row) for row in _rows(question, night, tail)]


def _move(row: Sequence[Any]) -> Move:
    return Move(*row)


def _rows(question: Question, night: SnapshotNight, tail: str) -> list[Any]:
    """Rows of the aggregate's facts when they stand for the as-of day, else of the deals themselves."""
    owners = owners_seen(question)
    if owners == []:
        return []
    wanted = sources.Wanted((), question.filters, owners is not None)
    params = _params(question, night, owners)
    kept = f"{sources.ready()}, {_both(sources.every_fact(), wanted)}"
    raw = f"ready AS (SELECT 1), {_both(facts(), wanted)}"
    with connection.cursor() as cursor:
        for ctes in (kept, raw):
            cursor.execute(f"WITH {ctes} {_ANSWER.format(tail=tail)}", params)
            rows = cursor.fetchall()
            if rows[0][0]:
                break
    return [row for _is_ready, has_move, *row in rows if has_move]


def _params(question: Question, night: SnapshotNight, owners: list[int] | None) -> dict[str, Any]:
    return {
        "as_of": question.as_of,
        "night": night.day,
        "taken_at": night.taken_at,
        "is_reconstructed": night.is_reconstructed,
        "start": question.period.start,
        "end": question.period.end,
        "is_all": question.period.kind == ALL,
        "currency": str(the_company().currency_id),
        "owners": owners,
    } | filter_params(question)


# One row at least, which says whether the facts could be used.
_ANSWER = """SELECT is_ready.rows, m.* FROM (SELECT count(*) AS rows FROM ready) is_ready
LEFT JOIN (SELECT true AS has_move, tail.* FROM ({tail}) tail) m ON is_ready.rows > 0"""


def _both(now: str, wanted: sources.Wanted) -> str:
    """CTE `moves`: the deals in at the night or now, with both sides beside each other.

    A reconstructed night knows no undated deals: one that is in now was there and came by its date.
    """
    in_view = sources.conditions(wanted)
    in_period = "(%(is_all)s OR (f.day >= %(start)s AND f.day < %(end)s)) IS TRUE"
    seen = f"f.*, {in_period} AS in_period, ({in_view}) IS TRUE AS in_view"
    return f"""
fact AS NOT MATERIALIZED ({now}),
at_night AS NOT MATERIALIZED ({night_facts()}),
{RATES},
ids AS (
  SELECT f.opportunity_id FROM fact f WHERE f.status = 'open' AND {in_period} AND {in_view}
  UNION SELECT f.opportunity_id FROM at_night f WHERE {in_period} AND {in_view}),
was AS (SELECT {seen} FROM at_night f),
is_now AS (SELECT {seen} FROM fact f WHERE f.opportunity_id IN (SELECT opportunity_id FROM ids)),
moves AS (
  SELECT ids.opportunity_id, was.status IS NOT NULL OR (%(is_reconstructed)s AND NOT begun.is_new) AS was_open,
    was.in_period IS TRUE AS was_in_period, coalesce(was.in_view, %(is_reconstructed)s) AS was_in_view,
    coalesce(n.status, '') AS status, n.in_period IS TRUE AS is_in_period, n.in_view IS TRUE AS is_in_view,
    begun.is_new, coalesce(was.amount_minor * was_rate.then, 0) AS start,
    coalesce(n.amount_minor * rate.then, 0) AS end_at_start_rate, coalesce(n.amount_minor * rate.today, 0) AS "end"
  FROM ids LEFT JOIN was ON was.opportunity_id = ids.opportunity_id
  LEFT JOIN is_now n ON n.opportunity_id = ids.opportunity_id
  LEFT JOIN rate ON rate.code = n.currency LEFT JOIN rate was_rate ON was_rate.code = was.currency
  LEFT JOIN pipeline_opportunity o ON o.id = ids.opportunity_id
  CROSS JOIN LATERAL (SELECT coalesce(least(o.created_on, o.engaged_on) > %(night)s
    OR (NOT %(is_reconstructed)s AND o.created_at > %(taken_at)s), false) AS is_new) begun)"""


def _kept_moves(question: Question, night: SnapshotNight) -> list[Move] | None:
    """Moves that are kept, and those of deals that wait to be folded; None where other ones are kept, or rates moved.

    Deals that stayed as they were aren't among them.
    """
    owners = owners_seen(question)
    params = _params(question, night, owners)
    rows = prepared.fetch(kept_moves(_GROUPED, has_owners=owners is not None), params, MOVES_TYPES)
    return [_move(row) for _is_ready, has_move, *row in rows if has_move] if rows[0][0] else None


_FLAGS = "was_open, was_in_period, was_in_view, status, is_in_period, is_in_view, is_new"
_EACH = f'SELECT opportunity_id, {_FLAGS}, start, end_at_start_rate, "end", 1 FROM moves ORDER BY opportunity_id'
_GROUPED = f"""SELECT {_FLAGS}, sum(start), sum(end_at_start_rate), sum("end"), count(*)::integer FROM moves
GROUP BY {_FLAGS}, sign(end_at_start_rate - start), sign("end" - end_at_start_rate)"""
