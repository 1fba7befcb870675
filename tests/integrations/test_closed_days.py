"""Rows that would change a deal of a closed day are refused one by one; the others come in."""

from __future__ import annotations

from datetime import date
from typing import Any

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
