"""What pages of this room have in common: the clock, buttons, forms that one service answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from compensation.kernel.reading import PlanError
from compensation.services.errors import CompensationError
from core.htmx import PageRequest
from core.selectors import company_day

REFUSED = (CompensationError, PlanError)  # what services say no with, in words for people


def today() -> date:
    return company_day(timezone.now())


def found_if(allowed: bool) -> None:
    """Whoever may not see something is told that there is no such thing."""
    if not allowed:
        raise Http404


def button(url: str, label: str, icon: str, *, is_post: bool = False, is_primary: bool = False) -> dict[str, Any]:
    return {"url": url, "label": label, "icon": icon, "is_post": is_post, "is_primary": is_primary}


def acted(request: PageRequest, act: Callable[[], Any], words: Any, back: Any) -> HttpResponseBase:
    """Do an act that asks for nothing; say what was done (words, or what they say of it), or why it can't be."""
    try:
        made = act()
    except REFUSED as error:
        messages.error(request, str(error))
    else:
        said = words(made) if callable(words) else words
        if said:
            messages.success(request, said)
    return redirect(back)


def added(request: PageRequest, form: Any, act: Callable[[], Any], words: str) -> Any:
    """What a service made of a form that was sent and is right; None where there is something to say at it.

    An error that names a field stands there. True where a service that did its work gives nothing.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = act()
    except REFUSED as error:
        field = getattr(error, "field", "")
        form.add_error(field if field in form.fields else None, str(error))
        return None
    if words:
        messages.success(request, words)
    return True if made is None else made


def form_answer(request: PageRequest, form: Any, title: str, back: str, **more: Any) -> HttpResponseBase:
    context = {"form": form, "title": title, "back": back, **more}
    return render(request, "components/form_page.html", context)
