"""Keeps deal facts and node totals in step with deals, seats, teams, stages, products and segments.

Everything is state-based: what a deal contributes now is written beside what it contributed, and totals move by the
difference, so folding a change twice does no harm. Folds and rebuilds wait for each other; saves wait for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from core import bulk, outbox
from core.jobs import enqueue
from core.models import Run
from core.runs import open_run, recording
from core.selectors import the_company
from pipeline.models import TotalsState
from pipeline.selectors import sources
from pipeline.selectors.buckets import BASIS
from pipeline.selectors.facts import COLUMNS, KEYS, MEASURES, facts
from pipeline.services.totals_build import KEYS as TOTAL_KEYS
from pipeline.services.totals_build import NAMES, sum_nodes
from pipeline.services.totals_moves import keep_moves


def fold_totals(*, on: date) -> int:
    """Fold what changed and move to the company day `on`; returns how many deals' facts changed.

    Builds everything when there is nothing yet, the reporting currency is another one, or a change concerns all deals.
    """
    with _alone() as cursor:
        state = TotalsState.objects.first()
        if state is None or state.day > on or state.basis != _basis(cursor):
            return _rebuild(cursor, on).facts
        touched = _Touched(cursor, on)
        outbox.consume(consumer=sources.CONSUMER, topics=sources.TOPICS, fold=touched.by)
        touched.since(state.day)
        if touched.is_all:
            return _rebuild(cursor, on).facts
        changed = _refold(cursor, on) if touched.is_any else 0
        _stand_for(cursor, on)
        keep_moves(cursor, on=on, touched="so_touched" if state.day == on else "")
    return changed


def rebuild_totals(*, on: date, by: Any = None) -> Run:
    """Make all facts and totals anew, as a run; only what differs is written. Counts: deals, totals, changed rows."""
    run = open_run(kind="pipeline.totals", label="Totals of deals, rebuilt", by=by, params={"on": on.isoformat()})
    with recording(run) as progress:
        with _alone() as cursor:
            done = _rebuild(cursor, on)
        progress.counts |= {"deals": done.deals, "changed_deals": done.facts, "changed_totals": done.totals}
        progress.result(f"{done.deals:,} deals; {done.facts:,} facts and {done.totals:,} totals were written.")
    return run


def check_totals(*, on: date) -> Run:
    """Fold, then make everything anew and compare. What differs is drift: counted, an error in the run, repaired."""
    run = open_run(kind="pipeline.totals", label="Totals of deals, checked", params={"on": on.isoformat()})
    with recording(run) as progress:
        progress.count("folded", fold_totals(on=on))
        with _alone() as cursor:
            done = _rebuild(cursor, on)
        drift = done.stray_facts + done.totals
        progress.counts |= {"deals": done.deals, "drifted_deals": done.stray_facts, "drifted_totals": done.totals}
        if drift:
            progress.log(
                f"{done.stray_facts:,} deal facts and {done.totals:,} totals were not what the deals say. They are "
                "repaired; figures read since the last check may have been wrong.",
                level="error",
            )
        outbox.forget_folded(topics=sources.TOPICS, consumers=[sources.CONSUMER])
        progress.result(f"{done.deals:,} deals checked. {f'{drift:,} differences repaired.' if drift else 'No drift.'}")
    return run


def is_fold_due(*, on: date) -> bool:
    """Whether something waits to be folded, or the totals stand for another day."""
    if not TotalsState.objects.filter(day=on).exists():
        return True
    return outbox.is_waiting(consumer=sources.CONSUMER, topics=sources.TOPICS)


def fold_after_import(kinds: frozenset[str]) -> None:
    """What an import or its undo changed is folded as soon as it is committed, not at the next full minute."""
    enqueue("pipeline.fold", dedupe_key="minute:pipeline.fold")


@contextmanager
def _alone() -> Iterator[Any]:
    """A transaction that no other fold or rebuild shares."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('pipeline.totals'))")
        yield cursor


def _basis(cursor: Any) -> str:
    the_company()  # made where there is none yet
    cursor.execute(f"SELECT {BASIS}")
    return str(cursor.fetchone()[0])


def _stand_for(cursor: Any, on: date) -> None:
    TotalsState.objects.update_or_create(defaults={"day": on, "basis": _basis(cursor)}, id=1)


# Seats below a touched one change their line with it; who ever sat there owns the deals that may have moved.
_SEATS = """(SELECT descendant_id FROM people_reportingclosure WHERE ancestor_id = ANY(%(ids)s)
             UNION SELECT unnest(%(ids)s::bigint[]))"""
