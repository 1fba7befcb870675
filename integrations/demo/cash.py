"""From quote to cash in the demo company: what became of its won deals, as files of the books, and a few quotes.

Every step has its share of what goes wrong: orders that are late, without a contract, not invoiced, not paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import F

from integrations.demo import catalogue, records
from integrations.demo.chance import chance, on_weekday
from integrations.demo.files import import_rows
from orders.kernel.terms import months_after
from orders.models import DiscountPolicy, Quote, QuoteLine
from orders.services import open_renewals, save_quote, send_quote, set_discount_policy, submit_quote
from pipeline.enums import Status
from pipeline.models import Opportunity

if TYPE_CHECKING:
    from integrations.demo.making import Making, Step

LIMITS = (("rep", "10"), ("manager", "20"))  # discount in percent that needs nobody's yes
QUOTED_STAGES = ("Proposal", "Negotiation")
QUOTES = 24
UNSIGNED = 3
COST_SHARE = {"Software": 0.24, "Services": 0.48}  # of the list price; machines cost more
MACHINE_SHARE = 0.61
Row = dict[str, Any]


@dataclass(slots=True)
class Ledger:
    """The files of the books, row by row."""

    contracts: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)


def cash(making: Making) -> Iterator[Step]:
    """Costs, then what follows the won deals, one file a kind; at last quotes of open deals."""
    yield "product costs", partial(_import, making, "product_costs", _costs(making))
    yield "discounts without approval", partial(_set_limits, making)
    yield "orders and what follows", partial(_keep_books, making)
    yield "quotes", partial(_quote, making)
    yield "renewals", partial(_renew, making)


def _import(making: Making, kind: str, rows: Iterable[Row]) -> None:
    import_rows(kind=kind, name=f"{kind}.csv", rows=rows, by=making.ops, today=making.today)


def _costs(making: Making) -> Iterator[Row]:
    """What a piece costs, in the currencies deals are in: from the first day, and a little more since this year."""
    first = making.story.quarters[0].start
    for offer in catalogue.OFFERS:
        share = COST_SHARE.get(offer.family, MACHINE_SHARE)
        for code in ("USD", *catalogue.PLAN_RATES):
            for day, rise in ((first, 1.0), (making.today.replace(month=1, day=1), 1.03)):
                cost = records.money(offer.price * share * rise, code)
                yield {"product": offer.code, "cost": cost, "currency": code, "valid_from": day}


def _set_limits(making: Making) -> None:
    for role, percent in LIMITS:
        since = making.story.quarters[0].start
        row = DiscountPolicy(role=role, max_discount_pct=Decimal(percent), valid_from=since)
        set_discount_policy(policy=row, by=making.ops)


def _keep_books(making: Making) -> None:
    ledger = Ledger()
    won = Opportunity.objects.filter(status=Status.WON, archived_at=None, account__isnull=False, amount__gt=0)
    near = won.exclude(external_id=None).exclude(closed_on=None).select_related("account", "product")
    for deal in near.prefetch_related("lines").order_by("closed_on", "external_id"):
        _follow(deal, making.today, ledger)
    _lose_contracts(ledger, making)
    for kind in ("contracts", "orders", "invoices", "payments", "returns"):
        _import(making, kind, getattr(ledger, kind))


def _lose_contracts(ledger: Ledger, making: Making) -> None:
    """The contracts of some orders of the month that ended last haven't come yet: pay of it waits for them."""
    calendar = making.story.calendar
    month = calendar.shift(calendar.month_of(making.today), -1)
    near = [row for row in ledger.contracts if month.contains(row["signed_on"]) and not row["recurring_amount"]]
    gone = [row["external_id"] for row in chance("no contract", month.key).sample(near, min(len(near), UNSIGNED))]
    ledger.contracts = [row for row in ledger.contracts if row["external_id"] not in gone]
    for order in ledger.orders:
        order["contract"] = None if order["contract"] in gone else order["contract"]


