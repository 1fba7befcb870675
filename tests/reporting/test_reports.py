"""Reports of the small company: who is counted where, for whom, and in which words the command gives them."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Person
from people.services import report_to
from quotas.enums import HolderKind
from reporting.selectors import HEADER, figures, report
from tests.reporting.facts import QUARTER, target, won
from tests.small_company import SmallCompany


def ask(company: SmallCompany, **given: Any) -> Any:
    period = company.row.calendar.period(given.pop("key", QUARTER))
    return report(period=period, as_of=company.as_of, seen_on=company.as_of, **given)


def test_sums_of_a_quarter(deals: SmallCompany) -> None:
    found = {name: value.plain for name, value in ask(deals).metrics.items()}
    assert found["bookings"] == "1200"
    assert (found["won_count"], found["lost_count"], found["win_rate"]) == (3, 1, 75.0)
    assert (found["open_count"], found["open_pipeline"], found["undated_open"]) == (1, "900", 1)
    assert found["average_cycle_days"] == 19.0


def test_undated_deals_count_only_under_all_time(deals: SmallCompany) -> None:
    found = ask(deals, key="all").metrics
    assert (found["open_count"].plain, found["open_pipeline"].plain) == (2, "950")


@pytest.mark.parametrize("by", ["region", "team", "manager", "rep", "product", "segment", "type"])
def test_the_parts_of_a_split_add_up(deals: SmallCompany, by: str) -> None:
    found = ask(deals, by=by)
    for name in ("bookings", "open_pipeline"):
        assert sum(line.metrics[name].value for line in found.lines) == found.metrics[name].value
    for name in ("won_count", "lost_count", "open_count", "undated_open"):
        assert sum(line.metrics[name].plain for line in found.lines) == found.metrics[name].plain


def test_quarters_of_a_year_add_up(deals: SmallCompany) -> None:
    found = ask(deals, key="2024", by="quarter")
    assert [line.key for line in found.lines] == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
    assert sum(line.metrics["bookings"].value for line in found.lines) == found.metrics["bookings"].value


def test_two_people_of_one_name_stay_two(deals: SmallCompany) -> None:
    Person.objects.filter(pk=deals.outsider.person.pk).update(name="Ana Alves")
    keys = [line.key for line in ask(deals, by="rep").lines]
    assert keys == [f"Ana Alves ({deals.rep.person.pk})", f"Ana Alves ({deals.outsider.person.pk})"]


def test_targets_of_company_region_and_rep(deals: SmallCompany) -> None:
    target(deals, 2400)
    target(deals, 1000, holder_kind=HolderKind.TEAM, holder_id=deals.west.parent_id)
    target(deals, 800, holder_kind=HolderKind.PERSON, holder_id=deals.rep.person.pk)
    assert ask(deals).metrics["attainment"].plain == 50.0
    west = next(line for line in ask(deals, by="region").lines if line.key == "West")
    assert west.metrics["attainment"].plain == 80.0
    own = ask(deals, user=deals.rep.user).metrics
    assert (own["target"].plain, own["coverage_remaining"].plain) == ("800", None)


def test_a_quarter_takes_the_sum_of_its_months_and_only_of_all_three(deals: SmallCompany) -> None:
    target(deals, 100, "2024-07")
    target(deals, 100, "2024-08")
    assert ask(deals).metrics["target"].plain is None
    target(deals, 100, "2024-09")
    assert ask(deals).metrics["target"].plain == "300"


def test_each_sees_only_the_own_line(deals: SmallCompany) -> None:
    seen = {
        name: ask(deals, user=getattr(deals, name).user).metrics["bookings"].plain
        for name in ("vp", "ops", "manager", "rep", "other_manager", "outsider")
    }
    assert seen == {
        "vp": "1200",
        "ops": "1200",
        "manager": "800",
        "rep": "800",
        "other_manager": "400",
        "outsider": "400",
    }


def test_a_login_without_a_role_in_sales_sees_nothing(deals: SmallCompany) -> None:
    assert ask(deals, user=deals.admin.user).metrics["won_count"].plain == 0


def test_a_former_manager_sees_the_line_of_today_whatever_day_is_asked_about(deals: SmallCompany) -> None:
    moved = date(2024, 8, 1)
    report_to(position=deals.rep.position, manager=deals.other_manager.position, since=moved)
    from people.services import rebuild_closure

    rebuild_closure()
    period = deals.row.calendar.period(QUARTER)
    for member, booked in ((deals.manager, 0), (deals.other_manager, 3)):
        found = report(period=period, as_of=date(2024, 7, 31), user=member.user, seen_on=deals.as_of)
        assert found.metrics["won_count"].plain == booked


def test_figures_by_manager_follow_the_line_of_the_close_date(deals: SmallCompany) -> None:
    report_to(position=deals.rep.position, manager=deals.other_manager.position, since=date(2024, 8, 1))
    won(deals, "Won after the move", 1000, on=date(2024, 8, 10))
    found = {line.key: line.metrics["bookings"].plain for line in ask(deals, by="manager").lines}
    assert found == {"Eva Egger": "1400", "Max Moreau": "800"}


def test_the_number_of_queries_does_not_grow_with_the_rows(company: SmallCompany) -> None:
    won(company, "One", 100)
    ask(company, user=company.vp.user)  # roles are asked for once a login
    with CaptureQueriesContext(connection) as one:
        ask(company, by="rep", user=company.vp.user)
    for number in range(3):
        won(company, f"More {number}", 100, owner=company.outsider)
    with CaptureQueriesContext(connection) as more:
        ask(company, by="rep", user=company.vp.user)
    assert len(one) == len(more)


def test_a_file_has_the_values_of_the_json(deals: SmallCompany) -> None:
    found = ask(deals, by="region")
    answer = found.as_json()
    rows = [dict(zip(HEADER, row, strict=True)) for row in figures(found)]
    lines = [{"key": "all", "metrics": answer["metrics"]}, *answer["by"]]
    for row, line in zip(rows, lines, strict=True):
        assert row["key"] == line["key"]
        assert {name: row[name] for name in line["metrics"]} == {n: v["value"] for n, v in line["metrics"].items()}


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("metrics", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_agreed_shape(deals: SmallCompany) -> None:
    found = json.loads(command("--period", QUARTER, "--by", "region", "--as-of", "2024-08-15", "--json"))
    assert set(found) == {"period", "as_of", "currency", "metrics", "by"}
    assert (found["period"], found["as_of"], found["currency"]) == (QUARTER, "2024-08-15", "USD")
    assert found["metrics"]["bookings"] == {"value": "1200", "unit": "USD"}
    assert found["metrics"]["win_rate"] == {"value": 75.0, "unit": "percent"}
    assert found["metrics"]["target"]["value"] is None and found["metrics"]["target"]["reason"]
    assert [line["key"] for line in found["by"]] == ["West", "East"]


def test_the_command_as_a_person(deals: SmallCompany) -> None:
    found = json.loads(command("--period", "all", "--as", "olga@example.com", "--as-of", "2024-08-15", "--json"))
    assert found["metrics"]["bookings"]["value"] == "400"


def test_the_command_in_words(deals: SmallCompany) -> None:
    text = command("--period", QUARTER, "--as-of", "2024-08-15")
    assert "win_rate             75.0 percent" in text
    assert "target               – (No target is set" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--period", "2017-Q5"), "2017-Q3"),
        (("--period", "9999"), "no period"),
        (("--as-of", "yesterday"), "2017-09-30"),
        (("--as", "nobody@example.com"), "nobody@example.com"),
        (("--as", "ada@example.com"), "no role"),
        (("--by", "colour"), "choose from"),
    ],
)
def test_the_command_refuses_in_plain_words(company: SmallCompany, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*arguments)
