"""Files of who is on which plan: in, again without a change, another role from a day, locked pay, and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compensation.models import Assignment
from core import registry
from tests.compensation.pay_desk import PayDesk
from tests.integrations.conftest import bring, undo  # noqa: F401 -- files in and back

pytestmark = pytest.mark.django_db
HEAD = "Person,Comp plan,Plan role,From,Last day\n"


@pytest.fixture
def take(desk: PayDesk, bring: Any) -> Any:  # noqa: F811 -- the fixture
    def take(rows: str, **options: Any) -> Any:
        return bring("plan_assignments", HEAD + rows, today=desk.company.as_of, by=desk.admin, **options)

    return take


def told(name: str) -> list[tuple[str, date, date | None]]:
    rows = Assignment.objects.filter(payee__person__name=name).order_by("valid_from")
    return list(rows.values_list("role", "valid_from", "valid_to"))


def problems(made: Any) -> list[str]:
    return list(made.issues.filter(severity="error").values_list("message", flat=True))


def test_people_come_on_plans_and_again_nothing_changes(desk: PayDesk, take: Any) -> None:
    version = desk.plan()
    rows = f"Olga Orlov,AE 2024,AE,2024-02-01,\nMax Moreau,PLAN-{version.plan_id},,2024-03-01,2024-05-31\n"
    assert take(rows).counts["created"] == 2
    assert told("Olga Orlov") == [("AE", date(2024, 2, 1), None)]
    assert told("Max Moreau") == [("", date(2024, 3, 1), date(2024, 6, 1))]
    again = take(rows)
    assert again.counts.get("created", 0) + again.counts.get("updated", 0) == 0
    take("Olga Orlov,AE 2024,Senior AE,2024-06-01,\n")
    assert told("Olga Orlov") == [
        ("AE", date(2024, 2, 1), date(2024, 6, 1)), ("Senior AE", date(2024, 6, 1), None)
    ]  # fmt: skip


def test_an_undo_takes_everything_back(desk: PayDesk, take: Any, undo: Any) -> None:  # noqa: F811 -- the fixture
    desk.plan()
    made = take("Olga Orlov,AE 2024,AE,2024-02-01,\n")
    undo(made)
    assert told("Olga Orlov") == []


def test_what_nobody_knows_and_locked_pay_are_refused_by_row(desk: PayDesk, take: Any) -> None:
    version = desk.plan()
    made = take("Olga Orlov,Other,,2024-01-01,\nOlga Orlov,AE 2024,,2024-03-01,2024-02-01\n")
    assert told("Olga Orlov") == [] and made.counts.get("created", 0) == 0
    assert "It ends before it begins." in problems(made)
    desk.quota()
    desk.keep(version, desk.credit("A", "100", "2024-01-10"))
    desk.closed("2024-01")
    [refused] = problems(take("Olga Orlov,AE 2024,,2024-01-15,\n"))
    assert refused.startswith("Pay is locked through Jan 31, 2024 (PR-2024-01)")
    assert take("Olga Orlov,AE 2024,,2024-02-01,\n").counts["created"] == 1


def test_only_comp_admins_bring_them_in_and_what_goes_out_comes_back(desk: PayDesk, take: Any) -> None:
    desk.plan()
    kind = registry.import_kinds["plan_assignments"]
    assert [kind.may_import(user) for user in (desk.admin, desk.finance, desk.company.ops.user)] == [True, False, False]
    take("Olga Orlov,AE 2024,AE,2024-02-01,2024-06-30\n")
    [row] = [one for one in kind.records() if one["role"] == "AE"]
    assert (row["plan"], row["valid_from"], row["last_day"]) == ("AE 2024", date(2024, 2, 1), date(2024, 6, 30))
