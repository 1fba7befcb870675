"""Acts on the run of a period: each names the run that the person saw, so that nobody approves another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compensation import services
from compensation.forms.adjustments import AboutForm, ReasonForm
from compensation.models import PayPeriod, PayRun
from compensation.selectors import runs
from compensation.selectors.exceptions import Exceptional, Exceptions, exceptions_of
from compensation.services.errors import CompensationError
from compensation.views.acting import keeper
from compensation.views.answers import acted, added, form_answer
from core.forms import Form
from core.htmx import PageRequest
from core.kernel.typed import read_number


def _seen_run(request: PageRequest, period: PayPeriod) -> PayRun:
    """The run that the page showed. Raises CompensationError where it isn't the one that stands any more."""
    run = runs.standing_run(period)
    if run is None or run.pk != read_number(request.POST.get("run", "") or request.GET.get("run", "")):
        raise CompensationError(_("The run was replaced meanwhile: look at the new one first."))
    return run


def _act(request: PageRequest, period_id: int, do: Callable[[PayRun], Any], words: str) -> HttpResponseBase:
    period = runs.get_period_for(request.user, period_id)
    return acted(request, lambda: do(_seen_run(request, period)), words, period.get_absolute_url())


@require_POST
def stop(request: PageRequest, period_id: int) -> HttpResponseBase:
    keeper(request)
    words = _("Asked to stop. Nothing of it is kept.")
    return _act(request, period_id, lambda run: services.stop_run(run=run, by=request.user), words)


@require_POST
def check(request: PageRequest, period_id: int) -> HttpResponseBase:
    keeper(request)
    words = _("Being checked. You can leave this page.")
    return _act(request, period_id, lambda run: services.start_checks(run=run, by=request.user), words)


@require_POST
def submit(request: PageRequest, period_id: int) -> HttpResponseBase:
    keeper(request)
    words = _("Handed in. Those who may approve it are told.")
    return _act(request, period_id, lambda run: services.submit_run(run=run, by=request.user), words)


@require_POST
def approve(request: PageRequest, period_id: int) -> HttpResponseBase:
    by, at = request.user, timezone.now()
    return _act(request, period_id, lambda run: services.approve_run(run=run, by=by, at=at), _("Approved."))


@require_POST
def release(request: PageRequest, period_id: int) -> HttpResponseBase:
    keeper(request)
    by, at = request.user, timezone.now()
    words = _("Statements are sent.")
    return _act(request, period_id, lambda run: services.release_statements(run=run, by=by, at=at), words)


def give_back(request: PageRequest, period_id: int) -> HttpResponseBase:
    period = runs.get_period_for(request.user, period_id)
    form = ReasonForm(request.POST or None)

    def do() -> PayRun:
        run = _seen_run(request, period)
        return services.give_back_run(run=run, reason=form.cleaned_data["reason"], by=request.user)

    if added(request, form, do, _("Given back.")) is not None:
        return redirect(period)
    title = _("Give %(period)s back") % {"period": period}
    return form_answer(request, form, title, period.get_absolute_url(), submit=_("Give back"))


def post(request: PageRequest, period_id: int) -> HttpResponseBase:
    """Asked once more before it is done: entries of the ledger are never changed."""
    keeper(request)
    period = runs.get_period_for(request.user, period_id)
    form = Form(request.POST if request.method == "POST" else None)

    def do() -> PayRun:
        return services.post_run(run=_seen_run(request, period), by=request.user, at=timezone.now())

    if added(request, form, do, _("Posted. The period is locked and the statements are sent.")) is not None:
        return redirect(period)
    title = _("Post %(period)s and lock it") % {"period": period}
    facts = [_("Entries of the ledger are never changed."), _("Everybody paid gets their statement.")]
    return form_answer(request, form, title, period.get_absolute_url(), submit=_("Post and lock"), facts=facts)


def confirm(request: PageRequest, period_id: int) -> HttpResponseBase:
    """An exception taken for right, with a reason; the address says which one (`of`)."""

    def do(run: PayRun, found: Sequence[Exceptional], reason: str) -> Any:
        return services.confirm_exceptions(run=run, found=found, reason=reason, by=request.user)

    words = (_("%(what)s: right as it is"), _("Confirm"), _("Confirmed. It comes again if its amount changes."))
    return _about(request, period_id, do, words, alike=True)


def hold(request: PageRequest, period_id: int) -> HttpResponseBase:
    """The credits of an exception's deal, held until it is cleared up."""

    def do(run: PayRun, found: Sequence[Exceptional], reason: str) -> Any:
        return services.hold_credits(run=run, found=found[0], reason=reason, by=request.user)

    words = (
        _("%(what)s: hold the credit"),
        _("Hold credit"),
        _("Held. Calculate again: it isn't credited until then."),
    )
    return _about(request, period_id, do, words)


type About = Callable[[PayRun, Sequence[Exceptional], str], Any]


def _about(
    request: PageRequest, period_id: int, act: About, words: tuple[str, str, str], *, alike: bool = False
) -> HttpResponseBase:
    """What is done about an exception, or all alike, with a reason. words: the title, the button, what was done."""
    keeper(request)
    period = runs.get_period_for(request.user, period_id)
    run = runs.standing_run(period)
    known = exceptions_of(run) if run else Exceptions([])
    found = known.find(request.GET.get("of", ""))
    if run is None or found is None:
        messages.warning(request, _("This exception isn't there any more."))
        return redirect(period)
    others = known.alike(found) if alike else []
    form = AboutForm(request.POST or None, others=len(others))

    def do() -> Any:
        chosen = [found, *(others if form.cleaned_data.get("alike") else [])]
        return act(run, chosen, form.cleaned_data["reason"])

    if added(request, form, do, words[2]) is not None:
        return redirect(period)
    facts, title = [one for one in (found.name, found.detail) if one], words[0] % {"what": found.rule.label}
    return form_answer(request, form, title, period.get_absolute_url(), submit=words[1], facts=facts)