def _follow(deal: Opportunity, today: date, ledger: Ledger) -> None:
    """What became of one deal up to today."""
    random, won_on, code = chance("cash", deal.external_id), deal.closed_on, deal.external_id
    assert won_on is not None and deal.account is not None  # as they were chosen
    is_recurring = deal.product is not None and deal.product.is_recurring
    if is_recurring or random.random() < 0.93:
        months = random.choices((12, 36), (15, 85))[0]
        ledger.contracts.append(_contract(deal, today, months=months, is_recurring=is_recurring))
    ordered = on_weekday(won_on + timedelta(days=random.randint(0, 6)))
    if max(ordered, won_on) > today or random.random() < 0.03:
        return
    ordered = max(ordered, won_on)
    quantity = next((line.quantity for line in deal.lines.all()), Decimal(1))
    delivered = ordered + timedelta(days=random.randint(4, 40))
    order = {
        "external_id": f"SO-{code}", "name": deal.name, "deal": code, "ordered_on": ordered, "amount": deal.amount,
        "currency": deal.currency_id, "product": deal.product.external_id if deal.product else None,
        "quantity": quantity, "delivered_on": delivered if delivered <= today else None,
        "contract": f"C-{code}" if ledger.contracts and ledger.contracts[-1]["external_id"] == f"C-{code}" else None,
    }  # fmt: skip
    ledger.orders.append(order)
    if delivered <= today:
        _bill(order, deal, delivered, today, ledger)


def _contract(deal: Opportunity, today: date, *, months: int, is_recurring: bool) -> Row:
    assert deal.closed_on is not None and deal.account is not None
    starts = deal.closed_on + timedelta(days=1)
    ends = months_after(starts, months)
    return {
        "external_id": f"C-{deal.external_id}", "name": deal.name, "account": deal.account.external_id,
        "deal": deal.external_id, "status": "signed" if ends > today else "ended", "signed_on": deal.closed_on,
        "starts_on": starts, "last_day": ends - timedelta(days=1), "currency": deal.currency_id,
        "value": deal.amount, "recurring_amount": deal.amount if is_recurring else None, "renewal_months": 12,
        "notice_days": 30, "auto_renews": "no",
    }  # fmt: skip


def _bill(order: Row, deal: Opportunity, delivered: date, today: date, ledger: Ledger) -> None:
    """The invoice of what was delivered, its payments, and now and then something that comes back."""
    random = chance("bill", deal.external_id)
    issued, number = delivered + timedelta(days=random.randint(0, 4)), f"R-{deal.external_id}"
    if random.random() < 0.02:
        back = {"returned_on": min(today, delivered + timedelta(days=9)), "quantity": 1, "reason": "Damaged in transit"}
        ledger.returns.append({"external_id": f"RMA-{deal.external_id}", "order": order["external_id"], **back})
    if issued > today or random.random() < 0.04:
        return
    due = issued + timedelta(days=30)
    amounts = {"issued_on": issued, "due_on": due, "amount": order["amount"]}
    ledger.invoices.append({"external_id": number, "order": order["external_id"], **amounts})
    paid_on, luck = due + timedelta(days=random.randint(-18, 12)), random.random()
    if paid_on > today or luck < 0.03:
        return
    amount = Decimal(order["amount"])
    part = (amount / 2).quantize(Decimal(1)) if luck < 0.09 and amount >= 2 else amount
    told = {"invoice": number, "amount": part, "currency": order["currency"], "reference": f"Transfer {number}"}
    ledger.payments.append({"external_id": f"P-{deal.external_id}", "paid_on": paid_on, **told})


def _quote(making: Making) -> None:
    """Quotes of deals that are near: most are out, some wait for a yes to their discount."""
    near = Opportunity.objects.filter(status=Status.OPEN, stage__name__in=QUOTED_STAGES, archived_at=None, amount__gt=0)
    chosen = near.exclude(product=None).exclude(account=None).select_related("owner__user", "product")
    by_login = F("owner__user").asc(nulls_last=True)  # those who can sign in find some of their own
    for deal in chosen.order_by(by_login, "expected_close_on", "external_id")[:QUOTES]:
        random = chance("quote", deal.external_id)
        quote = Quote(deal=deal, currency_id=deal.currency_id, valid_until=making.today + timedelta(days=30))
        line = QuoteLine(
            product=deal.product, quantity=Decimal(1), list_price=deal.amount or Decimal(0),
            discount_pct=Decimal(random.choice((0, 0, 5, 8, 12, 18))),
        )  # fmt: skip
        by = (deal.owner.user if deal.owner else None) or making.ops
        save_quote(quote=quote, lines=[line], by=by, on=making.today)
        handed_in = submit_quote(quote_id=quote.pk, by=by, on=making.today)
        if handed_in.status == "approved" and random.random() < 0.7:
            send_quote(quote_id=quote.pk, by=by, on=making.today)


def _renew(making: Making) -> None:
    open_renewals(on=making.today)
