"""The fiscal calendar: any start month, calendar months or 4-4-5 weeks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.periods import FiscalCalendar, UnknownPeriod

CALENDARS = st.builds(
    FiscalCalendar,
    start_month=st.integers(1, 12),
    pattern=st.sampled_from(["calendar", "445", "454", "544"]),
    named_by=st.sampled_from(["end", "start"]),
)
DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))


def test_calendar_year_quarter_and_month() -> None:
    calendar = FiscalCalendar()
    quarter = calendar.period("2017-Q3")
    assert (quarter.start, quarter.end) == (date(2017, 7, 1), date(2017, 10, 1))
    assert calendar.period("2017-10").start == date(2017, 10, 1)
    assert calendar.period("2017").days == 365
    assert calendar.period("2016").days == 366


@pytest.mark.parametrize(("named_by", "start"), [("end", date(2025, 2, 1)), ("start", date(2026, 2, 1))])
def test_a_year_is_named_by_its_end_or_start(named_by: str, start: date) -> None:
    assert FiscalCalendar(start_month=2, named_by=named_by).year_start(2026) == start


def test_445_has_quarters_of_13_weeks_and_a_53rd_week_in_the_last_month() -> None:
    calendar = FiscalCalendar(start_month=1, pattern="445")
    lengths = {year: calendar.period(str(year)).days // 7 for year in range(2015, 2035)}
    assert set(lengths.values()) == {52, 53}
    long_year = calendar.period(str(next(year for year, weeks in lengths.items() if weeks == 53)))
    assert [month.days // 7 for month in calendar.months_of(long_year)] == [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6]


def test_445_years_begin_on_the_monday_nearest_to_the_first() -> None:
    assert FiscalCalendar(pattern="445").year_start(2026) == date(2025, 12, 29)
    assert FiscalCalendar(pattern="445").year_start(2027) == date(2027, 1, 4)


@pytest.mark.parametrize(
    "key", ["", "17", "2017-Q5", "2017-13", "2017-00", "0000", "9999", "2017Q3", "2017-Q3 ", "everything"]
)
def test_an_unknown_key_says_what_to_write(key: str) -> None:
    with pytest.raises(UnknownPeriod, match="Write 2017, 2017-Q3, 2017-10 or all"):
        FiscalCalendar().period(key)


@given(CALENDARS, DAYS)
def test_every_day_stands_in_one_period_of_each_kind_and_its_key_finds_it(calendar: FiscalCalendar, day: date) -> None:
    for period in (calendar.year_of(day), calendar.quarter_of(day), calendar.month_of(day)):
        assert period.contains(day)
        assert calendar.period(period.key) == period
        assert not calendar.shift(period, 1).contains(day)


@given(CALENDARS, DAYS)
def test_quarters_and_months_fill_the_year_without_gaps(calendar: FiscalCalendar, day: date) -> None:
    year = calendar.year_of(day)
    for parts in (calendar.quarters_of(year), calendar.months_of(year)):
        assert parts[0].start == year.start
        assert parts[-1].end == year.end
        assert all(one.end == after.start for one, after in zip(parts, parts[1:], strict=False))
    assert [len(calendar.months_of(quarter)) for quarter in calendar.quarters_of(year)] == [3, 3, 3, 3]


@given(CALENDARS, DAYS, st.integers(-20, 20))
def test_shifting_there_and_back_is_where_one_was(calendar: FiscalCalendar, day: date, steps: int) -> None:
    quarter = calendar.quarter_of(day)
    assert calendar.shift(calendar.shift(quarter, steps), -steps) == quarter


def test_all_time_holds_every_day() -> None:
    period = FiscalCalendar().period("all")
    assert period.contains(date(1, 1, 1)) and period.contains(date(9999, 12, 31) - timedelta(days=1))
    assert FiscalCalendar().shift(period, -3) == period
