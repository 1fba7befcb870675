"""Half-open date spans [valid_from, valid_to); null = open end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta


def day_after(last: date | None) -> date | None:
    """The first day something no longer holds, by the last day it holds: people say the one, rows keep the other."""
    return last + timedelta(days=1) if last else None


def last_day_of(valid_to: date | None) -> date | None:
    """The last day something holds, by the first it doesn't. March 1 -> February 28."""
    return valid_to - timedelta(days=1) if valid_to else None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open span of days. `start` is in, `end` is not; `end` None is open."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"A span must end after it starts: {self.start} to {self.end}.")

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Span) -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def intersect(self, other: Span) -> Span | None:
        """The days in both, or None. [Jan 1, Mar 1) with [Feb 1, open) -> [Feb 1, Mar 1)."""
        if not self.overlaps(other):
            return None
        ends = [end for end in (self.end, other.end) if end is not None]
        return Span(max(self.start, other.start), min(ends) if ends else None)


def subtract(span: Span, cut: Span) -> Iterator[Span]:
    """The parts of a span outside the cut, in order: none, one or two spans."""
    if not span.overlaps(cut):
        yield span
        return
    if span.start < cut.start:
        yield Span(span.start, cut.start)
    if cut.end is not None and (span.end is None or cut.end < span.end):
        yield Span(cut.end, span.end)


def first_overlap(spans: Iterable[Span]) -> tuple[Span, Span] | None:
    """The first two spans that overlap in start order, or None."""
    ordered = sorted(spans, key=lambda span: span.start)
    for earlier, later in zip(ordered, ordered[1:], strict=False):
        if earlier.overlaps(later):
            return earlier, later
    return None
