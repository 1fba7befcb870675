from orders.services.contracts import (
    book_churn,
    cancel_contract,
    end_contracts,
    recurring_left,
    reverse_churn,
    save_contract,
    sign_contract,
)
from orders.services.errors import DayClosed, OrderConflict, OrderError
from orders.services.figures import refigure_invoices, refigure_orders
from orders.services.invoices import credit_invoice, issue_invoice, record_payment, reverse_payment
from orders.services.orders import (
    book_return,
    cancel_order,
    fulfil_order,
    is_settled,
    order_quote,
    reverse_fulfilment,
    reverse_return,
    save_order,
)
from orders.services.quotes import (
    answer_quote,
    decide_quote,
    expire_quotes,
    revise_quote,
    save_quote,
    send_quote,
    submit_quote,
    take_back_quote,
)
from orders.services.renewals import open_renewals
from orders.services.terms import save_settings, set_cost, set_discount_policy

__all__ = [
    "DayClosed",
    "OrderConflict",
    "OrderError",
    "answer_quote",
    "book_churn",
    "book_return",
    "cancel_contract",
    "cancel_order",
    "credit_invoice",
    "decide_quote",
    "end_contracts",
    "expire_quotes",
    "fulfil_order",
    "is_settled",
    "issue_invoice",
    "open_renewals",
    "order_quote",
    "record_payment",
    "recurring_left",
    "refigure_invoices",
    "refigure_orders",
    "reverse_churn",
    "reverse_fulfilment",
    "reverse_payment",
    "reverse_return",
    "revise_quote",
    "save_contract",
    "save_order",
    "save_quote",
    "save_settings",
    "send_quote",
    "set_cost",
    "set_discount_policy",
    "sign_contract",
    "submit_quote",
    "take_back_quote",
]
