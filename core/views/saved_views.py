from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import selectors, services
from core.forms import SavedViewForm
from core.htmx import PageRequest
from core.pages import own_address


def columns(request: PageRequest) -> HttpResponseBase:
    """Back to the list with the chosen columns in its address."""
    there = urlsplit(own_address(request, request.GET.get("to", "/")))
    query = [part for part in there.query.split("&") if part and not part.startswith(("columns=", "after=", "before="))]
    query.append(urlencode({"columns": ",".join(request.GET.getlist("column"))}))
    return HttpResponseRedirect(f"{there.path}?{'&'.join(query)}")


@require_POST
def save_view(request: PageRequest) -> HttpResponseBase:
    form = SavedViewForm(request.POST)
    there = own_address(request, request.POST.get("to", "/"))
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 characters."))
        return HttpResponseRedirect(there)
    view = services.save_view(owner=request.user, **form.cleaned_data)
    messages.success(request, _("View “%(name)s” saved.") % {"name": view.name})
    return HttpResponseRedirect(f"{there}?{view.query}")


@require_POST
def delete_view(request: PageRequest, view_id: int) -> HttpResponseBase:
    view = selectors.get_view_for(request.user, view_id)
    services.delete_view(view=view)
    messages.success(request, _("View “%(name)s” deleted.") % {"name": view.name})
    return HttpResponseRedirect(own_address(request, request.POST.get("to", "/")))
