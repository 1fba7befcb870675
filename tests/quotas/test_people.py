"""Targets of people: their own and their seat's, read in one query; listed, filtered and read over the API."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import FiscalPeriod
from core.services import lay_out_periods, set_closed_through
from people.services import occupy, vacate
from quotas.models import Target
from quotas.selectors import targets_for_people
from quotas.services import DayClosed, end_target, set_target
from tests.small_company import SINCE

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(company: Any) -> Any:
    lay_out_periods(company=company.row)
    return company


def owes(company: Any, who: Any, amount: int, key: str = "2024-Q3", *, seat: bool = False, **more: Any) -> Target:
    """A target of a person, or of their seat, from SINCE on."""
    kind, holder = ("position", who.position) if seat else ("person", who.person)
    given = {"measure": "bookings", "currency_id": "USD"} | more
    on = given.pop("on", SINCE)
    row = Target(
        period=FiscalPeriod.objects.get(key=key), holder_kind=kind, holder_id=holder.pk, amount=Decimal(amount), **given
    )
    return set_target(target=row, by=company.ops.user, on=on)


def told(company: Any, *who: Any, on: date | None = None) -> list[tuple[str, str, str, int, str | None, str]]:
    names = {one.person.pk: one.person.name.split()[0] for one in who}
    rows = targets_for_people(list(names), on or company.as_of)
    return [(names[r.person_id], r.measure, r.period_key, int(r.amount), r.currency, r.holder_kind) for r in rows]


def test_years_quarters_and_months_of_every_measure_come_in_one_query(
    company: Any, django_assert_num_queries: Any
) -> None:
    rep, manager = company.rep, company.manager
    owes(company, rep, 1200, "2024")
    owes(company, rep, 300, "2024-Q3")
    owes(company, rep, 100, "2024-08")
    owes(company, rep, 4, "2024-Q3", measure="new_logos", currency_id=None)
    owes(company, manager, 900, currency_id="EUR")
    owes(company, company.outsider, 1)
    with django_assert_num_queries(1):
        found = told(company, rep, manager)
    assert sorted(found) == [
        ("Ana", "bookings", "2024", 1200, "USD", "person"),
        ("Ana", "bookings", "2024-08", 100, "USD", "person"),
        ("Ana", "bookings", "2024-Q3", 300, "USD", "person"),
        ("Ana", "new_logos", "2024-Q3", 4, None, "person"),
        ("Max", "bookings", "2024-Q3", 900, "EUR", "person"),
    ]


def test_a_seats_target_falls_to_who_sits_on_it(company: Any) -> None:
    rep, outsider, moved = company.rep, company.outsider, date(2024, 5, 1)
    owes(company, rep, 500, seat=True)
    vacate(person=rep.person, on=moved)
    occupy(position=rep.position, person=outsider.person, since=moved + timedelta(days=10))
    row = ("bookings", "2024-Q3", 500, "USD", "position")
    assert told(company, rep, outsider, on=moved - timedelta(days=1)) == [("Ana", *row)]
    assert told(company, rep, outsider, on=moved) == []
    assert told(company, rep, outsider) == [("Olga", *row)]


def test_ones_own_target_stands_in_place_of_the_seats(company: Any) -> None:
    owes(company, company.rep, 500, seat=True)
    owes(company, company.rep, 400)
    owes(company, company.rep, 50, "2024-08", seat=True)
    assert [(row[2], row[3], row[5]) for row in told(company, company.rep)] == [
        ("2024-08", 50, "position"),
        ("2024-Q3", 400, "person"),
    ]


def test_a_changed_target_holds_from_its_day(company: Any) -> None:
    owes(company, company.rep, 300)
    owes(company, company.rep, 350, on=date(2024, 8, 1))
    assert [row[3] for row in told(company, company.rep, on=date(2024, 7, 31))] == [300]
    assert [row[3] for row in told(company, company.rep)] == [350]


def test_a_target_of_closed_days_stays(company: Any) -> None:
    row = owes(company, company.rep, 300)
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=company.as_of)
    for act in (
        lambda: owes(company, company.rep, 350, on=date(2024, 6, 30)),
        lambda: end_target(target=row, by=company.ops.user, on=date(2024, 6, 30)),
    ):
        with pytest.raises(DayClosed, match="Books are closed through Jun 30, 2024"):
            act()
    owes(company, company.rep, 350, on=date(2024, 7, 1))


def test_the_list_is_narrowed_by_person_and_kind_of_period(company: Any, signed_in: Any) -> None:
    owes(company, company.rep, 1200, "2024")
    owes(company, company.rep, 777, "2024-Q3")
    owes(company, company.outsider, 555)
    client = signed_in(company.ops)
    mine = client.get("/settings/targets/", {"person": company.rep.person.pk}).content.decode()
    assert "$777" in mine and "$555" not in mine
    quarters = client.get("/settings/targets/", {"kind": "quarter"}).content.decode()
    assert "FY24 Q3" in quarters and "1,200" not in quarters


def test_targets_are_read_over_the_api(company: Any, calls: Any) -> None:
    target = owes(company, company.rep, 777)
    owes(company, company.outsider, 4, measure="new_logos", currency_id=None)
    ops, person = calls(company.ops), company.rep.person
    (row,) = ops.all("targets/", person=person.pk)
    assert (row["holder_kind"], row["holder_id"], row["holder_name"]) == ("person", person.pk, "Ana Alves")
    assert (row["period"], row["amount"], row["currency"], row["valid_from"]) == (
        *("2024-Q3", "777.00", "USD"),
        SINCE.isoformat(),
    )
    one = ops.get(f"targets/{target.pk}/").json()
    assert one == row
    (logos,) = ops.all("targets/", measure="new_logos")
    assert (logos["amount"], logos["currency"]) == ("4.00", None)
    assert ops.post("targets/", {}).status_code == 403
    assert calls(company.rep).get("targets/").status_code == 403


def test_a_persons_target_is_set_on_a_page_from_a_day(company: Any, signed_in: Any) -> None:
    client, period = signed_in(company.ops), FiscalPeriod.objects.get(key="2024-08")
    holder = f"person:{company.rep.person.pk}"
    sent = {"period": period.pk, "holder": holder, "measure": "bookings", "amount": "900", "currency": "USD"}
    client.post("/settings/targets/new/", sent | {"since": "2024-08-01"})
    row = Target.objects.get()
    assert (row.holder_kind, row.valid_from, row.valid_to) == ("person", date(2024, 8, 1), None)
    client.post(row.get_absolute_url(), {"amount": "950", "since": "2024-08-10"})
    assert [int(one.amount) for one in Target.objects.order_by("valid_from")] == [900, 950]
    set_closed_through(day=date(2024, 8, 31), reason="", by=company.ops.user, on=date(2024, 9, 2))
    refused = client.post(row.get_absolute_url(), {"amount": "1", "since": "2024-08-31"})
    assert b"Books are closed through Aug 31, 2024" in refused.content and Target.objects.count() == 2
