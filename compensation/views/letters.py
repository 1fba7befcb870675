from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from compensation import policies, services
from compensation.selectors import letters
from compensation.views.answers import acted, today
from compensation.views.plan_answers import draft_of
from core.htmx import PageRequest


@require_POST
def letters_send(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    act = lambda: services.send_letters(version=version, by=request.user, on=today())  # noqa: E731 -- done by acted

    def told(sent: list[object]) -> str:
        words = ngettext("%(count)d letter was sent.", "%(count)d letters were sent.", len(sent))
        return words % {"count": len(sent)}

    return acted(request, act, told, f"{version.get_absolute_url()}#letters")


def my_plan(request: PageRequest) -> HttpResponseBase:
    """A person's own plan letters; whoever has none, finds nothing."""
    own = list(letters.own_letters(request.user))
    if not own:
        raise Http404("No letter yet.")
    return render(request, "compensation/plan_my.html", {"letters": own})


def letter_page(request: PageRequest, letter_id: int) -> HttpResponseBase:
    letter = letters.get_letter_for(request.user, letter_id)
    is_own = policies.owns_pay(request.user, letter.payee)
    context = {"letter": letter, "terms": letter.terms, "is_own": is_own}
    return render(request, "compensation/plan_letter.html", context)


@require_POST
def letter_accept(request: PageRequest, letter_id: int) -> HttpResponseBase:
    letter = letters.get_letter_for(request.user, letter_id)
    if not policies.owns_pay(request.user, letter.payee):
        raise PermissionDenied
    back = request.path.removesuffix("accept/")
    act = lambda: services.accept_letter(letter=letter, by=request.user, on=today())  # noqa: E731 -- done by acted
    return acted(request, act, _("You accepted your plan."), back)


def letter_file(request: PageRequest, letter_id: int) -> HttpResponseBase:
    letter = letters.get_letter_for(request.user, letter_id)
    answer = HttpResponse(letters.letter_pdf(letter), content_type="application/pdf")
    name = slugify(f"plan letter {letter.version} {letter.payee}") or "plan-letter"
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer
