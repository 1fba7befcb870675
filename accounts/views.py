from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import policies, selectors, services
from accounts.forms import AccountForm, ContactForm, HandOverForm
from accounts.lists import ACCOUNTS, CONTACTS
from core import registry
from core.htmx import PageRequest
from core.kernel import formats
from core.kernel.typed import read_number
from core.pages import chosen_ids, list_answer, tag_chosen, undoable, undone
from core.selectors import company_day
from people.selectors import people_for

OPTIONS = 12


def _today() -> date:
    return company_day(timezone.now())


def account_list(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST" and request.POST.get("action") == "tag":
        return tag_chosen(request, kind="account", as_of=_today(), back=request.get_full_path())
    if request.method == "POST":
        chosen = policies.editable_accounts(request.user, _today()).filter(pk__in=chosen_ids(request.POST))
        return _archive_accounts(request, sorted(chosen.values_list("pk", flat=True)), back=request.get_full_path())
    return _list(request, ACCOUNTS, add="accounts:account_new", label=_("New account"))


def contact_list(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST" and request.POST.get("action") == "tag":
        return tag_chosen(request, kind="contact", as_of=_today(), back=request.get_full_path())
    if request.method == "POST":
        chosen = policies.editable_contacts(request.user, _today()).filter(pk__in=chosen_ids(request.POST))
        return _archive_contacts(request, sorted(chosen.values_list("pk", flat=True)), back=request.get_full_path())
    return _list(request, CONTACTS, add="accounts:contact_new", label=_("New contact"))


def _list(request: PageRequest, table: Any, *, add: str, label: str) -> HttpResponseBase:
    actions = []
    if policies.may_edit_accounts(request.user):
        actions.append({"url": reverse(add), "icon": "plus", "label": label, "is_primary": True})
    return list_answer(request, table, as_of=_today(), page_actions=actions)


def _archive_accounts(request: PageRequest, ids: Sequence[int], *, back: str) -> HttpResponseBase:
    _editor(request)
    done = services.archive_accounts(account_ids=ids, by=request.user, at=timezone.now())
    words = ngettext("%(count)s account archived.", "%(count)s accounts archived.", done) % {"count": done}
    return undoable(request, words, undo=reverse("accounts:accounts_restore"), ids=ids, back=back)


def _archive_contacts(request: PageRequest, ids: Sequence[int], *, back: str) -> HttpResponseBase:
    _editor(request)
    done = services.archive_contacts(contact_ids=ids, by=request.user, at=timezone.now())
    words = ngettext("%(count)s contact archived.", "%(count)s contacts archived.", done) % {"count": done}
    return undoable(request, words, undo=reverse("accounts:contacts_restore"), ids=ids, back=back)


def _editor(request: PageRequest) -> None:
    if not policies.may_edit_accounts(request.user):
        raise PermissionDenied


def _editable_account(request: PageRequest, account_id: int) -> Any:
    """The account, when the person may see (else not found) and change it (else forbidden)."""
    account = selectors.get_account_for(request.user, account_id, _today())
    if not policies.may_edit_account(request.user, account, _today()):
        raise PermissionDenied
    return account


def _editable_contact(request: PageRequest, contact_id: int) -> Any:
    contact = selectors.get_contact_for(request.user, contact_id, _today())
    if not policies.may_edit_contact(request.user, contact, _today()):
        raise PermissionDenied
    return contact


@require_POST
def account_archive(request: PageRequest, account_id: int) -> HttpResponseBase:
    account = _editable_account(request, account_id)
    return _archive_accounts(request, [account.pk], back=reverse("accounts:accounts"))


@require_POST
def contact_archive(request: PageRequest, contact_id: int) -> HttpResponseBase:
    contact = _editable_contact(request, contact_id)
    return _archive_contacts(request, [contact.pk], back=reverse("accounts:contacts"))


@require_POST
def accounts_restore(request: PageRequest) -> HttpResponseBase:
    _editor(request)
    visible = policies.editable_accounts(request.user, _today(), with_archived=True)
    ids = list(visible.filter(pk__in=chosen_ids(request.GET)).values_list("pk", flat=True))
    done = services.restore_accounts(account_ids=ids, by=request.user)
    words = ngettext("%(count)s account is back.", "%(count)s accounts are back.", done)
    return undone(request, words % {"count": done}, otherwise=reverse("accounts:accounts"))


@require_POST
def contacts_restore(request: PageRequest) -> HttpResponseBase:
    _editor(request)
    visible = policies.editable_contacts(request.user, _today(), with_archived=True)
    ids = list(visible.filter(pk__in=chosen_ids(request.GET)).values_list("pk", flat=True))
    done = services.restore_contacts(contact_ids=ids, by=request.user)
    words = ngettext("%(count)s contact is back.", "%(count)s contacts are back.", done)
    return undone(request, words % {"count": done}, otherwise=reverse("accounts:contacts"))


def account_options(request: PageRequest) -> HttpResponseBase:
    """Accounts whose name begins with or holds a text, as a form's account field offers them."""
    if not policies.may_see_accounts(request.user):
        raise Http404
    found = selectors.account_options(request.user, request.GET.get("q", ""), _today(), limit=OPTIONS)
    return JsonResponse({"options": [f"{account.name} · {account.number}" for account in found]})


def account_page(request: PageRequest, account_id: int) -> HttpResponseBase:
    as_of = _today()
    account = selectors.get_account_for(request.user, account_id, as_of)
    may_edit = policies.may_edit_account(request.user, account, as_of)
    ownerships = list(account.ownerships.select_related("person"))
    context = {
        "account": account,
        "parent": selectors.find_visible_parent(request.user, account, as_of),
        "ownerships": ownerships,
        "owned_since": selectors.owned_since(ownerships, as_of),
        "panels": registry.panels_for("account", request.user),
        "may_edit": may_edit and account.archived_at is None,
        "may_restore": may_edit and account.archived_at is not None,
        "as_of": as_of,
    }
    return render(request, "accounts/account.html", context)


def account_edit(request: PageRequest, account_id: int | None = None) -> HttpResponseBase:
    _editor(request)
    as_of = _today()
    account = _editable_account(request, account_id) if account_id else None
    visible = selectors.accounts_for(request.user, as_of)
    owners, person = people_for(request.user, as_of), getattr(request.user, "person_or_none", None)
    initial = {} if account else {"owner": person}
    form = AccountForm(request.POST or None, instance=account, owners=owners, parents=visible, initial=initial)
    # who sees only their own line would lose sight of a new account without an owner
    form.fields["owner"].required = not account and request.user.visible_owner_ids(as_of) is not None
    title, back = str(account or _("New account")), reverse("accounts:accounts")

    def save(version: int | None) -> Any:
        return services.save_account(account=form.instance, by=request.user, on=as_of, version=version)

    return _edit(request, form, save, title=title, back=back, crumb=_("Accounts"))


def account_hand_over(request: PageRequest, account_id: int) -> HttpResponseBase:
    """Give the account to somebody else from a chosen day."""
    _editor(request)
    as_of, account = _today(), _editable_account(request, account_id)
    form = HandOverForm(request.POST or None, owners=people_for(request.user, as_of), account=account, on=as_of)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        given = {"to": data["owner"], "since": data["since"], "version": data["version"]}
        try:
            account, event = services.hand_over(account_id=account.pk, by=request.user, on=as_of, **given)
        except services.AccountError as error:
            form.add_error(getattr(error, "field", "") or None, str(error))
        else:
            return _handed(request, account, event, data)
    title = _("Hand over %(name)s") % {"name": account}
    context = {"form": form, "title": title, "back": account.get_absolute_url(), "submit": _("Hand over")}
    crumbs = [(_("Accounts"), reverse("accounts:accounts")), (account.name, account.get_absolute_url())]
    return render(request, "components/form_page.html", context | {"crumbs": crumbs})


def _handed(request: PageRequest, account: Any, event: Any, data: dict[str, Any]) -> HttpResponseBase:
    words = _("%(account)s is %(name)s's from %(day)s.")
    told = {"account": account, "name": data["owner"], "day": formats.day(data["since"])}
    undo = reverse("accounts:hand_over_undo", args=[event.pk])
    messages.success(request, words % told, extra_tags=f"undo:{undo}")
    return redirect(account)


@require_POST
def hand_over_undo(request: PageRequest, event_id: int) -> HttpResponseBase:
    """Take a hand-over of one's own back."""
    event = selectors.get_hand_over_for(request.user, event_id)
    account = _editable_account(request, event.subject_id or 0)
    try:
        services.take_back(event=event, by=request.user, on=_today())
    except services.AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The hand-over is taken back."))
    return redirect(account)


def contact_edit(request: PageRequest, contact_id: int | None = None) -> HttpResponseBase:
    _editor(request)
    as_of = _today()
    contact = _editable_contact(request, contact_id) if contact_id else None
    owners, accounts = people_for(request.user, as_of), selectors.accounts_for(request.user, as_of)
    asked = request.GET.get("account", "")
    initial = {} if contact else {"account": read_number(asked)}
    form = ContactForm(request.POST or None, instance=contact, owners=owners, accounts=accounts, initial=initial)
    title, back = str(contact or _("New contact")), reverse("accounts:contacts")

    def save(version: int | None) -> Any:
        return services.save_contact(contact=form.instance, by=request.user, version=version)

    return _edit(request, form, save, title=title, back=back, crumb=_("Contacts"))


def _edit(request: PageRequest, form: Any, save: Any, *, title: str, back: str, crumb: str) -> HttpResponseBase:
    """Save and show the record, or the form again with what is wrong or what somebody else changed meanwhile."""
    told: dict[str, Any] = {}
    if form.instance.pk:
        crumbs, back = [(crumb, back)], form.instance.get_absolute_url()
    else:
        crumbs = [(crumb, back)]
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.cleaned_data["version"])
        except services.RecordConflict as conflict:
            told = {"clashes": form.show_beside(conflict.theirs), "conflict": str(conflict)}
        except services.AccountError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved.name})
            return redirect(saved)
    return render(
        request,
        "components/form_page.html",
        {"form": form, "title": title, "back": back, "crumbs": crumbs, **told},
    )


def contact_page(request: PageRequest, contact_id: int) -> HttpResponseBase:
    contact = selectors.get_contact_for(request.user, contact_id, _today())
    may_edit = policies.may_edit_contact(request.user, contact, _today())
    context = {
        "contact": contact,
        "panels": registry.panels_for("contact", request.user),
        "may_edit": may_edit and contact.archived_at is None,
        "may_restore": may_edit and contact.archived_at is not None,
    }
    return render(request, "accounts/contact.html", context)
