"""The weekly mail: when it goes out, how it looks, and leaving it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from core.htmx import PageRequest
from core.selectors import company_day
from pipeline import policies
from pipeline.forms.hygiene import DigestPlanForm
from pipeline.selectors import digest as reads
from pipeline.services import digest as mails


def digest_page(request: PageRequest) -> HttpResponseBase:
    """When the mail goes out, what this reader would get now, and a copy of it by mail."""
    if not policies.may_keep_process(request.user):
        raise Http404
    on = company_day(timezone.now())
    plan = reads.digest_plan()
    if request.method == "POST" and "copy" in request.POST:
        return _send_copy(request, on)
    form = DigestPlanForm(request.POST or None, instance=plan)
    if request.method == "POST" and form.is_valid():
        mails.save_plan(plan=form.instance, by=request.user)
        messages.success(request, _("Weekly digest saved."))
        return redirect("pipeline:digest")
    found = reads.digest_of(request.user, on)
    last = reads.last_digest()
    context: dict[str, Any] = {"form": form, "found": found, "last": last}
    if found is not None:
        message = mails.message_of(found, user=request.user)
        context |= {"subject": message.subject, "text": message.body}
    return render(request, "pipeline/digest.html", context | {"readers": reads.digest_readers(on).count()})


def _send_copy(request: PageRequest, on: date) -> HttpResponseBase:
    try:
        is_sent = mails.send_copy(user=request.user, on=on)
    except OSError as error:
        messages.error(request, _("The mail server can't be reached: %(why)s") % {"why": error})
        return redirect("pipeline:digest")
    if is_sent:
        messages.success(request, _("A copy is on its way to %(address)s.") % {"address": request.user.email})
    else:
        messages.warning(request, _("There is nothing to tell yet: run the checks first."))
    return redirect("pipeline:digest")


def digest_preview(request: PageRequest) -> HttpResponseBase:
    """The HTML of the mail as this reader would get it now, to look at."""
    if not policies.may_keep_process(request.user):
        raise Http404
    found = reads.digest_of(request.user, company_day(timezone.now()))
    if found is None:
        raise Http404
    html = mails.message_of(found, user=request.user).alternatives[0]
    return HttpResponse(str(html[0]))


# The signed link is the right to leave; mail programs press it without a cookie (RFC 8058).
@csrf_exempt
def digest_leave(request: PageRequest, token: str) -> HttpResponseBase:
    """Stop the weekly mail by the link in it, signed in or not; a look at the page changes nothing."""
    reader = mails.reader_of(token)
    if reader is None:
        raise Http404
    is_left = request.method == "POST"
    if is_left:
        mails.choose(user=reader, wants="back" in request.POST, by=None)
    context = {"is_left": is_left and "back" not in request.POST, "is_back": "back" in request.POST}
    return render(request, "pipeline/digest_leave.html", context)
