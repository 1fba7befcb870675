from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.selectors import accounts_for
from core import registry
from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import chosen_ids, list_answer, own_address, tag_chosen, undoable, undone
from core.selectors import company_day, the_company
from people.selectors import people_for
from pipeline import policies, services
from pipeline.forms import DetailsForm, MoveForm, OpportunityForm
from pipeline.forms.quick import QuickForm
from pipeline.lists import OPPORTUNITIES
from pipeline.models import Opportunity, Stage
from pipeline.selectors import deals
from pipeline.selectors.timelines import timeline_context

UNDO_SALT, UNDO_SECONDS = "pipeline.undo", 24 * 3600


def today() -> date:
    return company_day(timezone.now())


def layouts(request: PageRequest, active: str) -> list[dict[str, Any]]:
    """The switch between table and board, each with the filters of the other."""
    query = request.GET.copy()
    for name in ("after", "before", "sort", "columns", "view", "process", "page"):
        query.pop(name, None)
    kept = f"?{query.urlencode()}" if query else ""
    places = (
        ("board", _("Board"), "layout-kanban", "pipeline:board"),
        ("table", _("Table"), "table", "pipeline:deals"),
    )
    return [
        {"url": f"{reverse(url)}{kept}", "label": label, "icon": icon, "active": key == active}
        for key, label, icon, url in places
    ]


