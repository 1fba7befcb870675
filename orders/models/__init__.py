from orders.models.contracts import Churn, Contract
from orders.models.invoices import CreditNote, Invoice, Payment
from orders.models.orders import Fulfilment, Order, OrderLine, Return
from orders.models.quotes import Quote, QuoteLine
from orders.models.terms import DiscountPolicy, OrderSettings, ProductCost

__all__ = [
    "Churn",
    "Contract",
    "CreditNote",
    "DiscountPolicy",
    "Fulfilment",
    "Invoice",
    "Order",
    "OrderLine",
    "OrderSettings",
    "Payment",
    "ProductCost",
    "Quote",
    "QuoteLine",
    "Return",
]
