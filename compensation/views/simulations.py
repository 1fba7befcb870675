"""What a version of a plan would cost: asked for, watched, read, taken as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from compensation import policies, services
from compensation.enums import SimulatedOver
from compensation.forms.simulations import SimulationForm
from compensation.models import PlanVersion
from compensation.selectors import plans, simulations
from compensation.selectors.simulating import SCALES
from compensation.selectors.simulation_words import assumed_words, tiles_of
from compensation.views.answers import acted, found_if, today
from compensation.views.plan_answers import crumbs_of
from core import audit
from core.htmx import PageRequest
from core.kernel.money import from_minor
from core.pages import csv_answer


@require_http_methods(["GET", "HEAD", "POST"])
def version_simulation(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = plans.get_version_for(request.user, version_id)
    if request.method == "POST":
        return _start(request, version)
    over, scale = _asked(request)
    last = simulations.last_simulation(version, over)
    shown = simulations.shown(last, request.user, scale) if last is not None else None
    context = {"version": version, "over": over, "last": last, "shown": shown, "form": SimulationForm()}
    context |= {"crumbs": crumbs_of(version), "may_keep": policies.keeps_pay(request.user)}
    context |= _words(version, shown) if shown is not None else {}
    return render(request, "compensation/simulation.html", context | _choices(request.path, over, scale))


def _words(version: PlanVersion, shown: simulations.Shown) -> dict[str, Any]:
    """Key figures, what is assumed, and what the colours of the charts mean."""
    new = f"v{version.number}"
    legend = [("grey", _("In force")), ("accent", new)] if shown.old is not None else [("accent", new)]
    line = [("bar", _("Target variable pay"))] if any(row.target for row in shown.months) else []
    return {
        "tiles": tiles_of(shown), "assumed": assumed_words(shown), "legend": [*legend, *line], "ranks_legend": legend,
    }  # fmt: skip


def _asked(request: PageRequest) -> tuple[str, str]:
    over, scale = request.GET.get("over", ""), request.GET.get("scale", "")
    usual = SimulatedOver.CLOSED
    return over if over in SimulatedOver.values else usual, scale if scale in SCALES else "100"


def _choices(path: str, over: str, scale: str) -> dict[str, Any]:
    """Links of the two switches: over what, and how much is sold."""
    return {
        "overs": [
            {"label": label, "url": f"{path}?over={value}&scale={scale}", "active": value == over}
            for value, label in SimulatedOver.choices
        ],
        "scales": [
            {"label": f"{one}%", "url": f"{path}?over={over}&scale={one}", "active": one == scale} for one in SCALES
        ],
    }


def _start(request: PageRequest, version: PlanVersion) -> HttpResponseBase:
    policies.check_keeps_pay(request.user)
    form = SimulationForm(request.POST)
    over = form.cleaned_data["over"] if form.is_valid() else SimulatedOver.CLOSED
    quarters = form.cleaned_data["quarters"] if form.is_valid() else 1

    def start() -> Any:
        return services.start_simulation(version=version, over=over, quarters=quarters, on=today(), by=request.user)

    return acted(request, start, _("Being simulated: the page shows what it comes to."), f"{request.path}?over={over}")


@require_GET
def simulation_file(request: PageRequest, version_id: int) -> HttpResponseBase:
    """Payee by payee as CSV, for pay roles; noted, as pay that leaves the application is."""
    version = plans.get_version_for(request.user, version_id)
    found_if(policies.sees_all_pay(request.user))
    over, scale = _asked(request)
    last = simulations.last_simulation(version, over)
    shown = simulations.shown(last, request.user, scale) if last is not None else None
    if shown is None:
        raise Http404("Nothing was simulated.")
    audit.record(act="simulation.exported", actor=request.user, subject=version, detail={"over": over, "scale": scale})
    header = [str(one) for one in (_("Person"), _("In force"), _("This version"), _("Change"), _("Currency"))]
    return csv_answer(f"simulation-{version.plan.number}-v{version.number}", header, _rows(shown))


def _rows(shown: simulations.Shown) -> Iterator[list[Any]]:
    for row in shown.rows:
        amounts = [from_minor(one, shown.currency) for one in (row.old, row.new, row.change)]
        yield [row.name, *amounts, shown.currency]
