from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.selectors import get_account_for
from core.htmx import PageRequest
from orders import policies
from orders.selectors import exceptions, strip
from orders.views.answers import button, today
from pipeline.policies import may_edit, visible_opportunities
from pipeline.selectors.deals import get_deal_for


def deal_cash(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """From quote to cash of a deal: how far it is, what is out of order, what to do next."""
    deal = get_deal_for(request.user, deal_id, today())
    acts = []
    if deal.archived_at is None and may_edit(request.user, deal, today()):
        acts = [
            button(f"{reverse(f'orders:{name}_new')}?deal={deal.pk}", label, "plus")
            for name, label in (("quote", _("Quote")), ("contract", _("Contract")), ("order", _("Order")))
        ]
    found = exceptions.exceptions_on(request.user, [deal.pk], today())
    steps = strip.steps_of_deal(request.user, deal, today())
    return _panel(request, deal, {"steps": steps, "exceptions": found, "acts": acts})


def account_cash(request: PageRequest, account_id: int) -> HttpResponseBase:
    account = get_account_for(request.user, account_id, today())
    acts = []
    if policies.may_write(request.user):
        acts.append(button(f"{reverse('orders:contract_new')}?account={account.pk}", _("Contract"), "plus"))
    deals = visible_opportunities(request.user, today()).filter(account=account).order_by().values("pk")
    found = exceptions.exceptions_on(request.user, deals, today())
    steps = strip.steps_of_account(request.user, account, today())
    return _panel(request, account, {"steps": steps, "exceptions": found, "acts": acts})


def _panel(request: PageRequest, record: Any, context: dict[str, Any]) -> HttpResponseBase:
    """The panel alone for htmx, else as a page."""
    if request.htmx:
        return render(request, "orders/_cash.html", {"record": record, **context})
    return render(request, "orders/panel.html", {"record": record, "part": "orders/_cash.html", **context})
