"""What pages of this room have in common: forms that one service answers, acts, the switch between lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import registry
from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import list_answer, tag_chosen
from core.selectors import company_day
from orders import policies, services
from orders.forms import line_rows
from pipeline.selectors.timelines import timeline_context


def today() -> date:
    return company_day(timezone.now())


def refuse_unless(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


LISTS = (
    ("orders:orders", _("Orders"), policies.may_see_orders),
    ("orders:quotes", _("Quotes"), policies.may_see_orders),
    ("orders:contracts", _("Contracts"), policies.may_see_orders),
    ("orders:invoices", _("Invoices"), policies.may_see_orders),
    ("orders:payments", _("Payments"), policies.may_see_orders),
    ("orders:returns", _("Returns"), policies.may_see_orders),
    ("orders:exceptions", _("Exceptions"), policies.may_see_orders),
)


def list_page(request: PageRequest, table: Any, name: str, actions: Sequence[dict[str, Any]] = ()) -> HttpResponseBase:
    """A list with the switch to the others; tags of chosen records where they take some."""
    if request.method == "POST" and request.POST.get("action") == "tag" and table.record_kind:
        return tag_chosen(request, kind=table.record_kind, as_of=today(), back=request.get_full_path())
    layouts = [
        {"url": reverse(url), "label": label, "active": url == name} for url, label, may in LISTS if may(request.user)
    ]
    return list_answer(
        request, table, as_of=today(), template="orders/list.html", page_actions=actions, layouts=layouts
    )


def added(request: PageRequest, form: Any, act: Callable[[], Any], words: str, rows: Any = None) -> Any:
    """What a service made of a form that was sent and is right; None where there is something to say at a field."""
    is_sent = request.method == "POST" and form.is_valid() and (rows is None or rows.is_valid())
    if not is_sent:
        return None
    try:
        made = act()
    except services.OrderConflict as conflict:
        form.conflict, form.clashes = str(conflict), form.show_beside(conflict.theirs)
        return None
    except services.OrderError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    messages.success(request, words)
    return made


def form_answer(
    request: PageRequest, form: Any, title: str, back: str, *, crumbs: Any = (), rows: Any = None, **more: Any
) -> HttpResponseBase:
    """The page of a form, with its rows where it has some."""
    told = {"clashes": getattr(form, "clashes", None), "conflict": getattr(form, "conflict", "")}
    context = {"form": form, "title": title, "back": back, "crumbs": crumbs, "rows": rows, **told, **more}
    return render(request, "orders/lines.html" if rows is not None else "components/form_page.html", context)


def rows_of(request: PageRequest, form: Any, *, rows: Sequence[Any], currency: str) -> Any:
    extra = read_number(request.GET.get("rows", ""), most=50) or (1 if rows else 2)
    return line_rows(form, request.POST or None, rows=rows, currency=currency, extra=extra)


def acted(request: PageRequest, act: Callable[[], Any], words: str, back: str) -> HttpResponseBase:
    """Do an act that asks for nothing; say what was done, or why it can't be."""
    try:
        act()
    except services.OrderError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect(back)


def button(url: str, label: str, icon: str, *, is_post: bool = False, is_primary: bool = False) -> dict[str, Any]:
    return {"url": url, "label": label, "icon": icon, "is_post": is_post, "is_primary": is_primary}


def record_answer(
    request: PageRequest, kind: str, record: Any, template: str, actions: Sequence[dict[str, Any]], **more: Any
) -> HttpResponseBase:
    """The page of a record: its acts, its parts, what other rooms show of it, its timeline."""
    context = {
        "record": record,
        "kind": kind,
        "actions": actions,
        "panels": registry.panels_for(kind, request.user),
        "may_see_costs": policies.may_see_costs(request.user),
        "as_of": today(),
        **timeline_context(request, kind, record, today()),
        **more,
    }
    return render(request, template, context)
