"""Cells of the deal list that are edited in place."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.pages import cell_answer, cell_form
from people.selectors import people_for
from pipeline.enums import Status
from pipeline.forms import CellForm
from pipeline.lists import OPPORTUNITIES
from pipeline.models import Opportunity
from pipeline.views.deals import editable_deal, save_values, today


def deal_cell(request: PageRequest, deal_id: int, field: str) -> HttpResponseBase:
    """One field of a deal: its form, or, saved, the row of the list. Without script it leads to the deal's form."""
    as_of = today()
    deal = editable_deal(request, deal_id)
    if field not in {column.edit(deal) for column in OPPORTUNITIES.columns} - {""}:
        raise Http404(_("That field isn't edited here."))
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect(f"{reverse('pipeline:deal_edit', args=[deal_id])}#id_{field}")
    form = _form(request, deal, field)
    if request.method != "POST":
        return cell_form(request, form)
    found: dict[str, Any] = save_values(request, form, deal_id, as_of) if form.is_valid() else {"refused": True}
    if not found:
        return cell_answer(request, OPPORTUNITIES, deal_id, as_of=as_of)
    stage = form.cleaned_data.get("stage")
    if stage and stage.status == Status.LOST and "loss_reason" not in form.fields:
        form.ask_reason()
    return cell_form(request, form, **found)


def _form(request: PageRequest, deal: Opportunity, field: str) -> CellForm:
    as_of = today()
    owners = people_for(request.user, as_of)
    data, ids = request.POST or None, f"cell-{deal.pk}-%s"
    return CellForm(data, instance=deal, auto_id=ids, name=field, owners=owners, today=as_of)
