from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import chosen_ids, undoable, undone
from territories import policies, services
from territories.forms import TerritoryForm
from territories.lists import TERRITORIES
from territories.models import Territory
from territories.selectors import records
from territories.views.answers import done, form_answer, keeper, layouts, list_page, new_button, today

OPTIONS, SHOWN = 12, 25


def territory_list(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST":
        keeper(request)
        chosen = policies.visible_territories(request.user, today()).filter(pk__in=chosen_ids(request.POST))
        return _archive(request, sorted(chosen.values_list("pk", flat=True)), back=request.get_full_path())
    return list_page(request, TERRITORIES, "territories:territories", new_button(request))


def tree(request: PageRequest) -> HttpResponseBase:
    """All territories below one another, with who covers them and how many accounts are in each and below."""
    if not policies.may_see_territories(request.user):
        raise Http404
    branches = records.flat(records.tree_for(request.user, today()))
    context = {"branches": branches, "layouts": layouts("territories:tree"), "page_actions": new_button(request)}
    return render(request, "territories/tree.html", context)


def territory_page(request: PageRequest, territory_id: int) -> HttpResponseBase:
    territory = records.get_territory_for(request.user, territory_id, today())
    may_keep = policies.may_keep_territories(request.user)
    inside = policies.visible_territories(request.user, today()).filter(parent=territory)
    context = {
        "territory": territory,
        "inside": inside.order_by("name", "id"),
        "coverage": records.coverage_of(request.user, territory, today()),
        "accounts": records.accounts_in(request.user, territory, today(), limit=SHOWN),
        "may_edit": may_keep and territory.archived_at is None,
        "may_restore": may_keep and territory.archived_at is not None,
    }
    return render(request, "territories/territory.html", context)


def territory_new(request: PageRequest) -> HttpResponseBase:
    """A territory; the address may name the one it lies within."""
    keeper(request)
    return _edit(request, None, {"parent": read_number(request.GET.get("within", ""))})


def territory_edit(request: PageRequest, territory_id: int) -> HttpResponseBase:
    keeper(request)
    return _edit(request, records.get_territory_for(request.user, territory_id, today()), {})


def _edit(request: PageRequest, territory: Territory | None, initial: dict[str, Any]) -> HttpResponseBase:
    given = policies.visible_territories(request.user, today())
    form = TerritoryForm(request.POST or None, instance=territory, territories=given, initial=initial)

    def save() -> Territory:
        version = form.cleaned_data["version"]
        return services.save_territory(territory=form.instance, by=request.user, version=version)

    if done(request, form, save, _("Territory saved.")):
        return redirect(form.instance)
    back = territory.get_absolute_url() if territory else reverse("territories:territories")
    return form_answer(request, form, str(territory or _("New territory")), back)


@require_POST
def territory_archive(request: PageRequest, territory_id: int) -> HttpResponseBase:
    keeper(request)
    territory = records.get_territory_for(request.user, territory_id, today())
    return _archive(request, [territory.pk], back=territory.get_absolute_url())


def _archive(request: PageRequest, ids: Sequence[int], *, back: str) -> HttpResponseBase:
    try:
        count = services.archive_territories(territory_ids=ids, by=request.user, at=timezone.now(), on=today())
    except services.TerritoryError as error:
        messages.error(request, str(error))
        return redirect(back)
    words = ngettext("%(count)s territory archived.", "%(count)s territories archived.", count) % {"count": count}
    return undoable(request, words, undo=reverse("territories:territories_restore"), ids=ids, back=back)


@require_POST
def territories_restore(request: PageRequest) -> HttpResponseBase:
    keeper(request)
    ids = chosen_ids(request.GET)
    try:
        count = services.restore_territories(territory_ids=ids, by=request.user)
    except services.TerritoryError as error:
        messages.error(request, str(error))
        return redirect("territories:territories")
    words = ngettext("%(count)s territory is back.", "%(count)s territories are back.", count)
    return undone(request, words % {"count": count}, otherwise=reverse("territories:territories"))


def _typed(request: PageRequest) -> str:
    """What was typed so far; the database keeps no NUL."""
    return request.GET.get("q", "").replace("\0", "")[:200]


def territory_options(request: PageRequest) -> HttpResponseBase:
    """Territories whose name holds a text, as a form's field offers them."""
    if not policies.may_see_territories(request.user):
        raise Http404
    found = records.territory_options(request.user, _typed(request), today(), limit=OPTIONS)
    return JsonResponse({"options": [f"{one.name} · {one.number}" for one in found]})


def seat_options(request: PageRequest) -> HttpResponseBase:
    """Positions by title or by who sits there."""
    keeper(request)
    found = records.seat_options(_typed(request), today(), limit=OPTIONS)
    words = [f"{seat.title}, {name}" if name else seat.title for seat, name in found]
    return JsonResponse(
        {"options": [f"{text} · POS-{seat.pk}" for (seat, _name), text in zip(found, words, strict=True)]}
    )
