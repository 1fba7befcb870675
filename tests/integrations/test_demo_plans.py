"""Plans of the demo company as texts: whole and tested on whatever day the company is made."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from compensation.kernel.cases import run_cases
from compensation.kernel.lint import ERROR, lint
from compensation.kernel.reading import read_plan
from integrations.demo import pay_terms
from integrations.demo.story import Story

DAYS = [date(2026, 11, 24), date(2026, 10, 1), date(2027, 2, 28), date(2027, 4, 1), date(2027, 7, 15)]


def closed_before(today: date) -> date:
    """The first day of the last month whose pay is closed."""
    month = today.replace(day=1)
    for _number in range(2):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


@pytest.mark.parametrize("today", DAYS)
def test_every_text_is_a_plan_whose_cases_come_out(today: date) -> None:
    story = Story(today)
    texts = [
        pay_terms.definition(story, one.text, one.since) for one in pay_terms.versions(story, closed_before(today))
    ]
    texts += [pay_terms.definition(story, "spiff", one.start, one.end) for one in pay_terms.spiffs(story)]
    for text in texts:
        plan = read_plan(text)
        assert text["cases"] and run_cases(plan, text) == [], text["plan"]
        assert [found for found in lint(plan) if found.severity == ERROR] == []


@pytest.mark.parametrize("today", DAYS)
def test_plans_change_with_each_year_and_once_within_one(today: date) -> None:
    story = Story(today)
    found = pay_terms.versions(story, closed_before(today))
    assert {one.plan for one in found} == set(pay_terms.NAMES)
    assert len([one for one in found if one.plan == pay_terms.ENTERPRISE]) == 3
    counting = [one for one in found if "counts_from" in pay_terms.definition(story, one.text, one.since)]
    assert [one.text for one in counting] == ["mid_market_midyear"]
    days = [one.since for one in found if one.plan == pay_terms.MID_MARKET]
    assert days == sorted(set(days)) and len(days) == 4


@pytest.mark.parametrize("today", DAYS)
def test_nobody_sells_under_two_plans_at_once(today: date) -> None:
    sellers = (pay_terms.ENTERPRISE, pay_terms.MID_MARKET, pay_terms.NEW_HIRES)
    spans: dict[str, list[tuple[date, date]]] = {}
    for one in pay_terms.memberships(Story(today)):
        if one.plan in sellers:
            spans.setdefault(one.person, []).append((one.start, one.end or date.max))
    assert any(len(own) > 1 for own in spans.values())
    for own in spans.values():
        assert all(before[1] <= after[0] for before, after in zip(sorted(own), sorted(own)[1:], strict=False))
