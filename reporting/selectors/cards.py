"""The cards of the dashboard: rows ready to be shown, each with the address of the deals behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import accumulate

from core.kernel import formats
from core.kernel.periods import ALL, Period
from pipeline.selectors.cube import UNASSIGNED, Answer, Sums, stages_in_order
from reporting.metrics import DAYS, METRICS, MONEY, PERCENT, Inputs, Value, evaluate
from reporting.selectors.links import deals_url, key_url, page_url
from reporting.selectors.questions import FILTERS, Asked
from reporting.selectors.reports import Line, lines_of, lines_on, names_of
from reporting.selectors.targets import WHOLE, holder_targets
from reporting.selectors.tiles import days

Amount = Decimal | None
MOST_TEAMS = 40  # more than that, and a region has to be opened to see its teams
OF_HOLDERS = ("bookings", "won_count", "win_rate", "target", "attainment")
OF_STAGES = ("open_count", "open_pipeline", "weighted_pipeline")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a card. share: percent for its bar; part: percent of all bookings; depth 0 stands above depth 1."""

    label: str
    url: str
    metrics: dict[str, Value]
    share: Amount = None
    part: Amount = None
    depth: int = 0
    rank: int = 0
    note: str = ""
    filter_url: str = ""

    def figure(self, name: str) -> Amount:
        return self.metrics[name].value


def attainment(asked: Asked, parts: Answer) -> list[Row]:
    """Regions with their teams below, most bookings first; a region's row adds up its teams."""
    held = holder_targets(asked.question, "team")  # a region is a team too
    targets = {"team": held, "region": held if set(asked.question.filters) <= WHOLE["region"] else {}}
    named = names_of("team", (key for keys in parts for key in keys))
    regions: dict[str, Sums] = {}
    teams: dict[str, list[tuple[str, Sums]]] = {}
    for (region, team), part in parts.items():
        regions.setdefault(region, Sums()).__iadd__(part)
        teams.setdefault(region, []).append((team, part))
    booked = sum((part.won_amount for part in parts.values()), Decimal(0))
    found = []
    for region, total in sorted(regions.items(), key=_most_booked):
        found.append(_holder(asked, "region", named.get(region, (region, 0)), total, targets["region"], booked))
        for team, part in sorted(teams[region], key=_most_booked) if len(parts) <= MOST_TEAMS else ():
            if team not in (region, UNASSIGNED):
                below = _holder(asked, "team", named[team], part, targets["team"], booked)
                found.append(replace(below, depth=1))
    return found


def _most_booked(one: tuple[str, Sums]) -> tuple[Decimal, str]:
    return -one[1].won_amount, one[0]


def _holder(
    asked: Asked, by: str, named: tuple[str, int], part: Sums, targets: dict[int, Decimal], booked: Decimal
) -> Row:
    name, record_id = named
    metrics = evaluate(Inputs(part, target=targets.get(record_id)), currency=asked.currency, only=OF_HOLDERS)
    return Row(
        label=name,
        url=key_url(asked, by, name, record_id, status="won"),
        metrics=metrics,
        share=metrics["attainment"].value,
        part=100 * part.won_amount / booked if booked else None,
        filter_url=page_url(asked, **{by: record_id}) if record_id else "",
    )


def rep_lines(asked: Asked, reps: Answer) -> list[Line]:
    """Reps with the figures of their card, and of the table when it is split by rep."""
    only = {*OF_HOLDERS, *(OF_TABLE if asked.by == "rep" else ())}
    return lines_of(asked.question, reps, {}, by="rep", currency=asked.currency, only=only)


def leaders(asked: Asked, lines: Sequence[Line], *, shown: int) -> list[Row]:
    """Reps by bookings, with rank; equal bookings share a rank; the first `shown` with their address. Never pay."""
    rows: list[Row] = []
    for place, line in enumerate((line for line in lines if line.key != UNASSIGNED), 1):
        booked = line.metrics["bookings"].value
        rank = rows[-1].rank if rows and rows[-1].figure("bookings") == booked else place
        url = key_url(asked, "rep", line.key, line.record_id, status="won") if place <= shown else ""
        rows.append(Row(line.key, url, line.metrics, line.metrics["attainment"].value, rank=rank))
    return rows


def funnel(asked: Asked, by_stage: Answer) -> list[Row]:
    """Open deals by stage in the order of their process; the bar is the stage's share of the largest."""
    stages = [stage for stage in stages_in_order(by_stage) if stage.sums.open_count]
    by_amount = any(stage.sums.open_amount for stage in stages)
    sizes = [stage.sums.open_amount if by_amount else Decimal(stage.sums.open_count) for stage in stages]
    largest = max(sizes, default=Decimal(0)) or Decimal(1)
    return [
        Row(
            stage.name,
            deals_url(asked, status="open", stage=stage.stage_id),
            evaluate(Inputs(stage.sums), currency=asked.currency, only=OF_STAGES),
            100 * size / largest,
            note=formats.rate(stage.probability),
        )
        for stage, size in zip(stages, sizes, strict=True)
    ]


