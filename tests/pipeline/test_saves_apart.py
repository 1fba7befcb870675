"""A save waits for nobody else's save: not on the manager above, the account both deals are with, or the totals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from pipeline.models import Opportunity
from pipeline.services import change_deal
from pipeline.services.totals import fold_totals

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(company: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Two deals of one owner, with one account."""
    account = company.account()
    yield company, company.deal("First", account=account), company.deal("Second", account=account)


def save(deal: Any, by: Any, on: date, amount: int) -> None:
    values = {"amount": Decimal(amount), "next_step": "Call"}
    change_deal(deal_id=deal.pk, values=values, version=None, by=by, on=on)


def aside(act: Callable[[], None]) -> bool:
    """Whether an act on a connection of its own is done soon."""
    done = threading.Event()

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
            act()
            done.set()
        except OperationalError:
            assert not done.is_set()  # it waited until its time was up
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return done.is_set()


def test_a_save_does_not_wait_for_the_save_of_another_deal(two: Any) -> None:
    company, first, second = two
    fold_totals(on=company.as_of)
    with transaction.atomic():
        save(first, company.rep.user, company.as_of, 10)  # open until the block ends
        assert aside(lambda: save(second, company.manager.user, company.as_of, 20))
    assert sorted(Opportunity.objects.values_list("amount", flat=True)) == [10, 20]


def test_a_save_does_not_wait_for_a_fold_nor_the_other_way_round(two: Any) -> None:
    company, first, second = two
    fold_totals(on=company.as_of)
    save(first, company.rep.user, company.as_of, 10)
    with transaction.atomic():
        fold_totals(on=company.as_of)
        assert aside(lambda: save(second, company.rep.user, company.as_of, 20))
    with transaction.atomic():
        save(first, company.rep.user, company.as_of, 30)
        assert aside(lambda: fold_totals(on=company.as_of))


def test_two_saves_of_one_deal_come_one_after_the_other(two: Any) -> None:
    company, first, _second = two
    with transaction.atomic():
        save(first, company.rep.user, company.as_of, 10)
        assert not aside(lambda: save(first, company.manager.user, company.as_of, 20))
    assert Opportunity.objects.get(pk=first.pk).amount == 10
