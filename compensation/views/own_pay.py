"""One's own pay beside the statements: the start page's card, the panel on a deal, what open deals would earn."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from compensation import policies
from compensation.selectors import own_pay as found
from compensation.selectors.deal_credit import credit_of_deal
from compensation.selectors.what_if import MOST_DEALS, last_run_of, open_deals_of, what_if
from compensation.views.answers import found_if, today
from core.htmx import PageRequest
from core.kernel.typed import read_number
from pipeline.selectors.deals import get_deal_for


def pay_today(request: PageRequest) -> HttpResponseBase:
    """What I earn: a card of the start page, alone for htmx."""
    found_if(policies.may_have_statements(request.user))
    context = {"pay": found.own_pay(request.user), "part": "compensation/_pay_today.html", "title": "pay"}
    template = "compensation/_pay_today.html" if request.htmx else "compensation/part.html"
    return render(request, template, context)


def deal_commission(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """What a deal paid: own lines, the line's where managers see them, everybody's for those who see all pay."""
    found_if(found.may_see_deal_pay(request.user))
    deal = get_deal_for(request.user, deal_id, today())
    context: dict[str, Any] = {"record": deal, "rows": found.pay_on_deal(request.user, deal.pk, today())}
    sees_all = policies.sees_all_pay(request.user)
    shows_people = sees_all or policies.sees_line(request.user)
    context |= {"credit": credit_of_deal(request.user, deal.pk, today()), "sees_all": sees_all}
    context |= {"part": "compensation/_deal_commission.html", "shows_people": shows_people}
    template = "compensation/_deal_commission.html" if request.htmx else "compensation/part.html"
    return render(request, template, context)


def what_if_page(request: PageRequest) -> HttpResponseBase:
    """Choose open deals: what they would add to one's own pay, by the rules of the last pay run."""
    found_if(policies.may_have_statements(request.user))
    payee = found.find_payee(request.user)
    run = last_run_of(payee) if payee is not None else None
    deals = list(open_deals_of(request.user, today())[:MOST_DEALS]) if run is not None else []
    asked = {read_number(one) for one in request.GET.getlist("deal")}
    chosen = [deal for deal in deals if deal.pk in asked or request.GET.get("all") == "1"]
    outcomes = what_if(run, payee, chosen, today()) if run is not None and payee is not None and chosen else []
    context = {"deals": deals, "chosen": {deal.pk for deal in chosen}, "outcomes": outcomes, "run": run}
    return render(
        request, "compensation/what_if.html", context | {"as_of": today(), "is_all": len(chosen) == len(deals)}
    )
