from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies, selectors, services
from accounts.forms import AccountForm, ContactForm
from accounts.lists import ACCOUNTS, CONTACTS
from core import registry
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from people.selectors import people_for


def account_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.may_edit_accounts(request.user):
        actions.append(
            {"url": reverse("accounts:account_new"), "icon": "plus", "label": _("New account"), "is_primary": True}
        )
    return list_answer(request, ACCOUNTS, as_of=company_day(timezone.now()), page_actions=actions)


def contact_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.may_edit_accounts(request.user):
        actions.append(
            {"url": reverse("accounts:contact_new"), "icon": "plus", "label": _("New contact"), "is_primary": True}
        )
    return list_answer(request, CONTACTS, as_of=company_day(timezone.now()), page_actions=actions)


def account_page(request: PageRequest, account_id: int) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    account = selectors.get_account_for(request.user, account_id, as_of)
    parent, subsidiaries = selectors.family_of(account)
    context = {
        "account": account,
        "parent": parent,
        "subsidiaries": subsidiaries,
        "contacts": account.contacts.filter(archived_at=None)[:50],
        "ownerships": account.ownerships.select_related("person"),
        "panels": registry.panels_for("account", request.user),
        "may_edit": policies.may_edit_accounts(request.user),
    }
    return render(request, "accounts/account.html", context)


def account_edit(request: PageRequest, account_id: int | None = None) -> HttpResponseBase:
    if not policies.may_edit_accounts(request.user):
        raise PermissionDenied
    as_of = company_day(timezone.now())
    account = selectors.get_account_for(request.user, account_id, as_of) if account_id else None
    visible = selectors.accounts_for(request.user, as_of)
    form = AccountForm(request.POST or None, instance=account, owners=people_for(request.user, as_of), parents=visible)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_account(account=form.instance, by=request.user, on=as_of)
        except services.AccountError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved.name})
            return redirect(saved)
    title = account.name if account else _("New account")
    return render(
        request, "components/form_page.html", {"form": form, "title": title, "back": reverse("accounts:accounts")}
    )


def contact_page(request: PageRequest, contact_id: int) -> HttpResponseBase:
    contact = selectors.get_contact_for(request.user, contact_id, company_day(timezone.now()))
    may_edit = policies.may_edit_accounts(request.user)
    return render(request, "accounts/contact.html", {"contact": contact, "may_edit": may_edit})


def contact_edit(request: PageRequest, contact_id: int | None = None) -> HttpResponseBase:
    if not policies.may_edit_accounts(request.user):
        raise PermissionDenied
    as_of = company_day(timezone.now())
    contact = selectors.get_contact_for(request.user, contact_id, as_of) if contact_id else None
    owners, accounts = people_for(request.user, as_of), selectors.accounts_for(request.user, as_of)
    initial = {"account": request.GET.get("account")}
    form = ContactForm(request.POST or None, instance=contact, owners=owners, accounts=accounts, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = services.save_contact(contact=form.instance, by=request.user)
        messages.success(request, _("%(name)s saved.") % {"name": saved.name})
        return redirect(saved)
    title = contact.name if contact else _("New contact")
    return render(
        request, "components/form_page.html", {"form": form, "title": title, "back": reverse("accounts:contacts")}
    )
