"""What is kept of the changes since last week's night is what a comparison of all deals finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.selectors import the_company
from pipeline.models import DealMove, SnapshotNight, TotalsState
from pipeline.selectors import waterfall as reads
from pipeline.selectors.cube import Question
from pipeline.selectors.nights import _is_summed, open_at_nights
from pipeline.services.snapshots import snapshot_day
from pipeline.services.totals import fold_totals
from tests.pipeline.deal_world import DealWorld
from tests.pipeline.test_cube import spans
from tests.pipeline.test_totals import Seeing, _bound_of_this_database, empty_database  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@given(seed=st.integers(0, 10**9))
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_kept_moves_are_those_that_all_deals_tell(seed: int) -> None:
    empty_database()
    world = DealWorld(seed)
    night = world.today - timedelta(days=7)
    snapshot_day(on=night)
    fold_totals(on=world.today)
    assert TotalsState.objects.get().moves_since == night
    for _round in range(3):
        for _act in range(world.random.randint(1, 5)):
            world.change()
        compare(world)  # with changes waiting
        fold_totals(on=world.today)
        compare(world)


def compare(world: DealWorld) -> None:
    periods = spans()
    for user in (None, Seeing(world.random.sample([person.pk for person in world.people if person], 3))):
        for period in world.random.sample(periods, 3):
            question = Question(period, world.today, user)
            since = world.today - timedelta(days=7)
            kept = reads.waterfall(question, since)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(reads, "_kept_moves", lambda *asked: None)
                assert kept == reads.waterfall(question, since), (period.key, user)


@given(seed=st.integers(0, 10**9))
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_totals_of_nights_are_what_their_deals_tell(seed: int) -> None:
    empty_database()
    world, calendar = DealWorld(seed), the_company().calendar
    nights = [world.today - timedelta(days=back) for back in (91, 7)]
    for night in nights:
        snapshot_day(on=night)
    for user in (None, Seeing(world.random.sample([person.pk for person in world.people if person], 3))):
        question = Question(calendar.period("2024"), world.today, user)
        for key in ("all", "2024", "2024-Q3", "2024-08"):
            asked = [(night, calendar.period(key)) for night in nights]
            kept = open_at_nights(question, asked)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("pipeline.selectors.nights._is_summed", lambda *asked: False)
                assert kept == open_at_nights(question, asked), (key, user)


def test_totals_of_a_night_that_cut_another_year_are_not_used() -> None:
    empty_database()
    world, company = DealWorld(3), the_company()
    night = world.today - timedelta(days=7)
    snapshot_day(on=night)
    for pattern, is_used in (("calendar", True), ("445", False)):
        company.pattern = pattern
        company.save()
        question = Question(company.calendar.period("2024-Q3"), world.today)
        assert _is_summed(question, SnapshotNight.objects.get(day=night), question.period) == is_used, pattern


def test_the_next_day_compares_with_the_next_night() -> None:
    empty_database()
    world = DealWorld(3)
    for back in (8, 7, 6):
        snapshot_day(on=world.today - timedelta(days=back))
    fold_totals(on=world.today)
    assert TotalsState.objects.get().moves_since == world.today - timedelta(days=7)
    fold_totals(on=world.today + timedelta(days=1))
    assert TotalsState.objects.get().moves_since == world.today - timedelta(days=6)
    world.edit()
    snapshot_day(on=world.today - timedelta(days=6))  # taken again: what was kept is of the night as it was
    assert TotalsState.objects.get().moves_since is None


def test_without_a_real_night_nothing_is_kept() -> None:
    empty_database()
    world: Any = DealWorld(3)
    fold_totals(on=world.today)
    assert TotalsState.objects.get().moves_since is None
    assert not DealMove.objects.exists()
