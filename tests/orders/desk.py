"""What sales ops enter in these tests: quotes, contracts, orders and what follows, on the company's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from orders import services
from orders.models import (
    Contract,
    CreditNote,
    DiscountPolicy,
    Invoice,
    Order,
    OrderLine,
    Payment,
    ProductCost,
    Quote,
    QuoteLine,
    Return,
)
from pipeline.models import Opportunity
from tests.small_company import SINCE, SmallCompany

DAY = timedelta(days=1)
USD = Decimal


@dataclass(frozen=True, slots=True)
class Desk:
    company: SmallCompany

    @property
    def on(self) -> date:
        return self.company.as_of

    @property
    def by(self) -> Any:
        return self.company.ops.user

    def deal(self, name: str = "Acme pilot", **fields: Any) -> Opportunity:
        """A deal that is won today, with an account."""
        given = {"stage": "Won", "account": self.company.account(f"{name} Inc"), **fields}
        return self.company.deal(name, **given)

    def policy(self, role: str = "rep", percent: str = "10") -> DiscountPolicy:
        row = DiscountPolicy(role=role, max_discount_pct=Decimal(percent), valid_from=SINCE)
        return services.set_discount_policy(policy=row, by=self.by)

    def cost(self, cost: str = "40", currency: str = "USD", since: date = SINCE, product: Any = None) -> ProductCost:
        row = ProductCost(product=product or self.company.product(), cost=Decimal(cost), valid_from=since)
        row.currency_id = currency
        return services.set_cost(cost=row, by=self.by)

    def quote(self, deal: Opportunity | None = None, *, discount: str = "0", price: str = "100", pieces: str = "3",
              by: Any = None) -> Quote:  # fmt: skip
        deal = deal or self.company.deal(account=self.company.account())
        quote = Quote(deal=deal, currency_id="USD", valid_until=self.on + 30 * DAY)
        line = QuoteLine(
            product=self.company.product(), quantity=Decimal(pieces), list_price=Decimal(price),
            discount_pct=Decimal(discount),
        )  # fmt: skip
        return services.save_quote(quote=quote, lines=[line], by=by or self.by, on=self.on)

    def sent(self, **given: Any) -> Quote:
        """A quote without a discount that was sent today."""
        quote = self.quote(**given)
        services.submit_quote(quote_id=quote.pk, by=self.by, on=self.on)
        return services.send_quote(quote_id=quote.pk, by=self.by, on=self.on)

    def contract(self, deal: Opportunity | None = None, *, signed: date | None = None, **fields: Any) -> Contract:
        """A contract signed on a day (today), for a year from today."""
        deal = deal or self.deal()
        given = {
            "name": "Acme frame", "account": deal.account, "deal": deal, "starts_on": self.on,
            "ends_on": self.on + 365 * DAY, "currency_id": "USD", "value": USD(12000), "recurring_amount": USD(12000),
        }  # fmt: skip
        contract = services.save_contract(contract=Contract(**given | fields), by=self.by, on=self.on)
        return services.sign_contract(contract_id=contract.pk, signed_on=signed or self.on, by=self.by, on=self.on)

    def order(self, deal: Opportunity | None = None, *, pieces: str = "10", price: str = "100", on: date | None = None,
              **fields: Any) -> Order:  # fmt: skip
        """An order of ten pieces at 100.00 USD."""
        order = Order(deal=deal or self.deal(), currency_id="USD", ordered_on=on or self.on, **fields)
        line = OrderLine(product=self.company.product(), quantity=Decimal(pieces), unit_price=Decimal(price))
        return services.save_order(order=order, lines=[line], by=self.by, on=self.on)

    def fulfil(self, order: Order, pieces: str = "10", on: date | None = None) -> Any:
        line = order.lines.get()
        given = {"quantities": {line.pk: Decimal(pieces)}, "fulfilled_on": on or self.on}
        return services.fulfil_order(order_id=order.pk, by=self.by, on=self.on, **given)[0]

    def take_back(self, order: Order, pieces: str = "1", amount: str | None = None) -> Return:
        goods = Return(
            order_line=order.lines.get(), returned_on=self.on, quantity=Decimal(pieces), reason="Broken",
            amount=None if amount is None else Decimal(amount),
        )  # fmt: skip
        return services.book_return(goods=goods, by=self.by, on=self.on)

    def invoice(self, order: Order | None = None, amount: str = "1000", on: date | None = None, **more: Any) -> Invoice:
        invoice = Invoice(order=order or self.order(), issued_on=on or self.on, amount=Decimal(amount), **more)
        return services.issue_invoice(invoice=invoice, by=self.by, on=self.on)

    def pay(self, invoice: Invoice, amount: str, *, currency: str = "USD", on: date | None = None) -> Payment:
        payment = Payment(invoice=invoice, paid_on=on or self.on, amount=Decimal(amount), currency_id=currency)
        return services.record_payment(payment=payment, by=self.by, on=self.on)

    def credit(self, invoice: Invoice | None, amount: str, goods: Return | None = None) -> CreditNote:
        note = CreditNote(amount=Decimal(amount), credited_on=self.on, reason="Agreed", goods=goods)
        if invoice is not None:
            note.invoice = invoice
        return services.credit_invoice(note=note, by=self.by, on=self.on)
