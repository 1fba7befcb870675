"""Where sums are read from: node totals, deal facts, or the deals themselves; all give rows of one shape.

Totals and facts stand for one company day. What changed since the last fold is added in the same statement: less what
a waiting deal contributed, plus what it contributes now. When the day or the basis is another one, or a change
waits that touches more than single deals, the CTE `ready` is empty and the reader takes the deals themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pipeline.selectors.buckets import BASIS
from pipeline.selectors.facts import COLUMNS, MEASURES, facts, in_force

CONSUMER = "pipeline.totals"
DEALS, SEGMENTS = "pipeline.deal", "accounts.segment"
LINES, TEAMS, STAGES, PRODUCTS = "people.line", "people.team", "pipeline.stage", "pipeline.product"
TOPICS = (DEALS, SEGMENTS, LINES, TEAMS, STAGES, PRODUCTS)
UNASSIGNED = "Unassigned"


class Split(NamedTuple):
    """A way to split and filter sums: the fact's column, the key's SQL over `f`, the join it needs, how a key is found.

    found(column, parameter) is SQL that is true where the column has the key; none(column) where it has none.
    by_id: keys are ids, so that two people of one name stay two.
    """

    column: str
    key: str
    join: str
    found: Callable[[str, str], str]
    none: Callable[[str], str]
    by_id: bool = False


def _record(column: str, table: str, condition: str = "true") -> Split:
    """A split by a record's name."""
    alias = f"of_{column}"
    return Split(
        column,
        f"{alias}.name",
        f"LEFT JOIN {table} {alias} ON {alias}.id = f.{column}",
        lambda name, value: f"{name} IN (SELECT id FROM {table} WHERE name = {value} AND {condition})",
        lambda name: f"{name} IS NULL",
    )


def _id(column: str) -> Split:
    """A split by a record's id, as text: names aren't unique, and addresses of rows carry ids."""
    return Split(
        column,
        f"f.{column}::text",
        "",
        lambda name, value: f"{name} = {value}::bigint",
        lambda name: f"{name} IS NULL",
        by_id=True,
    )


def _word(column: str) -> Split:
    """A split by a word that stands in the fact; the empty one is none."""
    return Split(
        column,
        f"nullif(f.{column}, '')",
        "",
        lambda name, value: f"{name} = {value}",
        lambda name: f"{name} = ''",
    )


SPLITS: Mapping[str, Split] = {
    "region": _record("region_id", "people_team", "kind = 'region'"),
    "team": _record("team_id", "people_team"),
    "manager": _record("manager_id", "people_person"),
    "rep": _record("owner_id", "people_person"),
    "product": _record("product_id", "pipeline_product"),
    "family": _word("family"),
    "segment": _word("segment"),
    "type": _word("type"),
    "stage": _record("stage_id", "pipeline_stage"),
    "loss_reason": _record("loss_reason_id", "pipeline_lossreason"),
    "region_id": _id("region_id"),
    "team_id": _id("team_id"),
    "manager_id": _id("manager_id"),
    "rep_id": _id("owner_id"),
    "product_id": _id("product_id"),
    "stage_id": _id("stage_id"),
    "loss_reason_id": _id("loss_reason_id"),
}
POSITION = "position"  # a filter only: a seat and all below it
DAY = "day"  # a split only, not in SPLITS: the day itself as an ISO date
NODES = {
    **{"region": "region", "team": "team", "manager": "manager", "rep": "person", POSITION: "position"},
    **{"region_id": "region", "team_id": "team", "manager_id": "manager", "rep_id": "person"},
}
PARTS = {"stage": "stage", "stage_id": "stage", "type": "type", "segment": "segment", "family": "family"}
SEEN = "seen"
# The grains by which each kind of node is kept, whole; and the parts that are kept of it, by month and quarter.
KEPT: Mapping[str, str] = {
    **{"company": "dmq", "region": "dmq", SEEN: "dmq", "team": "mq", "manager": "mq", "person": "mq", "position": "mq"},
}
KEPT_PARTS: Mapping[str, tuple[str, ...]] = {
    "company": ("stage", "type", "segment", "family"),
    "region": ("stage", "type", "segment", "family"),
    SEEN: ("stage",),
}


