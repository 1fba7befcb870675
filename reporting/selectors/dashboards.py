"""The dashboard of one question: tiles, cards, findings, charts. Every figure comes from the metric catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from core import registry
from core.kernel import formats
from core.kernel.periods import ALL, Period
from pipeline.selectors.hygiene import DealAtRisk, RuleCount, deal_counts, deals_at_risk
from quotas.policies import may_set_targets
from reporting import charts
from reporting.metrics import METRICS, Value
from reporting.selectors import cards, findings, options
from reporting.selectors.changes import Changes, changes
from reporting.selectors.gathered import LEADERS, MOST_LINES, Gathered
from reporting.selectors.links import deals_url, page_url
from reporting.selectors.places import latest_period
from reporting.selectors.questions import Asked
from reporting.selectors.reports import Line
from reporting.selectors.tiles import Board
from reporting.selectors.trends import trend

BINS, RISKS, CHECKS = 10, 6, 7


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with what it says and the rows its table button shows."""

    key: str
    figure: dict[str, Any]
    finding: Any
    table: dict[str, Any]

    @property
    def spoken(self) -> str:
        return strip_tags(str(self.finding))


class Dashboard:
    """Each card is made when the page asks for it, once."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.gathered = asked, Gathered(asked)
        self.board = Board(asked, trend(asked, [self.gathered["trend"], self.gathered["cut"]]))

    @property
    def is_empty(self) -> bool:
        return self.board.trend.is_empty

    @property
    def is_all_time(self) -> bool:
        return self.asked.period.kind == ALL

    @property
    def metrics(self) -> dict[str, Value]:
        return self.board.trend.metrics

    @property
    def unconverted(self) -> int:
        """Deals whose currency has no plan rate."""
        return self.board.trend.now.now.unconverted

    @property
    def pace(self) -> Decimal | None:
        return self.board.trend.pace

    @property
    def mark(self) -> Decimal:
        """Where a bar of attainment has its mark: the pace while the period runs, then the whole target."""
        return Decimal(100) if self.pace is None else self.pace

    @cached_property
    def sees_all(self) -> bool:
        return self.gathered.sees_all

    @cached_property
    def tiles(self) -> list[Any]:
        """The tiles of every room that has one for the question and the person."""
        seen = [entry for entry in registry.tiles if entry.may_see(self.asked.user)]
        return [made for entry in seen if (made := entry.make(self.board)) is not None]

    @cached_property
    def headline(self) -> Any:
        return findings.on_bookings(self.board)

    @cached_property
    def teams(self) -> list[cards.Row]:
        """Of those who see every team; others see theirs by person."""
        return cards.attainment(self.asked, self.gathered["teams"][0]) if self.sees_all else []

    @property
    def teams_finding(self) -> Any:
        return findings.on_teams(self.teams, self.board)

    @property
    def has_targets(self) -> bool:
        return any(row.share is not None for row in self.teams)

    @property
    def has_quotas(self) -> bool:
        """Whether any rep has a target."""
        return any(row.share is not None for row in self.all_leaders)

    @property
    def targets_url(self) -> str:
        return reverse("quotas:targets") if may_set_targets(self.asked.user) else ""

    @cached_property
    def rep_lines(self) -> list[Line]:
        return cards.rep_lines(self.asked, self.gathered["reps"][0])

    @cached_property
    def all_leaders(self) -> list[cards.Row]:
        lines = self.rep_lines[:LEADERS] if self.gathered.has_many_reps else self.rep_lines
        return cards.leaders(self.asked, lines, shown=LEADERS)

    @property
    def leaders(self) -> Sequence[cards.Row]:
        return self.all_leaders[:LEADERS]

    @property
    def rep_count(self) -> int | None:
        """How many reps there are; None where only the first were asked about."""
        return None if self.gathered.has_many_reps else len(self.all_leaders)

    @property
    def leaders_finding(self) -> Any:
        return findings.on_leaders(self.all_leaders, self.board, are_all=not self.gathered.has_many_reps)

    @cached_property
    def spread(self) -> Drawing | None:
        """Reps by attainment, in bins of ten points; None without targets, and where there are too many reps to ask."""
        if self.gathered.has_many_reps:
            return None
        shares = [row.share for row in self.all_leaders if row.share is not None]
        return _spread(shares, self.board.trend.pace, self.leaders_finding) if len(shares) > 2 else None

    @cached_property
    def funnel(self) -> list[cards.Row]:
        return cards.funnel(self.asked, self.gathered["stages"][0])

    @property
    def undated(self) -> int:
        return self.board.trend.now.now.open_undated

    @property
    def undated_url(self) -> str:
        """Open deals without a date, where they don't count in the period."""
        if not self.undated or self.asked.period.kind == ALL:
            return ""
        return deals_url(self.asked, is_dated=False, status="open", undated="1")

    @property
    def funnel_finding(self) -> Any:
        return findings.on_funnel(self.funnel, self.board)

    @cached_property
    def breakdown(self) -> list[cards.TableRow]:
        asked, gathered = self.asked, self.gathered
        if asked.by == "rep":
            return cards.breakdown(asked, self.rep_lines[:MOST_LINES])
        return cards.breakdown(asked, cards.table_lines(asked, gathered["lines"][0] if "lines" in gathered else None))

    @property
    def is_breakdown_cut(self) -> bool:
        return self.asked.by != "quarter" and len(self.breakdown) == MOST_LINES

    @property
    def breakdown_total(self) -> list[cards.Cell]:
        return cards.cells(self.asked, self.metrics, partial(deals_url, self.asked))

    @property
    def heads(self) -> list[dict[str, Any]]:
        return [
            {"label": METRICS[name].label, "formula": METRICS[name].formula, "hide_sm": hide_sm}
            for name, _filters, hide_sm in cards.COLUMNS
        ]

    @property
    def by_label(self) -> str:
        return str(options.BY_LABELS[self.asked.by])

    @property
    def splits(self) -> list[options.Choice]:
        return options.splits(self.asked)

    @property
    def reps_url(self) -> str:
        return f"{page_url(self.asked, by='rep')}#breakdown"

    @property
    def export_url(self) -> str:
        return page_url(self.asked, "reporting:export", by=self.asked.by)

    @cached_property
    def changes(self) -> Changes | None:
        return changes(self.asked, self.board.trend.now.now)

    @cached_property
    def risks(self) -> Sequence[DealAtRisk]:
        """Over the deals the person sees; not where filters narrow the page, which they don't know."""
        if self.asked.question.filters:
            return ()
        asked = self.asked
        return deals_at_risk(asked.user, asked.as_of, asked.period.start, asked.period.end, RISKS)

    @cached_property
    def failing_checks(self) -> list[RuleCount]:
        return [] if self.asked.question.filters else deal_counts(self.asked.user, self.asked.as_of)[:CHECKS]

    @property
    def latest_period(self) -> Period | None:
        return latest_period(self.asked)

    @cached_property
    def bookings_chart(self) -> Drawing | None:
        return _bookings_chart(self)

    @property
    def chips(self) -> list[options.Chip]:
        return options.chips(self.asked, with_teams=self.sees_all)

    @cached_property
    def grid(self) -> list[tuple[str, str]]:
        """Cards with their widths: wide ones beside narrow ones, so that no row has a hole."""
        wide = [name for name, is_there in (("bookings", self.bookings_chart), ("changes", self.changes)) if is_there]
        has_leaders = len(self.all_leaders) > 1
        side = [
            name for name, is_there in (("teams", self.teams), ("leaders", has_leaders), ("funnel", True)) if is_there
        ]
        return placed(wide, side)


