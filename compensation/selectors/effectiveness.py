"""What pay did, as it may be seen: people by name for pay roles; for the others who see runs sums of at least five
people, of which none can be told by taking one from another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from compensation import policies
from compensation.kernel import crowd
from compensation.kernel.picture import Picture, columns, scatter
from compensation.kernel.relation import relation
from compensation.models import Payee, Plan, Statement
from compensation.selectors import effect_facts as e
from compensation.selectors.effect_facts import EverPaid, Facts, Scope
from compensation.selectors.effect_rows import BinRow, MonthRow, PersonRow, PointRow, ShareRow, Shown
from core.kernel import formats
from core.kernel.money import from_minor
from core.kernel.periods import Period

BIN_PERCENT, BINS = 25, 9
POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be asked for: spans with posted months, currencies, plans that are told by themselves."""

    spans: tuple[Period, ...]
    currencies: tuple[str, ...]
    plans: tuple[Plan, ...]


def choices_for(user: Any, currency: str) -> Choices:
    """Plans by themselves only where that tells of no few people."""
    plans = Plan.objects.filter(pk__in=e.posted_plan_ids(), currency=currency).order_by("name")
    if not policies.sees_all_pay(user):
        apart, _pooled = crowd.told_apart(e.ever_paid(currency).plans, policies.FEWEST_TOLD)
        plans = plans.filter(pk__in=apart)
    return Choices(tuple(e.spans_posted()), tuple(e.currencies_posted()), tuple(plans))


def effect_of(scope: Scope, user: Any) -> Shown | None:
    """None where nothing was posted, or where a month of it is about so few people that it isn't told."""
    facts = e.facts_of(scope)
    if not facts.earned and not facts.paid:
        return None
    if policies.sees_all_pay(user):
        return _Told(scope, facts).shown()
    ever = e.ever_paid(scope.currency)
    months = {month for of_plan in ever.plans.values() for month in of_plan}
    asked = [month for month in months if scope.first <= month < scope.past]
    is_told = all(crowd.is_told(len(ever.in_month(month)), policies.FEWEST_TOLD) for month in asked)
    return _Few(scope, facts, ever).shown() if is_told else None


