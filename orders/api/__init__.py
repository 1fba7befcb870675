from orders.api.contracts import ContractsApi
from orders.api.costs import CostsApi
from orders.api.invoices import CreditNotesApi, InvoicesApi, PaymentsApi
from orders.api.orders import FulfilmentsApi, OrdersApi, ReturnsApi
from orders.api.quotes import DecisionsApi, QuotesApi

__all__ = [
    "ContractsApi",
    "CostsApi",
    "CreditNotesApi",
    "DecisionsApi",
    "FulfilmentsApi",
    "InvoicesApi",
    "OrdersApi",
    "PaymentsApi",
    "QuotesApi",
    "ReturnsApi",
]
