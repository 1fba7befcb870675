"""Rows that would change a deal of a closed day are refused one by one; the others come in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.services import set_closed_through
from pipeline.models import Opportunity

FILE = (
    "Opportunity ID,Name,Stage,Amount,Close date\n"
    "D1,Deal D1,Won,7,2024-06-12\n"
    "D2,Deal D2,Won,8,2024-07-03\n"
    "D3,Deal D3,Won,9,2024-06-01\n"
    "D4,Deal D4,Won,10,2024-07-01\n"
)


def test_an_import_leaves_closed_days_alone_and_takes_the_other_rows(company: Any, bring: Any) -> None:
    for code, on in (("D1", date(2024, 6, 12)), ("D2", date(2024, 7, 3))):
        company.deal(f"Deal {code}", stage="Won", closed_on=on, external_id=code)
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=company.as_of)
    done = bring("opportunities", FILE, today=company.as_of, by=company.ops.user)
    amounts = dict(Opportunity.objects.exclude(external_id=None).values_list("external_id", "amount"))
    assert amounts == {"D1": 1000, "D2": 8, "D4": 10}
    told = {issue.row_number: issue.message for issue in done.issues.filter(code="refused")}
    assert len(told) == 2
    assert all("Books are closed through Jun 30, 2024" in message for message in told.values())


NEW = (
    "Opportunity ID,Name,Stage,Amount,Close date,Product\n"
    "D1,Deal D1,Won,7,2024-06-12,Arm 6\n"
    "D2,Deal D2,Won,8,2024-07-03,Arm 6\n"
)


def close_june(company: Any) -> None:
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=company.as_of)


@pytest.mark.parametrize("even_changed", [False, True])
def test_an_undo_leaves_deals_of_closed_days_and_says_how_many(
    company: Any, bring: Any, undo: Any, even_changed: bool
) -> None:
    done = bring("opportunities", NEW, today=company.as_of, by=company.ops.user)
    close_june(company)
    counts = undo(done, even_changed=even_changed)
    left = Opportunity.objects.get(external_id__startswith="D")
    assert (left.external_id, left.amount, left.lines.count()) == ("D1", 7, 1)
    assert counts["of closed days"] == 1
    assert done.records.get(record_kind="opportunity", record_id=left.pk).kept == "closed"
    assert "1 kept because they belong to days whose books are closed" in done.undo_run.result


def test_an_undo_tried_again_goes_on_once_the_books_are_open(company: Any, bring: Any, undo: Any) -> None:
    done = bring("opportunities", NEW, today=company.as_of, by=company.ops.user)
    close_june(company)
    undo(done)
    set_closed_through(day=None, reason="Wrong file", by=company.ops.user, on=company.as_of)
    assert undo(done)["of closed days"] == 0
    assert not Opportunity.objects.filter(external_id="D1").exists()


def test_values_that_make_figures_of_closed_days_do_not_go_back(company: Any, bring: Any, undo: Any) -> None:
    for code, on in (("D1", date(2024, 6, 12)), ("D2", date(2024, 7, 3))):
        company.deal(f"Deal {code}", stage="Won", closed_on=on, external_id=code)
    amounts = bring("opportunities", FILE.rsplit("D3", 1)[0], today=company.as_of, by=company.ops.user)
    steps = "Opportunity ID,Name,Next step\nD1,Deal D1,Thank\n"
    words = bring("opportunities", steps, today=company.as_of, by=company.ops.user)
    assert Opportunity.objects.get(external_id="D1").next_step == "Thank"
    close_june(company)
    undo(words)
    assert Opportunity.objects.get(external_id="D1").next_step == ""
    assert undo(amounts)["of closed days"] == 1
    left = dict(Opportunity.objects.values_list("external_id", "amount"))
    assert left == {"D1": 7, "D2": 1000}


def test_a_deal_reopened_since_does_not_go_back_into_a_closed_day(company: Any, bring: Any, undo: Any) -> None:
    """As it stands no closed day keeps it; as it was one would."""
    company.deal("Deal D1", stage="Won", closed_on=date(2024, 6, 12), external_id="D1")
    file = "Opportunity ID,Name,Stage,Close date\nD1,Deal D1,Discovery,2024-09-30\n"
    done = bring("opportunities", file, today=company.as_of, by=company.ops.user)
    assert Opportunity.objects.get(external_id="D1").is_open
    close_june(company)
    assert undo(done)["of closed days"] == 1
    assert Opportunity.objects.get(external_id="D1").is_open


def test_a_line_item_of_a_closed_deal_stays(company: Any, bring: Any, undo: Any) -> None:
    company.deal("Deal D1", stage="Won", closed_on=date(2024, 6, 12), external_id="D1")
    done = bring(
        "opportunities", "Opportunity ID,Name,Product\nD1,Deal D1,Arm 6\n", today=company.as_of, by=company.ops.user
    )
    deal = Opportunity.objects.get(external_id="D1")
    assert deal.lines.count() == 1
    close_june(company)
    undo(done)
    assert deal.lines.count() == 1
    assert done.records.get(record_kind="line_item").kept == "closed"
