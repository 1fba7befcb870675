"""The score of clean data by its worked figures and its properties."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernel.hygiene import FIXABLE, WEIGHTS, group_score, record_score, risk, weight_of
from pipeline.services.deal_fixes import DEAL_FIXES

SEVERITIES = st.lists(st.sampled_from(sorted(WEIGHTS)), max_size=20)


def test_worked_figures() -> None:
    assert weight_of(["high", "medium"]) == 5
    assert record_score(5) == 75
    assert group_score(260, 3) == Decimal("86.67")
    assert risk(999, 5) == 5000


def test_no_record_no_score() -> None:
    assert group_score(0, 0) is None


def test_an_unknown_severity_is_an_error() -> None:
    with pytest.raises(KeyError):
        weight_of(["dreadful"])


@given(SEVERITIES, st.sampled_from(sorted(WEIGHTS)))
def test_another_failed_check_never_raises_the_score(failed: list[str], more: str) -> None:
    before, after = record_score(weight_of(failed)), record_score(weight_of([*failed, more]))
    assert 0 <= after <= before <= 100
    assert after < before or after == 0


@given(st.lists(st.integers(0, 100), min_size=1, max_size=40))
def test_a_group_lies_between_its_records(scores: list[int]) -> None:
    score = group_score(sum(scores), len(scores))
    assert score is not None
    assert min(scores) <= score <= max(scores)


def test_every_fixable_check_has_its_fix() -> None:
    suggested = {check for fix in DEAL_FIXES if fix.is_suggested for check in fix.checks}
    assert suggested == FIXABLE
