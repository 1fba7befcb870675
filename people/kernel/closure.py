"""The dated closure of the reporting line: who is above whom on which days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from core.kernel.effective import Span

DAWN = date(1900, 1, 1)  # a seat is above itself on every day


class Line(NamedTuple):
    """`position` reports to `reports_to` over the span."""

    position: int
    reports_to: int
    span: Span


class Pair(NamedTuple):
    ancestor: int
    descendant: int
    depth: int
    span: Span


class ReportingLoop(ValueError):
    """Someone would report to themselves; names the seat."""

    def __init__(self, position: int) -> None:
        super().__init__(f"Position {position} would report to itself through its own line.")
        self.position = position


def closure(positions: Iterable[int], lines: Iterable[Line]) -> Iterator[Pair]:
    """Every pair with the days it holds, depth 0 included. B reports to A from Jan 1 -> (A, B, 1, [Jan 1, open)).

    Raises ReportingLoop when lines of the same days form a circle.
    """
    up: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        up[line.position].append(line)
    for position in positions:
        yield from _above(position, up)


def _above(position: int, up: dict[int, list[Line]]) -> Iterator[Pair]:
    level = [Pair(position, position, 0, Span(DAWN))]
    while level:
        yield from level
        level = [
            Pair(line.reports_to, position, pair.depth + 1, both)
            for pair in level
            for line in up.get(pair.ancestor, ())
            if (both := pair.span.intersect(line.span))
        ]
        if any(pair.ancestor == position or pair.depth > len(up) for pair in level):
            raise ReportingLoop(position)
