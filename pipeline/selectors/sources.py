"""Where sums are read from: node totals, deal facts, or the deals themselves; all give rows of one shape.

Totals and facts stand for one company day. What changed since the last fold is added in the same statement: less what
a waiting deal contributed, plus what it contributes now. When the day or the currency is another one, or a change
waits that touches more than single deals, the CTE `ready` is empty and the reader takes the deals themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.selectors.facts import COLUMNS, MEASURES, facts

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
NODES = {
    **{"region": "region", "team": "team", "manager": "manager", "rep": "person", POSITION: "position"},
    **{"region_id": "region", "team_id": "team", "manager_id": "manager", "rep_id": "person"},
}
PARTS = {"stage": "stage", "stage_id": "stage", "type": "type", "segment": "segment", "family": "family"}
KINDS_WITH_PARTS = ("company", "region")
KINDS_BY_DAY = ("company", "region")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows must tell apart and be limited to; parameters are named filter_<split>, owners, start, end, as_of."""

    splits: tuple[str, ...]
    filters: Mapping[str, str]
    has_owners: bool
    has_days: bool
    whole_months: bool
    spans: int = 1

    @property
    def names(self) -> set[str]:
        return {*self.splits, *self.filters}

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(f"f.{SPLITS[name].column}" for name in self.splits))


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


def ready(*, with_waiting: bool) -> str:
    """The CTEs of news(), and ready: one row when totals and facts stand for the as-of day and can be used."""
    too_much = WIDE if with_waiting else "true"
    return f"""{news()},
ready AS (
  SELECT 1 FROM pipeline_totalsstate WHERE day = %(as_of)s AND currency = %(currency)s AND EXISTS (SELECT 1 FROM bound)
    AND NOT EXISTS (SELECT 1 FROM news WHERE {too_much}))"""


def rows(wanted: Wanted, *, with_waiting: bool) -> str:
    """SELECT of the wanted columns and measures by day, status and currency, from totals where they know enough.

    Without waiting deals the statement is much smaller, and so is the time to plan it.
    """
    node = node_of(wanted)
    if node is None:
        kept = _from_facts(wanted, with_waiting=with_waiting)
    else:
        kept = _from_totals(wanted, *node, with_waiting=with_waiting)
    return f"{kept} UNION ALL {_waiting_now(wanted)}" if with_waiting else kept


def raw_rows(wanted: Wanted) -> str:
    """The same from the deals themselves, for any as-of day."""
    return f"SELECT {_list(wanted.columns)} FROM ({facts()}) f WHERE {conditions(wanted)}"


def node_of(wanted: Wanted) -> tuple[str, str] | None:
    """The kind and split of the node totals that answer; None when only facts do."""
    nodes = {NODES[name] for name in wanted.names if name in NODES} | ({"person"} if wanted.has_owners else set())
    parts = {PARTS[name] for name in wanted.names if name in PARTS}
    if wanted.names - {*NODES, *PARTS} or len(nodes) > 1 or len(parts) > 1:
        return None
    kind, part = next(iter(nodes), "company"), next(iter(parts), "")
    if (part and kind not in KINDS_WITH_PARTS) or (kind not in KINDS_BY_DAY and not wanted.whole_months):
        return None
    return kind, part


def every_fact() -> str:
    """SELECT of the facts of all deals, with the columns COLUMNS; what waits is made anew. Needs ready()."""
    columns = ", ".join(COLUMNS)
    return f"""SELECT {columns} FROM pipeline_dealfact WHERE opportunity_id NOT IN (SELECT id FROM waiting)
UNION ALL SELECT {columns} FROM ({facts("o.id = ANY(ARRAY(SELECT id FROM waiting))")}) fresh"""


def _from_totals(wanted: Wanted, kind: str, part: str, *, with_waiting: bool) -> str:
    """Totals of the nodes, less what waiting deals added to them."""
    limits = [f"f.kind = '{kind}'", f"f.split = '{part}'", *_days(wanted)]
    limits += [_kept_filter(name, value) for name, value in wanted.filters.items()]
    limits += ["f.node_id = ANY(%(owners)s)"] if wanted.has_owners else []
    limits += ["f.node_id = 0"] if kind == "company" else []
    columns = _list(list(dict.fromkeys(_kept_column(name) for name in wanted.splits)))
    kept = f"SELECT {columns} FROM pipeline_nodetotal f WHERE {' AND '.join(limits)}"
    if not with_waiting:
        return kept
    return f"""{kept} UNION ALL SELECT {_list(wanted.columns, sign="-")} FROM pipeline_dealfact f
  WHERE f.opportunity_id = ANY(ARRAY(SELECT id FROM waiting)) AND {conditions(wanted)}"""


def _from_facts(wanted: Wanted, *, with_waiting: bool) -> str:
    settled = "f.opportunity_id NOT IN (SELECT id FROM waiting)" if with_waiting else "true"
    return f"SELECT {_list(wanted.columns)} FROM pipeline_dealfact f WHERE {settled} AND {conditions(wanted)}"


def _waiting_now(wanted: Wanted) -> str:
    found = facts("o.id = ANY(ARRAY(SELECT id FROM waiting))")
    return f"SELECT {_list(wanted.columns)} FROM ({found}) f WHERE {conditions(wanted)}"


def _list(columns: Sequence[str], *, sign: str = "") -> str:
    return ", ".join(["f.day", "f.status", "f.currency", *columns, *(f"{sign}f.{name}" for name in MEASURES)])


def conditions(wanted: Wanted) -> str:
    """SQL over a fact `f`: it is in the wanted days, of the visible owners, and meets the filters."""
    found = ["true", *_days(wanted), *(_filter(name, value) for name, value in wanted.filters.items())]
    found += ["f.owner_id = ANY(%(owners)s)"] if wanted.has_owners else []
    return " AND ".join(found)


def _days(wanted: Wanted) -> list[str]:
    return ["(f.day IS NULL OR (f.day >= %(start)s AND f.day < %(end)s))"] if wanted.has_days else []


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


# Node totals keep ids as node_id, 0 for none, and parts as texts.
def _kept_filter(name: str, value: str) -> str:
    if name == POSITION:
        return f"f.node_id = %(filter_{name})s::bigint"
    split = SPLITS[name]
    if name in NODES:
        return _matching(split, "f.node_id", "f.node_id = 0", name, value)
    if PARTS[name] == "stage":
        named = f"f.part IN (SELECT id::text FROM pipeline_stage WHERE name = %(filter_{name})s)"
        return f"f.part = %(filter_{name})s" if split.by_id else named
    return _matching(split, "f.part", split.none("f.part"), name, value)


def _kept_column(name: str) -> str:
    column = SPLITS[name].column
    if name in NODES:
        return f"nullif(f.node_id, 0) AS {column}"
    return f"f.part::bigint AS {column}" if PARTS[name] == "stage" else f"f.part AS {column}"
