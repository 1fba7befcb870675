from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.kernel.typed import read_number
from orders import policies, services
from orders.forms import DayForm, FulfilForm, InvoiceForm, OrderForm, OrderLineForm, ReasonForm, ReturnForm
from orders.lists import EXCEPTIONS, FULFILMENTS, ORDER_ICONS, ORDER_TONES, ORDERS, RETURNS
from orders.models import Fulfilment, Invoice, Order, OrderLine, Return
from orders.selectors import records
from orders.views.answers import (
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


def order_list(request: PageRequest) -> HttpResponseBase:
    actions = [button(reverse("orders:fulfilments"), _("Deliveries"), "truck-delivery")]
    return list_page(request, ORDERS, "orders:orders", actions)


def return_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, RETURNS, "orders:returns")


def fulfilment_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, FULFILMENTS, "orders:fulfilments")


def exception_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, EXCEPTIONS, "orders:exceptions")


def order_page(request: PageRequest, order_id: int) -> HttpResponseBase:
    order = records.get_order_for(request.user, order_id, today())
    lines = records.lines_of_order(order)
    delivered = Fulfilment.objects.filter(order_line__order=order).select_related("order_line__product")
    returns = Return.objects.filter(order_line__order=order).select_related("order_line__product")
    tag = (order.get_status_display(), ORDER_TONES.get(order.status, ""), ORDER_ICONS[order.status])
    more = {
        "lines": lines,
        "margin": records.margin_of(lines),
        "fulfilments": delivered.order_by("fulfilled_on", "pk"),
        "returns": returns.order_by("returned_on", "pk"),
        "invoices": order.invoices.order_by("issued_on", "pk"),
        "may_book": policies.may_keep_books(request.user),
        "may_see_contract": records.sees_contract(request.user, order.contract_id, today()),
        "tag": tag,
        "crumb": (ORDERS.title, reverse("orders:orders")),
    }
    return record_answer(request, "order", order, "orders/order.html", _acts(request, order), **more)


def _acts(request: PageRequest, order: Order) -> list[dict[str, Any]]:
    def at(name: str) -> str:
        return reverse(f"orders:order_{name}", args=[order.pk])

    found: list[dict[str, Any]] = []
    if order.is_cancelled:
        return found
    if policies.may_edit_order(request.user, order, today()):
        found += [button(at("cancel"), _("Cancel"), "ban"), button(at("edit"), _("Edit"), "edit")]
    if policies.may_keep_books(request.user):
        found += [
            button(at("return"), _("Return"), "truck-return"),
            button(at("fulfil"), _("Deliver"), "truck-delivery"),
            button(at("invoice"), _("Invoice"), "file-invoice", is_primary=True),
        ]
    return found


def order_new(request: PageRequest) -> HttpResponseBase:
    """An order on the deal that the address names; it begins with the deal's products."""
    refuse_unless(policies.may_write(request.user))
    number = read_number(request.GET.get("deal", "")) or 0
    deal = records.get_deal_to_write_on(request.user, number, today())
    order = Order(deal=deal, currency_id=deal.currency_id, name=deal.name)
    products = deal.lines.all()
    lines = [OrderLine(product_id=one.product_id, quantity=one.quantity, unit_price=one.unit_price) for one in products]
    return _edit(request, order, deal, lines, {"ordered_on": today()})


def _editable(request: PageRequest, order_id: int) -> Order:
    order = records.get_order_for(request.user, order_id, today())
    refuse_unless(policies.may_edit_order(request.user, order, today()))
    return order


def order_edit(request: PageRequest, order_id: int) -> HttpResponseBase:
    order = _editable(request, order_id)
    return _edit(request, order, order.deal, list(order.lines.select_related("product")), {})


def _edit(
    request: PageRequest, order: Order, deal: Opportunity, lines: list[OrderLine], initial: dict[str, Any]
) -> HttpResponseBase:
    user, as_of = request.user, today()
    given = {"contracts": records.contracts_of_deal(user, deal, as_of), "people": people_for(user, as_of)}
    form = OrderForm(request.POST or None, instance=order, initial=initial, **given)
    rows = rows_of(request, OrderLineForm, rows=lines, currency=str(order.currency_id))
    before = [(one.product_id, one.quantity, one.unit_price) for one in lines] if order.pk else None

    def save() -> Order:
        wanted = rows.wanted
        is_same = [(one.product_id, one.quantity, one.unit_price) for one in wanted] == before
        for line in wanted:
            line.amount = 0
        kept = None if is_same else wanted
        return services.save_order(
            order=form.instance, lines=kept, by=user, on=as_of, version=form.cleaned_data["version"]
        )

    saved = added(request, form, save, _("Order saved."), rows)
    if saved is not None:
        return redirect(saved)
    title = order.number if order.pk else _("New order of %(deal)s") % {"deal": deal.name}
    back, crumbs = (order if order.pk else deal).get_absolute_url(), [(ORDERS.title, reverse("orders:orders"))]
    return form_answer(request, form, title, back, crumbs=crumbs, rows=rows, add=_("Add a product"), more=10)


