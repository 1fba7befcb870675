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

from core import outbox
from core.jobs import enqueue
from core.models import Run
from core.runs import open_run, recording
from core.selectors import the_company
from pipeline.models import TotalsState
from pipeline.selectors import sources
from pipeline.selectors.facts import COLUMNS, MEASURES, facts

_KEYS = ("kind", "node_id", "split", "part", "day", "status", "currency")


def fold_totals(*, on: date) -> int:
    """Fold what changed and move to the company day `on`; returns how many deals' facts changed.

    Builds everything when there is nothing yet, the reporting currency is another one, or a change concerns all deals.
    """
    with _alone() as cursor:
        state = TotalsState.objects.first()
        if state is None or state.day > on or state.currency != the_company().currency_id:
            return _rebuild(cursor, on).facts
        touched = _Touched(cursor, on)
        outbox.consume(consumer=sources.CONSUMER, topics=sources.TOPICS, fold=touched.by)
        touched.since(state.day)
        if touched.is_all:
            return _rebuild(cursor, on).facts
        changed = _refold(cursor, on) if touched.is_any else 0
        _stand_for(on)
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


def _stand_for(on: date) -> None:
    TotalsState.objects.update_or_create(defaults={"day": on, "currency": str(the_company().currency_id)}, id=1)


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
      UNION SELECT opportunity_id FROM pipeline_dealfact WHERE position_id IN {_SEATS} OR line && %(ids)s::bigint[]""",
}
_BEGUN = "SELECT id FROM pipeline_opportunity o WHERE " + " OR ".join(
    f"(o.{name} > %(after)s AND o.{name} <= %(on)s)" for name in ("created_on", "engaged_on", "closed_on")
)
_LINES_CHANGE = "SELECT " + " OR ".join(
    f"EXISTS (SELECT 1 FROM {table} WHERE (valid_from > %(after)s AND valid_from <= %(on)s)"
    " OR (valid_to > %(after)s AND valid_to <= %(on)s))"
    for table in ("people_occupancy", "people_positionteam", "people_reportingline")
)
_SEEN_TODAY = "SELECT id FROM pipeline_opportunity WHERE status = 'open' OR closed_on IS NULL OR closed_on > %(after)s"


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
        """Deals that begin or close since a day; open ones when anybody's seat, team or line changes since."""
        if day == self.on:
            return
        days = {"after": day, "on": self.on}
        self._add(_BEGUN, days)
        self.cursor.execute(_LINES_CHANGE, days)
        if self.cursor.fetchone()[0]:
            self._add(_SEEN_TODAY, days)

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
        _keep_facts(cursor)
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
    cursor.execute("SET LOCAL work_mem = '256MB'")
    _fresh(cursor, on, "true")
    _differ(cursor, "")
    changed, stray = _changed(cursor), _stray(cursor)
    cursor.execute("SELECT count(*) FROM so_fresh")
    deals = int(cursor.fetchone()[0])
    if changed * 10 < deals:  # else summing anew is quicker than moving
        _move_totals(cursor)
    _keep_facts(cursor)
    totals = _sum_anew(cursor)
    _stand_for(on)
    return _Built(deals, changed, totals, stray)


def _fresh(cursor: Any, on: date, where: str) -> None:
    cursor.execute(
        f"DROP TABLE IF EXISTS so_fresh; CREATE TEMPORARY TABLE so_fresh ON COMMIT DROP AS {facts(where)};"
        "ANALYZE so_fresh",
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


def _keep_facts(cursor: Any) -> None:
    cursor.execute(
        f"""DELETE FROM pipeline_dealfact WHERE opportunity_id IN (SELECT opportunity_id FROM so_delta WHERE sign < 0);
            INSERT INTO pipeline_dealfact ({_FACT}) SELECT {_FACT} FROM so_delta WHERE sign > 0 ORDER BY day"""
    )


# A fact stands once in each of these. Coarse nodes keep days; others months, but for days whose rate matters.
_NODES = """CROSS JOIN LATERAL (
    SELECT * FROM (VALUES ('company', 0::bigint), ('region', coalesce(f.region_id, 0))) coarse(kind, node_id)
      CROSS JOIN LATERAL (VALUES ('', ''), ('stage', f.stage_id::text), ('type', f.type), ('segment', f.segment),
                                 ('family', f.family)) parts(split, part)
    UNION ALL SELECT kind, node_id, '', '' FROM (VALUES ('team', coalesce(f.team_id, 0)),
      ('manager', coalesce(f.manager_id, 0)), ('person', coalesce(f.owner_id, 0))) fine(kind, node_id)
    UNION ALL SELECT 'position', node_id, '', '' FROM unnest(f.line) node_id
  ) node
  CROSS JOIN LATERAL (SELECT CASE WHEN node.kind IN ('company', 'region')
      OR (f.status <> 'open' AND f.currency <> %(currency)s) THEN f.day
    ELSE f.day - (extract(day FROM f.day)::integer - 1) END AS day) bucket"""
_KEY = "node.kind, node.node_id, node.split, node.part, bucket.day, f.status, f.currency"


def _summed(table: str, sign: str) -> str:
    sums = ", ".join(f"sum({sign}f.{name}) AS {name}" for name in MEASURES)
    return f"SELECT {_KEY}, {sums} FROM {table} f {_NODES} GROUP BY {_KEY}"


def _move_totals(cursor: Any) -> None:
    names = ", ".join((*_KEYS, *MEASURES))
    moved = ", ".join(f"{name} = t.{name} + excluded.{name}" for name in MEASURES)
    cursor.execute(
        f"""INSERT INTO pipeline_nodetotal AS t ({names}) {_summed("so_delta", "f.sign * ")}
            ON CONFLICT ({", ".join(_KEYS)}) DO UPDATE SET {moved};
            DELETE FROM pipeline_nodetotal WHERE deals = 0""",
        {"currency": the_company().currency_id},
    )


def _sum_anew(cursor: Any) -> int:
    """Totals of all facts; what differs is replaced. Returns how many rows differed."""
    cursor.execute(
        "DROP TABLE IF EXISTS so_totals; CREATE TEMPORARY TABLE so_totals ON COMMIT DROP AS "
        + _summed("pipeline_dealfact", "")
        + "; ANALYZE so_totals; ANALYZE pipeline_nodetotal",
        {"currency": the_company().currency_id},
    )
    same = " AND ".join(f"t.{name} = n.{name}" for name in _KEYS if name != "day")
    same += " AND coalesce(t.day, 'infinity') = coalesce(n.day, 'infinity')"
    mine, theirs = (", ".join(f"{row}.{name}" for name in MEASURES) for row in "tn")
    cursor.execute(
        f"""DELETE FROM pipeline_nodetotal WHERE id IN (
              SELECT t.id FROM pipeline_nodetotal t LEFT JOIN so_totals n ON {same}
              WHERE n.kind IS NULL OR ROW({mine}) IS DISTINCT FROM ROW({theirs}))"""
    )
    removed = int(cursor.rowcount)
    names = ", ".join((*_KEYS, *MEASURES))
    new = ", ".join(f"n.{name}" for name in (*_KEYS, *MEASURES))
    cursor.execute(
        f"""INSERT INTO pipeline_nodetotal ({names})
            SELECT {new} FROM so_totals n
            ORDER BY n.kind, n.split, n.day, n.node_id  -- what is read together lies together
            ON CONFLICT ({", ".join(_KEYS)}) DO NOTHING"""  # what is left is right: quick whatever the planner guesses
    )
    return max(removed, int(cursor.rowcount))
