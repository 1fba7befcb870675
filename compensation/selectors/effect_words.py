"""Findings of the effectiveness page, each by a rule, and its figures as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from compensation.kernel.relation import FEWEST
from compensation.selectors.effect_rows import Shown
from core.kernel import formats
from core.kernel.money import from_minor


def tiles_of(shown: Shown) -> list[dict[str, Any]]:
    currency = shown.scope.currency
    few = _("About fewer than five people")
    return [
        {"label": _("Earned"), "value": money(shown.earned, currency), "note": _people(shown)},
        {
            "label": _("Paid"), "value": money(shown.paid, currency), "reason": few if shown.paid is None else "",
            "note": _("draws %(amount)s") % {"amount": money(shown.drawn, currency)},
        },
        {
            "label": _("Cost of sale"), "value": formats.percent(shown.rate),
            "note": _("of %(amount)s credited") % {"amount": money(shown.credited, currency)},
        },
        {
            "label": _("Of target variable pay"), "value": formats.percent(shown.ratio),
            "note": _("target %(amount)s") % {"amount": money(shown.target, currency)},
        },
        {
            "label": _("Pay mix, variable"), "value": formats.percent(shown.mix_paid),
            "note": _("planned %(share)s") % {"share": formats.percent(shown.mix_planned)},
        },
    ]  # fmt: skip


def _people(shown: Shown) -> str:
    return str(_("%(number)s people") % {"number": shown.people})


def money(minor: int | None, currency: str) -> str:
    return "–" if minor is None else formats.exact_money(from_minor(minor, currency), currency)


def findings_of(shown: Shown) -> dict[str, str]:
    """The first line of each card."""
    return {
        "months": _of_months(shown), "points": _of_points(shown), "bins": _of_bins(shown), "kinds": _of_shares(shown),
        "tail": _of_tail(shown),
    }  # fmt: skip


def _of_months(shown: Shown) -> str:
    rates = [(one.rate, one.label) for one in shown.months if one.rate is not None]
    if len(rates) > 1:
        (low, when_low), (high, when_high) = min(rates), max(rates)
        return _("A sale cost most in %(high)s (%(most)s) and least in %(low)s (%(least)s).") % {
            "high": when_high, "most": formats.percent(high), "low": when_low, "least": formats.percent(low),
        }  # fmt: skip
    top = max(shown.months, key=lambda one: one.earned)
    return _("%(month)s: %(amount)s earned.") % {"month": top.label, "amount": money(top.earned, shown.scope.currency)}


def _of_points(shown: Shown) -> str:
    found = shown.relation
    if found is None:
        return _("Not enough data: %(people)s people have a quota and a target, %(fewest)s are needed.") % {
            "people": shown.pairs, "fewest": FEWEST,
        }  # fmt: skip
    said = {"value": f"{found.value:.2f}", "low": f"{found.low:.2f}", "high": f"{found.high:.2f}"}
    if not found.is_clear:
        words = _("No clear relation of pay to performance: correlation %(value)s, between %(low)s and %(high)s.")
    elif found.value > 0:
        words = _("Who reaches more earns more: correlation %(value)s, between %(low)s and %(high)s.")
    else:
        words = _("Who reaches more earns less: correlation %(value)s, between %(low)s and %(high)s.")
    return str(words % said)


def _of_bins(shown: Shown) -> str:
    if not shown.bins:
        return _("Too few people with a target for a distribution.")
    top, all_people = max(shown.bins, key=lambda one: one.people), sum(one.people for one in shown.bins)
    return _("Most, %(people)s of %(all)s, earned %(bin)s of their target.") % {
        "people": top.people, "all": all_people, "bin": top.label,
    }  # fmt: skip


def _of_shares(shown: Shown) -> str:
    if not shown.kinds:
        return _("Told for all plans together only.")
    top = max(shown.kinds, key=lambda one: one.amount)
    return _("%(kind)s: %(share)s of what was earned.") % {"kind": top.label, "share": formats.percent(top.share)}


def _of_tail(shown: Shown) -> str:
    said = []
    if shown.top_share is not None:
        said.append(_("The tenth who earn most earn %(share)s.") % {"share": formats.percent(shown.top_share)})
    if shown.zero is not None:
        said.append(_("%(number)s people earned nothing.") % {"number": shown.zero})
    return " ".join(said) or _("About so few people that it isn’t told.")


def file_rows(shown: Shown) -> tuple[list[str], Iterator[list[Any]]]:
    """What is shown as a file: people for pay roles; months, plans and kinds for the others."""
    if shown.is_pay_role:
        names = (
            _("Person"), _("Payee"), _("Earned"), _("Paid"), _("Draws"), _("Target"), _("Of target, %"),
            _("Attainment, %"), _("Currency"),
        )  # fmt: skip
        return [str(one) for one in names], _person_rows(shown)
    return [_("Of"), _("Part"), _("Earned"), _("Paid"), _("Credited"), _("Currency")], _sum_rows(shown)


def _person_rows(shown: Shown) -> Iterator[list[Any]]:
    currency = shown.scope.currency
    for row in shown.rows:
        one = row.facts
        amounts = [from_minor(minor, currency) for minor in (one.earned, one.paid, one.drawn, one.target)]
        yield [row.name, row.code, *amounts, _rounded(one.ratio), _rounded(one.attainment), currency]


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _sum_rows(shown: Shown) -> Iterator[list[Any]]:
    currency = shown.scope.currency
    for month in shown.months:
        paid = "" if month.paid is None else from_minor(month.paid, currency)
        amounts = [from_minor(month.earned, currency), paid, from_minor(month.credited, currency)]
        yield [_("Month"), month.label, *amounts, currency]
    for of, rows in ((_("Plan"), shown.plans), (_("Kind"), shown.kinds)):
        for row in rows:
            yield [of, row.label, from_minor(row.amount, currency), "", "", currency]
