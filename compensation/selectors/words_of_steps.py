"""What the kernel's steps are called, and said, in words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compensation.enums import Stage
from compensation.kernel.plan import ATTAINMENT, COUNT, UNITS, Tiers
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.trace import Step
from core.kernel import formats
from core.kernel.money import from_minor, round_ratio

Said = tuple[str, str]


def money(value: Any, currency: str) -> str:
    """Exact minor units as money."""
    return formats.exact_money(from_minor(round_ratio(Fraction(value)), currency), currency)


def percent(share: Any) -> str:
    """A share in percent, one decimal: 1.075 -> 107.5%."""
    return formats.percent(float(Fraction(share) * 100))


def rate(share: Any) -> str:
    """A rate as the plan writes it, at most four decimals: 0.125 -> 12.5%."""
    exact = Fraction(share) * 100
    return formats.rate(round(Decimal(exact.numerator) / Decimal(exact.denominator), 4))


def plain(value: Any) -> str:
    """A number without a unit, at most four decimals."""
    exact = Fraction(value)
    number = round(Decimal(exact.numerator) / Decimal(exact.denominator), 4).normalize()
    return f"{number:,f}"


def is_counted(step: Step, plan: PlanTerms) -> bool:
    """Whether tiers go by units, which a rate is then an amount for."""
    component = plan.components[step.clause.split(".")[1]]
    return isinstance(component.pays, Tiers) and component.pays.by == UNITS


def tier(step: Step, currency: str, plan: PlanTerms) -> Said:
    number = int(step.clause.rpartition("[")[2].rstrip("]") or 0) + 1
    part, share = step.values["in tier"], step.values["rate"]
    if is_counted(step, plan):
        each = money(Fraction(share) * 10**plan.digits, currency)
        said = _("%(count)s at %(each)s each") % {"count": plain(part), "each": each}
    else:
        said = _("%(part)s at %(rate)s") % {"part": money(part, currency), "rate": rate(share)}
    return _("Tier %(number)s") % {"number": number}, said


def bound(step: Step, currency: str, plan: PlanTerms) -> str:
    """Up to where a tier goes."""
    if "up to" not in step.values:
        return str(_("The highest tier"))
    limit = step.values["up to"]
    return str(_("Up to %(bound)s") % {"bound": plain(limit) if is_counted(step, plan) else money(limit, currency)})


def _rate(step: Step, currency: str, plan: PlanTerms) -> Said:
    said = {"on": money(step.values["on"], currency), "rate": rate(step.values["rate"])}
    return _("Rate"), _("%(on)s at %(rate)s") % said


def _band(step: Step, currency: str, plan: PlanTerms) -> Said:
    if step.values.get("band") == "none":
        return _("Rate by size"), _("No band holds this size: nothing is paid")
    said = {"on": money(step.values["on"], currency), "rate": rate(step.values["rate"])}
    return _("Rate by size"), _("%(on)s at %(rate)s") % said


def _each(step: Step, currency: str, plan: PlanTerms) -> Said:
    if step.values.get("holds") is False:
        return _("Amount for each"), _("Its condition doesn’t hold")
    return _("Amount for each"), money(step.values["amount"], currency)


def _whole_tiers(step: Step, currency: str, plan: PlanTerms) -> Said:
    reached = next((part for part in step.parts if part.values.get("reached")), None)
    if reached is None:
        return _("Tiers"), _("No tier is reached")
    label = tier(reached, currency, plan)[0]
    return label, _("%(rate)s of all so far, less what was earned before") % {"rate": rate(reached.values["rate"])}


def _curve(step: Step, currency: str, plan: PlanTerms) -> Said:
    said = {
        "share": rate(step.values["share"]), "of": money(step.values["of"], currency),
        "attainment": percent(step.values["attainment"]),
    }  # fmt: skip
    return _("Curve"), _("%(share)s of %(of)s at %(attainment)s, less what was earned before") % said


def _matrix(step: Step, currency: str, plan: PlanTerms) -> Said:
    said = {
        "of": money(step.values["of"], currency), "rows": percent(step.values["rows"]),
        "columns": percent(step.values["columns"]),
    }  # fmt: skip
    return _("Matrix"), _("A share of %(of)s at %(rows)s and %(columns)s") % said


def _lump(step: Step, currency: str, plan: PlanTerms) -> Said:
    if step.values.get("holds") is False:
        return _("Bonus"), _("Its condition doesn’t hold")
    return _("Bonus"), money(step.values["amount"], currency)


def _scorecard(step: Step, currency: str, plan: PlanTerms) -> Said:
    return _("Scorecard"), _("A weighted share of %(of)s") % {"of": money(step.values["of"], currency)}


def _pool(step: Step, currency: str, plan: PlanTerms) -> Said:
    told = {"pool": money(step.values["pool"], currency)}
    if step.values.get("takes part") is False:
        return _("Pool"), _("No part of %(pool)s: the plan's condition for it doesn't hold") % told
    return _("Pool"), _("A part of %(pool)s") % told


def _contest(step: Step, currency: str, plan: PlanTerms) -> Said:
    """Own rank and figure; the others' stay theirs."""
    said = step.values
    if not said["rank"]:
        return _("Contest"), _("Takes no part: nothing credited, or less than the least, or not on the plan at its end")
    ranked = {"rank": said["rank"], "of": said["of"], "reached": _ranked_by(step, currency, plan)}
    words = _("Rank %(rank)s of %(of)s with %(reached)s") % ranked
    if int(said["equal"]) > 1:
        words = _("%(ranked)s, shared by %(count)s") % {"ranked": words, "count": said["equal"]}
    return _("Contest"), words


