from __future__ import annotations

from django.urls import path

from orders.views import contracts, invoices, orders, panels, quotes, terms

app_name = "orders"
_QUOTE, _CONTRACT = "quotes/<int:quote_id>/", "contracts/<int:contract_id>/"
_ORDER, _INVOICE = "orders/<int:order_id>/", "invoices/<int:invoice_id>/"
urlpatterns = [
    path("quotes/", quotes.quote_list, name="quotes"),
    path("quotes/new/", quotes.quote_new, name="quote_new"),
    path(_QUOTE, quotes.quote_page, name="quote"),
    path(f"{_QUOTE}edit/", quotes.quote_edit, name="quote_edit"),
    path(f"{_QUOTE}submit/", quotes.quote_submit, name="quote_submit"),
    path(f"{_QUOTE}take-back/", quotes.quote_take_back, name="quote_take_back"),
    path(f"{_QUOTE}decide/", quotes.quote_decide, name="quote_decide"),
    path(f"{_QUOTE}send/", quotes.quote_send, name="quote_send"),
    path(f"{_QUOTE}accept/", quotes.quote_accept, name="quote_accept"),
    path(f"{_QUOTE}decline/", quotes.quote_decline, name="quote_decline"),
    path(f"{_QUOTE}revise/", quotes.quote_revise, name="quote_revise"),
    path(f"{_QUOTE}order/", quotes.quote_order, name="quote_order"),
    path("contracts/", contracts.contract_list, name="contracts"),
    path("contracts/new/", contracts.contract_new, name="contract_new"),
    path(_CONTRACT, contracts.contract_page, name="contract"),
    path(f"{_CONTRACT}edit/", contracts.contract_edit, name="contract_edit"),
    path(f"{_CONTRACT}sign/", contracts.contract_sign, name="contract_sign"),
    path(f"{_CONTRACT}cancel/", contracts.contract_cancel, name="contract_cancel"),
    path(f"{_CONTRACT}churn/", contracts.contract_churn, name="contract_churn"),
    path(f"{_CONTRACT}churn/<int:churn_id>/reverse/", contracts.churn_reverse, name="churn_reverse"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/new/", orders.order_new, name="order_new"),
    path("orders/exceptions/", orders.exception_list, name="exceptions"),
    path(_ORDER, orders.order_page, name="order"),
    path(f"{_ORDER}edit/", orders.order_edit, name="order_edit"),
    path(f"{_ORDER}cancel/", orders.order_cancel, name="order_cancel"),
    path(f"{_ORDER}fulfil/", orders.order_fulfil, name="order_fulfil"),
    path(f"{_ORDER}return/", orders.order_return, name="order_return"),
    path(f"{_ORDER}invoice/", orders.order_invoice, name="order_invoice"),
    path("fulfilments/", orders.fulfilment_list, name="fulfilments"),
    path("fulfilments/<int:fulfilment_id>/reverse/", orders.fulfilment_reverse, name="fulfilment_reverse"),
    path("returns/", orders.return_list, name="returns"),
    path("returns/<int:return_id>/reverse/", orders.return_reverse, name="return_reverse"),
    path("invoices/", invoices.invoice_list, name="invoices"),
    path(_INVOICE, invoices.invoice_page, name="invoice"),
    path(f"{_INVOICE}pay/", invoices.invoice_pay, name="invoice_pay"),
    path(f"{_INVOICE}credit/", invoices.invoice_credit, name="invoice_credit"),
    path("payments/", invoices.payment_list, name="payments"),
    path("payments/<int:payment_id>/reverse/", invoices.payment_reverse, name="payment_reverse"),
    path("credit-notes/", invoices.credit_note_list, name="credit_notes"),
    path("product-costs/", terms.cost_list, name="product_costs"),
    path("product-costs/new/", terms.cost_new, name="product_cost_new"),
    path("settings/discounts/", terms.policy_list, name="discount_policies"),
    path("settings/discounts/new/", terms.policy_new, name="discount_policy_new"),
    path("settings/orders/", terms.settings_page, name="settings"),
    path("opportunities/<int:deal_id>/quote-to-cash/", panels.deal_cash, name="deal_cash"),
    path("accounts/<int:account_id>/quote-to-cash/", panels.account_cash, name="account_cash"),
]
