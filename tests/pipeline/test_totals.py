"""The aggregate is what the deals say, whatever happened in between; in a database with real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import OutboxEvent, Run, in_force_on
from core.registry import minute_steps
from people.models import Occupancy, Position, ReportingClosure
from pipeline.models import DealFact, NodeTotal, Opportunity, TotalsState
from pipeline.selectors import prepared, sources
from pipeline.selectors.cube import UNASSIGNED, Question, span_sums, sums
from pipeline.services.totals import check_totals, fold_totals, is_fold_due, rebuild_totals
from tests.pipeline.deal_world import TODAY, DealWorld
from tests.pipeline.test_cube import SPLITS, spans

pytestmark = pytest.mark.django_db(transaction=True)
BY_ID = ("region_id", "team_id", "manager_id", "rep_id", "stage_id")


@pytest.fixture(autouse=True)
def _bound_of_this_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest open transaction of this database alone: tests beside these keep theirs open in the same server."""
    monkeypatch.setattr("core.outbox.oldest_open_xid", oldest_open_xid_here)


def oldest_open_xid_here() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_stat_clear_snapshot()")
        past = cursor.fetchone()[0]
        cursor.execute("SELECT min(backend_xid::text::bigint) FROM pg_stat_activity WHERE datname = current_database()")
        return min(past, cursor.fetchone()[0] or past)


def empty_database() -> None:
    tables = "pipeline_opportunity, people_person, people_position, people_team, accounts_account, pipeline_product"
    kept = "pipeline_dealfact, pipeline_nodetotal, pipeline_totalsstate, core_outboxevent, core_outboxcursor"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}, {kept}, pipeline_listprice, core_fxrate CASCADE")


def compare(world: DealWorld, questions: int = 6) -> None:
    """Random questions of random people, from the aggregate and from the deals."""
    periods, pick = spans(), world.random.choice
    for _number in range(questions):
        splits = tuple(world.random.sample((*SPLITS, *BY_ID), world.random.randint(0, 2)))
        filters = {split: a_key(world, split) for split in world.random.sample((*SPLITS, *BY_ID), pick((0, 0, 1)))}
        filters |= pick(({}, {}, {"position": str(pick([*world.bosses, *world.reps]).pk)}))
        owners = world.random.sample([p.pk for p in world.people if p], 3)
        user = pick((None, Seeing(owners), SeeingFrom(pick([*world.bosses, *world.reps]), world.today)))
        question = Question(periods[0], world.today, user, filters)
        some = world.random.sample(periods, 2) if pick((True, False)) else [p for p in periods if p.key != "odd"]
        told = span_sums(question, some, splits)
        assert told == span_sums(question, some, splits, from_deals=True), (splits, filters, user)
        if isinstance(user, SeeingFrom):  # the seat stands for exactly the people one sees from it
            listed = Question(periods[0], world.today, Seeing(user.owners), filters)
            assert told == span_sums(listed, some, splits, from_deals=True), (splits, filters, user.seat)


def a_key(world: DealWorld, split: str) -> str:
    found = span_sums(Question(spans()[0], world.today), spans()[:1], (split,), from_deals=True)[0]
    return str(world.random.choice(sorted(found))[0]) if found else UNASSIGNED


class Seeing:
    """A login that sees some owners' deals."""

    pk, is_authenticated = 0, True

    def __init__(self, owners: list[int]) -> None:
        self.owners = owners

    def has_role(self, *names: str) -> bool:
        return True

    def visible_owner_ids(self, as_of: date) -> list[int]:
        return self.owners


class SeeingFrom(Seeing):
    """A login that sees what is seen from a seat, as who sits there would."""

    def __init__(self, seat: Position, day: date) -> None:
        self.seat = seat.pk
        below = ReportingClosure.objects.filter(in_force_on(day), ancestor=seat).values("descendant")
        begun = Occupancy.objects.filter(valid_from__lte=day)
        later = begun.filter(person=OuterRef("person"), valid_from__gt=OuterRef("valid_from"))
        seen = begun.filter(~Exists(later), position__in=below)
        super().__init__(list(seen.values_list("person", flat=True)))

    def seat_id_on(self, as_of: date) -> int:
        return self.seat