def series(kind: str, grain: str, split: str) -> str:
    """The word under which totals of a kind are kept: region, m, stage -> region.m.stage."""
    return f"{kind}.{grain}.{split}".rstrip(".")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows must tell apart and be limited to; parameters are named filter_<split>, owners, seat, as_of.

    has_owners: only deals of the people whose ids are in `owners`; has_seat: only deals seen from the position `seat`
    on the as-of day. grain: of the spans that are asked for (pipeline.selectors.buckets). statuses: only of deals with
    one of them; none for all. has_all, has_bounds: whether there are spans of all time, and others. has_undated:
    whether undated deals are to be counted in those others.
    """

    splits: tuple[str, ...]
    filters: Mapping[str, str]
    has_owners: bool = False
    has_seat: bool = False
    grain: str = "d"
    statuses: tuple[str, ...] = ()
    has_all: bool = True
    has_bounds: bool = True
    has_undated: bool = True

    @property
    def names(self) -> set[str]:
        return {*self.splits, *self.filters} - {DAY}

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(f"f.{SPLITS[name].column}" for name in self.splits if name != DAY))


WIDE = f"(subject_id = 0 OR topic NOT IN ('{DEALS}', '{SEGMENTS}'))"  # news that concern more than single deals


def news() -> str:
    """CTEs: bound, news (outbox rows past the cursor), waiting (the deals they concern)."""
    topics = ", ".join(f"'{topic}'" for topic in TOPICS)
    return f"""
bound AS (SELECT xid FROM core_outboxcursor WHERE consumer = '{CONSUMER}'),
news AS MATERIALIZED (
  SELECT topic, subject_id FROM core_outboxevent WHERE topic IN ({topics}) AND xid >= (SELECT xid FROM bound)),
waiting AS MATERIALIZED (
  SELECT subject_id AS id FROM news WHERE topic = '{DEALS}'
  UNION SELECT o.id FROM pipeline_opportunity o
  WHERE o.account_id = ANY(ARRAY(SELECT subject_id FROM news WHERE topic = '{SEGMENTS}')))"""


def ready() -> str:
    """The CTEs of news(), and ready: one row when totals and facts stand for the as-of day and can be used."""
    return f"""{news()},
ready AS MATERIALIZED (
  SELECT 1 FROM pipeline_totalsstate WHERE day = %(as_of)s AND basis = {BASIS} AND EXISTS (SELECT 1 FROM bound)
    AND NOT EXISTS (SELECT 1 FROM news WHERE {WIDE}))"""


def moved() -> str:
    """CTE: what waiting deals contributed (sign -1) and what they contribute now (1), with COLUMNS. Needs ready()."""
    columns = ", ".join(COLUMNS)
    return f"""moved AS MATERIALIZED (
  SELECT -1 AS sign, {columns} FROM pipeline_dealfact WHERE opportunity_id = ANY(ARRAY(SELECT id FROM waiting))
  UNION ALL SELECT 1, {columns} FROM ({facts("o.id = ANY(ARRAY(SELECT id FROM waiting))")}) fresh)"""


def kept_rows(wanted: Wanted) -> str:
    """SELECT by span of the wanted columns and measures by day, status and currency, from what is kept.

    From totals where they know enough, else from facts; and what moved since. Needs the CTEs of ready() and moved().
    """
    node = node_of(wanted)
    kept = _from_facts(wanted) if node is None else _from_totals(wanted, *node)
    return f"{kept} UNION ALL {_in_spans(_moved_since(wanted))}"


def raw_rows(wanted: Wanted) -> str:
    """The same from the deals themselves, for any as-of day. Needs the CTE `fact`."""
    return _in_spans(f"SELECT {_list(wanted.columns)} FROM fact f WHERE {conditions(wanted)}")


def node_of(wanted: Wanted) -> tuple[str, str] | None:
    """The kind and split of the node totals that answer; None when only facts do."""
    nodes = {NODES[name] for name in wanted.names if name in NODES}
    parts = {PARTS[name] for name in wanted.names if name in PARTS}
    if wanted.names - {*NODES, *PARTS} or len(parts) > 1:
        return None
    kind, part = _kind(wanted, nodes), next(iter(parts), "")
    if kind is None or (part and part not in KEPT_PARTS.get(kind, ())):
        return None
    return (kind, part) if wanted.grain in KEPT[kind].replace("d", "" if part else "d") else None


def _kind(wanted: Wanted, nodes: set[str]) -> str | None:
    """A team lies in one region, so teams know theirs; people of whom only some are seen are asked one by one."""
    if nodes == {"region", "team"}:
        nodes = {"team"}
    if wanted.has_owners or (wanted.has_seat and nodes):
        nodes = nodes | {"person"}
    elif wanted.has_seat:
        return SEEN
    return next(iter(nodes), "company") if len(nodes) < 2 else None


def every_fact() -> str:
    """SELECT of the facts of all deals, with the columns COLUMNS; what waits is made anew. Needs ready()."""
    columns = ", ".join(COLUMNS)
    return f"""SELECT {columns} FROM pipeline_dealfact WHERE opportunity_id NOT IN (SELECT id FROM waiting)
