"""How much of a deal is credited in all: the whole to who sees all pay, to others their own part and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compensation.models import PayeeResult
from pipeline.models import OpportunitySplit
from tests.compensation.pay_desk import PayDesk
from tests.compensation.test_crediting_of_deals import refreshed, won

pytestmark = pytest.mark.django_db
CLAUSES = [
    {"credit": "bookings", "on": "booking", "to": "splits"},
    {"credit": "bookings", "on": "booking", "to": "overlays"},
]


def panel(client: Client, deal: Any) -> str:
    return " ".join(client.get(reverse("compensation:deal_commission", args=[deal.pk])).content.decode().split())


def test_splits_and_overlays_are_told_in_all_and_to_a_payee_their_own(
    desk: PayDesk, signed_in: Callable[..., Client]
) -> None:
    manager, olga = desk.company.manager.person, desk.company.outsider.person
    version = desk.plan(people=[desk.ana, manager, olga], crediting=CLAUSES)
    deal = won(desk, "900")
    for person, kind, percent in ((desk.ana, "revenue", "33.33"), (manager, "revenue", "66.67"), (olga, "overlay", 75)):
        OpportunitySplit.objects.create(opportunity=deal, person=person, kind=kind, percent=percent)
    desk.closed("2024-01")  # from which on they have pay to see
    refreshed(version)
    whole = panel(signed_in(desk.finance), deal)
    assert "Credited in all, bookings" in whole and "175%" in whole and "more than the whole" in whole
    assert "overlay 75%, split 100%" in whole
    assert PayeeResult.objects.exists()
    own = panel(signed_in(desk.company.rep), deal)
    assert "Your credit, bookings" in own and "33.3%" in own
    assert not any(word in own for word in ("175%", "66.7%", "75%", "100%", "more than the whole"))
