from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.kernel.typed import read_number
from orders import policies, services
from orders.enums import QuoteStatus
from orders.forms import DecideForm, OrderQuoteForm, QuoteForm, QuoteLineForm, ReasonForm
from orders.lists import QUOTE_ICONS, QUOTE_TONES, QUOTES
from orders.models import Order, Quote
from orders.selectors import records
from orders.views.answers import (
    acted,
    added,
    button,
    form_answer,
    list_page,
    record_answer,
    refuse_unless,
    rows_of,
    today,
)
from people.selectors import people_for
from pipeline.models import Opportunity

HOLDS_DAYS = 30


def quote_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, QUOTES, "orders:quotes")


def quote_page(request: PageRequest, quote_id: int) -> HttpResponseBase:
    quote = records.get_quote_for(request.user, quote_id, today())
    lines = quote.lines.select_related("product")
    first = quote.first_id or quote.pk
    family = policies.visible_quotes(request.user, today()).filter(Q(first=first) | Q(pk=first)).order_by("revision")
    tag = (quote.get_status_display(), QUOTE_TONES.get(quote.status, ""), QUOTE_ICONS[quote.status])
    more = {"lines": lines, "family": family, "tag": tag, "crumb": (QUOTES.title, reverse("orders:quotes"))}
    return record_answer(request, "quote", quote, "orders/quote.html", _acts(request, quote), **more)


def _acts(request: PageRequest, quote: Quote) -> list[dict[str, Any]]:
    """What may be done with a quote next, the usual thing last."""

    def at(name: str) -> str:
        return reverse(f"orders:quote_{name}", args=[quote.pk])

    found = []
    if quote.status == QuoteStatus.IN_APPROVAL and records.standing_on_quote(request.user, quote, today()):
        found.append(button(at("decide"), _("Decide"), "checklist", is_primary=True))
    if not policies.may_edit_quote(request.user, quote, today()):
        return found
    is_ordered = Order.objects.filter(quote=quote).exists()
    for statuses, name, label, icon, way in _ACTS:
        if quote.status in statuses and not (name == "order" and is_ordered):
            found.append(button(at(name), str(label), icon, is_post="post" in way, is_primary="primary" in way))
    return found


_OUT = (QuoteStatus.SENT, QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED)
_ACTS: tuple[tuple[Sequence[str], str, Any, str, str], ...] = (
    ((QuoteStatus.DRAFT,), "edit", _lazy("Edit"), "edit", ""),
    ((QuoteStatus.DRAFT,), "submit", _lazy("Hand in"), "check", "post primary"),
    ((QuoteStatus.IN_APPROVAL, QuoteStatus.APPROVED), "take_back", _lazy("Take back"), "arrow-back-up", "post"),
    ((QuoteStatus.APPROVED,), "send", _lazy("Sent to the customer"), "send", "post primary"),
    (_OUT, "revise", _lazy("Revise"), "copy", "post"),
    ((QuoteStatus.SENT,), "decline", _lazy("Declined"), "circle-x", ""),
    ((QuoteStatus.SENT,), "accept", _lazy("Accepted"), "circle-check", "post primary"),
    ((QuoteStatus.ACCEPTED,), "order", _lazy("Make the order"), "shopping-cart", "primary"),
)


def quote_new(request: PageRequest) -> HttpResponseBase:
    """A quote on the deal that the address names."""
    refuse_unless(policies.may_write(request.user))
    number = read_number(request.GET.get("deal", "")) or 0
    deal = records.get_deal_to_write_on(request.user, number, today())
    quote = Quote(deal=deal, currency_id=deal.currency_id, name=deal.name)
    initial = {"valid_until": today() + timedelta(days=HOLDS_DAYS)}
    return _edit(request, quote, deal, initial=initial)


def quote_edit(request: PageRequest, quote_id: int) -> HttpResponseBase:
    quote = _editable(request, quote_id)
    return _edit(request, quote, quote.deal, initial={})


def _editable(request: PageRequest, quote_id: int) -> Quote:
    """The quote, when the person may see (else not found) and change it (else forbidden)."""
    quote = records.get_quote_for(request.user, quote_id, today())
    refuse_unless(policies.may_edit_quote(request.user, quote, today()))
    return quote