@given(seed=st.integers(0, 10**9))
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_aggregate_says_what_the_deals_say(seed: int) -> None:
    empty_database()
    world = DealWorld(seed)
    fold_totals(on=world.today)
    compare(world)
    for _round in range(4):
        for _act in range(world.random.randint(1, 4)):
            world.change()
        compare(world, 3)  # with changes waiting
        world.today += timedelta(days=world.random.choice((0, 0, 1, 45)))
        fold_totals(on=world.today)
        assert not is_fold_due(on=world.today)
        compare(world)
    run = check_totals(on=world.today)
    assert (run.counts["drifted_deals"], run.counts["drifted_totals"]) == (0, 0)


@pytest.fixture
def world() -> DealWorld:
    empty_database()
    made = DealWorld(7)
    fold_totals(on=TODAY)
    return made


def asked(**filters: str) -> Question:
    return Question(spans()[0], TODAY, None, filters)


def reads(question: Question, *splits: str) -> list[str]:
    """The statements that answered: `totals`, `facts`, `deals`."""
    with patch.object(prepared, "fetch", wraps=prepared.fetch) as fetch:
        span_sums(question, [question.period], splits)
    asked_for = [call.args[0] for call in fetch.call_args_list]
    kept = {"totals": "pipeline_nodetotal", "facts": "pipeline_dealfact"}
    return [next((name for name, table in kept.items() if table in sql), "deals") for sql in asked_for]


def test_what_nodes_and_parts_know_is_read_from_them(world: DealWorld) -> None:
    assert reads(asked()) == ["totals"]
    assert reads(asked(), "rep") == ["totals"]
    assert reads(asked(region="West"), "stage") == ["totals"]
    assert reads(asked(position=str(world.bosses[0].pk))) == ["totals"]
    assert reads(asked(region="West"), "rep") == ["facts"]
    assert reads(asked(), "product") == ["facts"]
    past = Question(spans()[0], TODAY - timedelta(days=1))
    assert reads(past) == ["totals", "deals"]  # asked, not usable, the deals


def test_a_figure_is_right_straight_after_a_save_and_nobody_folded(world: DealWorld) -> None:
    before = sums(asked()).open_amount
    deal = Opportunity.objects.filter(status="open", currency="USD", amount__gt=0).first()
    assert deal is not None and deal.amount is not None
    was = deal.amount.quantize(Decimal("0.01"))
    Opportunity.objects.filter(pk=deal.pk).update(amount=was + 5)
    assert sums(asked()).open_amount == before + 5
    assert reads(asked()) == ["totals"]
    assert fold_totals(on=TODAY) == 1
    assert reads(asked()) == ["totals"]
    assert sums(asked()).open_amount == before + 5


def test_folding_twice_does_no_harm(world: DealWorld) -> None:
    world.edit()
    fold_totals(on=TODAY)
    kept = list(NodeTotal.objects.order_by("id").values_list())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxcursor SET xid = 0")
    assert fold_totals(on=TODAY) == 0
    assert list(NodeTotal.objects.order_by("id").values_list()) == kept