_TOUCHED = {
    sources.DEALS: "SELECT unnest(%(ids)s::bigint[])",
    sources.SEGMENTS: "SELECT id FROM pipeline_opportunity WHERE account_id = ANY(%(ids)s)",
    sources.STAGES: "SELECT id FROM pipeline_opportunity WHERE stage_id = ANY(%(ids)s)",
    sources.PRODUCTS: "SELECT id FROM pipeline_opportunity WHERE product_id = ANY(%(ids)s)",
    sources.TEAMS: "SELECT opportunity_id FROM pipeline_dealfact WHERE team_id = ANY(%(ids)s)",
    sources.LINES: f"""
      SELECT id FROM pipeline_opportunity
      WHERE owner_id IN (SELECT person_id FROM people_occupancy WHERE position_id IN {_SEATS})
      UNION SELECT opportunity_id FROM pipeline_dealfact WHERE position_id IN {_SEATS} OR seat_id IN {_SEATS}
        OR line && %(ids)s::bigint[] OR viewers && %(ids)s::bigint[]""",
}
_BEGUN = "SELECT id FROM pipeline_opportunity o WHERE " + " OR ".join(
    f"(o.{name} > %(after)s AND o.{name} <= %(on)s)" for name in ("created_on", "engaged_on", "closed_on")
)
# Seats whose holder, team or boss changes, today for the first time or no longer.
_SEATS_CHANGE = " UNION ".join(
    f"SELECT position_id FROM {table} WHERE (valid_from > %(after)s AND valid_from <= %(on)s)"
    " OR (valid_to > %(after)s AND valid_to <= %(on)s)"
    for table in ("people_occupancy", "people_positionteam", "people_reportingline")
)


class _Touched:
    """Gathers the deals whose facts may have changed, in the temporary table so_touched; or says: all."""

    def __init__(self, cursor: Any, on: date) -> None:
        self.cursor, self.on = cursor, on
        self.is_any = self.is_all = False
        cursor.execute("DROP TABLE IF EXISTS so_touched; CREATE TEMPORARY TABLE so_touched (id bigint) ON COMMIT DROP")

    def by(self, events: Sequence[outbox.Event]) -> None:
        subjects: dict[str, set[int]] = {}
        for event in events:
            subjects.setdefault(event.topic, set()).add(event.subject_id)
        for topic, ids in subjects.items():
            self.is_all = self.is_all or outbox.EVERYTHING in ids
            self._add(_TOUCHED[topic], {"ids": list(ids)})

    def since(self, day: date) -> None:
        """Deals that begin or close since a day; those below a seat whose holder, team or boss changes since."""
        if day == self.on:
            return
        days = {"after": day, "on": self.on}
        self._add(_BEGUN, days)
        self.cursor.execute(_SEATS_CHANGE, days)
        seats = [row[0] for row in self.cursor.fetchall()]
        if seats:
            self._add(_TOUCHED[sources.LINES], {"ids": seats})

    def _add(self, select: str, params: dict[str, Any]) -> None:
        self.cursor.execute(f"INSERT INTO so_touched {select}", params)
        self.is_any = self.is_any or self.cursor.rowcount > 0


_FACT = ", ".join(COLUMNS)


def _refold(cursor: Any, on: date) -> int:
    """Facts of the touched deals as they are now; totals move by the difference. Returns how many deals changed."""
    cursor.execute("ANALYZE so_touched")
    _fresh(cursor, on, "o.id IN (SELECT id FROM so_touched)")
    _differ(cursor, "WHERE opportunity_id IN (SELECT id FROM so_touched)")
    changed = _changed(cursor)
    if changed:
        _move_totals(cursor)
        _keep_facts(cursor, changed)
    return changed


@dataclass(frozen=True, slots=True)
class _Built:
    """What a rebuild found: deals with facts, facts and totals that differed, facts that nothing waiting explains."""

    deals: int
    facts: int
    totals: int
    stray_facts: int


def _rebuild(cursor: Any, on: date) -> _Built:
    """Facts of all deals, then totals of all facts; what is equal isn't written."""
    outbox.skip_to_now(consumer=sources.CONSUMER)
    # Millions of rows side by side are hashed in one pass; sorting their texts would take five times as long.
    cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL enable_mergejoin = off")
    _fresh(cursor, on, "true", of_all=True)
    _differ(cursor, "")
    changed, stray = _changed(cursor), _stray(cursor)
    cursor.execute("SELECT count(*) FROM so_fresh")
    deals = int(cursor.fetchone()[0])
    if changed and changed * 10 < deals:  # else summing anew is quicker than moving
        _move_totals(cursor)
    _keep_facts(cursor, changed)
    totals = _sum_anew(cursor)
    _stand_for(cursor, on)
    keep_moves(cursor, on=on)
    return _Built(deals, changed, totals, stray)


def _fresh(cursor: Any, on: date, where: str, *, of_all: bool = False) -> None:
    found = facts(where, of_all=of_all)
    cursor.execute(
        f"DROP TABLE IF EXISTS so_fresh; CREATE TEMPORARY TABLE so_fresh ON COMMIT DROP AS {found}; ANALYZE so_fresh",
        {"as_of": on},
    )


def _differ(cursor: Any, where: str) -> None:
    """so_delta: what is kept and no longer true (sign -1), what is true and not kept (sign 1)."""
    kept, true = f"SELECT {_FACT} FROM pipeline_dealfact {where}", f"SELECT {_FACT} FROM so_fresh"
    cursor.execute(
        f"""DROP TABLE IF EXISTS so_delta; CREATE TEMPORARY TABLE so_delta ON COMMIT DROP AS
            SELECT -1 AS sign, gone.* FROM ({kept} EXCEPT {true}) gone
            UNION ALL SELECT 1, came.* FROM ({true} EXCEPT {kept}) came;
            ANALYZE so_delta"""
    )