def _ranked_by(step: Step, currency: str, plan: PlanTerms) -> str:
    reached = Fraction(step.values["reached"])
    if step.values["by"] == ATTAINMENT:
        return percent(reached)
    measure = plan.measures[plan.components[step.clause.split(".")[1]].measure]
    return plain(reached) if measure.adds == COUNT else money(reached * 10**plan.digits, currency)


def _choice(step: Step, currency: str, plan: PlanTerms) -> Said:
    return _("Choice"), _("No schedule’s condition holds")


def _limit(label: Any) -> Callable[[Step, str, PlanTerms], Said]:
    def said(step: Step, currency: str, plan: PlanTerms) -> Said:
        limit = money(step.values["limit"], currency)
        return str(label), _("%(limit)s per %(span)s") % {"limit": limit, "span": step.values.get("per", "window")}

    return said


def _budget(step: Step, currency: str, plan: PlanTerms) -> Said:
    """Own turn; what others got of it stays theirs."""
    said = step.values
    parts = []
    if not said["turn"]:
        return _("Budget"), _("Nothing that takes of it")
    parts.append(_("Number %(turn)s of those that qualify") % {"turn": said["turn"]})
    if "first" in said:
        parts.append(_("the first %(count)s are paid") % {"count": said["first"]})
    if "budget" in said:
        parts.append(_("%(budget)s for everybody on the plan") % {"budget": money(said["budget"], currency)})
    return _("Budget"), "; ".join(parts)


def _interim(step: Step, currency: str, plan: PlanTerms) -> Said:
    return _("Interim cap"), _("At most %(limit)s before the last span") % {
        "limit": money(step.values["limit"], currency)
    }


def _gate(step: Step, currency: str, plan: PlanTerms) -> Said:
    if step.values["open"]:
        return _("Gate"), _("Open: its condition holds")
    return _("Gate"), _("Closed: %(share)s is paid") % {"share": rate(step.values["factor"])}


def _multiply(step: Step, currency: str, plan: PlanTerms) -> Said:
    return _("Multiplier"), _("Times %(factor)s") % {"factor": plain(step.values["factor"])}


def _original(step: Step, currency: str, plan: PlanTerms) -> Said:
    return _("Returned"), _("Paid back at the rate that it once earned")


def parts_of(step: Step) -> str:
    """Goals of a scorecard, each with its weight and result."""
    goals = [part for part in step.parts if part.kind == "goal"]
    said = (
        f"{one.values['title']}: {rate(one.values['result'])} × {rate(one.values['weight'])}" for one in goals
    )  # fmt: skip
    return "; ".join(said)


SAID: dict[str, Callable[[Step, str, PlanTerms], Said]] = {
    "rate": _rate,
    "band": _band,
    "each": _each,
    "tiers": _whole_tiers,
    "curve": _curve,
    "matrix": _matrix,
    "lump": _lump,
    "scorecard": _scorecard,
    "pool": _pool,
    "contest": _contest,
    "choice": _choice,
    "cap": _limit(gettext_lazy("Cap")),
    "floor": _limit(gettext_lazy("Floor")),
    "budget": _budget,
    "gate": _gate,
    "multiply": _multiply,
    "interim_cap": _interim,
    "original_rate": _original,
}
STAGES: dict[int, Callable[[], str]] = {
    Stage.DEFERRED: lambda: _("Paid in instalments, from their months on"),
    Stage.DUE: lambda: _("An instalment of what was earned before"),
    Stage.HELD: lambda: _("Kept back, and paid when the plan says so"),
    Stage.RELEASED: lambda: _("Kept back before, and let go now"),
    Stage.DRAW: lambda: _("Paid ahead of earnings"),
    Stage.RECOVERED: lambda: _("Takes back what was paid ahead"),
    Stage.OVER_CAP: lambda: _("Above the most that the plan pays"),
    Stage.WAITING: lambda: _("Waits until the plan is accepted, or was waiting"),
    Stage.CARRIED: lambda: _("Carried to, or from, another month"),
    Stage.FORFEITED: lambda: _("Lost because you left before it was due"),
    Stage.ADJUSTED: lambda: _("Proposed by one person and approved by another"),
}