class _Told:
    """Everything, for who sees all pay."""

    is_pay_role = True

    def __init__(self, scope: Scope, facts: Facts) -> None:
        self.scope, self.facts = scope, facts
        self.people = facts.people
        self.names = {
            one.pk: one for one in Payee.objects.filter(pk__in=self.people).select_related("person")
        } if self.is_pay_role else {}  # fmt: skip
        self.urls = _statement_urls(scope, self.people) if self.is_pay_role else {}

    def shown(self) -> Shown:
        months, points, bins, pairs = self.months(), self.points(), self.bins(), self.pairs()
        return Shown(
            scope=self.scope,
            people=len(self.people),
            earned=self.sum("earned"),
            paid=self.sum("paid") if self.tells_paid() else None,
            drawn=self.sum("drawn") if self.tells_paid() else None,
            credited=sum(self.facts.credited.values()),
            target=self.target(),
            mix_planned=self.mix(self.sum("target")),
            mix_paid=self.mix(self.sum("earned")),
            zero=self.zero(),
            top_share=self.top_share(),
            months=months,
            months_chart=_months_chart(months, self.scope.currency),
            plans=self.plans(),
            kinds=self.kinds(),
            points=points,
            points_chart=_points_chart(points),
            relation=relation(pairs) if self.tells_people() else None,
            pairs=len(pairs),
            bins=bins,
            bins_chart=columns([one.label for one in bins], [[one.people for one in bins]], formats.whole),
            rows=self.rows(),
            is_pay_role=self.is_pay_role,
        )

    # What may be told.

    def tells_paid(self) -> bool:
        return True

    def tells_people(self) -> bool:
        return True

    def is_enough(self, people: int) -> bool:
        return True

    # What it comes to.

    def sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.people.values())

    def target(self) -> int | None:
        return (
            self.sum("target") or None if self.is_enough(sum(one.target > 0 for one in self.people.values())) else None
        )

    def mix(self, variable: int) -> float | None:
        """Variable of all pay, in percent: what is fixed is what the OTE is above the target."""
        fixed = self.sum("ote") - self.sum("target")
        with_ote = sum(one.ote > 0 for one in self.people.values())
        whole = fixed + variable
        return 100 * variable / whole if whole > 0 and with_ote and self.is_enough(with_ote) else None

    def zero(self) -> int | None:
        number = sum(one.earned == 0 for one in self.people.values())
        both = self.is_enough(number) and self.is_enough(len(self.people) - number)
        return number if both and self.tells_people() else None

    def top_share(self) -> float | None:
        """What the tenth of people who earn most earns of all, in percent."""
        earned = sorted((max(one.earned, 0) for one in self.people.values()), reverse=True)
        top = -(-len(earned) // 10)
        both = self.is_enough(top) and self.is_enough(len(earned) - top) and self.tells_people()
        return 100 * sum(earned[:top]) / sum(earned) if both and sum(earned) > 0 else None

    def months(self) -> tuple[MonthRow, ...]:
        facts = self.facts
        months = sorted({*facts.earned, *facts.paid, *facts.credited})
        return tuple(
            MonthRow(
                f"{month:%b %Y}",
                sum(facts.earned.get(month, {}).values()),
                sum(facts.paid.get(month, {}).values()) if self.tells_paid() else None,
                facts.credited.get(month, 0),
            )
            for month in months
        )

    def plans(self) -> tuple[ShareRow, ...]:
        names = dict(Plan.objects.filter(pk__in=self.facts.by_plan).values_list("pk", "name"))
        return self.shares(self.facts.by_plan, names, apart=list(self.facts.by_plan))

    def kinds(self) -> tuple[ShareRow, ...]:
        return self.shares(self.facts.by_kind, kind_words(), apart=list(self.facts.by_kind))

    def shares(
        self, groups: Mapping[Any, Mapping[int, int]], names: Mapping[Any, Any], *, apart: Sequence[Any]
    ) -> tuple[ShareRow, ...]:
        """Groups told apart, the largest first; the others together."""
        whole = sum(sum(amounts.values()) for amounts in groups.values())
        rest = [amounts for group, amounts in groups.items() if group not in apart]
        rows = [
            _share(str(names.get(group, group)), amounts, whole) for group, amounts in groups.items() if group in apart
        ]
        rows.sort(key=lambda one: -one.amount)
        return (*rows, _share(str(_("The others together")), _together(rest), whole)) if rest else tuple(rows)

    def pairs(self) -> list[tuple[float, float]]:
        found = ((one.attainment, one.ratio) for one in self.people.values())
        return [(x, y) for x, y in found if x is not None and y is not None]

    def points(self) -> tuple[PointRow, ...]:
        found = []
        for payee, one in self.people.items():
            if one.attainment is not None and one.ratio is not None:
                url = self.urls.get(payee, "")
                found.append(PointRow(str(self.names.get(payee, "–")), url, one.attainment, one.ratio))
        return tuple(sorted(found, key=lambda one: one.attainment))

    def counts(self) -> list[int]:
        """People by what they earned of their target."""
        counts = [0] * (BINS + 1)
        for one in self.people.values():
            if one.ratio is not None:
                counts[0 if one.ratio <= 0 else min(int(one.ratio // BIN_PERCENT) + 1, BINS)] += 1
        return counts

    def bins(self) -> tuple[BinRow, ...]:
        counts = self.counts()
        return (
            tuple(BinRow(bin_words(place, place + 1), count) for place, count in enumerate(counts))
            if any(counts)
            else ()
        )

    def rows(self) -> tuple[PersonRow, ...]:
        found = [
            PersonRow(str(self.names.get(payee, "–")), self.names[payee].code, self.urls.get(payee, ""), one)
            for payee, one in self.people.items()
            if payee in self.names
        ]
        return tuple(sorted(found, key=lambda one: (-one.facts.earned, one.name)))


class _Few(_Told):
    """Sums of enough people, and no two of them whose difference is about fewer.

    A plan by itself is told as a sum alone: parts of it beside those of all plans would tell of the rest.
    """

    is_pay_role = False

    def __init__(self, scope: Scope, facts: Facts, ever: EverPaid) -> None:
        self.ever = ever
        super().__init__(scope, facts)

    def is_enough(self, people: int) -> bool:
        return crowd.is_told(people, policies.FEWEST_TOLD)

    def tells_people(self) -> bool:
        return self.scope.plan is None

    def tells_paid(self) -> bool:
        """What is paid less what is earned is what was held or drawn: told where that is about enough people."""
        return self.scope.plan is None and all(self.is_enough(len(one)) for one in self.ever.moved.values())

    def mix(self, variable: int) -> float | None:
        return super().mix(variable) if self.tells_people() else None

    def target(self) -> int | None:
        return super().target() if self.tells_people() else None

    def plans(self) -> tuple[ShareRow, ...]:
        names = dict(Plan.objects.filter(pk__in=self.facts.by_plan).values_list("pk", "name"))
        return self.apart(self.facts.by_plan, names, self.ever.plans)

    def kinds(self) -> tuple[ShareRow, ...]:
        return self.apart(self.facts.by_kind, kind_words(), self.ever.kinds)

    def apart(self, groups: Any, names: Mapping[Any, Any], ever: Any) -> tuple[ShareRow, ...]:
        if not self.tells_people():
            return ()
        apart, _pooled = crowd.told_apart(ever, policies.FEWEST_TOLD)
        return self.shares(groups, names, apart=apart)

    def points(self) -> tuple[PointRow, ...]:
        """Means of groups by attainment."""
        pairs = sorted(self.pairs()) if self.tells_people() else []
        groups = [pairs[start:end] for start, end in crowd.group_bounds(len(pairs), policies.FEWEST_TOLD)]
        return tuple(
            PointRow(
                _("Group %(number)s, %(people)s people") % {"number": number, "people": len(group)}, "",
                sum(x for x, _y in group) / len(group), sum(y for _x, y in group) / len(group),
            )
            for number, group in enumerate(groups, start=1)
        )  # fmt: skip

    def bins(self) -> tuple[BinRow, ...]:
        found = crowd.merged_bins(self.counts(), policies.FEWEST_TOLD) if self.tells_people() else []
        return tuple(BinRow(bin_words(first, past), people) for first, past, people in found)

    def rows(self) -> tuple[PersonRow, ...]:
        return ()


def _together(groups: Sequence[Mapping[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for amounts in groups:
        for payee, amount in amounts.items():
            found[payee] = found.get(payee, 0) + amount
    return found


def _share(label: str, amounts: Mapping[int, int], whole: int) -> ShareRow:
    amount = sum(amounts.values())
    return ShareRow(label, len(crowd.earning(amounts)), amount, 100 * amount / whole if whole > 0 else None)


def _statement_urls(scope: Scope, people: Mapping[int, Any]) -> dict[int, str]:
    """The last statement of each in the span."""
    rows = Statement.objects.filter(
        payee__in=people, period__starts_on__gte=scope.first, period__starts_on__lt=scope.past
    ).order_by("period__starts_on")
    return {one.payee_id: one.get_absolute_url() for one in rows}


def bin_words(first: int, past: int) -> str:
    """Bins [first, past) in words: 0 is nothing at all, then 25 percent each, the last without end."""
    low, high = max(first - 1, 0) * BIN_PERCENT, (past - 1) * BIN_PERCENT
    if past == 1:
        return _("nothing")
    if past > BINS:
        return _("above %(low)s%%") % {"low": low} if first else _("any")
    return f"{low}–{high}%" if first else _("up to %(high)s%%") % {"high": high}


def kind_words() -> dict[str, Any]:
    return {
        "rate": _("One rate"), "tiers": _("Tiers"), "bands": _("Rates by deal size"), "curve": _("Attainment curve"),
        "cells": _("Matrix"), "each": _("Amount for each"), "choose": _("One of several ways"),
        "override": _("Override"), "pool": _("Team pool"), "lump": _("Bonus"), "scorecard": _("Scorecard"),
        e.ADJUSTED: _("Adjustments"), e.OTHER: _("Something else"),
    }  # fmt: skip


def _months_chart(months: Sequence[MonthRow], currency: str) -> Picture:
    def units(minor: int) -> float:
        return float(from_minor(minor, currency))

    series = [[units(one.earned) for one in months]]
    if all(one.paid is not None for one in months):
        series.append([units(one.paid or 0) for one in months])
    return columns([one.label for one in months], series, lambda value: formats.compact_money(value, currency))


def _points_chart(points: Sequence[PointRow]) -> Picture:
    words = lambda value: f"{value:.0f}%"  # noqa: E731 -- of both axes
    dots = [
        (one.attainment, one.ratio, f"{one.name}: {words(one.attainment)}, {words(one.ratio)}", one.url)
        for one in points
    ]
    return scatter(dots, words, words)


def find_scope(choices: Choices, *, period: str, currency: str, plan: str) -> Scope | None:
    """What was asked for, of what there is: the fiscal year of the newest month by itself. None without any month."""
    if not choices.spans or not choices.currencies:
        return None
    span = next((one for one in choices.spans if one.key == period), choices.spans[0])
    chosen = next((one for one in choices.plans if str(one.pk) == plan), None)
    return Scope(span, currency if currency in choices.currencies else choices.currencies[0], chosen)
