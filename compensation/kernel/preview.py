"""What a component pays by attainment: the engine itself on made-up people, one for each attainment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from compensation.kernel import plan as p
from compensation.kernel.engine import calculate
from compensation.kernel.inputs import Credit, InputError, Person, Quota, gather
from compensation.kernel.lint import constant
from compensation.kernel.reading import PlanError
from core.kernel.periods import FiscalCalendar

QUOTA = 1_000_000
SHARES = tuple(Fraction(n, 10) for n in range(16))
_TARGET = Fraction(100_000)  # pay that formulas may name


@dataclass(frozen=True, slots=True)
class Step:
    """A rate that holds from one attainment up to another (none: without end)."""

    low: Fraction
    high: Fraction | None
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Preview:
    """Pay in minor units at each share of the quota; steps of rates where the component has tiers by attainment."""

    key: str
    title: str
    pays: dict[Fraction, int]
    steps: tuple[Step, ...]


def previews(plan: p.Plan) -> list[Preview]:
    """Of each component that can be shown by the attainment of one measure, in the plan's order."""
    found = (preview(plan, key) for key in plan.components)
    return [one for one in found if one is not None]


def preview(plan: p.Plan, key: str, shares: Sequence[Fraction] = SHARES) -> Preview | None:
    """None where attainment of the person's own measure alone doesn't say what is paid."""
    component = plan.components[key]
    measure = plan.measures.get(component.measure)
    if measure is None or measure.of != p.SELF or measure.adds == p.COUNT or isinstance(component.pays, _OF_OTHERS):
        return None
    steps = _steps(plan, component)
    asked = sorted({*shares, *(one.low for one in steps)})
    try:
        pays = _pays(_alone(plan, component, measure), component, measure, asked)
    except (InputError, PlanError, ArithmeticError, LookupError):
        return None
    return Preview(key, component.title, pays, steps)


_OF_OTHERS = (p.Override, p.Pool, p.Contest)


def _alone(plan: p.Plan, component: p.Component, measure: p.Measure) -> p.Plan:
    """The plan with this component only, whose conditions on credits hold."""
    alone = replace(component, where=None, hold=None, instalments=(), then=_own_steps(component))
    return replace(
        plan, roles=frozenset(), components={component.key: alone},
        measures={**plan.measures, measure.key: replace(measure, where=None)}, draws=(), pay_cap=None,
        pays_when_accepted=False,
    )  # fmt: skip


def _own_steps(component: p.Component) -> tuple[p.Step, ...]:
    """Without a budget that others use up: the curve is of what one would earn while it lasts."""
    return tuple(step for step in component.then if not isinstance(step, p.Budget))


def _pays(plan: p.Plan, component: p.Component, measure: p.Measure, shares: Sequence[Fraction]) -> dict[Fraction, int]:
    calendar = FiscalCalendar(start_month=plan.year_starts)
    year = calendar.year_of(plan.valid_from)
    spans = {"month": calendar.month_of, "quarter": calendar.quarter_of}
    span = spans.get(measure.over, calendar.year_of)(plan.valid_from)
    unit = QUOTA * 10**plan.digits
    names = [f"p{number:03}" for number in range(len(shares))]
    credits = [
        Credit(name, name, plan.valid_from, measure.credits[0], int(share * unit), int(share * unit))
        for name, share in zip(names, shares, strict=True)
        if share
    ]
    quotas = [Quota(name, measure.quota, span.key, Fraction(QUOTA)) for name in names]
    people = [Person(name, "", plan.valid_from, ote=2 * _TARGET, variable=_TARGET) for name in names]
    last = min(year.end, plan.valid_to or year.end)
    found = calculate(plan, gather(credits, quotas, people), last.fromordinal(last.toordinal() - 1))
    earned = found.earned[component.key]
    sums = dict.fromkeys(shares, 0)
    for place, amount in zip(earned.payee.tolist(), earned.amount.tolist(), strict=True):
        sums[shares[names.index(found.book.staff.payees[place])]] += int(amount)
    return sums


def _steps(plan: p.Plan, component: p.Component) -> tuple[Step, ...]:
    if not isinstance(component.pays, p.Tiers) or component.pays.by != p.ATTAINMENT:
        return ()
    found, low = [], Fraction(0)
    for tier in component.pays.tiers:
        rate = constant(tier.rate, plan)
        if rate is None:
            return ()
        found.append(Step(low, tier.bound, rate))
        low = tier.bound or low
    return tuple(found)


def rate_at(steps: Sequence[Step], share: Fraction) -> Fraction | None:
    """The rate of the next unit at an attainment."""
    return next((one.rate for one in steps if one.high is None or share < one.high), None)
