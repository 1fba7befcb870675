from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import the_company
from orders import policies, services
from orders.forms import CostForm, DiscountPolicyForm, OrderSettingsForm
from orders.lists import DISCOUNT_POLICIES, PRODUCT_COSTS
from orders.selectors.terms import order_settings
from orders.views.answers import added, button, form_answer, refuse_unless, today


def cost_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.may_keep_costs(request.user):
        actions.append(button(reverse("orders:product_cost_new"), _("Set a cost"), "plus", is_primary=True))
    return list_answer(request, PRODUCT_COSTS, as_of=today(), page_actions=actions)


def cost_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_see_costs(request.user):
        raise Http404
    refuse_unless(policies.may_keep_costs(request.user))
    initial = {"currency": the_company().currency_id, "valid_from": today()}
    form = CostForm(request.POST or None, initial=initial)
    save = lambda: services.set_cost(cost=form.save(commit=False), by=request.user)  # noqa: E731 -- done by added
    return _new(request, form, save, PRODUCT_COSTS, _("Set a cost"))


def _new(request: PageRequest, form: Any, save: Any, table: Any, title: str) -> HttpResponseBase:
    back = reverse(f"orders:{table.key}")
    if added(request, form, save, _("Saved.")) is not None:
        return redirect(back)
    return form_answer(request, form, title, back, crumbs=[(table.title, back)])


def _keeper(request: PageRequest) -> None:
    if not policies.may_keep_policies(request.user):
        raise Http404


def policy_list(request: PageRequest) -> HttpResponseBase:
    actions = [button(reverse("orders:discount_policy_new"), _("Set a limit"), "plus", is_primary=True)]
    return list_answer(request, DISCOUNT_POLICIES, as_of=today(), page_actions=actions)


def policy_new(request: PageRequest) -> HttpResponseBase:
    _keeper(request)
    form = DiscountPolicyForm(request.POST or None, initial={"valid_from": today()})

    def save() -> Any:
        return services.set_discount_policy(policy=form.save(commit=False), by=request.user)

    return _new(request, form, save, DISCOUNT_POLICIES, _("Discount without approval"))


def settings_page(request: PageRequest) -> HttpResponseBase:
    _keeper(request)
    form = OrderSettingsForm(request.POST or None, instance=order_settings())

    def save() -> Any:
        return services.save_settings(settings=form.save(commit=False), by=request.user)

    if added(request, form, save, _("Saved.")) is not None:
        return redirect("orders:settings")
    return form_answer(request, form, _("Quotes, orders and invoices"), reverse("core:settings"))
