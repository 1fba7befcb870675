"""Pay: the list, the panel and page of a person, a new row, an end, who sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import the_company
from people import policies, selectors, services
from people.forms import EndPayForm, PayForm, PayRulesForm
from people.lists import PAY
from people.models import Person, PersonPay
from people.views.persons import form_page, today


def pay_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.may_set_pay(request.user):
        url = reverse("people:pay_rules")
        actions = [{"url": url, "icon": "eye", "label": _("Who sees pay"), "is_primary": False}]
    return list_answer(request, PAY, as_of=today(), page_actions=actions)


def pay_of(request: PageRequest, person_id: int) -> HttpResponseBase:
    """What somebody's pay was, is and will be: a part of their page, or a page with the form to set it."""
    as_of = today()
    person = selectors.get_person_for(request.user, person_id, as_of)
    history = selectors.pay_history_of(request.user, person, as_of)
    may_set = policies.may_set_pay(request.user)
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    initial = {"currency": history[0].currency_id if history else the_company().currency_id, "valid_from": as_of}
    form = PayForm(request.POST or None, instance=PersonPay(person=person), initial=initial)
    set_now = lambda: services.set_pay(pay=form.save(commit=False), by=request.user)  # noqa: E731 -- done by _done
    if _done(request, form, set_now, _("Pay of %(name)s set.") % {"name": person.name}):
        return redirect("people:pay_of", person.pk)
    context = {
        "person": person,
        "history": history,
        "now": selectors.pay_of(request.user, person, as_of),
        "as_of": as_of,
        "form": form,
        "may_set": may_set and not _is_own(request, person),
    }
    return render(request, "people/_pay.html" if request.htmx else "people/pay.html", context)


def pay_end(request: PageRequest, person_pay_id: int) -> HttpResponseBase:
    """End pay on a day, for somebody who has none afterwards."""
    row = selectors.get_pay_for(request.user, person_pay_id, today())
    if not policies.may_set_pay(request.user):
        raise PermissionDenied
    form = EndPayForm(request.POST or None, initial={"on": today()})
    end = lambda: services.end_pay(pay=row, by=request.user, **form.cleaned_data)  # noqa: E731 -- done by _done
    if _done(request, form, end, _("Pay of %(name)s ended.") % {"name": row.person.name}):
        return redirect("people:pay_of", row.person_id)
    crumbs = [(_("Pay"), reverse("people:pay")), (row.person.name, row.get_absolute_url())]
    return form_page(request, form, title=_("End the pay of %(name)s") % {"name": row.person.name}, crumbs=crumbs)


def pay_rules(request: PageRequest) -> HttpResponseBase:
    """Who sees pay besides the person themself, comp admins and finance."""
    if not policies.may_set_pay(request.user):
        raise Http404
    sent = request.POST if request.method == "POST" else None  # a box that isn't ticked sends nothing
    form = PayRulesForm(sent, instance=selectors.pay_rules())
    save = lambda: services.change_pay_rules(rules=form.save(commit=False), by=request.user)  # noqa: E731 -- done by _done
    if _done(request, form, save, _("Saved.")):
        return redirect("people:pay_rules")
    return form_page(request, form, title=_("Who sees pay"), crumbs=[(_("Pay"), reverse("people:pay"))])


def _is_own(request: PageRequest, person: Person) -> bool:
    return bool(person.user_id == request.user.pk)


def _done(request: PageRequest, form: Any, act: Callable[[], Any], words: str) -> bool:
    """Whether a form was sent, is right, and its service took it; what the service refuses stands at its field."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act()
    except services.PayError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(request, words)
    return True
