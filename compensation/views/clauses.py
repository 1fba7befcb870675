"""Changing a draft: a value in its sentence, a clause or a case as text."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compensation import services
from compensation.forms.documents import ClauseForm, PlaceForm, ValueForm, without_clause
from compensation.kernel.patterns import NEW_CLAUSES
from compensation.kernel.places import NoSuchPlace, parts_of, value_at
from compensation.kernel.saying_crediting import title_of
from compensation.kernel.sentences import CREDITING, PARTS, find_value
from compensation.models import PlanVersion
from compensation.selectors.version_pages import first_credit, new_case
from compensation.views.answers import acted
from compensation.views.plan_answers import draft_of, part_answer, save_form, saved_words
from core.htmx import PageRequest


def version_value(request: PageRequest, version_id: int) -> HttpResponseBase:
    """A small form for the value at a place of the plan (?place=)."""
    version = draft_of(request, version_id)
    place = request.GET.get("place")
    if place is None:
        return redirect(version)
    token = find_value(version.document, place)
    if token is None:
        raise Http404("No such value.")
    form = ValueForm(request.POST or None, contents=version.document, token=token, edits=version.edits)
    saved = save_form(request, version, form, "")
    return part_answer(request, version, form, _("Change a value"), is_saved=saved, anchor=f"#{_clause_of(place)}")


def _clause_of(place: str) -> str:
    first, *rest = parts_of(place)[:2]
    return "".join([str(first), *(f"[{one}]" if isinstance(one, int) else f".{one}" for one in rest)])


def clause_add(request: PageRequest, version_id: int) -> HttpResponseBase:
    """A new clause of a kind (?kind=), with an example to begin with."""
    version = draft_of(request, version_id)
    kind = request.GET.get("kind")
    if kind is None:
        return redirect(version)
    if kind not in NEW_CLAUSES:
        raise Http404("No such kind of clause.")
    part, title, key, value = NEW_CLAUSES[kind]
    contents = version.document
    words = _("New clause: %(kind)s") % {"kind": title}
    if part == CREDITING:
        place = f"{CREDITING}[{len(contents.get(CREDITING, ()))}]"
        return _listed(request, version, place, value | {"credit": first_credit(contents)}, words)
    if "measure" in value and contents.get("measures"):
        value = value | {"measure": next(iter(contents["measures"]))}
    given = {"contents": contents, "part": part, "key": _free(contents.get(part) or {}, key), "value": value}
    form = ClauseForm(request.POST or None, **given, is_new=True, edits=version.edits)
    saved = save_form(request, version, form, saved_words())
    return part_answer(request, version, form, words, is_saved=saved)


def _free(held: Any, key: str) -> str:
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, 200))) if name not in held)


def clause_edit(request: PageRequest, version_id: int) -> HttpResponseBase:
    """A clause as YAML, under its key (?place=)."""
    version = draft_of(request, version_id)
    if "place" not in request.GET:
        return redirect(version)
    part, key, value = _clause_at(version, request.GET["place"])
    if part == CREDITING:
        return _listed(request, version, request.GET["place"], value, _("Clause of crediting as YAML"))
    given = {"contents": version.document, "part": part, "key": key, "value": value}
    form = ClauseForm(request.POST or None, **given, is_new=False, edits=version.edits)
    saved = save_form(request, version, form, saved_words())
    return part_answer(request, version, form, _("Clause “%(key)s” as YAML") % {"key": key}, is_saved=saved)


def _clause_at(version: PlanVersion, place: str) -> tuple[str, str, Any]:
    try:
        parts = parts_of(place)
    except NoSuchPlace as error:
        raise Http404("No such clause.") from error
    value = value_at(version.document, place)
    if len(parts) != 2 or parts[0] not in (*PARTS.values(), CREDITING) or value is None:
        raise Http404("No such clause.")
    return str(parts[0]), str(parts[1]), value


@require_POST
def clause_remove(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    place = request.POST.get("place")
    if place is None:
        return redirect(version)
    part, key, value = _clause_at(version, place)
    key = title_of(value) if part == CREDITING else key
    return _removed(request, version, place, _("“%(key)s” was removed.") % {"key": key})


def _removed(request: PageRequest, version: PlanVersion, place: str, words: str) -> HttpResponseBase:
    def remove() -> PlanVersion:
        left = without_clause(version.document, place)
        return services.save_version(version=version, definition=left, by=request.user, edits=version.edits)

    return acted(request, remove, words, version)


def case_add(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    place = f"cases[{len(version.document.get('cases', ()))}]"
    return _listed(request, version, place, new_case(version.document), _("New test case"))


def case_edit(request: PageRequest, version_id: int, case_number: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    place = f"cases[{case_number}]"
    case = value_at(version.document, place)
    if case is None:
        raise Http404("No such case.")
    return _listed(request, version, place, case, str(case.get("title") or _("Test case")))


def _listed(request: PageRequest, version: PlanVersion, place: str, value: Any, title: str) -> HttpResponseBase:
    """A clause of crediting or a test case as YAML."""
    given = {"contents": version.document, "place": place, "value": value, "edits": version.edits}
    form = PlaceForm(request.POST or None, **given)
    saved = save_form(request, version, form, saved_words())
    anchor = f"#{place}" if place.startswith(CREDITING) else "#cases"
    return part_answer(request, version, form, title, is_saved=saved, anchor=anchor)


@require_POST
def case_remove(request: PageRequest, version_id: int, case_number: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    if value_at(version.document, f"cases[{case_number}]") is None:
        raise Http404("No such case.")
    return _removed(request, version, f"cases[{case_number}]", _("The case was removed."))
