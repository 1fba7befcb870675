"""Commission accounting: months and their acts, contracts with their schedules, the journal, doubts, the policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from compensation import policies, services
from compensation.forms.accounting import AccountingPolicyForm
from compensation.forms.adjustments import ReasonForm
from compensation.lists.accounting import COSTS, JOURNAL, LINES, MONTHS, moved_in
from compensation.models import AccountingMonth, AccountingPolicy
from compensation.selectors import accounting as books
from compensation.selectors import accounting_pages as pages
from compensation.selectors.accounting_preview import effects
from compensation.services.accounting_months import rules_of
from compensation.services.errors import CompensationError
from compensation.views.answers import acted, added, form_answer, found_if, today
from core.forms import Form
from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import csv_answer, list_answer, xlsx_answer

_LISTS = (
    ("compensation:accounting", gettext_lazy("Months")),
    ("compensation:contract_costs", gettext_lazy("Contracts")),
    ("compensation:accounting_journal", gettext_lazy("Journal")),
    ("compensation:cost_lines", gettext_lazy("Earned")),
    ("compensation:accounting_doubts", gettext_lazy("Exceptions")),
    ("compensation:accounting_policies", gettext_lazy("Policy")),
)


def _layouts(name: str) -> list[dict[str, Any]]:
    return [{"url": reverse(url), "label": label, "active": url == name} for url, label in _LISTS]


def _crumbs(month: AccountingMonth | None = None) -> list[tuple[Any, str]]:
    found = [(MONTHS.title, reverse("compensation:accounting"))]
    return [*found, (str(month), month.get_absolute_url())] if month else found


def _list(request: PageRequest, table: Any, name: str, **more: Any) -> HttpResponseBase:
    template = "compensation/accounting.html"
    return list_answer(request, table, as_of=today(), template=template, layouts=_layouts(name), **more)


def month_list(request: PageRequest) -> HttpResponseBase:
    due = books.next_period() if policies.sees_accounting(request.user) else None
    policy = books.policy_on(due.starts_on) if due else None
    at_work = books.month_at_work(due) if due else None
    return _list(request, MONTHS, "compensation:accounting", due=due, at_work=at_work, policy=policy, is_start=True)


def cost_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, COSTS, "compensation:contract_costs")


def line_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, LINES, "compensation:cost_lines")


def journal_list(request: PageRequest) -> HttpResponseBase:
    return _list(request, JOURNAL, "compensation:accounting_journal")


@require_POST
def start(request: PageRequest) -> HttpResponseBase:
    """Work out the month that is due, or the one that the page named."""
    found_if(policies.sees_accounting(request.user))
    asked = read_number(request.POST.get("period", ""))
    due = books.next_period()

    def act() -> AccountingMonth:
        if due is None or asked != due.pk:
            raise CompensationError(_("Another month is due by now: look at the list first."))
        return services.start_accounting_month(period_id=due.pk, by=request.user)

    return acted(request, act, _("Being worked out. You can leave this page."), "compensation:accounting")


def month_page(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    month = books.get_month_for(request.user, accounting_month_id)
    context = pages.month_context(request.user, month, by=request.GET.get("by", ""))
    return render(request, "compensation/accounting_month.html", context | {"crumbs": _crumbs(), "after": month.number})


def month_progress(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    """How far it is; once it is over the page is drawn anew."""
    month = books.get_month_for(request.user, accounting_month_id)
    if not request.htmx:
        return redirect(month)
    answer = render(request, "compensation/_accounting_progress.html", pages.progress_of(month))
    if month.run is None or month.run.is_over:
        answer["HX-Refresh"] = "true"
    return answer


def moved_list(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    month = books.get_month_for(request.user, accounting_month_id)
    return list_answer(request, moved_in(month), as_of=today(), above=_crumbs(month), facts=[month.number])


def _file(request: PageRequest, name: str, rows: tuple[list[str], Any]) -> HttpResponseBase:
    answer = xlsx_answer if request.GET.get("format") == "xlsx" else csv_answer
    return answer(name, *rows)


@require_GET
def roll_forward_file(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    month = books.get_month_for(request.user, accounting_month_id)
    split = "account" if request.GET.get("by") == "account" else "plan"
    rows = services.roll_forward_rows(month=month, split=split, by=request.user)
    return _file(request, f"roll-forward-{month.number}", rows)


@require_GET
def journal_file(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    month = books.get_month_for(request.user, accounting_month_id)
    return _file(request, f"journal-{month.number}", services.journal_rows(month=month, by=request.user))


def _act(request: PageRequest, month_id: int, do: Callable[[AccountingMonth], Any], words: str) -> HttpResponseBase:
    """An act on the month as the person saw it: by the hash of what was worked out."""
    month = books.get_month_for(request.user, month_id)
    return acted(request, lambda: do(_as_seen(request, month)), words, month.get_absolute_url())


def _as_seen(request: PageRequest, month: AccountingMonth) -> AccountingMonth:
    if request.POST.get("seen", request.GET.get("seen", "")) != month.output_hash:
        raise CompensationError(_("It was worked out anew meanwhile: look at it first."))
    return month


@require_POST
def month_approve(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    by, at = request.user, timezone.now()
    do = lambda month: services.approve_accounting_month(month=month, by=by, at=at)  # noqa: E731 -- done by _act
    return _act(request, accounting_month_id, do, _("Approved."))


def month_close(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    """Asked once more before it is done: entries of the books are never changed."""
    month = books.get_month_for(request.user, accounting_month_id)
    form = Form(request.POST if request.method == "POST" else None)

    def do() -> AccountingMonth:
        seen = _as_seen(request, month)
        return services.close_accounting_month(month=seen, by=request.user, at=timezone.now())

    if added(request, form, do, _("Closed. Its entries stand in the journal.")) is not None:
        return redirect(month)
    title = _("Close %(month)s") % {"month": month}
    facts = [_("Entries of the books are never changed."), _("Late pay goes into the next month.")]
    more = {"submit": _("Close"), "facts": facts, "crumbs": _crumbs(month)}
    return form_answer(request, form, title, month.get_absolute_url(), **more)


def month_reopen(request: PageRequest, accounting_month_id: int) -> HttpResponseBase:
    month = books.get_month_for(request.user, accounting_month_id)
    form = ReasonForm(request.POST or None)

    def do() -> AccountingMonth:
        reason, at = form.cleaned_data["reason"], timezone.now()
        return services.reopen_accounting_month(month=month, reason=reason, by=request.user, at=at)

    words = _("Opened again: entries against its own stand in the journal. Work it out anew.")
    if added(request, form, do, words) is not None:
        return redirect("compensation:accounting")
    title = _("Open %(month)s again") % {"month": month}
    more = {"submit": _("Open again"), "crumbs": _crumbs(month)}
    return form_answer(request, form, title, month.get_absolute_url(), **more)


def cost_page(request: PageRequest, contract_cost_id: int) -> HttpResponseBase:
    cost = books.get_cost_for(request.user, contract_cost_id)
    crumbs = [*_crumbs(), (COSTS.title, reverse("compensation:contract_costs"))]
    context = pages.cost_context(cost) | {"crumbs": crumbs, "after": cost.number}
    return render(request, "compensation/contract_cost.html", context)


def doubt_list(request: PageRequest) -> HttpResponseBase:
    found_if(policies.sees_accounting(request.user))
    context = {"doubts": pages.doubts(), "layouts": _layouts("compensation:accounting_doubts")}
    return render(request, "compensation/accounting_doubts.html", context)


def policy_list(request: PageRequest) -> HttpResponseBase:
    found_if(policies.sees_accounting(request.user))
    context = {
        "policies": books.policies_for(request.user, today()), "as_of": today(),
        "keeps": policies.keeps_accounting_policy(request.user),
        "layouts": _layouts("compensation:accounting_policies"),
    }  # fmt: skip
    return render(request, "compensation/accounting_policies.html", context)


def policy_new(request: PageRequest) -> HttpResponseBase:
    """A policy from a day on, begun with what holds; its effect is shown before it is saved."""
    found_if(policies.sees_accounting(request.user))
    if not policies.keeps_accounting_policy(request.user):
        raise PermissionDenied
    last = AccountingPolicy.objects.order_by("-valid_from").first()
    due = books.next_period()
    form = AccountingPolicyForm(request.POST or None, initial=_begun_with(last, due.starts_on if due else today()))
    if "preview" in request.POST:
        shown = effects(rules_of(form.save(commit=False))) if form.is_valid() else None
        return _policy_form(request, form, shown)
    save = lambda: services.set_accounting_policy(policy=form.save(commit=False), by=request.user)  # noqa: E731 -- done by added
    if added(request, form, save, _("The policy is set.")) is not None:
        return redirect("compensation:accounting_policies")
    return _policy_form(request, form, None)


def _begun_with(last: AccountingPolicy | None, day: Any) -> dict[str, Any]:
    names = [name for name in AccountingPolicyForm.Meta.fields if name not in ("valid_from", "note")]
    return {"valid_from": day} | ({name: getattr(last, name) for name in names} if last else {})


def _policy_form(request: PageRequest, form: Any, shown: Any) -> HttpResponseBase:
    context = {
        "form": form, "effects": shown, "title": _("New accounting policy"), "crumbs": _crumbs(),
        "back": reverse("compensation:accounting_policies"),
    }  # fmt: skip
    return render(request, "compensation/accounting_policy_new.html", context)
