"""What open deals would be credited with if they were won: the plan's own clauses over events that didn't happen yet.

A deal that is won is booked, and taken to be ordered, invoiced and paid in full on the same day; what a plan credits
for other reasons (meetings, milestones, returns) doesn't follow from a deal. Currencies are worth what they are today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from compensation.kernel import clauses as c
from compensation.kernel.crediting import credits_of
from compensation.kernel.events import Event
from compensation.kernel.inputs import Credit
from compensation.kernel.plan import Plan as PlanTerms
from compensation.models import Credit as CreditRow
from compensation.selectors.events import RENEWAL, around_of, deals_with_people, event_of
from compensation.selectors.payees import OnPlan
from compensation.selectors.rates import Rates
from compensation.selectors.run_inputs import Terms
from core.kernel.money import to_minor
from orders.kernel.shares import Piece, Share, shares_of
from orders.models import Contract
from orders.selectors.facts import MoneyFact
from orders.selectors.terms import unit_costs
from pipeline.enums import Status
from pipeline.models import Opportunity, Product

FOLLOWING = (c.BOOKING, RENEWAL, c.ORDER, c.INVOICE, c.PAYMENT)
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Likely:
    """A credit that a deal would bring, and how likely it is to be won; 1 where it is taken for certain."""

    credit: Credit
    chance: Fraction
    deal_id: int


def open_deals() -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(status=Status.OPEN, archived_at=None)


def not_credited_yet(rows: QuerySet[Opportunity], plan_id: int) -> QuerySet[Opportunity]:
    """Without those that a plan credits already."""
    credited = CreditRow.objects.filter(plan=plan_id, ended_batch=None, deal_id__isnull=False)
    return rows.exclude(pk__in=credited.values("deal_id"))


def credits_of_deals(
    deal_ids: Sequence[int], terms: Terms, *, first: date, last: date | None, as_of: date
) -> Iterator[Likely]:
    """Credits by the plan's clauses, to who is on the plan on the day: the close date, not before `first`.

    Deals that close after `last`, or lack an amount or rate, bring nothing. One without a date closes first.
    """
    plan, on_plan, rates = crediting_plan(terms.plan), OnPlan(terms.version.plan_id), Rates(terms.plan.currency)
    for start in range(0, len(deal_ids), _AT_ONCE):
        deals = deals_with_people(deal_ids[start : start + _AT_ONCE])
        prefetch_related_objects(list(deals.values()), "lines")
        events = list(_events(plan, list(deals.values()), first, rates, as_of))
        numbers = {deal.number: deal.pk for deal in deals.values()}
        said = {event.name: numbers[event.deal] for event in events}
        for one in credits_of(plan, [event for event in events if last is None or event.on <= last]).given:
            payee = on_plan.find(one.credit.payee, one.credit.on)
            code = terms.codes.get(payee) if payee is not None else None
            if code is not None:
                deal = deals[said[one.event]]
                yield Likely(one.credit._replace(payee=code), chance_of(deal), deal.pk)


def chance_of(deal: Opportunity) -> Fraction:
    """Its own probability, else its stage's."""
    percent = deal.probability if deal.probability is not None else deal.stage.probability
    return Fraction(percent) / 100


def crediting_plan(plan: PlanTerms) -> PlanTerms:
    """A plan without clauses, whose credits come from elsewhere, is taken to credit the owner with what is booked.

    By the kinds that the plan calls bookings; else by those of its first measure.
    """
    if plan.crediting:
        return plan
    kinds = list(dict.fromkeys(kind for measure in plan.measures.values() for kind in measure.credits))
    booked = [kind for kind in kinds if "book" in kind.lower()] or kinds[:1]
    clauses = tuple(
        c.Clause(number, kind, kind, c.BOOKING, c.OWNER, frozenset(), Fraction(1), c.AMOUNT, c.AMOUNT, ())
        for number, kind in enumerate(booked, start=1)
    )
    return replace(plan, crediting=clauses)


def _events(plan: PlanTerms, deals: Sequence[Opportunity], first: date, rates: Rates, as_of: date) -> Iterator[Event]:
    """What would happen of each deal, by product, of the kinds that the plan credits."""
    kinds = [kind for kind in FOLLOWING if any(clause.on == kind for clause in plan.crediting)]
    renewing = _renewing([deal.pk for deal in deals]) if RENEWAL in kinds else frozenset()
    costs = _costs(deals, as_of) if _asks_for_margin(plan) else {}
    names = dict(Product.objects.values_list("pk", "name"))
    around = around_of(deals, (first, date.max) if c.ask_for_territories(plan.crediting) else None)
    for deal in deals:
        if deal.amount is None:
            continue
        on, parts = max(deal.expected_close_on or first, first), _parts(deal, costs)
        for kind in kinds:
            if kind == RENEWAL and deal.pk not in renewing:
                continue
            for number, part in enumerate(parts, start=1):
                row = _fact(kind, deal, on, part)
                line, product = number if len(parts) > 1 else 0, names.get(part.product_id or 0, "")
                event = replace(event_of(kind, row, line, deal, product, rates), fx=rates.of(row.currency, as_of))
                yield around.told(event, deal)


def _renewing(deal_ids: Collection[int]) -> frozenset[int]:
    return frozenset(Contract.objects.filter(renewal_deal__in=deal_ids).values_list("renewal_deal_id", flat=True))


def _asks_for_margin(plan: PlanTerms) -> bool:
    return any(c.MARGIN in (clause.quota, clause.pays_on) for clause in plan.crediting)


def _costs(deals: Sequence[Opportunity], as_of: date) -> dict[tuple[str, int], Any]:
    """What a unit of each product costs today, by the currency it is sold in."""
    products: dict[str, set[int]] = {}
    for deal in deals:
        wanted = [deal.product_id, *(line.product_id for line in deal.lines.all())]
        products.setdefault(str(deal.currency_id), set()).update(one for one in wanted if one)
    return {
        (code, product): cost
        for code, ids in products.items()
        for product, cost in unit_costs(ids, currency=code, on=as_of).items()
    }


def _parts(deal: Opportunity, costs: Mapping[tuple[str, int], Any]) -> list[Share]:
    """A deal's amount by its products, as a booking has it."""
    code, pieces = str(deal.currency_id), []
    for line in deal.lines.all():
        cost = costs.get((code, line.product_id)) if line.product_id else None
        whole = None if cost is None else to_minor(cost * line.quantity, code)
        pieces.append(Piece(line.product_id, to_minor(line.amount, code), whole))
    assert deal.amount is not None
    return shares_of(to_minor(deal.amount, code), pieces or [Piece(deal.product_id, 0)])


def _fact(kind: str, deal: Opportunity, on: date, part: Share) -> MoneyFact:
    key, code = deal.external_id or deal.number, str(deal.currency_id)
    where = (kind, key, deal.pk, deal.pk, deal.account_id, part.product_id)
    return MoneyFact(*where, on, part.amount_minor, code, part.margin_minor)
