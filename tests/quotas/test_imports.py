"""Files of quotas: every holder, every kind of period; a change begins on a day; again, back, closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core import registry
from core.services import lay_out_periods, set_closed_through
from integrations.demo.files import import_rows
from people.models import Position
from quotas.models import Target

pytestmark = pytest.mark.django_db
DAWN = date(1900, 1, 1)


@pytest.fixture
def take(company: Any, bring: Any) -> Any:
    lay_out_periods(company=company.row)

    def take(text: str, *, today: date = company.as_of, **options: Any) -> Any:
        return bring("quotas", text, today=today, by=company.ops.user, **options)

    return take


def spans() -> list[tuple[int, str | None, date, date | None]]:
    rows = Target.objects.order_by("valid_from", "pk").values_list("amount", "currency_id", "valid_from", "valid_to")
    return [(int(amount), currency, since, until) for amount, currency, since, until in rows]


def problems(made: Any) -> list[str]:
    return list(made.issues.filter(severity="error").values_list("message", flat=True))


def changed(made: Any) -> int:
    return int(made.counts.get("created", 0) + made.counts.get("updated", 0))


def test_every_holder_and_period_comes_in(company: Any, take: Any) -> None:
    take(
        "Person,Position,Team,Region,Holder,Measure,Period,Quota,Currency\n"
        "Ana Alves,,,,,,2024-Q3,1000,USD\n"
        "Ana Alves,,,,,new logos,FY24 Q3,12,USD\n"
        f",POS-{company.manager.position.pk},,,,bookings,2024,4000,EUR\n"
        ",,West 1,,,bookings,2024-08,300,\n"
        ",,,West,,margin,2024-Q3,200,\n"
        ",,,,company,bookings,2024,90000,\n"
    )
    found = {
        (t.holder_kind, t.holder_id, t.measure, t.period.key, int(t.amount), t.currency_id)
        for t in Target.objects.select_related("period")
    }
    assert found == {
        ("person", company.rep.person.pk, "bookings", "2024-Q3", 1000, "USD"),
        ("person", company.rep.person.pk, "new_logos", "2024-Q3", 12, None),
        ("position", company.manager.position.pk, "bookings", "2024", 4000, "EUR"),
        ("team", company.west.pk, "bookings", "2024-08", 300, "USD"),
        ("team", company.west.parent_id, "margin", "2024-Q3", 200, "USD"),
        ("company", 0, "bookings", "2024", 90000, "USD"),
    }


def test_a_changed_amount_ends_the_row_and_begins_another(company: Any, take: Any) -> None:
    today = company.as_of
    take("Person,Period,Quota\nAna Alves,2024-Q3,1000\n")
    assert spans() == [(1000, "USD", DAWN, None)]
    assert changed(take("Person,Period,Quota\nAna Alves,2024-Q3,1000.00\n")) == 0
    take("Person,Period,Quota\nAna Alves,2024-Q3,1100\n")
    assert spans() == [(1000, "USD", DAWN, today), (1100, "USD", today, None)]
    take("Person,Period,Quota\nAna Alves,2024-Q3,1150\n")  # the same day again: corrected
    assert spans() == [(1000, "USD", DAWN, today), (1150, "USD", today, None)]
    take("Person,Period,Quota,From\nAna Alves,2024-Q3,1050,2024-07-01\n")
    begun = date(2024, 7, 1)
    assert spans() == [(1000, "USD", DAWN, begun), (1050, "USD", begun, today), (1150, "USD", today, None)]


def test_a_day_may_be_asked_for_the_whole_file(company: Any, take: Any) -> None:
    take("Person,Period,Quota\nAna Alves,2024-Q3,1000\n", since="2024-01-01")
    take("Person,Period,Quota\nAna Alves,2024-Q3,1000\n", since="2024-02-01")
    assert spans() == [(1000, "USD", date(2024, 1, 1), None)]
    take("Person,Period,Quota\nAna Alves,2024-Q3,1200\n", since="2024-07-01")
    assert spans()[1:] == [(1200, "USD", date(2024, 7, 1), None)]


def test_who_owes_it_must_be_said_and_only_once(company: Any, take: Any) -> None:
    made = take("Person,Team,Period,Quota\n,,2024-Q3,5\nAna Alves,West 1,2024-Q3,5\n")
    assert len(problems(made)) == 2 and all("Say who owes it" in words for words in problems(made))
    assert not Target.objects.exists()


def test_a_title_that_several_seats_have_tells_nothing(company: Any, take: Any) -> None:
    Position.objects.create(title="Rep West")
    made = take("Position,Period,Quota\nRep West,2024-Q3,5\n", accept=False)
    assert not Target.objects.exists() and made.counts.get("waiting") == 1
    take(f"Position,Period,Quota\nPOS-{company.rep.position.pk},2024-Q3,5\n")
    assert Target.objects.get().holder_id == company.rep.position.pk


def test_an_export_is_a_file_that_changes_nothing_and_brings_all_back(company: Any, take: Any) -> None:
    take("Person,Period,Quota,From,Last day\nAna Alves,2024-Q3,1000,2024-01-01,2024-06-30\n")
    take(
        "Person,Team,Holder,Measure,Period,Quota\nAna Alves,,,,2024-Q3,1100\n,West 1,,units,2024,7\n,,company,,2024,9\n"
    )
    before = spans()
    exported = [
        {name: value for name, value in row.items() if value is not None}
        for row in registry.import_kinds["quotas"].records()
    ]
    for emptied in (False, True):
        if emptied:
            Target.objects.all().delete()
        made = import_rows(
            kind="quotas", name="x.csv", rows=exported, by=company.ops.user, today=company.as_of + timedelta(days=9)
        )
        assert made is not None and changed(made) == (len(before) if emptied else 0)
        assert sorted(spans(), key=str) == sorted(before, key=str)


def test_an_undo_gives_back_what_held(company: Any, take: Any, undo: Any) -> None:
    first = take("Person,Period,Quota\nAna Alves,2024-Q3,1000\n")
    second = take("Person,Period,Quota\nAna Alves,2024-Q3,1100\n")
    undo(second)
    assert spans() == [(1000, "USD", DAWN, None)]
    undo(first)
    assert spans() == []


def test_closed_days_keep_their_targets(company: Any, take: Any, undo: Any) -> None:
    first = take("Person,Period,Quota,From\nAna Alves,2024-Q3,1000,2024-01-01\n")
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=company.as_of)
    head = "Person,Period,Quota,From\n"
    for row in ("Ana Alves,2024-Q3,1100,2024-01-01", "Ana Alves,2024-Q3,1100,2024-06-30"):
        assert "Books are closed through Jun 30, 2024" in problems(take(f"{head}{row}\n"))[0]
    take("Person,Period,Quota\nAna Alves,2024-Q4,900\n")
    assert spans() == [(1000, "USD", date(2024, 1, 1), None), (900, "USD", date(2024, 7, 1), None)]
    undo(first)
    assert spans()[0][0] == 1000
