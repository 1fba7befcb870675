"""Through the database: credits loaded in any order and batches, each time into tables without any, pay the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q

from compensation.models import Credit, RunLine
from compensation.services.crediting import CreditRow
from tests.compensation.pay_desk import TIERS, PayDesk

pytestmark = pytest.mark.django_db
SELLERS = {
    "plan": "Sellers",
    "measures": {"bookings": {"over": "year"}, "team": {"credits": "bookings", "of": "line", "over": "quarter"}},
    "components": {
        "commission": {"measure": "bookings", "pays": TIERS, "returns": "rewalk"},
        "team": {"measure": "team", "pays": {"tiers": [{"up_to": 9000, "rate": "1%"}, {"rate": "2% / 3", "on": "all"}],
                                             "by": "amount"}},
        "below": {"pays": {"override": ["commission"], "levels": ["10%", "1/7"]}},
    },
}  # fmt: skip
SUPPORT = {
    "plan": "Support",
    "measures": {"bookings": {"over": "month"}},
    "components": {
        "deals": {"measure": "bookings",
                  "pays": {"bands": [{"from": 500, "rate": "3%"}, {"up_to": "499.99", "rate": "1%"}]}},
        "goal": {"measure": "bookings", "pays": {"curve": {"points": [["0%", 0], ["100%", "100%"]]}, "of": 777}},
        "capped": {"measure": "bookings", "pays": {"rate": "1/9"}, "then": [{"cap": {"amount": 60, "per": "credit"}}]},
    },
}  # fmt: skip
Load = Sequence[tuple[int, CreditRow]]  # which plan, and the credit


def _credits(desk: PayDesk) -> list[tuple[int, CreditRow]]:
    """Splits of 60 to 40, credits of one person, a return of one split, and those of the other plan."""
    company, found = desk.company, []
    ana, olga, eva = desk.ana, company.outsider.person, company.other_manager.person
    for number in range(1, 31):
        day, amount = f"2024-0{1 + number % 3}-{1 + number % 28:02d}", number * 3701
        parts = (amount * 6 // 10, amount - amount * 6 // 10)
        for person, part in zip((ana, olga) if number % 2 else (olga, ana), parts, strict=True):
            found.append((0, desk.credit(f"OPP-{number}:1", f"{part / 100:.2f}", day, person=person)))
        found.append((1, desk.credit(f"OPP-{number}:2", f"{amount / 100:.2f}", day, person=eva)))
    back = desk.credit("RET-1:1", "-90.00", "2024-03-30", person=ana, returns_key="OPP-5:1")
    return [*found, (0, back)]


def _paid(desk: PayDesk, batches: Sequence[Load]) -> tuple[Any, ...]:
    """What a run of March comes to when credits are loaded so, and nothing of it is left behind."""
    company = desk.company
    with transaction.atomic():
        people = [desk.ana, company.outsider.person, company.manager.person, company.vp.person]
        versions = [desk.plan(people=people, **SELLERS), desk.plan(people=[company.other_manager.person], **SUPPORT)]
        assert not Credit.objects.exists()
        for batch in batches:
            for number, version in enumerate(versions):
                rows = [row for plan, row in batch if plan == number]
                desk.keep(version, *rows, among=Q(pk__isnull=True))  # none of those that are there already
        run = desk.calculated("2024-03")
        lines = RunLine.objects.filter(run=run)
        told = lines.filter(stage=1).exclude(amount_minor=0)
        kinds = set(told.values_list("component__key", flat=True))
        found = (run.run.output_hash, run.run.input_hash, run.totals, run.lines, told.count(), frozenset(kinds))
        transaction.set_rollback(True)
    return found


def _in_batches(rows: Load, cuts: Sequence[int]) -> list[Load]:
    edges = [0, *cuts, len(rows)]
    return [rows[first:last] for first, last in zip(edges, edges[1:], strict=False)]


def test_credits_in_any_order_and_batches_into_empty_tables_pay_the_same(desk: PayDesk) -> None:
    company = desk.company
    for person in (desk.ana, company.outsider.person, company.manager.person, company.other_manager.person):
        desk.quota("3000", person=person)
    rows = _credits(desk)
    first = _paid(desk, [rows])
    assert first[5] == {"commission", "team", "below", "deals", "goal", "capped"}
    for seed, cuts in ((1, ()), (2, (1, 40)), (3, (13, 14, 60))):
        shuffled = list(rows)
        Random(seed).shuffle(shuffled)
        assert _paid(desk, _in_batches(shuffled, cuts)) == first
    assert _paid(desk, [rows[1:]])[0] != first[0]
