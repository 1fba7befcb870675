"""How an open pipeline went from one night's amount to today's: every deal's change falls into named buckets.

Worked figure: a night held A 100 and B 50. A is now 120, B was lost, C is new with 30. Start 150; new +30, up +20,
lost -50; end 150.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

BUCKETS = (
    *("new", "reopened", "pulled_in", "moved_in", "up", "fx_up", "down", "fx_down"),
    *("slipped", "moved_out", "lost", "archived", "won"),
)
OPEN, WON, LOST = "open", "won", "lost"


@dataclass(frozen=True, slots=True)
class Move:
    """A deal (or deals that agree in all but their amounts) at the night and now.

    was_open: the night holds it. status: now; "" when it is archived or gone. was/is_in_period: its expected close
    date lies in the period asked. was/is_in_view: its owner and fields meet the filters and the asker's sight.
    is_new: it wasn't there that night. Amounts are in the reporting currency: at the night, now at the night's rate,
    now at today's; each is zero where it doesn't apply. up/down and FX changes of one move have one sign each.
    """

    was_open: bool
    was_in_period: bool
    was_in_view: bool
    status: str
    is_in_period: bool
    is_in_view: bool
    is_new: bool
    start: Decimal
    end_at_start_rate: Decimal
    end: Decimal
    deals: int = 1

    @property
    def was_in(self) -> bool:
        return self.was_open and self.was_in_period and self.was_in_view

    @property
    def is_in(self) -> bool:
        return self.status == OPEN and self.is_in_period and self.is_in_view


def changes(move: Move) -> Iterator[tuple[str, Decimal]]:
    """Buckets with their signed amounts; they add up to what the move adds to the pipeline: end less start.

    A deal that stays gives a change of its amount at the night's rate, and a change of the rate on today's amount.
    """
    if move.was_in and move.is_in:
        yield from _stayed(move)
    elif move.was_in:
        yield left_by(move), -move.start
    elif move.is_in:
        yield entered_by(move), move.end


def _stayed(move: Move) -> Iterator[tuple[str, Decimal]]:
    by_amount, by_rate = move.end_at_start_rate - move.start, move.end - move.end_at_start_rate
    if by_amount:
        yield ("up" if by_amount > 0 else "down"), by_amount
    if by_rate:
        yield ("fx_up" if by_rate > 0 else "fx_down"), by_rate


def left_by(move: Move) -> str:
    """Why a deal of the night is no longer in: closed first, then gone, then another's, then another period's."""
    if move.status in (WON, LOST):
        return move.status
    if not move.status:
        return "archived"
    return "slipped" if move.is_in_view else "moved_out"


def entered_by(move: Move) -> str:
    """Why a deal is in that the night didn't count: not there yet, closed then, another's, another period's."""
    if not move.was_open:
        return "new" if move.is_new else "reopened"
    return "pulled_in" if move.was_in_view else "moved_in"
