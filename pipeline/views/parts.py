from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.kernel.typed import read_number
from people.selectors import colleagues
from pipeline import services
from pipeline.forms import PARTS, LinesForm
from pipeline.models import Opportunity
from pipeline.selectors import deals
from pipeline.views.deals import editable_deal, today

MOST_ROWS = 50


def deal_part(request: PageRequest, deal_id: int, part: str) -> HttpResponseBase:
    """The rows of one kind on a deal, edited together: splits, products, buying group, team, competitors."""
    deal, kind = editable_deal(request, deal_id), PARTS[part]
    parts = deals.parts_of(deal)
    asked = request.GET.get("rows", "")
    extra = read_number(asked, most=MOST_ROWS) or 1
    people = colleagues(today())
    rows = kind.editor(request.POST or None, parts=parts, deal=deal, people=people, extra=extra)
    follows = deal.amount is None or deal.amount == parts.lines_total
    options = LinesForm(request.POST or None, initial={"amount_follows": follows}) if part == "lines" else None
    error = ""
    if request.method == "POST" and rows.is_valid() and (options is None or options.is_valid()):
        error = _set(request, part, deal, rows, options)
        if not error:
            messages.success(request, _("%(part)s saved.") % {"part": kind.title})
            return redirect(deal)
    context = {"deal": deal, "kind": kind, "part": part, "rows": rows, "options": options, "error": error}
    return render(request, "pipeline/part.html", context | {"more": extra + 5})


def _set(request: PageRequest, part: str, deal: Opportunity, rows: Any, options: Any) -> str:
    """Save the rows; the sentence that says why they can't be, or ""."""
    setters: dict[str, Any] = {
        "splits": lambda found: services.set_splits(deal_id=deal.pk, splits=found, by=request.user),
        "group": lambda found: services.set_buying_group(deal_id=deal.pk, members=found, by=request.user),
        "team": lambda found: services.set_team(deal_id=deal.pk, members=found, by=request.user),
        "competitors": lambda found: services.set_competitors(deal_id=deal.pk, rivals=found, by=request.user),
        "lines": lambda found: services.set_lines(
            deal_id=deal.pk,
            lines=found,
            amount_follows=options.cleaned_data["amount_follows"],
            by=request.user,
            on=today(),
        ),
    }
    try:
        setters[part](rows.wanted)
    except services.DealError as error:
        return str(error)
    return ""
