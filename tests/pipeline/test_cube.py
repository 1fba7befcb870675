"""Sums, checked against the same sums added up deal by deal in Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.periods import ALL, Period
from core.models import FxRate, in_force_on
from core.selectors import the_company
from people.models import Occupancy, PositionTeam, ReportingClosure, ReportingLine
from pipeline.models import Opportunity
from pipeline.selectors.cube import UNASSIGNED, Question, Sums, loss_sums, span_sums, split_sums, stage_sums, sums
from tests.pipeline.deal_world import DealWorld

SPLITS = ("region", "team", "manager", "rep", "product", "family", "segment", "type", "stage", "loss_reason")


def one(rows: Any, day: date) -> Any:
    return rows.filter(in_force_on(day)).first()


class Fact:
    """One deal as of a day, worked out field by field."""

    def __init__(self, deal: Opportunity, as_of: date) -> None:
        self.deal = deal
        is_open = deal.status == "open" or (deal.closed_on is not None and deal.closed_on > as_of)
        self.status = "open" if is_open else deal.status
        self.day = deal.expected_close_on if is_open else deal.closed_on
        self.line_day = as_of if is_open else deal.closed_on or as_of
        seat = one(Occupancy.objects.filter(person=deal.owner_id or 0), self.line_day)
        self.position = seat.position_id if seat else 0
        placed = one(PositionTeam.objects.filter(position=self.position).select_related("team__parent"), self.line_day)
        self.team = placed.team if placed else None
        self.region = self.team if self.team and self.team.kind == "region" else self.team and self.team.parent
        line = one(ReportingLine.objects.filter(position=self.position), self.line_day)
        boss = line and one(
            Occupancy.objects.filter(position=line.reports_to_id).select_related("person"), self.line_day
        )
        self.manager = boss.person if boss else None
        above = ReportingClosure.objects.filter(in_force_on(self.line_day), descendant=self.position)
        self.line = set(above.values_list("ancestor_id", flat=True))

    def key(self, split: str) -> str:
        deal = self.deal
        found: Any = {
            **{"region": self.region, "team": self.team, "manager": self.manager, "rep": deal.owner},
            **{"product": deal.product, "family": deal.product and deal.product.family, "type": deal.type},
            **{"segment": deal.account and deal.account.segment, "stage": deal.stage, "loss_reason": deal.loss_reason},
        }[split]
        return str(getattr(found, "name", found) or UNASSIGNED)

    def value(self) -> Decimal | None:
        """Whole minor units, at the plan rate of the line's day."""
        if self.deal.amount is None:
            return None
        unit = Decimal(1).scaleb(-self.deal.currency.minor_digits)
        amount = self.deal.amount.quantize(unit, rounding=ROUND_HALF_UP)
        if self.deal.currency_id == the_company().currency_id:
            return amount
        rate = one(FxRate.objects.filter(kind="plan", currency=self.deal.currency_id), self.line_day)
        return amount * rate.rate if rate else None

    def add_to(self, sums: Sums, period: Period) -> None:
        if self.status == "open" and self.day is None:
            sums.open_undated += 1
        if period.kind != ALL and (self.day is None or not period.contains(self.day)):
            return
        deal, value = self.deal, self.value()
        blank, worth = deal.amount is None, value or Decimal(0)
        sums.unconverted += value is None and not blank
        if self.status == "open":
            probability = deal.stage.probability if deal.probability is None else deal.probability
            sums.open_count, sums.open_amount = sums.open_count + 1, sums.open_amount + worth
            sums.open_weighted += worth * probability / 100
            sums.open_blank, sums.open_pushed = sums.open_blank + blank, sums.open_pushed + (deal.pushed_count > 0)
        elif self.status == "lost":
            sums.lost_count, sums.lost_amount = sums.lost_count + 1, sums.lost_amount + worth
        else:
            sums.won_count, sums.won_amount = sums.won_count + 1, sums.won_amount + worth
            sums.won_blank += blank
            begun = deal.engaged_on or deal.created_on
            if deal.closed_on and begun <= deal.closed_on:
                sums.cycle_days, sums.cycle_deals = (
                    sums.cycle_days + (deal.closed_on - begun).days,
                    sums.cycle_deals + 1,
                )


def facts(as_of: date) -> list[Fact]:
    deals = Opportunity.objects.filter(archived_at=None).select_related(
        "owner", "account", "product", "stage", "currency", "loss_reason"
    )
    begun = [d for d in deals if min(filter(None, (d.created_on, d.engaged_on, d.closed_on))) <= as_of]
    return [Fact(deal, as_of) for deal in begun]


def by_hand(known: Iterable[Fact], question: Question, period: Period, splits: tuple[str, ...]) -> dict[Any, Sums]:
    seen = question.user and question.user.visible_owner_ids(question.as_of)
    owners = None if seen is None else set(seen)
    found: dict[Any, Sums] = {}
    for fact in known:
        if owners is not None and fact.deal.owner_id not in owners:
            continue
        wanted = dict(question.filters)
        position = wanted.pop("position", None)
        if position is not None and int(position) not in fact.line:
            continue
        if all(fact.key(split) == key for split, key in wanted.items()):
            fact.add_to(found.setdefault(tuple(fact.key(split) for split in splits), Sums()), period)
    return {key: sums for key, sums in found.items() if sums != Sums()}


