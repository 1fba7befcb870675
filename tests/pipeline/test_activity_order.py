"""Deals by their last activity, activities by when they count: pages in order, read by index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipeline.models import Activity, Opportunity
from tests.small_company import SmallCompany

pytestmark = pytest.mark.django_db
NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
MANY = 3000


def deals(company: SmallCompany, count: int) -> None:
    """Each fifth without an activity, the last ones the youngest."""
    like = company.deal("Like")
    given = {name: getattr(like, name) for name in ("stage_id", "process_id", "currency_id", "owner_id", "created_on")}
    Opportunity.objects.bulk_create(
        Opportunity(name=f"D{n}", amount=n, **given,
                    last_activity_at=NOON + timedelta(hours=n // 2) if n % 5 else None)
        for n in range(count)
    )  # fmt: skip
    like.delete()


def plan_of(client: Any, address: str, **query: str) -> str:
    """The plan of the statement that reads the rows of a list's page."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address, query).status_code == 200
    sql = next(one["sql"] for one in asked if "LIMIT 51" in one["sql"] and "ORDER BY" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("sort", ["activity", "-activity"])
def test_deals_stand_by_their_last_activity_and_those_without_one_last(
    company: SmallCompany, signed_in: Any, sort: str
) -> None:
    deals(company, 120)
    client, seen, address = signed_in(company.manager), [], f"/opportunities/?sort={sort}"
    while address:
        table = client.get(address).context["table"]
        seen += list(table.objects)
        address = f"/opportunities/{table.next}" if table.next else ""
    assert len({deal.pk for deal in seen}) == len(seen) == 120
    told = [deal.last_activity_at for deal in seen if deal.last_activity_at]
    assert told == sorted(told, reverse=sort.startswith("-"))
    assert [deal.last_activity_at for deal in seen[len(told) :]] == [None] * 24


@pytest.mark.parametrize("query", [{"sort": "activity"}, {"sort": "-activity"}, {"activity_from": "2024-10-02"}])
def test_deals_by_activity_are_read_by_index(company: SmallCompany, signed_in: Any, query: dict[str, str]) -> None:
    deals(company, MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pipeline_opportunity")
    plan = plan_of(signed_in(company.ops), "/opportunities/", **query)
    assert "deal_last_activity" in plan and "Seq Scan on pipeline_opportunity" not in plan, plan


def test_the_list_of_activities_is_read_by_index(company: SmallCompany, signed_in: Any) -> None:
    deal = company.deal()
    Activity.objects.bulk_create(
        Activity(kind="note", title="x", subject_kind="opportunity", subject_id=deal.pk,
                 happened_at=NOON + timedelta(minutes=number) if number % 3 else None)
        for number in range(MANY)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pipeline_activity")
    plan = plan_of(signed_in(company.ops), "/activities/")
    assert "activity_told" in plan and "Seq Scan on pipeline_activity" not in plan, plan
