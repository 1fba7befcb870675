"""Snapshots: every deal that was open at the end of a company day, one row a deal and day, kept for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from core.kernel import formats
from core.models import Run
from core.runs import open_run, recording
from core.selectors import the_company
from pipeline.models import SnapshotNight, TotalsState
from pipeline.services.night_totals import sum_night

_COLUMNS = (
    *("day", "opportunity_id", "owner_id", "account_id", "product_id", "stage_id", "status", "category", "type"),
    *("segment", "probability", "amount_minor", "currency", "expected_close_on", "closed_on", "created_on"),
    *("stage_since", "last_activity_on", "next_step_due_on", "has_next_step", "contacts", "pushed_count"),
    *("is_archived", "is_reconstructed"),
)
_INTO = f"INSERT INTO pipeline_opportunitysnapshot ({', '.join(_COLUMNS)})"


def snapshot_day(*, on: date, known_at: datetime | None = None, by: Any = None) -> Run:
    """Keep every deal that was open at the end of the company day, as a run. Counts: deals.

    known_at: the instant the day ended; what was changed later is taken back by the deals' history. Without it, deals
    are taken as they stand. Doing it again replaces the day; a day is there whole or not at all.
    """
    run = open_run(
        kind="pipeline.snapshot", label=f"Snapshot of {formats.day(on)}", by=by, params={"on": on.isoformat()}
    )
    with recording(run) as progress:
        make_partitions(first=on, last=_next_month(on))
        with _alone() as cursor:
            cursor.execute("DELETE FROM pipeline_opportunitysnapshot WHERE day = %s", [on])
            cursor.execute(_of_day(known_at), {"on": on, "known_at": known_at})
            deals = int(cursor.rowcount)
            SnapshotNight.objects.update_or_create(
                day=on, defaults={"deals": deals, "taken_at": Now(), "is_reconstructed": False}
            )
            sum_night(cursor, night=on)
            TotalsState.objects.filter(moves_since=on).update(moves_since=None)  # they were of the night as it was
        progress.count("deals", deals)
        progress.result(f"{deals:,} open {'deal' if deals == 1 else 'deals'} kept.")
    return run


def reconstruct_nights(*, first: date, last: date, by: Any = None) -> Run:
    """Weekly nights from `first` to `last`, before the first real night, as a run. Counts: nights, deals, undated.

    A deal was open from the day it was created (or engaged, if earlier) to the day it closed, with today's owner and
    expected close date (else its close date). One that closed since stood in the first stage of its process, and its
    amount was that of its lines at the list prices in force (quoted prices where there are none), else its product's
    list price, else its amount: never knowingly the closing value.
    Deals without any date are left out and counted.
    """
    label = f"Nights of {first} to {last}, reconstructed"
    run = open_run(kind="pipeline.reconstruct", label=label, by=by, params={"first": f"{first}", "last": f"{last}"})
    with recording(run) as progress:
        nights = _nights_before_real_ones(first, last)
        if nights:
            make_partitions(first=nights[0], last=nights[-1])
        with _alone() as cursor:
            cursor.execute("DELETE FROM pipeline_opportunitysnapshot WHERE day = ANY(%s)", [nights])
            cursor.execute(_RECONSTRUCTED, {"nights": nights})
            progress.count("deals", int(cursor.rowcount))
            cursor.execute(_MARK_NIGHTS, {"nights": nights})
            cursor.execute(_UNDATED)
            progress.count("undated", int(cursor.fetchone()[0]))
        progress.count("nights", len(nights))
        counts = progress.counts
        progress.result(
            f"{counts['nights']:,} nights, {counts['deals']:,} rows; {counts['undated']:,} undated deals aren't in."
        )
    return run


def end_of_day(on: date) -> datetime:
    """The instant the company's day ends."""
    return datetime.combine(on + timedelta(days=1), time(0), tzinfo=the_company().zone)


def make_partitions(*, first: date, last: date) -> None:
    """The monthly partitions from one day's month to another's, where missing."""
    month = first.replace(day=1)
    while month <= last:
        after = _next_month(month)
        with connection.cursor() as cursor:
            name = f"pipeline_snapshot_{month:%Y_%m}"
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
            if not cursor.fetchone()[0]:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF pipeline_opportunitysnapshot "
                    f"FOR VALUES FROM ('{month}') TO ('{after}')"
                )
        month = after


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@contextmanager
def _alone() -> Iterator[Any]:
    """A transaction that no other snapshot shares."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('pipeline.snapshot'))")
        yield cursor


def _nights_before_real_ones(first: date, last: date) -> list[date]:
    """Every seventh day from `first`, up to the day before the first night that was really taken."""
    real = SnapshotNight.objects.filter(is_reconstructed=False).order_by("day").first()
    if real is not None:
        last = min(last, real.day - timedelta(days=1))
    return [first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)] if first <= last else []


_HISTORY = (
    *("owner_id", "account_id", "product_id", "stage_id", "status", "category", "type", "probability", "amount"),
    *("currency_id", "expected_close_on", "closed_on", "created_on", "engaged_on", "stage_since", "next_step"),
    *("next_step_due_on", "pushed_count", "archived_at"),
)


def _deals(known_at: datetime | None) -> str:
    """Deals as they stand, or as they stood at an instant: with the values before the first change since."""
    if known_at is None:
        return f"SELECT id, last_activity_at, {', '.join(_HISTORY)} FROM pipeline_opportunity"
    then = ", ".join(f"CASE WHEN was.pgh_id IS NULL THEN now.{name} ELSE was.{name} END AS {name}" for name in _HISTORY)
    return f"""SELECT now.id, now.last_activity_at, {then} FROM pipeline_opportunity now
      LEFT JOIN (SELECT DISTINCT ON (pgh_obj_id) * FROM pipeline_opportunityevent
                 WHERE pgh_created_at >= %(known_at)s ORDER BY pgh_obj_id, pgh_id) was ON was.pgh_obj_id = now.id"""


def _of_day(known_at: datetime | None) -> str:
    return f"""{_INTO}