def _changed(cursor: Any) -> int:
    cursor.execute("SELECT count(DISTINCT opportunity_id) FROM so_delta")
    return int(cursor.fetchone()[0])


def _stray(cursor: Any) -> int:
    """Differing deals that no waiting change explains: drift."""
    cursor.execute(
        f"""WITH {sources.news()} SELECT count(DISTINCT opportunity_id) FROM so_delta
            WHERE opportunity_id NOT IN (SELECT id FROM waiting)
              AND NOT EXISTS (SELECT 1 FROM news WHERE {sources.WIDE})"""
    )
    return int(cursor.fetchone()[0])


def _keep_facts(cursor: Any, changed: int) -> None:
    cursor.execute(
        "DELETE FROM pipeline_dealfact WHERE opportunity_id IN (SELECT opportunity_id FROM so_delta WHERE sign < 0)"
    )
    with bulk.bare_fill(cursor, "pipeline_dealfact", changed):
        cursor.execute(
            f"INSERT INTO pipeline_dealfact ({_FACT}) SELECT {_FACT} FROM so_delta WHERE sign > 0 ORDER BY day"
        )


_SOURCE = "DROP TABLE IF EXISTS so_source; CREATE TEMPORARY TABLE so_source ON COMMIT DROP AS SELECT "


def _move_totals(cursor: Any) -> None:
    signed = ", ".join(f"f.sign * f.{name} AS {name}" for name in MEASURES)
    cursor.execute(f"{_SOURCE} {', '.join(KEYS)}, {signed} FROM so_delta f; ANALYZE so_source")
    sum_nodes(cursor)
    moved = ", ".join(f"{name} = t.{name} + excluded.{name}" for name in MEASURES)
    cursor.execute(
        f"""INSERT INTO pipeline_nodetotal AS t ({NAMES}) SELECT {NAMES} FROM so_totals
            ON CONFLICT ({", ".join(TOTAL_KEYS)}) DO UPDATE SET {moved};
            DELETE FROM pipeline_nodetotal WHERE deals = 0"""
    )


# What is read together lies together: the days of a node, the nodes of a month.
_ORDER = "n.series, CASE WHEN n.series ~ '[.]d$' THEN n.node_id END, n.day, n.node_id"


def _sum_anew(cursor: Any) -> int:
    """Totals of all facts; what differs is replaced. Returns how many rows differed."""
    cursor.execute(f"{_SOURCE} {', '.join((*KEYS, *MEASURES))} FROM pipeline_dealfact; ANALYZE so_source")
    sum_nodes(cursor)
    cursor.execute("ANALYZE so_totals; SELECT count(*), (SELECT count(*) FROM pipeline_nodetotal) FROM so_totals")
    made, kept = cursor.fetchone()
    return _correct(cursor) if kept else _fill(cursor, made)


def _fill(cursor: Any, made: int) -> int:
    """The first totals there are. Whoever reads waits until they are in: there is nothing to read yet."""
    rule = "UNIQUE NULLS NOT DISTINCT (series, node_id, day, part, status, currency)"
    cursor.execute("ALTER TABLE pipeline_nodetotal DROP CONSTRAINT node_total_once")
    with bulk.bare_fill(cursor, "pipeline_nodetotal", made):
        cursor.execute(
            f"INSERT INTO pipeline_nodetotal ({NAMES}) SELECT {NAMES} FROM so_totals n ORDER BY {_ORDER};"
            f"ALTER TABLE pipeline_nodetotal ADD CONSTRAINT node_total_once {rule}"
        )
    cursor.execute("ANALYZE pipeline_nodetotal")
    return made


def _correct(cursor: Any) -> int:
    """Replace what differs; returns how many."""
    same = " AND ".join(f"t.{name} = n.{name}" for name in TOTAL_KEYS if name != "day")
    same += " AND coalesce(t.day, 'infinity') = coalesce(n.day, 'infinity')"
    mine, theirs = (", ".join(f"{row}.{name}" for name in MEASURES) for row in "tn")
    right = ", ".join(f"n.{name}" for name in (*TOTAL_KEYS, *MEASURES))
    cursor.execute(
        f"""DROP TABLE IF EXISTS so_wrong; CREATE TEMPORARY TABLE so_wrong ON COMMIT DROP AS
            SELECT t.id, {right} FROM pipeline_nodetotal t FULL JOIN so_totals n ON {same}
            WHERE t.id IS NULL OR n.series IS NULL OR ROW({mine}) IS DISTINCT FROM ROW({theirs});
            DELETE FROM pipeline_nodetotal WHERE id IN (SELECT id FROM so_wrong);
            INSERT INTO pipeline_nodetotal ({NAMES}) SELECT {NAMES} FROM so_wrong n
            WHERE series IS NOT NULL ORDER BY {_ORDER};
            SELECT count(*) FROM so_wrong"""
    )
    return int(cursor.fetchone()[0])