# Columns of the table: the metric, the deals behind it, whether small screens leave it out.
COLUMNS: Sequence[tuple[str, dict[str, str], bool]] = (
    ("bookings", {"status": "won"}, False),
    ("won_count", {"status": "won"}, True),
    ("win_rate", {"status": "closed"}, False),
    ("average_cycle_days", {"status": "won"}, True),
    ("average_deal", {"status": "won"}, True),
    ("open_count", {"status": "open"}, True),
    ("open_pipeline", {"status": "open"}, False),
)


OF_TABLE = tuple(name for name, _filters, _hide_sm in COLUMNS)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of the table as text, with the deals behind it or the reason why there is none."""

    text: str
    url: str = ""
    reason: str = ""
    hide_sm: bool = False


def cells(asked: Asked, metrics: dict[str, Value], url_of: Callable[..., str]) -> list[Cell]:
    """The figures of one line; url_of(status=...) gives the deals behind each."""
    return [
        Cell(_text(name, metrics[name], asked.currency), url_of(**filters), metrics[name].reason, hide_sm)
        for name, filters, hide_sm in COLUMNS
    ]


def _text(name: str, value: Value, currency: str) -> str:
    write = {MONEY: lambda one: formats.whole_money(one, currency), PERCENT: formats.percent, DAYS: days}
    return write.get(METRICS[name].kind, formats.whole)(value.value)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of the table: its name leads to the dashboard of it, its figures to the deals behind them."""

    label: str
    url: str
    cells: Sequence[Cell]


def table_lines(asked: Asked, found: Answer | None) -> list[Line]:
    """The figures by the chosen split, of sums that are there; quarters ask for their own."""
    if found is None:
        return lines_on(asked.question, by=asked.by, calendar=asked.calendar, currency=asked.currency)
    return lines_of(asked.question, found, {}, by=asked.by, currency=asked.currency, only=OF_TABLE)


def breakdown(asked: Asked, lines: Sequence[Line]) -> list[TableRow]:
    return [
        TableRow(line.key, _line_url(asked, line), cells(asked, line.metrics, _rows_of(asked, line))) for line in lines
    ]


def _line_url(asked: Asked, line: Line) -> str:
    if asked.by == "quarter":
        return page_url(asked, period=line.key, by=None)
    return page_url(asked, **{asked.by: line.record_id or line.key}) if _narrows(asked, line) else ""


def _narrows(asked: Asked, line: Line) -> bool:
    return asked.by in FILTERS and line.key != UNASSIGNED


def _rows_of(asked: Asked, line: Line) -> Callable[..., str]:
    if asked.by == "quarter":
        return partial(
            deals_url, replace(asked, question=replace(asked.question, period=asked.calendar.period(line.key)))
        )
    return partial(key_url, asked, asked.by, line.key, line.record_id)


@dataclass(frozen=True, slots=True)
class ToDate:
    """Bookings added up: of the period until today, and of the compared one by the same steps; days[i] ends step i."""

    days: Sequence[date] = field(default_factory=tuple)
    booked: Sequence[Decimal] = field(default_factory=tuple)
    then: Sequence[Decimal] = field(default_factory=tuple)


def to_date(asked: Asked, by_day: Sequence[Answer]) -> ToDate:
    """By day, for a year by week, of bookings by day of the period and of the compared one. Empty for all time."""
    if asked.period.kind == ALL:
        return ToDate()
    compared = asked.compared
    steps = _steps(asked.period)
    now = [step for step in steps if step.start <= asked.as_of]
    then = _steps(compared)[: len(steps)] if compared else []
    return ToDate(
        [step.last_day for step in steps],
        list(accumulate(_booked_in(now, by_day[0]))),
        list(accumulate(_booked_in(then, by_day[-1]))),
    )


def _booked_in(steps: Sequence[Period], by_day: Answer) -> list[Decimal]:
    booked = {date.fromisoformat(key): part.won_amount for (key,), part in by_day.items() if key != UNASSIGNED}
    found = []
    for step in steps:
        days = (step.start + timedelta(days=number) for number in range(step.days))
        found.append(sum((booked[day] for day in days if day in booked), Decimal(0)))
    return found


def _steps(period: Period) -> list[Period]:
    """A period cut into days, a year into weeks; the last step ends with it."""
    length = 7 if period.kind == "year" else 1
    starts = [period.start + timedelta(days=number) for number in range(0, period.days, length)]
    ends = [*starts[1:], period.end]
    return [replace(period, kind="span", start=start, end=end) for start, end in zip(starts, ends, strict=True)]
