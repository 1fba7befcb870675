"""Disputes: raised on a statement, worked on in a thread, decided by somebody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compensation import policies, services
from compensation.enums import ManagersSee
from compensation.forms import disputes as forms
from compensation.lists.disputes import DISPUTES, ICONS, OUTCOME_TONES, TONES
from compensation.models import Dispute, Payee
from compensation.selectors import disputes as found
from compensation.selectors.statement_lines import Group, Reader, get_group
from compensation.selectors.statements import labels_of, pay_settings, versions_in
from compensation.views.answers import acted, added, form_answer, found_if, today
from compensation.views.statements import any_month, their_statement
from core import services as core_services
from core.htmx import PageRequest
from core.kernel.money import to_minor
from core.kernel.typed import read_number
from core.pages import file_answer, list_answer


def dispute_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, DISPUTES, as_of=today())


def statement_dispute(request: PageRequest, statement_id: int) -> HttpResponseBase:
    return _raise(request, their_statement(request, statement_id))


def payee_dispute(request: PageRequest, payee_id: int, month_id: int) -> HttpResponseBase:
    return _raise(request, any_month(request, payee_id, month_id))


def _raise(request: PageRequest, place: Any) -> HttpResponseBase:
    """Raise a dispute on a line (?line=), or on the month."""
    found_if(policies.may_raise_dispute(request.user, place.month.payee))
    line = _line_asked(request, place)
    form = forms.DisputeForm(request.POST or None, initial={"title": line.source.words if line else ""})
    dispute = Dispute(payee=place.month.payee, period=place.month.period)
    if line is not None:
        dispute.line_id, dispute.credit_id, dispute.deal_id = line.id, line.credit_id, line.deal_id

    def save() -> Any:
        dispute.title, dispute.reason = form.cleaned_data["title"], form.cleaned_data["reason"]
        at = timezone.now()
        return services.raise_dispute(
            dispute=dispute, text=form.cleaned_data["text"], by=request.user, at=at, on=today()
        )

    if (made := added(request, form, save, _("Raised. Those who keep pay were told."))) is not None:
        return redirect(made)
    words = _("Dispute %(what)s") % {"what": line.source.words if line else place.month.period}
    return form_answer(request, form, words, place.url, submit=_("Raise the dispute"))


def _line_asked(request: PageRequest, place: Any) -> Group | None:
    number = read_number(request.GET.get("line", ""))
    if not number:
        return None
    labels = labels_of(versions_in(place.month))
    return get_group(place.month, number, labels, Reader(request.user, today()))


def dispute(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = found.get_dispute_for(request.user, dispute_id, today())
    may_work = policies.may_work_on_dispute(request.user, one)
    return render(request, "compensation/dispute.html", _told(request, one) | _rights(request, one, may_work))


def _told(request: PageRequest, one: Dispute) -> dict[str, Any]:
    """What is known of a dispute."""
    place = found.place_of(one, request.user)
    story = found.story_of_dispute(one, place, Reader(request.user, today()))
    amount, currency = (story.group.payable, story.currency) if story else found.amount_of(one)
    adjustments = found.adjustments_of(one)
    own = sum(row.amount_minor for row in adjustments if row.payee_id == one.payee_id and row.state != "refused")
    return {
        "dispute": one, "place": place, "story": story, "amount": amount, "currency": currency, "decided": amount + own,
        "difference": own, "thread": found.thread_of(one, request.user), "files": found.files_of(one),
        "progress": found.progress_of(one, today()), "similar": found.similar_to(one, request.user, today()),
        "reply_due": found.reply_due(one), "as_of": today(), "tag": (TONES[one.state], ICONS[one.state]),
        "outcome_tone": OUTCOME_TONES.get(one.outcome, ""), "adjustments": adjustments,
        "line_sees": pay_settings().managers_see == ManagersSee.LINE,
        "keepers": set(found.pay_keepers(today()).values_list("pk", flat=True)),
    }  # fmt: skip


def _rights(request: PageRequest, one: Dispute, may_work: bool) -> dict[str, Any]:
    """What may be done with it, by this person and now."""
    user, is_open = request.user, one.state in found.OPEN
    may_end = policies.may_end_dispute(user, one)
    upheld = one.outcome in ("upheld", "partly") and one.state != "closed"
    return {
        "may_work": may_work, "is_open": is_open, "form": forms.CommentForm(may_note=may_work),
        "may_decide": is_open and policies.may_decide_dispute(user, one),
        "may_withdraw": is_open and policies.is_side_of_dispute(user, one),
        "may_close": one.state in ("decided", "adjusted") and may_end,
        "may_reopen": not is_open and may_end,
        "may_propose": upheld and may_work and policies.keeps_pay(user) and found.line_of(one) is not None,
        "draft": found.draft_for(one) if upheld and policies.keeps_pay(user) and not one.plan_test else None,
        "sides": found.other_sides(one) if may_work else [],
    }  # fmt: skip


def dispute_file(request: PageRequest, dispute_id: int, attachment_id: int) -> HttpResponseBase:
    return file_answer(found.get_file(found.get_dispute_for(request.user, dispute_id, today()), attachment_id))


@require_POST
def dispute_comment(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    """A word in the thread, with files where some are sent."""
    one = found.get_dispute_for(request.user, dispute_id, today())
    form = forms.CommentForm(request.POST, may_note=policies.may_work_on_dispute(request.user, one))
    files = [(file.name or "", file.file, file.size or 0) for file in request.FILES.getlist("files") if file.file]
    if not form.is_valid():
        messages.error(request, _("Write a few words first."))
        return redirect(one)

    def comment() -> None:
        at = timezone.now()
        services.comment_on_dispute(dispute=one, by=request.user, at=at, on=today(), **form.cleaned_data)
        if files:
            core_services.attach(record=one, kind="dispute", files=files, by=request.user)

    try:
        return acted(request, comment, _("Written."), one.get_absolute_url())
    except core_services.AttachmentError as error:
        messages.error(request, str(error))
        return redirect(one)


def dispute_assign(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = _to_work_on(request, dispute_id)
    keepers = found.pay_keepers(today())
    form = forms.AssignForm(request.POST or None, keepers=keepers, initial={"assignee": one.assignee or request.user})

    def assign() -> Any:
        chosen = form.cleaned_data["assignee"]
        return services.assign_dispute(dispute=one, assignee=chosen, by=request.user, at=timezone.now())

    if added(request, form, assign, _("Assigned.")) is not None:
        return redirect(one)
    title = _("Who works on %(number)s") % {"number": one.number}
    return form_answer(request, form, title, one.get_absolute_url(), submit=_("Assign"))


def _to_work_on(request: PageRequest, dispute_id: int) -> Dispute:
    one = found.get_dispute_for(request.user, dispute_id, today())
    found_if(policies.may_work_on_dispute(request.user, one))
    return one


def dispute_decide(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = _to_work_on(request, dispute_id)
    form = forms.DecideForm(request.POST or None)

    def decide() -> Any:
        at = timezone.now()
        return services.decide_dispute(dispute=one, by=request.user, at=at, on=today(), **form.cleaned_data)

    if (made := added(request, form, decide, _("Decided. The person was told."))) is not None:
        is_next = made.outcome != "rejected" and policies.keeps_pay(request.user) and found.line_of(one) is not None
        return redirect("compensation:dispute_propose", one.pk) if is_next else redirect(one)
    title = _("Decide %(number)s") % {"number": one.number}
    return form_answer(request, form, title, one.get_absolute_url(), submit=_("Decide"))


def dispute_propose(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    """The adjustment that an upheld dispute comes to, side by side."""
    one = _to_work_on(request, dispute_id)
    line = found.line_of(one)
    found_if(policies.keeps_pay(request.user) and line is not None)
    assert line is not None
    sides = Payee.objects.filter(pk__in=[one.payee_id, *(side.pk for side in found.other_sides(one))])
    currency = str(line.plan.currency_id)
    form = forms.ProposeForm(request.POST or None, sides=sides, currency=currency, initial={"payee": one.payee})

    def propose() -> Any:
        given = {"payee": form.cleaned_data["payee"], "amount_minor": to_minor(form.cleaned_data["amount"], currency)}
        at, by = timezone.now(), request.user
        return services.propose_for_dispute(dispute=one, plan_id=line.plan_id, by=by, at=at, **given)

    if added(request, form, propose, _("Proposed: a second person approves it.")) is not None:
        return redirect(one)
    title = _("Adjustment for %(number)s, in %(currency)s") % {"number": one.number, "currency": currency}
    return form_answer(request, form, title, one.get_absolute_url(), submit=_("Propose"))


@require_POST
def dispute_case(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = _to_work_on(request, dispute_id)
    found_if(policies.keeps_pay(request.user))

    def make() -> Any:
        return services.make_plan_test(dispute=one, by=request.user, at=timezone.now())

    return acted(request, make, _("The draft has one test more."), one.get_absolute_url())


def _to_end(request: PageRequest, dispute_id: int) -> Dispute:
    one = found.get_dispute_for(request.user, dispute_id, today())
    found_if(policies.may_end_dispute(request.user, one))
    return one


@require_POST
def dispute_close(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = _to_end(request, dispute_id)
    at, by = timezone.now(), request.user
    return acted(
        request, lambda: services.close_dispute(dispute=one, by=by, at=at), _("Closed."), one.get_absolute_url()
    )


@require_POST
def dispute_withdraw(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = found.get_dispute_for(request.user, dispute_id, today())
    found_if(policies.is_side_of_dispute(request.user, one))
    at, by = timezone.now(), request.user
    return acted(
        request, lambda: services.withdraw_dispute(dispute=one, by=by, at=at), _("Taken back."), one.get_absolute_url()
    )


def dispute_reopen(request: PageRequest, dispute_id: int) -> HttpResponseBase:
    one = _to_end(request, dispute_id)
    form = forms.ReopenForm(request.POST or None)

    def reopen() -> Any:
        at = timezone.now()
        return services.reopen_dispute(dispute=one, by=request.user, at=at, on=today(), **form.cleaned_data)

    if added(request, form, reopen, _("Reopened.")) is not None:
        return redirect(one)
    title = _("Reopen %(number)s") % {"number": one.number}
    return form_answer(request, form, title, one.get_absolute_url(), submit=_("Reopen"))


def settings_page(request: PageRequest) -> HttpResponseBase:
    found_if(policies.may_keep_settings(request.user))
    form = forms.PaySettingsForm(request.POST or None, instance=pay_settings())
    save = lambda: services.save_settings(settings=form.save(commit=False), by=request.user)  # noqa: E731 -- done by added
    if added(request, form, save, _("Saved.")) is not None:
        return redirect("compensation:pay_settings")
    return form_answer(request, form, _("Statements and disputes"), reverse("core:settings"))
