"""The waterfall adds up: the kernel for any moves, the selector at every node of a company that keeps changing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import FxRate
from core.selectors import the_company
from people.services import occupy
from pipeline.kernel.waterfall import BUCKETS, Move, changes
from pipeline.models import Opportunity, SnapshotNight, Stage
from pipeline.selectors.cube import Question, sums
from pipeline.selectors.waterfall import LABELS, NoNight, Waterfall, deals_in, find_night, waterfall
from pipeline.services.snapshots import reconstruct_nights, snapshot_day
from tests.pipeline.deal_world import TODAY, DealWorld
from tests.pipeline.test_cube import rolled_back, spans

amounts = st.decimals(min_value=0, max_value=10**6, places=2)
moves = st.builds(
    Move,
    was_open=st.booleans(),
    was_in_period=st.booleans(),
    was_in_view=st.booleans(),
    status=st.sampled_from(["open", "won", "lost", ""]),
    is_in_period=st.booleans(),
    is_in_view=st.booleans(),
    is_new=st.booleans(),
    start=amounts,
    end_at_start_rate=amounts,
    end=amounts,
)


@given(st.lists(moves, max_size=30))
def test_start_and_buckets_make_the_end(found: list[Move]) -> None:
    start = sum(move.start for move in found if move.was_in)
    end = sum(move.end for move in found if move.is_in)
    assert start + sum(amount for move in found for _key, amount in changes(move)) == end


@given(moves)
def test_each_bucket_has_one_sign_and_a_deal_enters_or_leaves_once(move: Move) -> None:
    found = dict(changes(move))
    assert set(found) <= set(BUCKETS)
    for key, amount in found.items():
        grows = BUCKETS.index(key) < BUCKETS.index("down")
        assert amount >= 0 if grows else amount <= 0
    assert len(found) <= (2 if move.was_in and move.is_in else 1)


def test_every_bucket_has_a_label() -> None:
    assert tuple(LABELS) == BUCKETS


@pytest.mark.django_db
@given(seed=st.integers(0, 10**9), reconstructed=st.booleans())
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_it_reconciles_at_every_node_and_ends_at_the_pipeline(seed: int, reconstructed: bool) -> None:
    with rolled_back():
        world = DealWorld(seed)
        night = TODAY - timedelta(days=30)
        if reconstructed:
            reconstruct_nights(first=night, last=night)
        else:
            snapshot_day(on=night)
        for _act in range(15):
            world.change()
        filters: list[dict[str, str]] = [{}, {"region": "West"}, {"team": "Team 1"}, {"manager": "Boss 1"}]
        filters += [{"rep": "Rep 2"}, {"position": str(world.bosses[1].pk)}, {"segment": "Large", "region": "West"}]
        for some in filters:
            period = world.random.choice(spans())
            found = reconciles(Question(period, world.today, None, some), TODAY)
            bucket = world.random.choice([bucket for bucket in found.buckets if bucket.deals] or found.buckets)
            assert len(deals_in(Question(period, world.today, None, some), TODAY, bucket.key)) == bucket.deals


def reconciles(question: Question, since: date) -> Waterfall:
    found = waterfall(question, since)
    now = sums(question)
    assert found.start.amount + sum(bucket.amount for bucket in found.buckets) == found.end.amount
    assert (found.end.amount, found.end.deals) == (now.open_amount, now.open_count)
    return found


NIGHT = date(2024, 8, 1)


@pytest.fixture
def story(company: Any) -> dict[str, Opportunity]:
    """Deals of a night, each then changed in one way; 1,000.00 USD unless said otherwise."""
    FxRate.objects.create(currency_id="EUR", rate="1.5", valid_from=date(2020, 1, 1), valid_to=date(2024, 8, 10))
    FxRate.objects.create(currency_id="EUR", rate="2", valid_from=date(2024, 8, 10))
    plain = {"expected_close_on": date(2024, 9, 10), "created_on": date(2024, 7, 1)}
    names = ("up", "down", "slipped", "won", "lost", "archived", "moved_out", "same")
    deals = {name: company.deal(name, **plain) for name in names}
    deals["fx_up"] = company.deal("fx_up", currency_id="EUR", **plain)
    deals["pulled_in"] = company.deal("pulled_in", **plain | {"expected_close_on": date(2025, 3, 1)})
    deals["moved_in"] = company.deal("moved_in", owner=company.outsider, **plain)
    deals["reopened"] = company.deal("reopened", stage="Won", closed_on=date(2024, 7, 5), **plain)
    snapshot_day(on=NIGHT)
    changes_since(company, deals)
    deals["new"] = company.deal("new", **plain | {"created_on": date(2024, 8, 12)})
    return deals


def changes_since(company: Any, deals: dict[str, Opportunity]) -> None:
    def change(name: str, **values: Any) -> None:
        Opportunity.objects.filter(pk=deals[name].pk).update(**values)

    change("up", amount=1200)
    change("down", amount=None)
    change("slipped", expected_close_on=date(2024, 10, 1))
    change("won", status="won", stage=Stage.objects.get(name="Won"), closed_on=date(2024, 8, 5), amount=5000)
    change("lost", status="lost", stage=Stage.objects.get(name="Lost"), closed_on=date(2024, 8, 5))
    change("archived", archived_at="2024-08-03T12:00Z")
    change("moved_out", owner=company.outsider.person)
    change("pulled_in", expected_close_on=date(2024, 9, 1))
    change("moved_in", owner=company.rep.person)
    change("reopened", status="open", stage=Stage.objects.get(name="Discovery"), closed_on=None)


def test_each_change_falls_into_its_bucket(company: Any, story: dict[str, Opportunity]) -> None:
    asked = Question(the_company().calendar.period("2024-Q3"), company.as_of, None, {"region": "West"})
    found = reconciles(asked, date(2024, 8, 4))
    assert (found.since, found.asked, found.is_reconstructed) == (NIGHT, date(2024, 8, 4), False)
    told = {bucket.key: (bucket.amount, bucket.deals) for bucket in found.buckets}
    one = {key: (Decimal(1000), 1) for key in ("new", "reopened", "pulled_in", "moved_in")}
    one |= {key: (Decimal(-1000), 1) for key in ("down", "slipped", "moved_out", "lost", "archived", "won")}
    assert told == one | {"up": (200, 1), "fx_up": (500, 1), "fx_down": (0, 0)}
    for key in told.keys() - {"fx_down"}:
        assert deals_in(asked, NIGHT, key) == [story[key].pk], key
    assert (found.start.amount, found.start.deals) == (Decimal(9500), 9)


def test_a_view_is_a_node_too(company: Any, story: dict[str, Opportunity]) -> None:
    """The rep sees what came from and went to colleagues; the VP sees it stay."""
    period = the_company().calendar.period("2024-Q3")
    mine = reconciles(Question(period, company.as_of, company.rep.user), NIGHT)
    assert {b.key: b.deals for b in mine.buckets if b.key.startswith("moved")} == {"moved_in": 1, "moved_out": 1}
    whole = reconciles(Question(period, company.as_of, company.vp.user), NIGHT)
    assert {b.key: b.deals for b in whole.buckets if b.key.startswith("moved")} == {"moved_in": 0, "moved_out": 0}
    nothing = waterfall(Question(period, company.as_of, company.admin.user), NIGHT)
    assert (nothing.start.deals, nothing.end.deals) == (0, 0)


def test_a_seat_that_changes_hands_moves_its_deals(company: Any, story: dict[str, Opportunity]) -> None:
    occupy(position=company.outsider.position, person=company.rep.person, since=date(2024, 8, 10))
    asked = Question(the_company().calendar.period("2024-Q3"), company.as_of, None, {"region": "West"})
    found = reconciles(asked, NIGHT)
    assert found.end.deals == 0
    assert next(bucket.deals for bucket in found.buckets if bucket.key == "moved_out") == 6


def test_without_a_night_before_there_is_none(company: Any) -> None:
    assert find_night(company.as_of) is None
    asked = Question(spans()[0], company.as_of)
    with pytest.raises(NoNight):
        waterfall(asked, company.as_of)
    snapshot_day(on=company.as_of)
    night = find_night(company.as_of)
    assert night is not None and night.day == company.as_of
    with pytest.raises(NoNight):
        waterfall(asked, company.as_of - timedelta(days=1))
    with pytest.raises(KeyError):
        deals_in(asked, company.as_of, "gone")
    assert SnapshotNight.objects.get().deals == 0