SELECT %(on)s, o.id, o.owner_id, o.account_id, o.product_id, o.stage_id, 'open', o.category, o.type,
  coalesce(account.segment, ''), coalesce(o.probability, stage.probability),
  round(o.amount * ('1e' || money.minor_digits)::numeric)::bigint, o.currency_id, o.expected_close_on, o.closed_on,
  o.created_on, o.stage_since, o.last_activity_at::date, o.next_step_due_on, o.next_step <> '',
  (SELECT count(*) FROM pipeline_opportunitycontact c WHERE c.opportunity_id = o.id), o.pushed_count, false, false
FROM ({_deals(known_at)}) o
JOIN core_currency money ON money.code = o.currency_id
JOIN pipeline_stage stage ON stage.id = o.stage_id
LEFT JOIN accounts_account account ON account.id = o.account_id
WHERE o.archived_at IS NULL AND least(o.created_on, o.engaged_on, o.closed_on) <= %(on)s
  AND (o.status = 'open' OR o.closed_on > %(on)s)"""


_RECONSTRUCTED = f"""{_INTO}
SELECT night.day, o.id, o.owner_id, o.account_id, o.product_id, stage.id, 'open', stage.category, o.type,
  coalesce(account.segment, ''), CASE WHEN now.is_open THEN coalesce(o.probability, stage.probability)
                                      ELSE stage.probability END,
  round(CASE WHEN now.is_open THEN o.amount ELSE coalesce(lines.at_list, listed.price, o.amount) END
        * ('1e' || money.minor_digits)::numeric)::bigint,
  o.currency_id, coalesce(o.expected_close_on, o.closed_on), NULL, o.created_on,
  CASE WHEN o.stage_since <= night.day THEN o.stage_since END, NULL, NULL, false, 0, 0, false, true
FROM unnest(%(nights)s::date[]) night(day)
JOIN pipeline_opportunity o ON o.archived_at IS NULL AND least(o.created_on, o.engaged_on, o.closed_on) <= night.day
  AND (o.status = 'open' OR o.closed_on > night.day) AND coalesce(o.expected_close_on, o.closed_on) IS NOT NULL
CROSS JOIN LATERAL (SELECT o.status = 'open' AS is_open) now
JOIN core_currency money ON money.code = o.currency_id
JOIN pipeline_stage stage ON stage.id = CASE
  WHEN now.is_open AND (o.stage_since IS NULL OR o.stage_since <= night.day) THEN o.stage_id
  ELSE coalesce((SELECT s.id FROM pipeline_stage s WHERE s.process_id = o.process_id AND s.status = 'open'
                 ORDER BY s.position, s.id LIMIT 1), o.stage_id) END
LEFT JOIN accounts_account account ON account.id = o.account_id
LEFT JOIN pipeline_listprice listed ON listed.product_id = o.product_id AND listed.currency_id = o.currency_id
  AND listed.valid_from <= night.day AND (listed.valid_to IS NULL OR listed.valid_to > night.day)
LEFT JOIN LATERAL (
  SELECT sum(line.quantity * coalesce(price.price, line.list_price, line.unit_price)) AS at_list
  FROM pipeline_opportunityline line
  LEFT JOIN pipeline_listprice price ON price.product_id = line.product_id AND price.currency_id = o.currency_id
    AND price.valid_from <= night.day AND (price.valid_to IS NULL OR price.valid_to > night.day)
  WHERE line.opportunity_id = o.id) lines ON true"""
_MARK_NIGHTS = """
INSERT INTO pipeline_snapshotnight (day, deals, taken_at, is_reconstructed, year)
SELECT night.day, (SELECT count(*) FROM pipeline_opportunitysnapshot s WHERE s.day = night.day), now(), true, ''
FROM unnest(%(nights)s::date[]) night(day)
ON CONFLICT (day) DO UPDATE SET deals = excluded.deals, taken_at = excluded.taken_at, is_reconstructed = true"""
_UNDATED = """
SELECT count(*) FROM pipeline_opportunity
WHERE archived_at IS NULL AND expected_close_on IS NULL AND closed_on IS NULL"""
