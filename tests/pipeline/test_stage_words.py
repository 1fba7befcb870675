"""What a stage's name says about the deals in it."""

from __future__ import annotations

import pytest

from pipeline.kernel.stage_words import likely_probability


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("Prospecting", "Engaging"),
        ("Qualification", "Proposal/Price Quote"),
        ("Demo", "Negotiation/Review"),
        ("New", "Verbal"),
    ],
)
def test_later_stages_are_likelier(early: str, late: str) -> None:
    first, second = likely_probability(early), likely_probability(late)
    assert first is not None
    assert second is not None
    assert first < second


def test_name_that_says_nothing() -> None:
    assert likely_probability("Step 4") is None