def deal_list(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST" and request.POST.get("action") == "tag":
        return tag_chosen(request, kind="opportunity", as_of=today(), back=request.get_full_path())
    if request.method == "POST":
        return _archive_chosen(request)
    actions: list[dict[str, Any]] = []
    if policies.may_create(request.user):
        actions.append({"url": reverse("pipeline:bulk_edits"), "icon": "history", "label": _("Bulk edits")})
        actions.append(
            {"url": reverse("pipeline:deal_new"), "icon": "plus", "label": _("New opportunity"), "is_primary": True}
        )
    return list_answer(
        request,
        OPPORTUNITIES,
        as_of=today(),
        template="pipeline/deals.html",
        page_actions=actions,
        layouts=layouts(request, "table"),
    )


def _archive_chosen(request: PageRequest) -> HttpResponseBase:
    if not policies.may_create(request.user):
        raise PermissionDenied
    visible = policies.editable_opportunities(request.user, today()).filter(pk__in=chosen_ids(request.POST))
    return _archive(request, sorted(visible.values_list("pk", flat=True)), back=request.get_full_path())


def _archive(request: PageRequest, deal_ids: list[int], *, back: str) -> HttpResponseBase:
    try:
        done = services.archive_deals(deal_ids=deal_ids, by=request.user, at=timezone.now())
    except services.DealError as error:
        messages.error(request, str(error))
        return redirect(back)
    words = ngettext("%(count)s deal archived.", "%(count)s deals archived.", done) % {"count": done}
    return undoable(request, words, undo=reverse("pipeline:deals_restore"), ids=deal_ids, back=back)


@require_POST
def deal_archive(request: PageRequest, deal_id: int) -> HttpResponseBase:
    editable_deal(request, deal_id)
    return _archive(request, [deal_id], back=reverse("pipeline:deals"))


@require_POST
def deals_restore(request: PageRequest) -> HttpResponseBase:
    if not policies.may_create(request.user):
        raise PermissionDenied
    everything = policies.editable_opportunities(request.user, today(), with_archived=True)
    visible = everything.filter(pk__in=chosen_ids(request.GET))
    try:
        done = services.restore_deals(deal_ids=list(visible.values_list("pk", flat=True)), by=request.user)
    except services.DealError as error:
        messages.error(request, str(error))
        return redirect("pipeline:deals")
    words = ngettext("%(count)s deal is back.", "%(count)s deals are back.", done) % {"count": done}
    return undone(request, words, otherwise=reverse("pipeline:deals"))


def is_drawer(request: PageRequest) -> bool:
    """Whether the answer goes into the drawer of a record."""
    return bool(request.htmx) and request.htmx.target == "drawer"


def editable_deal(request: PageRequest, deal_id: int) -> Opportunity:
    """The deal, when the person may see (else not found) and change it (else forbidden)."""
    as_of = today()
    deal = deals.get_deal_for(request.user, deal_id, as_of)
    if not policies.may_edit(request.user, deal, as_of):
        raise PermissionDenied
    return deal


def deal_page(request: PageRequest, deal_id: int) -> HttpResponseBase:
    as_of = today()
    deal = deals.get_deal_for(request.user, deal_id, as_of)
    return _deal_answer(request, _page(request, deal, as_of))


def _deal_answer(request: PageRequest, context: Mapping[str, Any]) -> HttpResponseBase:
    """A deal as its page, or as what goes into the drawer beside its list."""
    answer = render(request, "pipeline/drawer.html" if is_drawer(request) else "pipeline/deal.html", context)
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


def _page(request: PageRequest, deal: Opportunity, as_of: date) -> dict[str, Any]:
    """What the page of a deal shows, in a number of queries that doesn't grow with its rows."""
    criteria = deals.criteria_of(deal)
    may_edit = policies.may_edit(request.user, deal, as_of)
    return {
        "deal": deal,
        "stages": deals.stages_of(deal),
        "criteria": criteria,
        "met": sum(one.is_met for one in criteria),
        "left": sum(not one.is_met for one in criteria),
        "is_drawer": is_drawer(request),
        **timeline_context(request, "opportunity", deal, as_of),
        "parts": deals.parts_of(deal),
        "may_edit": may_edit and deal.archived_at is None,
        "may_restore": may_edit and deal.archived_at is not None,
        "panels": registry.panels_for("opportunity", request.user),
        "details": DetailsForm(instance=deal, prefix="d"),
        "age_days": ((deal.closed_on or as_of) - deal.created_on).days,
        "stage_days": (as_of - deal.stage_since).days if deal.stage_since else None,
        "as_of": as_of,
    }


@require_POST
def deal_details(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """The fields edited in place. Answers the page, so that stage bar, criteria and timeline follow."""
    as_of = today()
    form = DetailsForm(request.POST, instance=editable_deal(request, deal_id), prefix="d")
    found = save_values(request, form, deal_id, as_of) if form.is_valid() else {"refused": True}
    if not found and not request.htmx:
        messages.success(request, _("Saved."))
        return redirect("pipeline:deal", deal_id)
    context = _page(request, deals.get_deal_for(request.user, deal_id, as_of), as_of)
    context |= found | {"details": form} if found else {"saved_at": timezone.now()}
    return _deal_answer(request, context)


def deal_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_create(request.user):
        raise PermissionDenied
    as_of = today()
    person = getattr(request.user, "person_or_none", None)
    account = request.GET.get("account", "")
    initial = {"currency": the_company().currency_id, "owner": person}
    form = _form(request, as_of, initial=initial | {"account": read_number(account)})
    if request.method == "POST" and form.is_valid():
        try:
            deal = services.create_deal(deal=form.save(commit=False), by=request.user, on=as_of)
        except services.DealError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("%(name)s added.") % {"name": deal.name})
            return redirect(deal)
    return _form_page(request, {"form": form}, title=_("New opportunity"), back=reverse("pipeline:deals"))


def deal_edit(request: PageRequest, deal_id: int) -> HttpResponseBase:
    as_of = today()
    deal = editable_deal(request, deal_id)
    context: Mapping[str, Any] = {"form": _form(request, as_of, instance=deal)}
    name, back = deal.name, deal.get_absolute_url()
    if request.method == "POST" and context["form"].is_valid():
        found = save_values(request, context["form"], deal_id, as_of)
        if not found:
            messages.success(request, _("%(name)s saved.") % {"name": name})
            return redirect(back)
        context = {**context, **found}
    return _form_page(request, context, title=name, back=back)


def deal_quick(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """Stage, amount, close date and next step on one small page, as for a phone."""
    as_of = today()
    deal = editable_deal(request, deal_id)
    before, name, back = services.columns_of(deal), deal.name, deal.get_absolute_url()
    form = QuickForm(request.POST or None, instance=deal, today=as_of, calendar=the_company().calendar)
    context: dict[str, Any] = {"deal": deal, "form": form}
    if request.method == "POST" and form.is_valid():
        found = save_values(request, form, deal_id, as_of)
        if not found:
            saved = deals.get_deal_for(request.user, deal_id, as_of)
            undo = f"{_undo_address(request, saved, before)}&{urlencode({'to': back})}"
            messages.success(request, _("%(name)s saved.") % {"name": name}, extra_tags=f"undo:{undo}")
            return redirect(back)
        context |= found
    return render(request, "pipeline/quick.html", context)


def _form_page(request: PageRequest, context: Mapping[str, Any], *, title: str, back: str) -> HttpResponseBase:
    crumbs = [(_("Opportunities"), reverse("pipeline:deals"))]
    return render(request, "components/form_page.html", {**context, "title": title, "back": back, "crumbs": crumbs})


def save_values(request: PageRequest, form: Any, deal_id: int, as_of: date) -> dict[str, Any]:
    """Save what changed. {} when done, else what the page tells: both values of a conflict, or a broken rule."""
    given = form.cleaned_data
    try:
        services.change_deal(
            deal_id=deal_id,
            values=form.changes,
            version=given["version"],
            by=request.user,
            on=as_of,
            despite=given.get("despite", ""),
        )
    except services.DealConflict as conflict:
        return {"clashes": form.show_beside(conflict.theirs), "conflict": str(conflict)}
    except services.DealBlocked as error:
        form.add_error("stage", str(error))
        form.ask_why()
    except services.DealError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    return {"refused": not form.is_valid()} if form.errors else {}


def _form(request: PageRequest, as_of: date, **kwargs: Any) -> OpportunityForm:
    owners, accounts = people_for(request.user, as_of), accounts_for(request.user, as_of)
    form = OpportunityForm(request.POST or None, owners=owners, accounts=accounts, today=as_of, **kwargs)
    # who sees only their own line would lose sight of a deal without an owner
    form.fields["owner"].required = request.user.visible_owner_ids(as_of) is not None
    return form


def move_form(data: Any, deal: Opportunity, stage: Stage, as_of: date) -> tuple[MoveForm, list[str]]:
    """The form of a move over what was sent (None: nothing yet), and the exit criteria that aren't met."""
    is_onward = stage.position > deal.stage.position and stage.status != "lost"
    unmet = deals.unmet_criteria(deal, stage=deal.stage) if is_onward and deal.is_open else []
    return MoveForm(data, stage=stage, deal=deal, today=as_of, unmet=unmet), unmet


def deal_move(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """Move a deal to a stage. What is missing (a reason, a day, criteria) is asked for on a page of its own."""
    as_of = today()
    deal = editable_deal(request, deal_id)
    stage = deals.get_stage_of(deal, request.POST.get("stage", "") or request.GET.get("stage", ""))
    form, unmet = move_form(request.POST if request.method == "POST" else None, deal, stage, as_of)
    if request.method == "POST" and form.is_valid():
        undo = save_move(request, form, deal, stage, as_of)
        if undo is not None:
            back = own_address(request, request.GET.get("to", ""), otherwise=deal.get_absolute_url())
            tags = f"undo:{undo}&{urlencode({'to': back})}"
            messages.success(request, undo_words(deal, stage), extra_tags=tags)
            return redirect(deal)
    context = {"deal": deal, "stage": stage, "form": form, "unmet": unmet}
    template = "pipeline/_drawer_move.html" if is_drawer(request) else "pipeline/move.html"
    return render(request, template, context)


def undo_words(deal: Opportunity, stage: Stage) -> str:
    return _("%(deal)s moved to %(stage)s.") % {"deal": deal.name, "stage": stage.name}


def save_move(request: PageRequest, form: MoveForm, deal: Opportunity, stage: Stage, as_of: date) -> str | None:
    """The address of its Undo when the deal moved; None when something keeps it, which the form tells."""
    before = services.columns_of(deal)
    try:
        moved = services.change_deal(
            deal_id=deal.pk,
            values=form.values | {"stage": stage},
            version=form.cleaned_data["version"],
            by=request.user,
            on=as_of,
            despite=form.cleaned_data.get("despite", ""),
        )
    except services.DealBlocked:
        if "despite" in request.POST:  # else it wasn't asked for yet: the form does now
            form.add_error("despite", _("Give a reason, or complete what is missing first."))
    except services.DealConflict:
        form.add_error(None, _("Someone else changed the deal just now. Look at it, and move it again."))
    except services.DealError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    else:
        return _undo_address(request, moved, before)
    return None


def _undo_address(request: PageRequest, deal: Opportunity, before: Mapping[str, Any]) -> str:
    """Where Undo posts to: what the change did to the deal, signed, so that it goes back exactly."""
    after = services.columns_of(deal)
    changed = [name for name in after if after[name] != before[name]]
    was = {"before": {n: before[n] for n in changed}, "after": {n: after[n] for n in changed}, "deal": deal.pk}
    signed = signing.dumps(was | {"user": request.user.pk}, salt=UNDO_SALT, compress=True)
    return f"{reverse('pipeline:deal_undo', args=[deal.pk])}?{urlencode({'was': signed})}"


@require_POST
def deal_undo(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """Take back one change of one's own, as its Undo button carries it; what somebody changed since stays."""
    deal = editable_deal(request, deal_id)
    try:
        was = signing.loads(request.GET.get("was", ""), salt=UNDO_SALT, max_age=UNDO_SECONDS)
        if (was["deal"], was["user"]) != (deal.pk, request.user.pk):
            raise signing.BadSignature
        kept = services.put_back(deal_id=deal.pk, before=was["before"], after=was["after"], by=request.user)
    except signing.BadSignature:
        kept = _("There is nothing to undo any more.")
    except services.DealError as error:
        kept = str(error)
    back = own_address(request, request.GET.get("to", ""), otherwise=deal.get_absolute_url())
    if kept:
        messages.warning(request, f"{deal.name}: {kept}")
    else:
        messages.success(request, _("%(deal)s is as it was.") % {"deal": deal.name})
    return redirect(back)


@require_POST
def criterion_tick(request: PageRequest, deal_id: int, criterion_id: int) -> HttpResponseBase:
    deal = editable_deal(request, deal_id)
    person = getattr(request.user, "person_or_none", None)
    try:
        services.tick_criterion(deal=deal, criterion_id=criterion_id, person=person)
    except services.DealError as error:
        messages.error(request, str(error))
    return redirect(deal)
