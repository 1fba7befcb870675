"""`among` finds what `in` finds, with one parameter however many ids there are."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Person]:
    return [Person.objects.create(name=f"P{number}", email=f"p{number}@x.example") for number in range(4)]


@pytest.mark.parametrize("wanted", [(), (0,), (0, 2), (0, 0, 3)])
def test_as_in(people: list[Person], wanted: Collection[int]) -> None:
    for person in people:
        Account.objects.create(name=f"of {person}", owner=person)
    ids = [people[one].pk for one in wanted]
    assert set(Person.objects.filter(pk__among=ids)) == set(Person.objects.filter(pk__in=ids))
    assert set(Account.objects.filter(owner__among=ids)) == set(Account.objects.filter(owner__in=ids))
    assert set(Account.objects.exclude(owner__among=ids)) == set(Account.objects.exclude(owner__in=ids))
    far = Account.objects.filter(owner__id__among=tuple(ids))
    assert far.count() == len(set(wanted))


def test_one_array_whatever_the_number() -> None:
    with CaptureQueriesContext(connection) as asked:
        list(Account.objects.filter(owner__among=range(1, 3)))
        list(Account.objects.filter(owner__among=range(1, 3_000)))
    few, many = (one["sql"] for one in asked.captured_queries)
    assert few.count("ANY(") == many.count("ANY(") == 1
    assert " IN (" not in many


@pytest.mark.parametrize("wrong", [["1; DROP TABLE x"], [None], ["a"]])
def test_only_ids(wrong: list[object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        list(Account.objects.filter(owner__among=wrong))