def order_cancel(request: PageRequest, order_id: int) -> HttpResponseBase:
    order = _editable(request, order_id)
    form = DayForm(request.POST or None, initial={"on": today()}, label=_("Cancelled on"))

    def cancel() -> Order:
        given = {"cancelled_on": form.cleaned_data["on"], "reason": form.cleaned_data["reason"]}
        return services.cancel_order(order_id=order.pk, by=request.user, on=today(), **given)

    if added(request, form, cancel, _("Cancelled.")) is not None:
        return redirect(order)
    title = _("Cancel %(order)s") % {"order": order.number}
    return form_answer(request, form, title, order.get_absolute_url(), submit=_("Cancel the order"))


def _bookable(request: PageRequest, order_id: int) -> Order:
    """The order, when the person may see it (else not found) and keeps the books (else forbidden)."""
    order = records.get_order_for(request.user, order_id, today())
    refuse_unless(policies.may_keep_books(request.user))
    return order


def order_fulfil(request: PageRequest, order_id: int) -> HttpResponseBase:
    order = _bookable(request, order_id)
    lines = records.lines_to_fulfil(order)
    form = FulfilForm(request.POST or None, initial={"fulfilled_on": today()}, lines=lines)

    def fulfil() -> Any:
        given = {"fulfilled_on": form.cleaned_data["fulfilled_on"], "note": form.cleaned_data["note"]}
        return services.fulfil_order(
            order_id=order.pk, quantities=form.quantities, by=request.user, on=today(), **given
        )

    if added(request, form, fulfil, _("Delivery booked.")) is not None:
        return redirect(order)
    title = _("What was delivered of %(order)s") % {"order": order.number}
    return form_answer(request, form, title, order.get_absolute_url(), submit=_("Book the delivery"))


def order_return(request: PageRequest, order_id: int) -> HttpResponseBase:
    order = _bookable(request, order_id)
    given = {"lines": order.lines.select_related("product"), "currency": str(order.currency_id)}
    form = ReturnForm(request.POST or None, initial={"returned_on": today()}, **given)

    def book() -> Return:
        return services.book_return(goods=form.save(commit=False), by=request.user, on=today())

    if added(request, form, book, _("Return booked.")) is not None:
        return redirect(order)
    title = _("What came back of %(order)s") % {"order": order.number}
    return form_answer(request, form, title, order.get_absolute_url(), submit=_("Book the return"))


def order_invoice(request: PageRequest, order_id: int) -> HttpResponseBase:
    """An invoice for an order; it begins with what isn't invoiced yet."""
    order = _bookable(request, order_id)
    invoice = Invoice(order=order, currency_id=order.currency_id)
    initial = {"issued_on": today(), "amount": max(order.total - order.invoiced, 0), "name": order.name}
    people = people_for(request.user, today())
    form = InvoiceForm(request.POST or None, instance=invoice, initial=initial, people=people)

    def issue() -> Invoice:
        return services.issue_invoice(invoice=form.instance, by=request.user, on=today())

    made = added(request, form, issue, _("Invoice issued."))
    if made is not None:
        return redirect(made)
    title = _("Invoice for %(order)s") % {"order": order.number}
    return form_answer(request, form, title, order.get_absolute_url(), submit=_("Issue the invoice"))


def fulfilment_reverse(request: PageRequest, fulfilment_id: int) -> HttpResponseBase:
    fulfilment = records.get_fulfilment_for(request.user, fulfilment_id, today())
    return _take_back(request, fulfilment.order_line.order, services.reverse_fulfilment, {"fulfilment": fulfilment})


def return_reverse(request: PageRequest, return_id: int) -> HttpResponseBase:
    goods = records.get_return_for(request.user, return_id, today())
    return _take_back(request, goods.order_line.order, services.reverse_return, {"goods": goods})


def _take_back(request: PageRequest, order: Order, service: Any, what: dict[str, Any]) -> HttpResponseBase:
    refuse_unless(policies.may_keep_books(request.user))
    form = ReasonForm(request.POST or None)

    def take_back() -> Any:
        return service(by=request.user, on=today(), reason=form.cleaned_data["reason"], **what)

    if added(request, form, take_back, _("Taken back.")) is not None:
        return redirect(order)
    title = _("Take back what was booked on %(order)s") % {"order": order.number}
    return form_answer(request, form, title, order.get_absolute_url(), submit=_("Take back"))
