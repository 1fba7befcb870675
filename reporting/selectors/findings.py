"""What the figures say, as one sentence a card: written by rules from the data, the figures in bold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kernel import formats
from pipeline.selectors.cube import UNASSIGNED
from reporting.selectors.cards import Row
from reporting.selectors.tiles import Board

TOP = 3


def on_bookings(board: Board) -> SafeString:
    """Where bookings stand, and whether the open pipeline is enough for the rest."""
    booked, target, reached = (board.value(name).value for name in ("bookings", "target", "attainment"))
    money = formats.compact_money(booked, board.currency)
    if booked is None:
        return _bold("{}", board.value("bookings").reason)
    if target is None or reached is None:
        won = board.trend.now.now.won_count
        deals = ngettext("%(count)s deal", "%(count)s deals", won) % {"count": formats.whole(won)}
        return _bold(_("<b>{}</b> booked in {}. No target is set for this period."), money, deals)
    start = _bold(_("Bookings are at <b>{}</b> of the target"), formats.percent(reached))
    return format_html("{}{} {}", start, _beside_pace(board, reached), _on_coverage(board))


def _beside_pace(board: Board, reached: Decimal) -> str:
    if board.trend.pace is None:
        return "."
    gap = reached - board.trend.pace
    words = _(", %(points)s ahead of pace.") if gap >= 0 else _(", %(points)s behind pace.")
    return words % {"points": formats.points(abs(gap))}


def _on_coverage(board: Board) -> SafeString:
    cover, needed = board.value("coverage_remaining").value, board.value("coverage_needed").value
    if cover is None:
        return _bold("{}", board.value("coverage_remaining").reason)
    if needed is None:
        return _bold(_("Open pipeline is <b>{}</b> of what is left."), formats.ratio(cover))
    words = _("Open pipeline is <b>{}</b> of what is left; the win rate of the last year needs {}.")
    return _bold(words, formats.ratio(cover), formats.ratio(needed))


def on_teams(rows: Sequence[Row], board: Board) -> SafeString | str:
    """How many regions keep pace, else who books most."""
    regions = [row for row in rows if not row.depth and row.label != UNASSIGNED]
    if not regions:
        return _("No deals of any region in this period.")
    with_target = [row for row in regions if row.share is not None]
    if with_target:
        mark = board.trend.pace if board.trend.pace is not None else Decimal(100)
        ahead = sum(1 for row in with_target if row.share is not None and row.share >= mark)
        if board.trend.pace is None:
            return _bold(_("<b>{}</b> of {} regions reached their target."), ahead, len(with_target))
        return _bold(_("<b>{}</b> of {} regions are on or ahead of pace."), ahead, len(with_target))
    total, best = board.value("bookings").value, regions[0]
    if not total or best.figure("bookings") is None:
        return _("Nothing is booked in this period yet.")
    share = formats.percent(100 * (best.figure("bookings") or 0) / total)
    return _bold(_("<b>{}</b> books most: {}, {} of all."), best.label, _money(best, "bookings", board), share)


def on_leaders(rows: Sequence[Row], board: Board, *, are_all: bool = True) -> SafeString | str:
    """The median against the pace where reps have targets, else how much the first few book; are_all: of all reps."""
    shares = [row.share for row in rows if row.share is not None]
    if shares and are_all:
        mark = board.trend.pace if board.trend.pace is not None else Decimal(100)
        ahead, middle = sum(share >= mark for share in shares), formats.percent(median(shares))
        words = _("Median rep is at <b>{}</b>. {} of {} are on or ahead of pace.")
        if board.trend.pace is None:
            words = _("Median rep is at <b>{}</b>. {} of {} reached their target.")
        return _bold(words, middle, ahead, len(shares))
    booked = [row.figure("bookings") or Decimal(0) for row in rows]
    if not sum(booked):
        return _("No rep has booked a deal in this period yet.")
    top = min(TOP, len(booked))
    whole = sum(booked, Decimal(0)) if are_all else board.value("bookings").value or Decimal(1)
    share = formats.percent(100 * sum(booked[:top], Decimal(0)) / whole)
    if not are_all:
        return _bold(_("The first {} reps book <b>{}</b> of all."), top, share)
    return _bold(_("The first {} of {} reps book <b>{}</b> of all."), top, len(booked), share)


def on_funnel(rows: Sequence[Row], board: Board) -> SafeString | str:
    """The stage that holds most."""
    if not rows:
        undated = board.trend.now.now.open_undated
        if not undated:
            return _("No open deal is expected to close in this period.")
        words = ngettext("<b>{}</b> open deal has", "<b>{}</b> open deals have", undated)
        end = _("no expected close date and count only under all time.")
        return format_html("{} {}", _bold(words, f"{undated:,}"), end)
    most = max(rows, key=lambda row: row.share or 0)
    count = int(most.figure("open_count") or 0)
    deals = ngettext("%(count)s deal", "%(count)s deals", count) % {"count": formats.whole(count)}
    if most.figure("open_pipeline") is None:
        return _bold(_("Most open deals are in <b>{}</b>: {}. None has an amount."), most.label, deals)
    return _bold(_("<b>{}</b> holds most: {} in {}."), most.label, _money(most, "open_pipeline", board), deals)


def _money(row: Row, name: str, board: Board) -> str:
    return formats.compact_money(row.figure(name), board.currency)


def _bold(words: str, *values: Any) -> SafeString:
    """Words of ours, values escaped."""
    return format_html(words, *values)
