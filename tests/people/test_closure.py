"""The dated closure of the reporting line, against walking the line day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.effective import Span
from people.kernel.closure import Line, ReportingLoop, closure

FIRST = date(2026, 1, 1)
SEATS = range(1, 8)


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Each seat reports to a lower number, in up to three spans one after the other: no circle can be."""
    made = []
    for seat in SEATS:
        bounds = sorted(draw(st.sets(st.integers(0, 30), min_size=2, max_size=4)))
        for start, end in zip(bounds, bounds[1:], strict=False):
            if seat > 1 and draw(st.booleans()):
                made.append(Line(seat, draw(st.integers(1, seat - 1)), Span(on(start), on(end))))
    return made


def above(seat: int, day: date, held: list[Line]) -> dict[int, int]:
    """Everybody above a seat on a day, with the distance."""
    found, depth = {seat: 0}, 0
    while boss := next((line.reports_to for line in held if line.position == seat and line.span.contains(day)), None):
        depth, seat = depth + 1, boss
        found[seat] = depth
    return found


@given(lines(), st.integers(0, 30))
def test_the_closure_holds_on_a_day_who_is_above_whom_on_that_day(held: list[Line], day: int) -> None:
    pairs = list(closure(SEATS, held))
    for seat in SEATS:
        of_seat = [pair for pair in pairs if pair.descendant == seat and pair.span.contains(on(day))]
        assert {pair.ancestor: pair.depth for pair in of_seat} == above(seat, on(day), held)
        assert len(of_seat) == len({pair.ancestor for pair in of_seat})


def test_a_circle_is_named() -> None:
    circle = [Line(1, 2, Span(FIRST)), Line(2, 3, Span(FIRST)), Line(3, 1, Span(FIRST))]
    with pytest.raises(ReportingLoop, match="would report to itself"):
        list(closure([1, 2, 3], circle))


def test_lines_of_different_days_are_no_circle() -> None:
    held = [Line(1, 2, Span(on(0), on(10))), Line(2, 1, Span(on(10), on(20)))]
    assert len(list(closure([1, 2], held))) == 4
