"""One line of what happened, read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernel.activity_line import LONGEST_MINUTES, LONGEST_TITLE, day_of, understood

TODAY = date(2026, 11, 25)  # a Wednesday


@pytest.mark.parametrize(
    ("line", "kind", "title", "minutes", "day", "task"),
    [
        ("call 15m spoke with Ann, send quote fri", "call", "spoke with Ann", 15, None,
         ("send quote", date(2026, 11, 27))),
        ("meeting 1.5h with Ann; then prepare demo next week", "meeting", "with Ann", 90, None,
         ("prepare demo", date(2026, 11, 30))),
        ("met Ann yesterday 1h 30m", "meeting", "met Ann", 90, date(2026, 11, 24), None),
        ("called Bob, todo check stock", "call", "Bob", None, None, ("check stock", None)),
        ("call Ann tomorrow", "task", "call Ann", None, date(2026, 11, 26), None),
        ("send contract by nov 30", "task", "send contract", None, date(2026, 11, 30), None),
        ("todo call back in 3 days", "task", "call back", None, date(2026, 11, 28), None),
        ("demo with Ann next fri", "task", "demo with Ann", None, date(2026, 12, 4), None),
        ("Ann likes it", "note", "Ann likes it", None, None, None),
        ("note 15m is what a cycle takes", "note", "15m is what a cycle takes", None, None, None),
        ("Lunch, nice place", "note", "Lunch, nice place", None, None, None),
        ("call", "call", "call", None, None, None),
        ("call 15m", "call", "call", 15, None, None),
        ("email offer sent last fri", "email", "offer sent", None, date(2026, 11, 20), None),
    ],
)  # fmt: skip
def test_what_a_line_says(
    line: str, kind: str, title: str, minutes: int | None, day: date | None, task: tuple[str, date | None] | None
) -> None:
    said = understood(line, today=TODAY)
    assert said is not None
    assert (said.kind, said.title, said.minutes, said.day) == (kind, title, minutes, day)
    assert (said.follow_up and (said.follow_up.title, said.follow_up.day)) == task


def test_an_icon_wins_over_the_word_and_nothing_says_nothing() -> None:
    said = understood("spoke with Ann 5m", today=TODAY, kind="call")
    assert said is not None and (said.kind, said.minutes, said.title) == ("call", 5, "spoke with Ann")
    assert understood("  \t ", today=TODAY) is None


@given(st.text(max_size=400), st.sampled_from(["", "call", "email", "meeting", "note", "task"]), st.dates())
def test_any_line_is_understood_as_something_that_can_be_kept(line: str, kind: str, today: date) -> None:
    said = understood(line, today=today, kind=kind)
    if said is None:
        assert not line.split()
        return
    for one in filter(None, (said, said.follow_up)):
        assert 0 < len(one.title) <= LONGEST_TITLE
        assert one.minutes is None or 0 < one.minutes <= LONGEST_MINUTES
    assert kind in ("", said.kind)
    assert said.follow_up is None or said.follow_up.kind == "task"
    assert said.kind == "task" or said.day is None or said.day <= today


@given(st.dates(date(1990, 1, 1), date(2190, 1, 1)), st.integers(-3000, 3000))
def test_a_written_day_is_that_day(today: date, days: int) -> None:
    day = today + timedelta(days=days)
    assert day_of(day.isoformat(), today) == day


@given(st.dates(date(1990, 1, 1), date(2190, 1, 1)), st.sampled_from("mon tue wed thu fri sat sun".split()))
def test_a_weekday_is_the_next_one_today_included(today: date, word: str) -> None:
    day = day_of(word, today)
    assert day is not None and 0 <= (day - today).days < 7 and f"{day:%a}".lower() == word
