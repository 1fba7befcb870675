"""How a file writes its dates, told from all its columns."""

from integrations.kernel.dates import DateOrder, orders_of


def test_a_column_that_leaves_doubt_is_read_like_the_others() -> None:
    found = orders_of({"created": ["1/2/2021", "3/4/2021"], "closed": ["15/4/2021"], "name": []})
    assert found["created"] == DateOrder("dmy")
    assert orders_of({"created": ["1/2/2021"], "closed": ["4/15/2021"]})["created"] == DateOrder("mdy")


def test_columns_that_disagree_decide_nothing_for_a_third() -> None:
    found = orders_of({"a": ["15/4/2021"], "b": ["4/15/2021"], "c": ["1/2/2021"]})
    assert found["c"] == DateOrder("mdy", is_certain=False)


def test_iso_dates_say_nothing_about_slashes() -> None:
    assert not orders_of({"a": ["2021-04-15"], "b": ["1/2/2021"]})["b"].is_certain


def test_dots_mean_day_first() -> None:
    assert orders_of({"a": ["01.02.2021", "03.04.2021 10:00"]})["a"] == DateOrder("dmy")