def _edit(request: PageRequest, quote: Quote, deal: Opportunity, *, initial: dict[str, Any]) -> HttpResponseBase:
    people = people_for(request.user, today())
    form = QuoteForm(request.POST or None, instance=quote, initial=initial, people=people)
    stand = list(quote.lines.all()) if quote.pk else []
    rows = rows_of(request, QuoteLineForm, rows=stand, currency=str(quote.currency_id))

    def save() -> Quote:
        version = form.cleaned_data["version"]
        return services.save_quote(quote=form.instance, lines=rows.wanted, by=request.user, on=today(), version=version)

    saved = added(request, form, save, _("Quote saved."), rows)
    if saved is not None:
        return redirect(saved)
    title = quote.number if quote.pk else _("New quote for %(deal)s") % {"deal": deal.name}
    back = quote.get_absolute_url() if quote.pk else deal.get_absolute_url()
    crumbs = [(QUOTES.title, reverse("orders:quotes"))]
    return form_answer(request, form, title, back, crumbs=crumbs, rows=rows, add=_("Add a product"), more=10)


def _act(request: PageRequest, quote_id: int, service: Any, words: str, **more: Any) -> HttpResponseBase:
    quote = _editable(request, quote_id)
    act = lambda: service(quote_id=quote.pk, by=request.user, on=today(), **more)  # noqa: E731 -- done by acted
    return acted(request, act, words, quote.get_absolute_url())


@require_POST
def quote_submit(request: PageRequest, quote_id: int) -> HttpResponseBase:
    return _act(request, quote_id, services.submit_quote, _("Handed in."))


@require_POST
def quote_take_back(request: PageRequest, quote_id: int) -> HttpResponseBase:
    return _act(request, quote_id, services.take_back_quote, _("It is a draft again."))


@require_POST
def quote_send(request: PageRequest, quote_id: int) -> HttpResponseBase:
    return _act(request, quote_id, services.send_quote, _("Noted as sent today."))


@require_POST
def quote_accept(request: PageRequest, quote_id: int) -> HttpResponseBase:
    return _act(request, quote_id, services.answer_quote, _("Accepted."), is_accepted=True)


@require_POST
def quote_revise(request: PageRequest, quote_id: int) -> HttpResponseBase:
    quote = _editable(request, quote_id)
    try:
        made = services.revise_quote(quote_id=quote.pk, by=request.user, on=today())
    except services.OrderError as error:
        messages.error(request, str(error))
        return redirect(quote)
    messages.success(request, _("%(quote)s is a draft.") % {"quote": made.number})
    return redirect("orders:quote_edit", made.pk)


def quote_decline(request: PageRequest, quote_id: int) -> HttpResponseBase:
    quote = _editable(request, quote_id)
    form = ReasonForm(request.POST or None)

    def decline() -> Quote:
        reason = form.cleaned_data["reason"]
        return services.answer_quote(quote_id=quote.pk, is_accepted=False, by=request.user, on=today(), reason=reason)

    if added(request, form, decline, _("Declined.")) is not None:
        return redirect(quote)
    title = _("%(quote)s was declined") % {"quote": quote.number}
    return form_answer(request, form, title, quote.get_absolute_url(), submit=_("Note as declined"))


def quote_decide(request: PageRequest, quote_id: int) -> HttpResponseBase:
    """A second person looks at a quote that waits, approves it or gives it back."""
    quote = records.get_quote_to_decide(request.user, quote_id, today())
    standing = records.standing_on_quote(request.user, quote, today())
    refuse_unless(standing is not None)
    form = DecideForm(request.POST or None)

    def decide() -> Quote:
        given = {"is_approved": request.POST.get("decision") == "approve", "reason": form.cleaned_data["reason"]}
        return services.decide_quote(quote_id=quote.pk, by=request.user, on=today(), **given)

    if added(request, form, decide, _("Decided.")) is not None:
        seen = policies.visible_quotes(request.user, today()).filter(pk=quote.pk).exists()
        return redirect(quote) if seen else redirect("people:approvals")
    waits = quote.status == QuoteStatus.IN_APPROVAL
    context = {"quote": quote, "lines": quote.lines.select_related("product"), "form": form, "waits": waits}
    return render(request, "orders/decide.html", context | {"standing": standing})


def quote_order(request: PageRequest, quote_id: int) -> HttpResponseBase:
    """The order of an accepted quote: its day and its contract are asked for."""
    quote = _editable(request, quote_id)
    contracts = records.contracts_of_deal(request.user, quote.deal, today())
    form = OrderQuoteForm(request.POST or None, initial={"ordered_on": today()}, contracts=contracts)

    def order() -> Any:
        return services.order_quote(quote_id=quote.pk, by=request.user, on=today(), **form.cleaned_data)

    made = added(request, form, order, _("Order made."))
    if made is not None:
        return redirect(made)
    title = _("Order of %(quote)s") % {"quote": quote.number}
    return form_answer(request, form, title, quote.get_absolute_url(), submit=_("Make the order"))
