"""A real CRM export from nothing to figures, again, and back to nothing. The figures are published with the data."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Sum

from accounts.models import Account, AccountOwnership
from integrations.models import ImportedRecord
from people.models import Occupancy, Person, Position, PositionTeam, ReportingClosure, ReportingLine, Team
from pipeline.models import ListPrice, Opportunity, OpportunityLine, Product, Stage

pytestmark = pytest.mark.django_db
FILES = (("people", "sales_teams"), ("accounts", "accounts"), ("products", "products"))
FILES = (*FILES, ("opportunities", "sales_pipeline"))


@pytest.fixture
def crm(bring: Callable[..., Any], shared_path: Callable[..., Path]) -> Callable[[], dict[str, Any]]:
    def import_all() -> dict[str, Any]:
        return {kind: bring(kind, shared_path("data", "crm_maven", f"{name}.csv")) for kind, name in FILES}

    return import_all


def test_whole_export_gives_the_published_figures(crm: Callable[[], dict[str, Any]]) -> None:
    files = crm()
    counts = {
        kind: (row.counts["created"], row.counts["waiting"], row.counts["rejected"]) for kind, row in files.items()
    }
    assert counts == {
        "people": (35, 0, 0),
        "accounts": (85, 0, 0),
        "products": (7, 0, 0),
        "opportunities": (8800, 0, 0),
    }
    by_stage = dict(Opportunity.objects.values_list("stage__name").annotate(n=Count("pk")))
    assert by_stage == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    won = Opportunity.objects.filter(status="won")
    assert won.aggregate(value=Sum("amount"))["value"] == Decimal(10_005_534)
    assert Opportunity.objects.filter(account=None).count() == 1425
    assert OpportunityLine.objects.count() == 8800
    _regions_and_managers()
    quarters = {
        quarter: won.filter(closed_on__year=2017, closed_on__quarter=quarter).aggregate(v=Sum("amount"))["v"]
        for quarter in (1, 2, 3, 4)
    }
    assert quarters == {1: Decimal(1134672), 2: Decimal(3086111), 3: Decimal(2982255), 4: Decimal(2802496)}
    assert Account.objects.filter(industry="technolgy").count() == 0
    assert Account.objects.filter(country="Philippines").count() == 1
    assert Account.objects.exclude(parent=None).count() == 15


def _regions_and_managers() -> None:
    """Won value by region and by manager as the lines of the dates say: both add up to the same."""
    regions, managers = {}, {}
    seats = dict(Occupancy.objects.values_list("position_id", "person_id"))
    value = dict(Opportunity.objects.filter(status="won").values_list("owner_id").annotate(v=Sum("amount")).order_by())
    names = dict(Person.objects.values_list("pk", "name"))
    for line in ReportingLine.objects.all():
        name = names[seats[line.reports_to_id]]
        managers[name] = managers.get(name, 0) + value.get(seats[line.position_id], 0)
    for place in PositionTeam.objects.select_related("team"):
        regions[place.team.name] = regions.get(place.team.name, 0) + value.get(seats[place.position_id], 0)
    assert regions == {"West": 3568647, "Central": 3346293, "East": 3090594}
    assert len(managers) == 6 and sum(managers.values()) == 10_005_534
    assert ReportingClosure.objects.count() == 41 + 35


def test_stages_stand_where_deals_pass_them(crm: Callable[[], dict[str, Any]]) -> None:
    crm()
    names = list(Stage.objects.order_by("position", "pk").values_list("name", flat=True))
    assert names == ["Prospecting", "Discovery", "Engaging", "Evaluation", "Proposal", "Negotiation", "Won", "Lost"]
    chances = dict(Stage.objects.values_list("name", "probability"))
    assert chances["Prospecting"] < chances["Discovery"] < chances["Engaging"] < chances["Evaluation"]


def test_importing_again_changes_nothing(crm: Callable[[], dict[str, Any]]) -> None:
    crm()
    stamps = dict(Opportunity.objects.values_list("pk", "version"))
    lines = list(ReportingLine.objects.order_by("pk").values())
    for row in crm().values():
        changed = {name: row.counts[name] for name in ("created", "updated", "facts", "waiting", "rejected")}
        assert changed == dict.fromkeys(changed, 0)
        assert row.counts["unchanged"] == row.counts["rows"]
        assert row.proposals.count() == 0  # decisions are remembered by the header line
    assert stamps == dict(Opportunity.objects.values_list("pk", "version"))
    assert lines == list(ReportingLine.objects.order_by("pk").values())


def test_undoing_each_leaves_nothing(crm: Callable[[], dict[str, Any]], undo: Callable[..., Any]) -> None:
    stages, before = set(Stage.objects.values_list("pk", "name", "position")), Person.objects.count()
    files = crm()
    for kind, _name in reversed(FILES):
        counts = undo(files[kind])
        assert counts["kept"] == 0, kind
        assert files[kind].state == "undone"
    for model in (Opportunity, OpportunityLine, Product, ListPrice, Account, AccountOwnership, Position, Occupancy):
        assert model.objects.count() == 0, model
    for model in (PositionTeam, ReportingLine, ReportingClosure, Team, ImportedRecord):
        assert model.objects.count() == 0, model
    assert Person.objects.count() == before
    assert set(Stage.objects.values_list("pk", "name", "position")) == stages


def test_undoing_in_the_wrong_order_keeps_what_is_used(
    crm: Callable[[], dict[str, Any]], undo: Callable[..., Any]
) -> None:
    files = crm()
    used = Opportunity.objects.exclude(account=None).values("account").distinct().count()
    counts = undo(files["accounts"])
    assert counts["kept"] == Account.objects.count() >= used
    assert set(files["accounts"].records.values_list("kept", flat=True)) == {"used"}
    undo(files["opportunities"])
    assert undo(files["accounts"])["kept"] == 0  # what was kept may be undone later
    assert Account.objects.count() == 0
