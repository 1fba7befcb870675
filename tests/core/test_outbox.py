"""The outbox: what changed, in order, by whoever wrote it, each row taken once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

from core import outbox
from core.models import OutboxCursor, OutboxEvent
from core.outbox import EVERYTHING, Event
from pipeline.models import Opportunity, Product, Stage


def noted(topic: str) -> list[int]:
    found = list(OutboxEvent.objects.filter(topic=topic).order_by("id").values_list("subject_id", flat=True))
    OutboxEvent.objects.all().delete()
    return found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In a test's one transaction nothing is ever past; later[0] says which transaction is the oldest still open."""
    bound = [outbox.oldest_open_xid()]
    monkeypatch.setattr(outbox, "oldest_open_xid", lambda: bound[0])
    return bound


def take(taken: list[Event], *topics: str) -> int:
    def fold(events: Sequence[Event]) -> None:
        taken.extend(events)

    return outbox.consume(consumer="test", topics=topics, fold=fold)


@pytest.mark.django_db
def test_rows_are_taken_once_the_transaction_is_past(later: list[int]) -> None:
    outbox.append(topic="a", subject_id=1, payload={"x": 1})
    outbox.append(topic="b", subject_id=2)
    outbox.append(topic="b", subject_id=3)
    outbox.append(topic="c", subject_id=4)
    taken: list[Event] = []
    assert take(taken, "a", "b") == 0  # this transaction is still open
    assert outbox.is_waiting(consumer="test", topics=["a"])
    later[0] = OutboxEvent.objects.latest("id").xid + 1
    assert take(taken, "a", "b") == 3
    assert taken == [Event("a", 1, {"x": 1}), Event("b", 2, {}), Event("b", 3, {})]
    assert take(taken, "a", "b") == 0
    assert not outbox.is_waiting(consumer="test", topics=["a", "b"])


@pytest.mark.django_db
def test_a_fold_that_fails_leaves_its_rows(later: list[int]) -> None:
    outbox.append(topic="a", subject_id=1)
    later[0] += 10**6

    def fail(events: Sequence[Event]) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        outbox.consume(consumer="test", topics=["a"], fold=fail)
    assert take([], "a") == 1


@pytest.mark.django_db
def test_the_bound_never_goes_back(later: list[int]) -> None:
    later[0] = 10**9
    outbox.skip_to_now(consumer="test")
    later[0] = 5
    outbox.skip_to_now(consumer="test")
    assert OutboxCursor.objects.get(consumer="test").xid == 10**9


@pytest.mark.django_db
def test_rows_are_forgotten_when_every_consumer_has_taken_them(later: list[int]) -> None:
    outbox.append(topic="a", subject_id=1)
    assert outbox.forget_folded(topics=["a"], consumers=["test", "other"]) == 0
    later[0] += 10**6
    outbox.skip_to_now(consumer="test")
    assert outbox.forget_folded(topics=["a"], consumers=["test", "other"]) == 0
    outbox.skip_to_now(consumer="other")
    assert outbox.forget_folded(topics=["a"], consumers=["test", "other"]) == 1


def test_every_way_to_write_a_deal_is_noted(company: Any) -> None:
    noted("pipeline.deal")
    stage = Stage.objects.get(name="Discovery")
    rows = [
        Opportunity(name=n, stage=stage, process=stage.process, currency_id="USD", created_on=company.as_of)
        for n in "ab"
    ]
    one, two = Opportunity.objects.bulk_create(rows)
    assert noted("pipeline.deal") == sorted([one.pk, two.pk])
    Opportunity.objects.filter(pk=one.pk).update(amount=5)
    assert noted("pipeline.deal") == [one.pk]
    Opportunity.objects.filter(pk=one.pk).update(amount=5, next_step="Call")
    assert noted("pipeline.deal") == []  # nothing that sums are made of
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pipeline_opportunity WHERE id = %s", [two.pk])
    assert noted("pipeline.deal") == [two.pk]


def test_more_than_five_thousand_rows_are_one_everything(company: Any) -> None:
    noted("x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_outbox_note('x', array_agg(n)) FROM generate_series(1::bigint, 5000) n")
        assert len(noted("x")) == 5000
        cursor.execute("SELECT core_outbox_note('x', array_agg(n)) FROM generate_series(1::bigint, 5001) n")
    assert noted("x") == [EVERYTHING]


def test_seats_teams_segments_stages_and_families_are_noted(company: Any) -> None:
    account, product = company.account(), company.product()
    noted("")
    company.rep.position.placements.update(team=company.east)
    assert noted("people.line") == [company.rep.position.pk]
    type(company.east).objects.filter(name="East 1").update(parent=company.west)
    assert len(noted("people.team")) == 1
    type(account).objects.filter(pk=account.pk).update(city="Basel")
    assert noted("accounts.segment") == []
    type(account).objects.filter(pk=account.pk).update(segment="Large")
    assert noted("accounts.segment") == [account.pk]
    Product.objects.filter(pk=product.pk).update(family="Arms")
    assert noted("pipeline.product") == [product.pk]
    stage = Stage.objects.get(name="Proposal")
    Stage.objects.filter(pk=stage.pk).update(probability=51)
    assert noted("pipeline.stage") == [stage.pk]