UNION ALL SELECT {columns} FROM ({facts("o.id = ANY(ARRAY(SELECT id FROM waiting))")}) fresh"""


def _by_span(wanted: Wanted, bounded: str) -> str:
    """Each span reads its own days by index. What has no day is in every span, to be counted as undated."""
    sides = [
        (wanted.has_bounds, "AND f.day >= span.first AND f.day < span.past", "NOT span.is_all"),
        (wanted.has_bounds and wanted.has_undated, "AND f.day IS NULL", "NOT span.is_all"),
        (wanted.has_all, "", "span.is_all"),
    ]
    return " UNION ALL ".join(
        f"""SELECT span.number, span.is_all, f.* FROM spans span
          CROSS JOIN LATERAL ({bounded} {days} OFFSET 0) f WHERE {which}"""
        for is_there, days, which in sides
        if is_there
    )


def _from_totals(wanted: Wanted, kind: str, part: str) -> str:
    """Totals of the nodes; of a seat, besides, the facts of who sits on it."""
    limits = [f"f.series = '{series(kind, wanted.grain, part)}'", *_of_status(wanted)]
    limits += [_kept_filter(name, value, kind) for name, value in wanted.filters.items()]
    limits += ["f.node_id = 0"] if kind == "company" else []
    limits += ["f.node_id = %(seat)s"] if kind == SEEN else []
    limits += ["f.node_id = ANY(%(owners)s)"] if wanted.has_owners else []
    limits += [f"f.node_id = ANY(ARRAY({_SEEN_PEOPLE}))"] if wanted.has_seat and kind == "person" else []
    columns = _list(list(dict.fromkeys(_kept_column(name, kind) for name in wanted.splits if name != DAY)))
    kept = _by_span(wanted, f"SELECT {columns} FROM pipeline_nodetotal f WHERE {' AND '.join(limits)}")
    if kind != SEEN:
        return kept
    mine = " AND ".join(["f.seat_id = %(seat)s", *_of_status(wanted)])
    own = f"SELECT {_list(wanted.columns)} FROM pipeline_dealfact f WHERE {mine}"
    return f"{kept} UNION ALL {_in_spans(own)}"


_SEEN_PEOPLE = f"""SELECT own.person_id FROM people_occupancy own
  JOIN people_reportingclosure c ON c.descendant_id = own.position_id AND c.ancestor_id = %(seat)s
    AND {in_force("c", "%(as_of)s")}
  WHERE own.valid_from <= %(as_of)s AND NOT EXISTS (SELECT 1 FROM people_occupancy later
    WHERE later.person_id = own.person_id AND later.valid_from <= %(as_of)s AND later.valid_from > own.valid_from)"""
_SEEN_SEATS = f"""SELECT c.descendant_id FROM people_reportingclosure c
  WHERE c.ancestor_id = %(seat)s AND {in_force("c", "%(as_of)s")}"""


def _from_facts(wanted: Wanted) -> str:
    seen = f" AND f.seat_id = ANY(ARRAY({_SEEN_SEATS}))" if wanted.has_seat else ""
    narrowed = conditions(replace(wanted, has_seat=False))
    return _by_span(wanted, f"SELECT {_list(wanted.columns)} FROM pipeline_dealfact f WHERE {narrowed}{seen}")


def _moved_since(wanted: Wanted) -> str:
    return f"SELECT {_list(wanted.columns, sign='f.sign * ')} FROM moved f WHERE {conditions(wanted)}"


def _in_spans(rows: str) -> str:
    """Rows that are few, beside each span they count in; by day first, that they stay few."""
    return f"""SELECT span.number, span.is_all, f.* FROM ({rows}) f JOIN spans span
  ON span.is_all OR f.day IS NULL OR (f.day >= span.first AND f.day < span.past)"""


def _list(columns: Sequence[str], *, sign: str = "") -> str:
    measures = (f"{sign}f.{name} AS {name}" for name in MEASURES)
    return ", ".join(["f.day", "f.status", "f.currency", *columns, *measures])


def conditions(wanted: Wanted) -> str:
    """SQL over a fact `f`: it is of the visible owners and meets the filters."""
    found = ["true", *_of_status(wanted), *(_filter(name, value) for name, value in wanted.filters.items())]
    found += ["f.owner_id = ANY(%(owners)s)"] if wanted.has_owners else []
    found += ["%(seat)s = ANY(f.viewers)"] if wanted.has_seat else []
    return " AND ".join(found)


def _of_status(wanted: Wanted) -> list[str]:
    return [f"f.status IN ({', '.join(repr(status) for status in wanted.statuses)})"] if wanted.statuses else []


def _filter(name: str, value: str) -> str:
    if name == POSITION:
        return f"%(filter_{name})s::bigint = ANY(f.line)"
    split = SPLITS[name]
    column = f"f.{split.column}"
    return _matching(split, column, split.none(column), name, value)


def _matching(split: Split, column: str, none: str, name: str, value: str) -> str:
    if value == UNASSIGNED and split.by_id:
        return none
    found = split.found(column, f"%(filter_{name})s")
    return f"({found} OR {none})" if value == UNASSIGNED else found


# Node totals keep ids as node_id, 0 for none, and parts as texts. A team's region is that of its row.
_REGION_OF_TEAM = """(SELECT CASE team.kind WHEN 'region' THEN team.id ELSE team.parent_id END FROM people_team team
  WHERE team.id = f.node_id)"""


def _kept_filter(name: str, value: str, kind: str) -> str:
    if name == POSITION:
        return f"f.node_id = %(filter_{name})s::bigint"
    split = SPLITS[name]
    if name in NODES:
        column = _node_column(name, kind)
        none = f"{column} IS NULL" if column == _REGION_OF_TEAM else "f.node_id = 0"
        return _matching(split, column, none, name, value)
    if PARTS[name] == "stage":
        named = f"f.part IN (SELECT id::text FROM pipeline_stage WHERE name = %(filter_{name})s)"
        return f"f.part = %(filter_{name})s" if split.by_id else named
    return _matching(split, "f.part", split.none("f.part"), name, value)


def _kept_column(name: str, kind: str) -> str:
    column = SPLITS[name].column
    if name in NODES:
        return f"nullif({_node_column(name, kind)}, 0) AS {column}"
    return f"f.part::bigint AS {column}" if PARTS[name] == "stage" else f"f.part AS {column}"


def _node_column(name: str, kind: str) -> str:
    return _REGION_OF_TEAM if kind == "team" and NODES[name] == "region" else "f.node_id"
