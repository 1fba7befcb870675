"""Scenarios: who sees them, which of their rows count."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from core.models import FiscalPeriod, Scenario
from core.selectors import rows_that_count
from core.services import ScenarioError, begin_change, redo_change, undo_change
from territories.models import PlannedPlacement, Territory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario(company: Any) -> Scenario:
    year = FiscalPeriod.objects.create(
        key="2027", kind="year", label="FY27", starts_on=date(2027, 1, 1), ends_on=date(2028, 1, 1)
    )
    return Scenario.objects.create(name="Next year", year=year, starts_on=date(2027, 1, 1))


def test_the_last_row_of_a_key_counts_until_its_change_is_undone(company: Any, scenario: Scenario) -> None:
    account, north = Account.objects.create(name="Acme"), Territory.objects.create(name="North")

    def move(to: Territory | None) -> int:
        change = begin_change(scenario_id=scenario.pk, kind="move", label="Acme", by=company.ops.user)
        PlannedPlacement.objects.create(scenario=scenario, change=change, account=account, territory=to)
        return change.pk

    def wanted() -> list[int | None]:
        rows = rows_that_count(PlannedPlacement.objects.filter(scenario=scenario), "account")
        return list(rows.values_list("territory", flat=True))

    move(north)
    second = move(None)
    assert wanted() == [None]
    undo_change(change_id=second, by=company.ops.user, at=timezone.now())
    assert wanted() == [north.pk]
    redo_change(change_id=second, by=company.ops.user)
    assert wanted() == [None]


def test_a_scenario_in_review_is_not_edited(company: Any, scenario: Scenario) -> None:
    Scenario.objects.filter(pk=scenario.pk).update(state="review")
    with pytest.raises(ScenarioError, match="in review"):
        begin_change(scenario_id=scenario.pk, kind="move", label="Acme", by=company.ops.user)


def test_what_a_scenario_adds_is_seen_by_nobody_else(scenario: Scenario) -> None:
    Territory.every.create(name="New south", scenario=scenario)
    assert not Territory.objects.filter(name="New south").exists()


def test_reps_see_no_plans(company: Any, signed_in: Any, scenario: Scenario) -> None:
    assert signed_in(company.rep).get("/plans/").status_code == 404
    assert "Next year" in signed_in(company.ops).get("/plans/").content.decode()