def placed(wide: list[str], side: list[str]) -> list[tuple[str, str]]:
    """Cards with column classes in rows of twelve; the table stands beside a last narrow card, else alone.

    >>> placed(["bookings"], ["teams", "funnel"])
    [('bookings', 'c7'), ('teams', 'c5'), ('funnel', 'c4'), ('breakdown', 'c8')]
    """
    pairs = min(len(wide), len(side))
    found = [one for pair in zip(wide, side, strict=False) for one in zip(pair, ("c7", "c5"), strict=True)]
    alone = [(name, "c12") for name in wide[pairs:]]
    rest = side[pairs:]
    found += alone + [(name, "c6") for name in rest[: len(rest) // 2 * 2]]
    if len(rest) % 2:
        return [*found, (rest[-1], "c4"), ("breakdown", "c8")]
    return [*found, ("breakdown", "c12")]


def dashboard(asked: Asked) -> Dashboard:
    return Dashboard(asked)


def _bookings_chart(board: Dashboard) -> Drawing | None:
    """By day against the target and the compared period; of all time by quarter. None when there is nothing yet."""
    if board.asked.period.kind == ALL:
        return _quarters_chart(board)
    asked, found = board.asked, cards.to_date(board.asked, board.gathered["days"])
    target = board.board.value("target").value
    if not (any(found.booked) or any(found.then) or target):
        return None
    compared = asked.compared
    label = compared.label if compared else ""
    figure = charts.bookings_to_date(
        days=found.days,
        booked=[float(value) for value in found.booked],
        then=[float(value) for value in found.then],
        then_label=label,
        target=None if target is None else float(target),
        today=asked.as_of if asked.is_running else None,
        currency=asked.currency,
    )
    return Drawing("bookings-to-date", figure, board.headline, _days_table(found, label, asked.currency))


def _quarters_chart(board: Dashboard) -> Drawing | None:
    trend, currency = board.board.trend, board.asked.currency
    amounts = [part.won_amount for part in trend.series]
    if not any(amounts):
        return None
    labels = [period.label for period in trend.periods]
    figure = charts.bars(labels=labels, values=[float(amount) for amount in amounts], currency=currency)
    rows = [[label, formats.whole_money(amount, currency)] for label, amount in zip(labels, amounts, strict=True)]
    return Drawing("bookings-to-date", figure, board.headline, {"head": [_("Quarter"), _("Booked")], "rows": rows})


def _days_table(found: cards.ToDate, label: str, currency: str) -> dict[str, Any]:
    """About a dozen rows with the last step: what the lines show."""
    last = len(found.days) - 1
    every = max(1, len(found.days) // 13)
    steps = [*range(every - 1, last, every), last]
    head = [_("Up to"), _("Booked"), *([label] if found.then else [])]
    rows = []
    for step in steps:
        booked = found.booked[step] if step < len(found.booked) else None
        then = [formats.whole_money(found.then[min(step, len(found.then) - 1)], currency)] if found.then else []
        rows.append([formats.day(found.days[step]), formats.whole_money(booked, currency), *then])
    return {"head": head, "rows": rows}


def _spread(shares: Sequence[Decimal], pace: Decimal | None, finding: Any) -> Drawing:
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, int(share // 10))] += 1
    edges = [f"{10 * step}%" for step in range(BINS)] + [_("100% +")]
    mark = None if pace is None else min(float(pace) / 10, BINS)
    label = _("Pace %(percent)s") % {"percent": formats.percent(pace)}
    figure = charts.histogram(counts=counts, edges=edges, mark=mark, mark_label=label)
    names = [f"{10 * step}–{10 * (step + 1)}%" for step in range(BINS - 1)] + [_("90% and more")]
    rows = [[name, str(count)] for name, count in zip(names, counts, strict=True)]
    return Drawing("attainment-spread", figure, finding, {"head": [_("Attainment"), _("Reps")], "rows": rows})
