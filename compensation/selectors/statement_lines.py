"""Lines of a payee's month put together by credit and component, page by page, with what they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import connection
from django.http import Http404
from django.utils.translation import gettext as _

from compensation.enums import Stage
from compensation.kernel.clauses import ACTIVITY, MILESTONE, SCORE
from compensation.models import Adjustment, PayEvent, PlanVersion
from compensation.selectors.reached import WITHOUT_MONEY
from compensation.selectors.statements import Labels, Month
from core import registry
from core.kernel import formats
from core.kernel.money import from_minor
from pipeline.models import Activity
from pipeline.policies import visible_opportunities

PAGE_LINES = 50
WHOLE = ("owner 100%", "split 100%", "named 100%")  # of a credit: nobody else has a part of the event
# What was earned and adjusted; what is held, let go, paid ahead or back.
_GROUPS = """
WITH lines AS (
  SELECT version_id, component_id, credit_id, earned_in, min(id) AS id,
    coalesce(sum(amount_minor) FILTER (WHERE stage IN (1, 11)), 0)::bigint AS earned,
    coalesce(sum(amount_minor) FILTER (WHERE stage NOT IN (1, 11)), 0)::bigint AS moved,
    sum(amount_minor)::bigint AS payable, bit_or(1 << stage) AS stages, count(*) OVER () AS in_all
  FROM {table} WHERE {where} AND stage <> 12
  GROUP BY version_id, component_id, credit_id, earned_in
)
SELECT l.id, coalesce(c.on, l.earned_in) AS day, l.version_id, l.component_id, l.credit_id, l.earned_in,
  l.earned, l.moved, l.payable, l.stages, c.key, c.quota_minor, c.pay_minor, c.currency, c.fx_num, c.fx_den, c.factor,
  c.event_kind, c.event_id, c.deal_id, l.in_all
FROM lines l LEFT JOIN compensation_credit c ON c.id = l.credit_id
{beyond}
ORDER BY day{down}, l.id{down} {limit}
"""
_NAMES = (
    "id", "day", "version_id", "component_id", "credit_id", "earned_in", "earned", "moved", "payable", "stages", "key",
    "quota", "pay", "currency", "fx_num", "fx_den", "factor", "event_kind", "event_id", "deal_id",
    "in_all",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """What a line comes from, in words, with its address where the reader may open it."""

    words: str
    url: str = ""
    detail: str = ""


@dataclass(slots=True)
class Group:
    """Lines of one credit and component: minor units of the plan's currency; quota and pay of the credit's own.

    id: of the first of its lines. earned_in: the month it belongs to, which may lie before the one it is paid in.
    """

    id: int
    day: date
    version_id: int
    component_id: int
    credit_id: int
    earned_in: date
    earned: int
    moved: int
    payable: int
    stages: Sequence[int]
    key: str | None
    quota: int | None
    pay: int | None
    currency: str | None
    fx_num: int | None
    fx_den: int | None
    factor: str | None
    event_kind: str | None
    event_id: int | None
    deal_id: int | None
    in_all: int
    source: Source = Source("")
    kind: str = ""
    plan_currency: str = ""
    is_late: bool = False
    url: str = ""

    @property
    def rate(self) -> float | None:
        """What was earned of what it was paid on, in percent: the average where it ran through several tiers."""
        if not self.pay or Stage.EARNED not in self.stages or self.event_kind in WITHOUT_MONEY:
            return None
        worth = Fraction(self.pay * (self.fx_num or 1), self.fx_den or 1)
        return float(Fraction(self.earned) / worth * 100)

    @property
    def amounts(self) -> tuple[str, str]:
        """What is paid on and what advances attainment, in the credit's currency; numbers of what has no amount."""
        return self._said(self.pay), self._said(self.quota)

    def _said(self, minor: int | None) -> str:
        if minor is None or self.currency is None:
            return formats.NONE
        amount = from_minor(minor, self.currency)
        if self.event_kind in WITHOUT_MONEY:
            return f"{amount.normalize():f}"
        return formats.exact_money(amount, self.currency)

    @property
    def part(self) -> str:
        """Which part of the event it is; "" for all of it."""
        return "" if self.factor in WHOLE else self.factor or ""

    @property
    def cursor(self) -> str:
        return f"{self.day.isoformat()}_{self.id}"


