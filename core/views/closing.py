"""Which days are closed: the page of sales ops and finance."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import selectors, services
from core.forms import ClosingForm
from core.htmx import PageRequest
from core.selectors import closing


def closing_edit(request: PageRequest) -> HttpResponseBase:
    """Close the books through a month, or open them again with a reason."""
    if not closing.may_close(request.user):
        raise Http404
    as_of = selectors.company_day(timezone.now())
    closed = selectors.the_company().closed_through
    form = ClosingForm(request.POST or None, months=closing.closable_months(on=as_of), closed=closed)
    if request.method == "POST" and form.is_valid():
        try:
            day, reason = form.cleaned_data["closed_through"], form.cleaned_data["reason"]
            services.set_closed_through(day=day, reason=reason, by=request.user, on=as_of)
        except services.SettingsError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("core:closing")
    crumbs = [(_("Settings"), reverse("core:settings"))]
    context = {"form": form, "closed": closed, "closings": closing.closings(), "crumbs": crumbs}
    return render(request, "core/closing.html", context)
