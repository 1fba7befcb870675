"""Figures are plain data with colour roles, and show the numbers they were given."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting import charts

DAYS = [date(2026, 10, 1) + timedelta(days=number) for number in range(10)]
money = st.integers(-(10**9), 10**9)


def colours(figure: dict[str, Any]) -> set[str]:
    return set(re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", json.dumps(figure)))


def to_date(**given_values: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "days": DAYS, "booked": [1.0, 3.0], "then": [2.0] * 10, "then_label": "FY26 Q3", "target": 10.0,
        "today": DAYS[1], "currency": "USD",
    }  # fmt: skip
    return charts.bookings_to_date(**values | given_values)


def test_lines_end_where_the_days_so_far_end() -> None:
    figure = to_date()
    then, booked = figure["data"]
    assert booked["x"] == ["2026-10-01", "2026-10-02"]
    assert booked["y"] == [1.0, 3.0]
    assert len(then["x"]) == len(then["y"]) == 10
    assert [note["text"] for note in figure["layout"]["annotations"]] == [
        "Target <b>$10</b>",
        "Booked <b>$3</b>",
        "Today",
    ]


def test_the_money_axis_has_few_round_ticks() -> None:
    for top, texts in ((17.66e6, ["$0", "$5M", "$10M", "$15M"]), (9e6, ["$0", "$2M", "$4M", "$6M", "$8M"])):
        assert to_date(target=top)["layout"]["yaxis"]["ticktext"] == texts
    assert to_date(target=11e6)["layout"]["yaxis"]["ticktext"] == ["$0", "$2.5M", "$5M", "$7.5M", "$10M"]


def test_what_is_missing_is_not_drawn() -> None:
    figure = to_date(then=[], target=None, today=None)
    assert len(figure["data"]) == 1
    assert figure["layout"]["shapes"] == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine isn't a slow chart
@given(first=st.integers(0, 10**9), amounts=st.lists(money, max_size=8))
def test_a_waterfall_ends_at_its_last_level(first: int, amounts: list[int]) -> None:
    last = first + sum(amounts)
    steps = [(f"Step {number}", "$accent", amount) for number, amount in enumerate(amounts)]
    figure = charts.waterfall(first=("Then", first), steps=steps, last=("Now", last), currency="USD")
    bars, floor = figure["data"][0], figure["layout"]["yaxis"]["range"][0]
    assert len(bars["x"]) == len(bars["y"]) == len(bars["base"]) == len(amounts) + 2
    assert abs(bars["base"][-1] + bars["y"][-1] - last) < 1e-3
    assert all(base >= floor - 1e-3 for base in bars["base"])
    for base, height, amount in zip(bars["base"][1:-1], bars["y"][1:-1], amounts, strict=True):
        assert height == abs(amount)
        assert base + height <= figure["layout"]["yaxis"]["range"][1] + 1e-3


def test_the_axis_of_a_waterfall_is_cut_only_when_the_steps_are_small() -> None:
    assert charts.floor_of(100, [1, -2], 99) > 0
    assert charts.floor_of(100, [80, -150], 30) == 0


def test_a_histogram_colours_bins_from_the_mark_on() -> None:
    figure = charts.histogram(counts=[1, 2, 3], edges=["0", "1", "2", "3"], mark=1.5, mark_label="Pace")
    assert figure["data"][0]["marker"]["color"] == ["$grey1", "$accent", "$accent"]


def test_figures_name_no_colour_and_are_plain_json() -> None:
    figures = [
        to_date(),
        charts.bars(labels=["a", "b"], values=[1, 2], currency="EUR"),
        charts.histogram(counts=[0, 1], edges=["0", "1", "2"], mark=None, mark_label=""),
        charts.waterfall(first=("a", 1), steps=[("b", "$counter", -1)], last=("c", 0), currency="USD"),
    ]
    for figure in figures:
        assert json.loads(json.dumps(figure)) == figure
        assert not colours(figure)


def test_charts_are_made_without_the_plotting_library() -> None:
    script = "import sys; import reporting.charts; sys.exit('plotly' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
