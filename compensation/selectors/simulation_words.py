"""A simulation in words: its key figures, and what was assumed, stated plainly."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compensation.enums import SimulatedOver
from compensation.selectors.simulations import Shown
from core.kernel import formats
from core.kernel.money import from_minor

FEW = 4


def tiles_of(shown: Shown) -> list[dict[str, Any]]:
    """Key figures: cost of both sides, what it costs of what is sold, target pay."""
    money = lambda minor: _money(minor, shown.currency)  # noqa: E731 -- one currency for all
    few = _("Fewer than five people")
    change = None if shown.change is None else formats.exact_money(
        from_minor(shown.change, shown.currency), shown.currency, plus=True
    )  # fmt: skip
    return [
        {
            "label": _("This version"), "value": money(shown.new), "note": change or "",
            "reason": few if shown.new is None else "",
        },
        {"label": _("Version in force"), "value": money(shown.old), "note": ""},
        {
            "label": _("Cost of what is credited"), "value": _percent(shown.new_rate),
            "note": _("in force %(rate)s") % {"rate": _percent(shown.old_rate)},
        },
        {"label": _("Target variable pay"), "value": money(shown.target), "note": _share(shown)},
    ]  # fmt: skip


def _share(shown: Shown) -> str:
    if not shown.target or shown.new is None:
        return ""
    return str(_("this version pays %(share)s of it") % {"share": _percent(100 * shown.new / shown.target)})


def _percent(value: float | None) -> str:
    return formats.percent(value)


def _money(minor: int | None, currency: str) -> str:
    return "–" if minor is None else formats.exact_money(from_minor(minor, currency), currency)


def assumed_words(shown: Shown) -> list[str]:
    said = shown.assumed
    found = [str(_("Both versions are taken to have held in all of the time told, with the quotas of today."))]
    if shown.simulation.over == SimulatedOver.OPEN:
        found += _of_deals(said, shown)
    else:
        found.append(
            str(_("Credits are those that there are now; with 80% or 120% each of them is smaller or larger."))
        )
    if said.get("fixed"):
        titles = ", ".join(said["fixed"][:FEW])
        found.append(
            str(_("%(titles)s: pays or counts each credit whole, also where it is a part of one.") % {"titles": titles})
        )
    if shown.without_quota:
        found.append(
            ngettext(
                "%(number)s person has no quota for part of the time: attainment is not counted there.",
                "%(number)s people have no quota for part of the time: attainment is not counted there.",
                shown.without_quota,
            )
            % {"number": shown.without_quota}
        )
    return found


def _of_deals(said: Any, shown: Shown) -> list[str]:
    whole, weighted = (_money(said[name], shown.currency) for name in ("whole", "weighted"))
    count = ngettext(
        "%(number)s open deal counts, worth %(whole)s, or %(weighted)s by probability.",
        "%(number)s open deals count, worth %(whole)s, or %(weighted)s by probability.",
        said["deals"],
    ) % {"number": said["deals"], "whole": whole, "weighted": weighted}
    found = [
        count,
        str(_("Each is credited by the plan’s clauses with its amount times its probability, on its close date; "
              "those that are late close today.")),
        str(_("The cost of a part of each deal isn’t the mean cost: tiers bend it. Lowest and highest stand beside.")),
        str(_("Orders, invoices and payments are taken to follow a deal on the same day, in full; rates stay.")),
    ]  # fmt: skip
    if said["elsewhere"]:
        found.append(str(_("The plan has no crediting clauses: each deal’s owner is credited with all of it.")))
    return found + _left_out(said)


def _left_out(said: Any) -> list[str]:
    left = {
        _("without an amount"): said["without_amount"], _("without a close date"): said["without_day"],
        _("closing later"): said["later"], _("that credit nobody on the plan"): said["uncredited"],
    }  # fmt: skip
    told = ", ".join(f"{number} {words}" for words, number in left.items() if number)
    return [str(_("Left out: %(told)s.") % {"told": told})] if told else []
