"""Half-open spans of days, checked against the days themselves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.effective import Span, first_overlap, subtract

FIRST = date(2026, 1, 1)
WINDOW = [FIRST + timedelta(days=n) for n in range(60)]


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, 40))
    length = draw(st.none() | st.integers(1, 15))
    return Span(FIRST + timedelta(days=start), None if length is None else FIRST + timedelta(days=start + length))


def days(span: Span | None) -> set[date]:
    return {day for day in WINDOW if span and span.contains(day)}


@given(spans(), spans())
def test_intersection_and_overlap_are_those_of_the_days(one: Span, other: Span) -> None:
    both = days(one) & days(other)
    assert days(one.intersect(other)) == both
    assert one.overlaps(other) == bool(both)


@given(spans(), spans())
def test_what_is_cut_away_and_what_is_left_make_the_whole(span: Span, cut: Span) -> None:
    left = list(subtract(span, cut))
    assert set().union(*(days(part) for part in left)) == days(span) - days(cut)
    assert first_overlap(left) is None


@given(st.lists(spans(), max_size=6))
def test_an_overlap_is_found_exactly_when_a_day_is_held_twice(held: list[Span]) -> None:
    twice = any(days(one) & days(other) for i, one in enumerate(held) for other in held[i + 1 :])
    assert (first_overlap(held) is not None) == twice


@pytest.mark.parametrize("end", [FIRST, FIRST - timedelta(days=1)])
def test_a_span_has_days(end: date) -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        Span(FIRST, end)