def spans() -> list[Period]:
    calendar = the_company().calendar
    odd = Period("odd", "span", date(2024, 7, 3), date(2024, 9, 9), "odd")
    return [calendar.period(ALL), calendar.period("2024"), calendar.period("2024-Q3"), calendar.period("2024-08"), odd]


@pytest.mark.django_db
@given(seed=st.integers(0, 10**9))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_sums_are_what_the_deals_say(seed: int) -> None:
    with rolled_back():
        world = DealWorld(seed, deals=20)
        for _act in range(6):
            world.change()
        pick, periods = world.random.choice, spans()
        for as_of in (world.today, world.today - timedelta(days=70)):
            known = facts(as_of)
            for _question in range(8):
                splits = tuple(world.random.sample(SPLITS, world.random.randint(0, 2)))
                filters = {split: pick(known).key(split) for split in world.random.sample(SPLITS, pick((0, 0, 1, 2)))}
                filters |= pick(({}, {}, {"position": str(pick(world.bosses).pk)}))
                question = Question(periods[0], as_of, None, filters)
                found = span_sums(question, periods, splits)
                assert found == [by_hand(known, question, period, splits) for period in periods], (splits, filters)


class rolled_back:
    """A savepoint that is always taken back: every example begins with an empty database."""

    def __enter__(self) -> None:
        from django.db import transaction

        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *raised: Any) -> None:
        from django.db import transaction

        if raised[0] is None:
            transaction.set_rollback(True)
        self.atomic.__exit__(*raised)


def question(company: Any, period: str = "all", **given: Any) -> Question:
    return Question(the_company().calendar.period(period), company.as_of, **given)


def test_each_person_sees_the_sums_of_their_own_line(company: Any) -> None:
    company.deal("Ana's")
    company.deal("Olga's", owner=company.outsider)
    company.deal("Nobody's").__class__.objects.filter(name="Nobody's").update(owner=None)
    for who, seen in (("vp", 3), ("ops", 3), ("manager", 1), ("rep", 1), ("outsider", 1), ("admin", 0)):
        asked = question(company, user=getattr(company, who).user)
        assert sums(asked).open_count == seen, who
    assert set(split_sums(question(company, user=company.manager.user), ("rep",))) == {("Ana Alves",)}


def test_a_split_adds_up_to_the_whole_with_what_is_unassigned(company: Any) -> None:
    company.deal("Ana's", amount=Decimal("10.10"))
    company.deal("Olga's", owner=company.outsider, amount=Decimal("20.20"))
    company.deal("Ops'", owner=company.ops, amount=Decimal("40.40"))
    for split in ("region", "team", "manager", "rep"):
        parts = split_sums(question(company), (split,))
        assert sum(part.open_amount for part in parts.values()) == Decimal("70.70"), split
        assert ((UNASSIGNED,) in parts) == (split != "rep")


def test_people_of_one_name_stay_two_when_asked_by_id(company: Any) -> None:
    company.outsider.person.name = "Ana Alves"
    company.outsider.person.save()
    company.deal("Ana's")
    company.deal("The other Ana's", owner=company.outsider)
    assert {key: part.open_count for key, part in split_sums(question(company), ("rep",)).items()} == {
        ("Ana Alves",): 2
    }
    ids = {(str(company.rep.person.pk),): 1, (str(company.outsider.person.pk),): 1}
    assert {key: part.open_count for key, part in split_sums(question(company), ("rep_id",)).items()} == ids
    filters = {"rep_id": str(company.rep.person.pk)}
    assert sums(question(company, filters=filters)).open_count == 1
    assert sums(question(company, filters={"rep_id": "x' OR true"})).open_count == 0


def test_stages_come_in_the_order_of_the_process(company: Any) -> None:
    company.deal(stage="Negotiation", amount=Decimal(300))
    company.deal(stage="Discovery", amount=Decimal(100))
    found = stage_sums(question(company))
    assert [stage.name for stage in found] == ["Discovery", "Evaluation", "Proposal", "Negotiation", "Won", "Lost"]
    assert [stage.sums.open_amount for stage in found[:4]] == [100, 0, 0, 300]
    assert found[3].sums.open_weighted == Decimal(300) * found[3].probability / 100


def test_losses_by_reason_largest_first(company: Any) -> None:
    from pipeline.models import LossReason

    price, timing = LossReason.objects.get(name="Price"), LossReason.objects.get(name="Timing")
    for amount, reason in ((5, price), (100, timing), (7, price)):
        company.deal(stage="Lost", amount=Decimal(amount), loss_reason=reason)
    Opportunity.objects.filter(amount=7).update(loss_reason=None)
    found = [(loss.reason, loss.deals, loss.amount) for loss in loss_sums(question(company))]
    assert found == [("Timing", 1, 100), ("No reason given", 1, 7), ("Price", 1, 5)]


def test_many_spans_and_keys_are_one_query(company: Any) -> None:
    company.deal()
    periods = spans()
    span_sums(question(company), periods, ("region", "stage"))  # its plan is made once a connection
    with CaptureQueriesContext(connection) as queries:
        span_sums(question(company), periods, ("region", "stage"))
    few = len(queries)
    for number in range(5):
        company.deal(f"Deal {number}", owner=company.outsider)
    with CaptureQueriesContext(connection) as queries:
        span_sums(question(company), [*periods, *periods], ("region", "stage"))
    assert len(queries) == few
