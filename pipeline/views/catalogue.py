from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import inlineformset_factory
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import list_answer
from core.selectors import the_company
from pipeline import policies, services
from pipeline.forms import CompetitorForm, CriterionForm, LossReasonForm, PriceForm, ProductForm, StageForm
from pipeline.lists import COMPETITORS, LOSS_REASONS, PRODUCTS, STAGES
from pipeline.models import Stage, StageCriterion
from pipeline.selectors import catalogue
from pipeline.views.deals import today


def _keeper(request: PageRequest) -> None:
    if not policies.may_keep_process(request.user):
        raise Http404


def _list(request: PageRequest, table: Any, *, add: str, label: str) -> HttpResponseBase:
    actions = []
    if policies.may_keep_process(request.user):
        actions.append({"url": reverse(add), "icon": "plus", "label": label, "is_primary": True})
    return list_answer(request, table, as_of=today(), page_actions=actions)


def product_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, PRODUCTS, add="pipeline:product_new", label=_("New product"))


def product_page(request: PageRequest, product_id: int) -> HttpResponseBase:
    """A product and its list prices over time; sales ops set the next one here."""
    product = catalogue.get_product_for(request.user, product_id, today())
    may_edit = policies.may_keep_process(request.user)
    form = PriceForm(request.POST or None, initial={"currency": the_company().currency_id, "valid_from": today()})
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        if form.is_valid():
            price = form.save(commit=False)
            price.product = product
            services.set_price(price=price, by=request.user)
            messages.success(request, _("List price set."))
            return redirect(product)
    prices = product.prices.order_by("currency", "-valid_from")
    context = {"product": product, "prices": prices, "may_edit": may_edit, "form": form, "as_of": today()}
    return render(request, "pipeline/product.html", context)


def product_edit(request: PageRequest, product_id: int | None = None) -> HttpResponseBase:
    _keeper(request)
    product = catalogue.get_product_for(request.user, product_id, today()) if product_id else None
    form = ProductForm(request.POST or None, instance=product)
    return _edit(request, form, lambda row: services.save_product(product=row, by=request.user), list_of=PRODUCTS)


def stage_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, STAGES, add="pipeline:stage_new", label=_("New stage"))


def stage_page(request: PageRequest, stage_id: int) -> HttpResponseBase:
    """A stage and what a deal needs to leave it."""
    stage = catalogue.get_stage_for(request.user, stage_id)
    form = StageForm(request.POST or None, instance=stage)
    criteria = _criteria_set(request, stage)
    if request.method == "POST" and form.is_valid() and criteria.is_valid():
        kept = [one for one in criteria.forms if one not in criteria.deleted_forms and one.cleaned_data.get("label")]
        try:
            wanted = [one.save(commit=False) for one in kept]
            services.save_stage(stage=form.save(commit=False), criteria=wanted, by=request.user)
        except services.CatalogueError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("%(name)s saved.") % {"name": stage.name})
            return redirect("pipeline:stages")
    return render(request, "pipeline/stage.html", {"stage": stage, "form": form, "criteria": criteria})


def _criteria_set(request: PageRequest, stage: Stage) -> Any:
    asked = request.GET.get("rows", "")
    extra = read_number(asked, most=20) or 1
    made = inlineformset_factory(Stage, StageCriterion, form=CriterionForm, extra=extra, can_delete=True)
    return made(request.POST or None, instance=stage, prefix="row")


def stage_new(request: PageRequest) -> HttpResponseBase:
    _keeper(request)
    form = StageForm(request.POST or None)
    return _edit(request, form, lambda row: services.save_stage(stage=row, by=request.user), list_of=STAGES)


def loss_reason_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, LOSS_REASONS, add="pipeline:loss_reason_new", label=_("New reason"))


def loss_reason_edit(request: PageRequest, lossreason_id: int | None = None) -> HttpResponseBase:
    _keeper(request)
    reason = catalogue.get_loss_reason_for(request.user, lossreason_id, today()) if lossreason_id else None
    form = LossReasonForm(request.POST or None, instance=reason)
    return _edit(
        request, form, lambda row: services.save_loss_reason(reason=row, by=request.user), list_of=LOSS_REASONS
    )


def competitor_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, COMPETITORS, add="pipeline:competitor_new", label=_("New competitor"))


def competitor_edit(request: PageRequest, competitor_id: int | None = None) -> HttpResponseBase:
    _keeper(request)
    competitor = catalogue.get_competitor_for(request.user, competitor_id, today()) if competitor_id else None
    form = CompetitorForm(request.POST or None, instance=competitor)
    save = lambda row: services.save_competitor(competitor=row, by=request.user)  # noqa: E731 -- handed on as it is
    return _edit(request, form, save, list_of=COMPETITORS)


def _edit(request: PageRequest, form: Any, save: Any, *, list_of: Any) -> HttpResponseBase:
    """The page of a small form: save and go back to the list, or say what is wrong."""
    address = reverse(f"pipeline:{list_of.key}")
    name = str(form.instance) if form.instance.pk else _("New entry")
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.save(commit=False))
        except services.CatalogueError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved})
            return redirect(address)
    crumbs = [(list_of.title, address)]
    return render(
        request, "components/form_page.html", {"form": form, "title": name, "back": address, "crumbs": crumbs}
    )
