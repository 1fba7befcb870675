"""Writing in sets: texts arrive as they are, empty tables get everything back, dated facts keep their past."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from core.bulk import (
    BY_EXTERNAL_ID,
    FactPlan,
    LoadPlan,
    Match,
    bare_fill,
    begin_touching,
    copy_rows,
    hold,
    load,
    say_who,
)
from core.bulk.bare import LEAST_ROWS
from people.models import Position, ReportingLine
from pipeline.models import Opportunity, OpportunityLine, Product

pytestmark = pytest.mark.django_db
DAWN, TODAY = date(1900, 1, 1), date(2026, 5, 4)
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=40)


@given(st.lists(st.tuples(TEXT, st.none() | TEXT, st.none() | st.booleans()), max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_text_arrives_as_it_is(rows: list[tuple[str, str | None, bool | None]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE so_test (place serial, one text, two text, three boolean)")
        assert copy_rows(table="so_test", columns=["one", "two", "three"], rows=rows) == len(rows)
        cursor.execute("SELECT one, two, three FROM so_test ORDER BY place")
        assert cursor.fetchall() == rows
        cursor.execute("DROP TABLE so_test")


def test_other_values_arrive_exactly() -> None:
    at = datetime(2026, 5, 4, 9, 30, 0, 123456, tzinfo=UTC)
    row = (Decimal("12345678901234.5678"), date(2026, 5, 4), at, {"a": ["\\", '"', "ü"]}, [1, None], "NU\x00L")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE so_test (a numeric, b date, c timestamptz, d jsonb, e jsonb, f text) ON COMMIT DROP"
        )
        copy_rows(table="so_test", columns=list("abcdef"), rows=[row])
        cursor.execute("SELECT a, b, c, d ->> 'a', e::text, f FROM so_test")
        assert cursor.fetchone() == (row[0], row[1], at, '["\\\\", "\\"", "ü"]', "[1, null]", "NUL")


def _schema(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass", [table]
        )
        return found | {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("table", ["pipeline_opportunity", "pipeline_opportunityline", "accounts_account"])
def test_bare_fill_puts_everything_back(table: str) -> None:
    before = _schema(table)
    with connection.cursor() as cursor:
        with bare_fill(cursor, table, LEAST_ROWS):
            during = _schema(table)
        assert during < before
        assert _schema(table) == before
        with bare_fill(cursor, table, LEAST_ROWS - 1):
            assert _schema(table) == before  # not worth it for a few rows


def test_bare_fill_checks_every_pointer() -> None:
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
        bare_fill(cursor, "pipeline_opportunityline", LEAST_ROWS),
    ):
        cursor.execute(
            "INSERT INTO pipeline_opportunityline (opportunity_id, product_id, quantity, unit_price)"
            " VALUES (1, 2, 1, 1)"
        )
    assert not OpportunityLine.objects.exists()


def test_table_with_rows_is_filled_as_usual(company: Any) -> None:
    company.deal()
    before = _schema(Opportunity._meta.db_table)
    with connection.cursor() as cursor, bare_fill(cursor, Opportunity._meta.db_table, LEAST_ROWS):
        assert _schema(Opportunity._meta.db_table) == before


def _load(rows: list[dict[str, Any]], *, prefix: str = "", matches: tuple[Match, ...] = (BY_EXTERNAL_ID,)) -> Any:
    plan = LoadPlan(
        model=Product,
        matches=matches,
        columns=("external_id", "name", "family"),
        defaults={"family": "''", "is_recurring": "false", "is_active": "true", "extra": "'{}'::jsonb"},
        prepare=lambda clean: clean,
    )
    begin_touching()
    numbered = [(number, hash(tuple(row.items())), row) for number, row in enumerate(rows, start=2)]
    return load(plan, numbered, kind="product", prefix=prefix)


def test_last_row_of_a_key_wins_and_blanks_change_nothing() -> None:
    same = {"external_id": "A", "name": "Arm", "family": "Arms"}
    found = _load(
        [same, {"external_id": "A", "name": "Arm 2", "family": None}, same | {"external_id": "B", "name": "B"}]
    )
    assert (found.created, found.conflicting, found.exact_duplicates) == (2, [2], [])
    again = _load([{"external_id": "A", "name": "Arm 2", "family": "Arms"}, {"external_id": "B", "name": "B"}])
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)
    assert dict(Product.objects.values_list("name", "family")) == {"Arm 2": "Arms", "B": "Arms"}
    assert _load([same, same]).exact_duplicates == [2]


def test_two_rows_that_fit_one_record_by_its_name_stay_two() -> None:
    known = Product.objects.create(name="Arm")
    by_name = Match("lower(t.name)", "lower(s.name)", "t.external_id IS NULL")
    rows = [{"external_id": "A", "name": "ARM"}, {"external_id": "B", "name": "arm"}]
    found = _load(rows, matches=(BY_EXTERNAL_ID, by_name))
    assert (found.created, found.updated, found.conflicting) == (1, 1, [])
    assert Product.objects.get(external_id="B").pk == known.pk


def test_number_names_a_record_and_is_no_external_id() -> None:
    known = Product.objects.create(name="Arm")
    found = _load([{"external_id": f"PRD-{known.pk}", "name": "Arm 2"}], prefix="PRD-")
    assert (found.updated, found.created) == (1, 0)
    known.refresh_from_db()
    assert (known.name, known.external_id) == ("Arm 2", None)


def test_new_record_without_a_name_is_refused_alone() -> None:
    found = _load([{"external_id": "A", "name": None}, {"external_id": "B", "name": "B"}])
    assert (found.created, list(found.refused)) == (1, [2])


def test_facts_keep_their_past() -> None:
    one, two, three = (Position.objects.create(title=name) for name in "ABC")
    plan = FactPlan(ReportingLine, "reporting_line", "position_id", "reports_to_id")

    def report(boss: Position, *, since: date | None = None, today: date = TODAY) -> int:
        begin_touching()
        return hold(plan, [(one.pk, boss.pk)], since=since, today=today, dawn=DAWN)

    def lines() -> list[tuple[str, date, date | None]]:
        found = ReportingLine.objects.filter(position=one).order_by("valid_from")
        return list(found.values_list("reports_to__title", "valid_from", "valid_to"))

    assert report(two) == 1
    assert lines() == [("B", DAWN, None)]  # what is new has always been so
    assert report(two) == 0
    assert report(three) == 1
    assert lines() == [("B", DAWN, TODAY), ("C", TODAY, None)]  # a change is one of today
    report(two, since=date(2025, 1, 1))
    assert lines() == [("B", DAWN, date(2025, 1, 1)), ("B", date(2025, 1, 1), None)]


def test_history_names_who_wrote_in_bulk(company: Any) -> None:
    account = company.account()
    say_who(user_id=company.ops.user.pk, detail={"import": 12})
    Account.objects.filter(pk=account.pk).update(city="Rome")
    event = account.events.latest("pgh_id")
    assert event.pgh_context.metadata["user"] == company.ops.user.pk
    assert event.pgh_context.metadata["import"] == 12
