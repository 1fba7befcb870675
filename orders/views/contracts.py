from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.selectors import the_company
from orders import policies, services
from orders.enums import ContractStatus
from orders.forms import ChurnForm, ContractForm, DayForm, ReasonForm
from orders.lists import CONTRACT_ICONS, CONTRACT_TONES, CONTRACTS
from orders.models import Churn, Contract
from orders.selectors import records
from orders.views.answers import added, button, form_answer, list_page, record_answer, refuse_unless, today
from people.selectors import people_for
from pipeline.policies import visible_opportunities


def contract_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.may_write(request.user):
        actions.append(button(reverse("orders:contract_new"), _("New contract"), "plus", is_primary=True))
    return list_page(request, CONTRACTS, "orders:contracts", actions)


def contract_page(request: PageRequest, contract_id: int) -> HttpResponseBase:
    contract = records.get_contract_for(request.user, contract_id, today())
    orders = policies.visible_orders(request.user, today()).filter(contract=contract).order_by("-pk")
    seen = visible_opportunities(request.user, today(), with_archived=True)
    tag = (contract.get_status_display(), CONTRACT_TONES.get(contract.status, ""), CONTRACT_ICONS[contract.status])
    more = {
        "orders": orders,
        "churns": contract.churns.order_by("lost_on", "pk"),
        "may_book": policies.may_keep_books(request.user),
        "renewal": seen.filter(pk=contract.renewal_deal_id).first() if contract.renewal_deal_id else None,
        "tag": tag,
        "crumb": (CONTRACTS.title, reverse("orders:contracts")),
    }
    return record_answer(request, "contract", contract, "orders/contract.html", _acts(request, contract), **more)


def _acts(request: PageRequest, contract: Contract) -> list[dict[str, Any]]:
    def at(name: str) -> str:
        return reverse(f"orders:contract_{name}", args=[contract.pk])

    found, status = [], contract.status
    if policies.may_keep_books(request.user) and status in (ContractStatus.SIGNED, ContractStatus.ENDED):
        found.append(button(at("churn"), _("Book a loss"), "trending-down"))
    if policies.may_edit_contract(request.user, contract, today()):
        if status in (ContractStatus.DRAFT, ContractStatus.SIGNED):
            found += [button(at("cancel"), _("Cancel"), "ban"), button(at("edit"), _("Edit"), "edit")]
        if status == ContractStatus.DRAFT:
            found.append(button(at("sign"), _("Signed"), "writing-sign", is_primary=True))
    return found


def contract_new(request: PageRequest) -> HttpResponseBase:
    """A contract; the address may name the deal or the account it is with."""
    refuse_unless(policies.may_write(request.user))
    number = read_number(request.GET.get("deal", ""))
    deal = records.get_deal_to_write_on(request.user, number, today()) if number else None
    account = deal.account_id if deal else read_number(request.GET.get("account", ""))
    initial = {
        "deal": deal.pk if deal else None,
        "account": account,
        "name": deal.name if deal else "",
        "currency": deal.currency_id if deal else the_company().currency_id,
        "value": deal.amount if deal else None,
        "recurring_amount": deal.recurring_amount if deal else None,
        "starts_on": (deal.term_starts_on if deal else None) or today(),
        "last_day": deal.term_ends_on if deal else None,
    }
    return _edit(request, None, initial)


def _editable(request: PageRequest, contract_id: int) -> Contract:
    contract = records.get_contract_for(request.user, contract_id, today())
    refuse_unless(policies.may_edit_contract(request.user, contract, today()))
    return contract


def contract_edit(request: PageRequest, contract_id: int) -> HttpResponseBase:
    return _edit(request, _editable(request, contract_id), {})


def _edit(request: PageRequest, contract: Contract | None, initial: dict[str, Any]) -> HttpResponseBase:
    user, as_of = request.user, today()
    given = {
        "accounts": records.accounts_to_contract(user, as_of),
        "deals": policies.editable_deals(user, as_of),
        "people": people_for(user, as_of),
    }
    form = ContractForm(request.POST or None, instance=contract, initial=initial, **given)

    def save() -> Contract:
        version = form.cleaned_data["version"]
        contract = form.instance
        contract.account, contract.deal = form.cleaned_data["account"], form.cleaned_data["deal"]
        return services.save_contract(contract=contract, by=user, on=as_of, version=version)

    saved = added(request, form, save, _("Contract saved."))
    if saved is not None:
        return redirect(saved)
    title = str(contract) if contract else _("New contract")
    back = contract.get_absolute_url() if contract else reverse("orders:contracts")
    return form_answer(request, form, title, back, crumbs=[(CONTRACTS.title, reverse("orders:contracts"))])


def contract_sign(request: PageRequest, contract_id: int) -> HttpResponseBase:
    contract = _editable(request, contract_id)
    initial = {"on": contract.signed_on or today()}
    form = DayForm(request.POST or None, initial=initial, label=_("Signed on"), with_reason=False)

    def sign() -> Contract:
        signed_on = form.cleaned_data["on"]
        return services.sign_contract(contract_id=contract.pk, signed_on=signed_on, by=request.user, on=today())

    if added(request, form, sign, _("Signed.")) is not None:
        return redirect(contract)
    title = _("%(contract)s was signed") % {"contract": contract}
    return form_answer(request, form, title, contract.get_absolute_url(), submit=_("Note as signed"))


def contract_cancel(request: PageRequest, contract_id: int) -> HttpResponseBase:
    contract = _editable(request, contract_id)
    form = DayForm(request.POST or None, initial={"on": today()}, label=_("From"))

    def cancel() -> Contract:
        given = {"cancelled_on": form.cleaned_data["on"], "reason": form.cleaned_data["reason"]}
        return services.cancel_contract(contract_id=contract.pk, by=request.user, on=today(), **given)

    if added(request, form, cancel, _("Cancelled.")) is not None:
        return redirect(contract)
    title = _("Cancel %(contract)s") % {"contract": contract}
    return form_answer(request, form, title, contract.get_absolute_url(), submit=_("Cancel the contract"))


def contract_churn(request: PageRequest, contract_id: int) -> HttpResponseBase:
    """What was lost of a contract, from which day."""
    contract = records.get_contract_for(request.user, contract_id, today())
    refuse_unless(policies.may_keep_books(request.user))
    left, currency = services.recurring_left(contract), str(contract.currency_id)
    form = ChurnForm(request.POST or None, initial={"lost_on": today(), "amount": left}, currency=currency)

    def book() -> Churn:
        churn = form.save(commit=False)
        churn.contract = contract
        return services.book_churn(churn=churn, by=request.user, on=today())

    if added(request, form, book, _("Loss booked.")) is not None:
        return redirect(contract)
    title = _("What was lost of %(contract)s") % {"contract": contract}
    return form_answer(request, form, title, contract.get_absolute_url(), submit=_("Book the loss"))


def churn_reverse(request: PageRequest, contract_id: int, churn_id: int) -> HttpResponseBase:
    contract = records.get_contract_for(request.user, contract_id, today())
    refuse_unless(policies.may_keep_books(request.user))
    churn = contract.churns.filter(pk=churn_id).first()
    if churn is None:
        raise Http404(_("No such loss."))
    form = ReasonForm(request.POST or None)

    def reverse_it() -> Churn:
        return services.reverse_churn(churn=churn, reason=form.cleaned_data["reason"], by=request.user, on=today())

    if added(request, form, reverse_it, _("Taken back.")) is not None:
        return redirect(contract)
    return form_answer(request, form, _("Take the loss back"), contract.get_absolute_url(), submit=_("Take back"))