@dataclass(frozen=True, slots=True)
class LinePage:
    """A page of groups, and the places before and after it ("" where there is none)."""

    groups: Sequence[Group]
    before: str
    after: str

    @property
    def count(self) -> int:
        """How many groups the month has in all."""
        return self.groups[0].in_all if self.groups else 0


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: what of deals and orders they may open is shown by name."""

    user: Any
    as_of: date


def lines_page(month: Month, labels: Labels, reader: Reader, *, after: str = "", before: str = "") -> LinePage:
    """A page by its place, in the order of days. Two statements for the lines, one a kind of record for names."""
    rows = _groups(month, after=after, before=before, limit=PAGE_LINES + 1)
    more = len(rows) > PAGE_LINES
    rows = rows[:PAGE_LINES]
    if before:
        rows.reverse()
    told(rows, month, labels, reader)
    has_before, has_after = (more, True) if before else (bool(after), more)
    first, last = (rows[0].cursor, rows[-1].cursor) if rows else ("", "")
    return LinePage(rows, first if has_before else "", last if has_after else "")


def all_groups(month: Month, labels: Labels, reader: Reader, *, most: int | None = None) -> Iterator[Group]:
    """Every group in order, for files."""
    rows = _groups(month, limit=most)
    for start in range(0, len(rows), 1000):
        part = rows[start : start + 1000]
        told(part, month, labels, reader)
        yield from part


def get_group(month: Month, line_id: int, labels: Labels, reader: Reader) -> Group:
    """The group that a line is in. Raises Http404."""
    line = month.rows.exclude(stage=Stage.PAID).filter(pk=line_id).first()
    if line is None:
        raise Http404(_("No such line."))
    more = "version_id = %s AND component_id = %s AND credit_id = %s AND earned_in = %s"
    same = [line.version_id, line.component_id, line.credit_id, line.earned_in]
    rows = _groups(month, more=more, more_params=same)
    told(rows, month, labels, reader)
    return rows[0]


def _groups(
    month: Month, *, after: str = "", before: str = "", limit: int | None = None, more: str = "",
    more_params: Sequence[Any] = (),
) -> list[Group]:  # fmt: skip
    where, params = month.where()
    if more:
        where, params = f"{where} AND {more}", [*params, *more_params]
    place = _place(after or before)
    beyond = ""
    if place is not None:
        beyond = f"WHERE (coalesce(c.on, l.earned_in), l.id) {'<' if before else '>'} (%s, %s)"
        params = [*params, *place]
    sql = _GROUPS.format(
        table=month.model._meta.db_table, where=where, beyond=beyond, down=" DESC" if before else "",
        limit=f"LIMIT {int(limit)}" if limit else "",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_group(row) for row in cursor.fetchall()]


def _group(row: Sequence[Any]) -> Group:
    """A row of the statement; its stages come as bits."""
    values = dict(zip(_NAMES, row, strict=True))
    values["stages"] = [stage for stage in Stage.values if values["stages"] >> stage & 1]
    return Group(**values)


def is_place(cursor: str) -> bool:
    """Whether a text is a place that pages of lines give."""
    return _place(cursor) is not None


def _place(cursor: str) -> tuple[date, int] | None:
    """A place in the pages; what isn't one is the beginning."""
    day, _line, number = cursor.partition("_")
    try:
        return date.fromisoformat(day), int(number[:18])
    except ValueError:
        return None


