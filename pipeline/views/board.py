"""The board of deals by stage: the page, more cards of a column, a move, a next step in place."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.kernel import formats
from core.pages import more_filters
from core.selectors import the_company
from core.tables import Fields, filtered
from pipeline import policies
from pipeline.forms import MoveForm, NextStepForm
from pipeline.lists import OPPORTUNITIES
from pipeline.models import Opportunity, Stage
from pipeline.selectors import board, deals
from pipeline.views.deals import editable_deal, layouts, move_form, save_move, save_values, today, undo_words

OWN_SPAN = ("close_from", "close_to", "undated", "archived")
PLAIN = {"product": "product_id", "type": "type"}  # filters that the aggregate of sums knows by the same meaning


def _asked(request: PageRequest, as_of: date) -> tuple[board.Asked, Any]:
    """What the address asks for, and the filter form."""
    if not policies.may_see_deals(request.user):
        raise Http404(_("No such page."))
    rows, form = filtered(request, OPPORTUNITIES, as_of=as_of, fields=Fields.CHIPS)
    every = board.processes()
    if not every:
        raise Http404(_("There is no sales process yet."))
    wanted = request.GET.get("process", "")
    process = next((one for one in every if str(one.pk) == wanted), every[0])
    given = {name for name, value in request.GET.items() if value and (name in form.fields or name == "q")}
    own_span = bool(given & set(OWN_SPAN))
    is_plain = given <= set(PLAIN) and not form.errors
    asked = board.Asked(
        user=request.user,
        deals=rows,
        process=process,
        closed_in=None if own_span else the_company().calendar.quarter_of(as_of),
        as_of=as_of,
        plain={PLAIN[name]: request.GET[name] for name in given} if is_plain else None,
    )
    return asked, form


def board_page(request: PageRequest) -> HttpResponseBase:
    as_of = today()
    asked, form = _asked(request, as_of)
    if request.GET.get("format") == "filters":
        return more_filters(request, OPPORTUNITIES, as_of=as_of)
    return render(request, "pipeline/board.html", _page(request, asked, form))


def _page(request: PageRequest, asked: board.Asked, form: Any) -> dict[str, Any]:
    every = board.processes()
    return _heads(asked) | {
        "table": {"form": form},
        "process": asked.process,
        "processes": every if len(every) > 1 else [],
        "layouts": layouts(request, "board"),
        "may_create": policies.may_create(request.user),
        "query": request.GET.urlencode(),
        "as_of": asked.as_of,
    }


def _heads(asked: board.Asked, *, with_cards: bool = True) -> dict[str, Any]:
    """Columns with their sums, and what the page head says of all open ones."""
    columns = board.board_columns(asked, with_cards=with_cards)
    currency = str(the_company().currency_id)
    still_open = [column for column in columns if column.is_open]
    return {
        "columns": columns,
        "currency": currency,
        "closed_in": asked.closed_in,
        "open_count": formats.whole(sum(column.count for column in still_open)),
        "open_amount": formats.whole_money(sum((c.amount for c in still_open), board.NONE), currency),
        "open_weighted": formats.whole_money(sum((c.weighted for c in still_open), board.NONE), currency),
        "unconverted": sum(column.unconverted for column in columns),
    }


def board_column(request: PageRequest, stage_id: int) -> HttpResponseBase:
    """The next cards of a column. Without script its link leads to the table of the stage."""
    as_of = today()
    asked, _form = _asked(request, as_of)
    stage = get_object_or_404(Stage, pk=stage_id)
    if not request.htmx:
        return redirect(f"{reverse('pipeline:deals')}?{urlencode({'stage': stage.pk})}")
    column = board.more_cards(asked, stage, request.GET.get("after", ""))
    context = {"column": column, "query": request.GET.urlencode(), "as_of": as_of}
    return render(request, "pipeline/_board_cards.html", context)


def _card(request: PageRequest, deal_id: int, **more: Any) -> HttpResponseBase:
    as_of = today()
    deal = board.cards_of(request.user, [deals.get_deal_for(request.user, deal_id, as_of).pk], as_of)[0]
    return render(request, "pipeline/_board_card.html", {"deal": deal, "as_of": as_of, **more})


def board_card(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """One card, as after Esc. Without script its link leads to the deal."""
    if not request.htmx:
        return redirect(deals.get_deal_for(request.user, deal_id, today()))
    return _card(request, deal_id)


def next_step(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """The next step of a deal, edited on its card."""
    deal = editable_deal(request, deal_id)
    if not request.htmx:
        return redirect(f"{reverse('pipeline:deal_edit', args=[deal_id])}#id_next_step")
    form = NextStepForm(request.POST or None, instance=deal, auto_id=f"step-{deal_id}-%s")
    if request.method == "POST":
        found = save_values(request, form, deal_id, today()) if form.is_valid() else {"refused": True}
        return _card(request, deal_id, step=form, **found) if found else _card(request, deal_id)
    return _card(request, deal_id, step=form)


@require_POST
def board_move(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """Move a card to a stage: the card and the heads of the columns; with X-Refused why not, or what is asked first."""
    as_of = today()
    deal = editable_deal(request, deal_id)
    stage = deals.get_stage_of(deal, request.POST.get("stage", ""))
    form, unmet = move_form(None, deal, stage, as_of)
    if request.POST.get("asked") == "1" or not form.visible_fields():
        form, unmet = move_form(request.POST, deal, stage, as_of)
    undo = save_move(request, form, deal, stage, as_of) if form.is_bound and form.is_valid() else None
    if undo is not None:
        return _moved(request, deal, stage, undo)
    return _not_moved(request, deal, stage, form, unmet)


def _moved(request: PageRequest, deal: Opportunity, stage: Stage, undo: str) -> HttpResponse:
    """What changed on the page: the card, the heads and the line below the title."""
    as_of = today()
    asked, _form = _asked(request, as_of)
    card = board.cards_of(request.user, [deal.pk], as_of)[0]
    back = f"{reverse('pipeline:board')}?{request.GET.urlencode()}"
    context = _heads(asked, with_cards=False) | {
        "deal": card,
        "as_of": as_of,
        "words": undo_words(deal, stage),
        "undo_url": f"{undo}&{urlencode({'to': back})}",
    }
    return render(request, "pipeline/_board_moved.html", context)


def _not_moved(request: PageRequest, deal: Opportunity, stage: Stage, form: MoveForm, unmet: Any) -> HttpResponse:
    """The form that asks for what is missing, or, where it asks nothing, the reason to stand at the card."""
    context = {"deal": deal, "stage": stage, "form": form, "unmet": unmet}
    template = "pipeline/_board_ask.html" if form.visible_fields() else "pipeline/_board_refused.html"
    answer = render(request, template, context)
    answer["X-Refused"] = "1"
    return answer
