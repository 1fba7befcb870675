from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.pages import chosen_ids
from people import selectors, services
from people.forms import LeaveForm, TakerForm
from people.views.persons import keeper, today

SHOWN = 200


def person_leave(request: PageRequest, person_id: int) -> HttpResponseBase:
    """The procedure for somebody who leaves: the day, who takes what is theirs, and what ends."""
    keeper(request)
    as_of = today()
    person = selectors.get_person_for(request.user, person_id, as_of)
    form = LeaveForm(
        request.POST or None, holdings=selectors.holdings_of(person), today=as_of, initial=_initial(person, as_of)
    )
    if request.method == "POST" and form.is_valid() and _gone(request, form, person):
        return redirect("people:person_leave", person.pk)
    context = {
        "person": person,
        "form": form,
        "ending": selectors.ending_with(person, as_of),
        "hand_overs": selectors.hand_overs_of(person)[:20],
        "as_of": as_of,
    }
    return render(request, "people/leave.html", context)


def _initial(person: Any, as_of: Any) -> dict[str, Any]:
    """The nearest boss takes everything, unless somebody chooses otherwise or has chosen for the day already."""
    takers = selectors.planned_takers(person)
    if not takers:
        boss = selectors.usual_taker(person, as_of)
        takers = {one.part.key: boss for one in selectors.holdings_of(person) if boss}
    return {"on": person.left_on or as_of, **{LeaveForm.name_of(key): to for key, to in takers.items()}}


def _gone(request: PageRequest, form: LeaveForm, person: Any) -> bool:
    choices = [services.Choice(key, taker) for key, taker in form.takers]
    try:
        made = services.let_go(
            person=person, on=form.cleaned_data["on"], choices=choices, by=request.user, today=today()
        )
    except services.LeaveError as error:
        form.add_error(form.name_of(error.field) if error.field else None, str(error))
        return False
    except services.UserError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _told(made))
    return True


def _told(made: Any) -> str:
    words = _("%(name)s leaves; the seat is vacant from that day.") % {"name": made.person.name}
    if made.planned:
        return words + _(" Records are handed over on that day.")
    return words + (_(" %(count)s records handed over.") % {"count": made.count} if made.count else "")


def leaver_part(request: PageRequest, person_id: int, part: str) -> HttpResponseBase:
    """Records of one kind that a leaver holds, to be handed over one by one or some together."""
    keeper(request)
    as_of = today()
    person = selectors.get_person_for(request.user, person_id, as_of)
    kind, rows = selectors.part_rows(request.user, person, part, as_of)
    form = TakerForm(request.POST or None, today=as_of)
    if request.method == "POST" and form.is_valid():
        ids = list(rows.filter(pk__in=chosen_ids(request.POST)).values_list("pk", flat=True))
        if _given(request, form, person, kind, ids):
            return redirect("people:leaver_part", person.pk, part)
    context = {"person": person, "kind": kind, "rows": rows[:SHOWN], "count": rows.count(), "form": form}
    return render(request, "people/leaver_part.html", context | {"shown": SHOWN})


def _given(request: PageRequest, form: TakerForm, person: Any, kind: Any, ids: list[int]) -> bool:
    if not ids:
        form.add_error(None, _("Tick what is to be handed over."))
        return False
    choice = services.Choice(kind.key, form.cleaned_data["to"], ids)
    try:
        services.hand_over(person=person, choices=[choice], by=request.user, on=today())
    except services.LeaveError as error:
        form.add_error("to", str(error))
        return False
    words = {"count": len(ids), "name": choice.to.name}
    messages.success(request, _("%(count)s handed over to %(name)s.") % words)
    return True


@require_POST
def hand_over_undo(request: PageRequest, person_id: int, handover_id: int) -> HttpResponseBase:
    """Take a hand-over or a leaving back; what went on since stays and is listed."""
    keeper(request)
    person = selectors.get_person_for(request.user, person_id, today())
    found = selectors.get_hand_over(person, handover_id)
    try:
        done = services.undo_hand_over(hand_over=found, by=request.user, on=today())
    except services.LeaveError as error:
        messages.error(request, str(error))
    else:
        kept = _(" %(count)s went on since and stay where they are.") % {"count": len(done.kept)} if done.kept else ""
        messages.success(request, _("Taken back.") + kept)
    return redirect("people:person_leave", person.pk)