def told(groups: Sequence[Group], month: Month, labels: Labels, reader: Reader) -> None:
    """Write into groups what they come from and are called."""
    deals = deals_of([one.deal_id for one in groups], reader)
    events = _events_of(groups, reader)
    names = _names_of_events(groups)
    reasons = _reasons([-one.credit_id for one in groups if one.credit_id < 0])
    for one in groups:
        version: PlanVersion = labels.versions[one.version_id]
        one.plan_currency = str(version.plan.currency_id)
        one.is_late = one.earned_in < month.period.starts_on
        one.kind = _kind(one, labels)
        one.source = _source(one, deals, events, names, reasons)


def _kind(one: Group, labels: Labels) -> str:
    stages = set(one.stages)
    if Stage.EARNED in stages:
        return labels.component(one.version_id, one.component_id)
    words = ", ".join(str(Stage(stage).label) for stage in one.stages)
    name = labels.keys.get(one.component_id, "")
    return f"{labels.component(one.version_id, one.component_id)}: {words}" if name else words


def _source(
    one: Group,
    deals: Mapping[int, Any],
    events: Mapping[tuple[str, int], Any],
    names: Mapping[tuple[str, int], str],
    reasons: Mapping[int, str],
) -> Source:
    if one.credit_id < 0:
        return Source(reasons.get(-one.credit_id) or _("Adjustment"), detail=f"ADJ-{-one.credit_id}")
    event = (one.event_kind or "", one.event_id or 0)
    if event in names:
        deal = deals.get(one.deal_id or 0)
        place = f"OPP-{one.deal_id}" if one.deal_id else ""
        return Source(names[event], deal.get_absolute_url() if deal else "", deal.name if deal else place)
    if one.deal_id is not None and one.deal_id in deals:
        deal = deals[one.deal_id]
        account = deal.account.name if deal.account_id and deal.account else ""
        return Source(deal.name, deal.get_absolute_url(), account)
    if event in events:
        return Source(str(events[event]), events[event].get_absolute_url())
    if one.deal_id is not None:
        return Source(f"OPP-{one.deal_id}")
    if one.key:
        return Source(str(one.key))
    return Source(_("All of the month") if one.component_id else "")


def deals_of(ids: Sequence[int | None], reader: Reader) -> dict[int, Any]:
    """Deals by number, those that the reader may see."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = visible_opportunities(reader.user, reader.as_of, with_archived=True).filter(pk__in=wanted)
    return {deal.pk: deal for deal in rows.select_related("account")}


def _events_of(groups: Sequence[Group], reader: Reader) -> dict[tuple[str, int], Any]:
    """Orders, invoices and the like that credits come from, by kind and number, those that the reader may see."""
    wanted: dict[str, set[int]] = {}
    for one in groups:
        if one.event_kind and one.event_id:
            wanted.setdefault(one.event_kind, set()).add(one.event_id)
    found: dict[tuple[str, int], Any] = {}
    for kind, ids in wanted.items():
        known = registry.record_kinds.find(kind)
        if known is not None:
            for record in known.visible(reader.user, reader.as_of, with_archived=True).filter(pk__in=ids):
                found[kind, record.pk] = record
    return found


def _names_of_events(groups: Sequence[Group]) -> dict[tuple[str, int], str]:
    """Titles of meetings, milestones and scores: of the payee's own doing."""
    found: dict[tuple[str, int], str] = {}
    sources: dict[str, tuple[Any, str]] = {
        ACTIVITY: (Activity, "title"), MILESTONE: (PayEvent, "name"), SCORE: (PayEvent, "name"),
    }  # fmt: skip
    for kind, (model, field) in sources.items():
        ids = [one.event_id for one in groups if one.event_kind == kind and one.event_id]
        if ids:
            rows = model.objects.filter(pk__in=ids).values_list("pk", field)
            found |= {(kind, pk): name for pk, name in rows}
    return found


def _reasons(numbers: Sequence[int]) -> dict[int, str]:
    if not numbers:
        return {}
    return dict(Adjustment.objects.filter(pk__in=numbers).values_list("pk", "reason"))