def test_a_change_of_many_deals_is_one_row_and_is_read_from_the_deals(world: DealWorld) -> None:
    OutboxEvent.objects.all().delete()
    stage = world.stages[0]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO pipeline_opportunity (name, type, process_id, stage_id, status, category, currency_id,
                 amount, source, created_on, pushed_count, next_step, extra, version)
               SELECT 'Bulk', 'new', %s, %s, 'open', 'pipeline', 'USD', 1, '', %s, 0, '', '{}', 1
               FROM generate_series(1, 5001)""",
            [stage.process_id, stage.pk, TODAY],
        )
    assert list(OutboxEvent.objects.filter(topic=sources.DEALS).values_list("subject_id", flat=True)) == [0]
    assert reads(asked())[-1] == "deals"
    whole = sums(asked())
    fold_totals(on=TODAY)
    assert reads(asked()) == ["totals"]
    assert sums(asked()) == whole
    assert whole.open_count > 5000


def test_drift_is_counted_told_and_repaired(world: DealWorld) -> None:
    whole = sums(asked())
    NodeTotal.objects.filter(series__in=("company.d", "company.m", "company.q")).update(amount_minor=1)
    DealFact.objects.filter(status="won").update(amount_minor=3)
    assert sums(asked()) != whole
    run = check_totals(on=TODAY)
    assert run.counts["drifted_deals"] > 0
    assert run.counts["drifted_totals"] > 0
    assert "repaired" in run.log.get(level="error").message
    assert sums(asked()) == whole
    assert check_totals(on=TODAY).counts["drifted_totals"] == 0


def test_a_rebuild_is_a_run_and_writes_only_what_differs(world: DealWorld) -> None:
    run = rebuild_totals(on=TODAY)
    assert (run.kind, run.state) == ("pipeline.totals", "succeeded")
    assert run.counts == {"deals": DealFact.objects.count(), "changed_deals": 0, "changed_totals": 0}
    NodeTotal.objects.all().delete()
    assert rebuild_totals(on=TODAY).counts["changed_totals"] == NodeTotal.objects.count() > 0
    assert Run.objects.filter(kind="pipeline.totals", state="succeeded").count() == 2


def test_another_reporting_currency_is_built_anew(world: DealWorld) -> None:
    from core.selectors import the_company

    company = the_company()
    company.currency_id = "EUR"
    company.save()
    assert reads(asked())[-1] == "deals"
    told = sums(asked())
    fold_totals(on=TODAY)
    assert reads(asked()) == ["totals"]
    assert sums(asked()) == told


def test_a_save_that_commits_late_is_neither_lost_nor_counted_twice(world: DealWorld) -> None:
    """A transaction older than others is still open while those are folded; it is folded once it has committed."""
    deal = Opportunity.objects.filter(status="open", currency="USD").first()
    assert deal is not None
    Opportunity.objects.filter(pk=deal.pk).update(amount=1)
    saved, may_commit = threading.Event(), threading.Event()
    late = in_a_thread(lambda: save_late(deal.pk, saved, may_commit))
    assert saved.wait(10)
    Opportunity.objects.exclude(pk=deal.pk).filter(status="open").update(amount=3)
    fold_totals(on=TODAY)
    may_commit.set()
    late.join(10)
    question = asked()
    assert span_sums(question, [question.period]) == span_sums(question, [question.period], from_deals=True)
    fold_totals(on=TODAY)
    assert DealFact.objects.get(pk=deal.pk).amount_minor == 700  # 7.00
    assert check_totals(on=TODAY).counts["drifted_totals"] == 0


def save_late(deal_id: int, saved: threading.Event, may_commit: threading.Event) -> None:
    with transaction.atomic():
        Opportunity.objects.filter(pk=deal_id).update(amount=7, status="open")
        saved.set()
        may_commit.wait(10)


def test_saves_do_not_wait_for_a_fold(world: DealWorld) -> None:
    """A fold holds its transaction open; a save beside it commits."""
    deal = Opportunity.objects.order_by("pk").first()
    assert deal is not None
    with transaction.atomic():
        rebuild_totals(on=TODAY)
        done = threading.Event()
        in_a_thread(lambda: (Opportunity.objects.filter(pk=deal.pk).update(amount=9), done.set()))
        assert done.wait(5)
    question = asked()
    assert span_sums(question, [question.period]) == span_sums(question, [question.period], from_deals=True)


def in_a_thread(act: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_minute_asks_for_a_fold_only_when_something_waits(world: DealWorld) -> None:
    assert not is_fold_due(on=TODAY)
    assert is_fold_due(on=TODAY + timedelta(days=1))
    world.edit()
    assert is_fold_due(on=TODAY)
    assert minute_steps["pipeline.fold"].job == "pipeline.fold"
    TotalsState.objects.all().delete()
    fold_totals(on=TODAY)
    assert not is_fold_due(on=TODAY)
