"""What is doubtful about a plan before anybody is paid on it: errors stop it, warnings want a reason, notes inform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from compensation.kernel import plan as p
from compensation.kernel.engine import in_order
from compensation.kernel.formula import ASKED_SPANS, OF_MEASURES, Node, Number, calls_in, names_in
from compensation.kernel.reading import PlanError
from compensation.kernel.vector import BUILT_IN

ERROR, WARNING, NOTE = "error", "warning", "note"
_SMALLEST_STEP = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Finding:
    """code: which check; place: a path into the file; money: what a cliff comes to in the plan's currency."""

    severity: str
    code: str
    place: str
    message: str
    money: Fraction | None = None

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.message}"


def lint(plan: p.Plan, *, fed: Sequence[str] | None = None, fields: Sequence[str] | None = None) -> list[Finding]:
    """All findings, errors first.

    fed: kinds of credits that there are at all, fields: what credits may carry; None where that isn't known.
    """
    from compensation.kernel.lint_crediting import crediting_findings
    from compensation.kernel.lint_spans import span_findings

    found = [
        *crediting_findings(plan), *_counting(plan), *_order(plan), *_names(plan, fields), *_measures(plan, fed),
        *span_findings(plan), *_roll_ups(plan), *_liability(plan), *_books(plan),
        *(one for key, component in plan.components.items() for one in _component(plan, key, component)),
    ]  # fmt: skip
    rank = {ERROR: 0, WARNING: 1, NOTE: 2}
    return sorted(found, key=lambda one: rank[one.severity])


def _order(plan: p.Plan) -> Iterator[Finding]:
    try:
        in_order(plan)
    except PlanError as error:
        for one in error.problems:
            yield Finding(ERROR, "override", one.place, one.message)


def _component(plan: p.Plan, key: str, component: p.Component) -> Iterator[Finding]:
    place = f"components.{key}.pays"
    options = component.pays.options if isinstance(component.pays, p.Choice) else ((None, component.pays),)
    for number, (_when, pays) in enumerate(options):
        at = f"{place}.choose[{number}].pays" if isinstance(component.pays, p.Choice) else place
        match pays:
            case p.Tiers():
                yield from _tiers(plan, component, pays, at)
            case p.Bands():
                yield from _bands(pays, at)
            case p.Curve():
                yield from _curve(pays, at)
            case p.Scorecard():
                yield from _weights(pays, at)
            case p.Matrix():
                yield from _matrix(pays, at)
            case p.Contest():
                yield from _contest(plan, pays, at)
            case p.Pool():
                yield from _pool(plan, pays, at)
    if isinstance(component.pays, p.Choice) and component.pays.options[-1][0] is not None:
        yield Finding(
            WARNING, "no_else", place, "When no condition holds nothing is paid: add a last choice without one."
        )
    yield from _budgets(plan, key, component)
    if component.instalments:
        total = sum((one.share for one in component.instalments), Fraction(0))
        if total != 1:
            yield Finding(
                WARNING, "instalments", f"components.{key}.instalments", f"The instalments come to {percent(total)}."
            )


def _tiers(plan: p.Plan, component: p.Component, pays: p.Tiers, place: str) -> Iterator[Finding]:
    before: p.Tier | None = None
    for number, tier in enumerate(pays.tiers):
        at = f"{place}.tiers[{number}]"
        edge = before.bound if before else Fraction(0)
        if tier.begins is not None and edge is not None and tier.begins > edge:
            ends = f"{_bound(edge, pays)} to {_bound(tier.begins, pays)}"
            said = f"From {ends} there is no tier: what falls there gets this rate."
            yield Finding(ERROR, "tier_gap", at, said)
        if tier.begins is not None and edge is not None and tier.begins < edge:
            yield Finding(
                ERROR,
                "tier_overlap",
                at,
                f"It begins at {_bound(tier.begins, pays)}, but the tier before goes to {_bound(edge, pays)}.",
            )
        if tier.begins is not None and before is not None and tier.begins == edge and not before.excludes:
            said = (
                f"{_bound(tier.begins, pays)} stands in both tiers: it belongs to the lower one (“below” changes that)."
            )
            yield Finding(NOTE, "shared_boundary", at, said)
        if tier.bound is not None and tier.bound <= 0:
            yield Finding(ERROR, "unreachable", at, "Nothing can fall into this tier: it ends at zero.")
        if before is not None and tier.is_whole:
            yield from _cliff(plan, component, pays, before, tier, at)
        before = tier


def _cliff(
    plan: p.Plan, component: p.Component, pays: p.Tiers, before: p.Tier, tier: p.Tier, at: str
) -> Iterator[Finding]:
    """At the bound, everything so far gets another rate at once."""
    rates = constant(before.rate, plan), constant(tier.rate, plan)
    if None in rates or before.bound is None:
        yield Finding(WARNING, "cliff", at, "Reaching this tier rates everything so far anew: pay jumps on one deal.")
        return
    step = (rates[1] or 0) - (rates[0] or 0)
    if step == 0:
        return
    jump, anew = step * before.bound, f"Reaching {_bound(before.bound, pays)} rates everything so far anew: pay jumps"
    if pays.by == p.ATTAINMENT:
        said = f"{anew} by {percent(jump)} of the quota on one deal."
        yield Finding(WARNING, "cliff", at, said, None)
    else:
        said = f"{anew} by {amount(jump)} {plan.currency} on one deal."
        yield Finding(WARNING, "cliff", at, said, jump)


def _bands(pays: p.Bands, place: str) -> Iterator[Finding]:
    ordered = sorted(enumerate(pays.bands), key=lambda one: one[1].low)
    for (_number, one), (number, after) in zip(ordered, ordered[1:], strict=False):
        at = f"{place}.bands[{number}]"
        if one.high is None or one.high > after.low:
            yield Finding(
                ERROR,
                "band_overlap",
                at,
                f"{amount(after.low)} is in another band as well: the first one in the file decides.",
            )
        elif one.high == after.low and not pays.is_sliced:
            said = f"{amount(after.low)} stands in two bands: the first one in the file decides."
            yield Finding(NOTE, "shared_boundary", at, said)
        elif after.low - one.high > (0 if pays.is_sliced else _SMALLEST_STEP):
            yield Finding(
                ERROR,
                "band_gap",
                at,
                f"Between {amount(one.high)} and {amount(after.low)} no band holds: such credits earn nothing.",
            )
    if ordered and ordered[0][1].low > 0:
        yield Finding(
            WARNING, "band_gap", place, f"Below {amount(ordered[0][1].low)} no band holds: such credits earn nothing."
        )


def _curve(pays: p.Curve, place: str) -> Iterator[Finding]:
    for number, (one, after) in enumerate(zip(pays.points, pays.points[1:], strict=False), start=1):
        if after[1] < one[1]:
            at = f"{place}.curve.points[{number}]"
            yield Finding(
                WARNING, "falling", at, f"More attainment ({percent(after[0])}) pays less than {percent(one[0])}."
            )
    first = pays.points[0]
    if pays.below_is_zero and first[1] > 0:
        said = f"Below {percent(first[0])} nothing is paid, at it {percent(first[1])}: a cliff."
        yield Finding(NOTE, "threshold", f"{place}.curve.points[0]", said)


def _weights(pays: p.Scorecard, place: str) -> Iterator[Finding]:
    total = sum((item.weight for item in pays.items), Fraction(0))
    if total != 1:
        yield Finding(WARNING, "weights", f"{place}.scorecard", f"The weights come to {percent(total)}, not 100 %.")


def _matrix(pays: p.Matrix, place: str) -> Iterator[Finding]:
    columns = list(zip(*pays.cells, strict=True))
    falls = any(after < one for line in [*pays.cells, *columns] for one, after in zip(line, line[1:], strict=False))
    if falls:
        yield Finding(WARNING, "falling", f"{place}.cells", "Somewhere more attainment pays less.")


def _contest(plan: p.Plan, pays: p.Contest, place: str) -> Iterator[Finding]:
    prizes = [constant(prize, plan) for prize in pays.prizes]
    for number, (one, after) in enumerate(zip(prizes, prizes[1:], strict=False), start=1):
        if one is not None and after is not None and after > one:
            said = f"Rank {number + 1} takes more than rank {number}."
            yield Finding(WARNING, "falling", f"{place}.contest[{number}]", said)


def _pool(plan: p.Plan, pays: p.Pool, place: str) -> Iterator[Finding]:
    """A pool is one amount: what it asks should be the same for all of the team."""
    asked = {getattr(call.args[0], "name", "") for call in calls_in(pays.amount) if call.name in OF_MEASURES}
    own = sorted(key for key in asked if key in plan.measures and plan.measures[key].of != p.TEAM)
    own += sorted(set(names_in(pays.amount)) & {"variable", "ote", "annual_variable", "annual_ote", "month_on_plan"})
    if own:
        said = f"“{own[0]}” differs within a team: the pool is what it comes to for the first of them by name."
        yield Finding(WARNING, "pool_amount", f"{place}.pool", said)


def _names(plan: p.Plan, fields: Sequence[str] | None) -> Iterator[Finding]:
    known = {*plan.parameters, *BUILT_IN}
    for place, node in formulas(plan):
        for name in dict.fromkeys(names_in(node)):
            if name not in known and fields is not None and name not in fields:
                yield Finding(ERROR, "unknown_name", place, f"“{name}” is neither a parameter nor a field of credits.")
        for call in calls_in(node):
            if call.name in OF_MEASURES or call.name == "score":
                names = [getattr(arg, "name", "") for arg in call.args]
                if names[0] not in plan.measures:
                    yield Finding(ERROR, "unknown_measure", place, f"There is no measure “{names[0]}” in this plan.")
                if len(names) > 1 and names[1] not in ASKED_SPANS:
                    said = f"“{names[1]}” is no span of time: {', '.join(ASKED_SPANS)}."
                    yield Finding(ERROR, "unknown_span", place, said)
    for key in plan.parameters:
        if _circles(plan, key, ()):
            yield Finding(ERROR, "circle", f"parameters.{key}", "This parameter refers to itself.")


def _circles(plan: p.Plan, key: str, seen: tuple[str, ...]) -> bool:
    if key in seen:
        return True
    names = {name for dated in plan.parameters.get(key, ()) for name in names_in(dated.value)}
    return any(_circles(plan, name, (*seen, key)) for name in names if name in plan.parameters)


def _measures(plan: p.Plan, fed: Sequence[str] | None) -> Iterator[Finding]:
    used = {component.measure for component in plan.components.values()}
    for _place, node in formulas(plan):
        used |= {getattr(call.args[0], "name", "") for call in calls_in(node) if call.args}
    for component in plan.components.values():
        if isinstance(component.pays, p.Matrix):
            used |= {component.pays.rows.measure, component.pays.columns.measure}
    for key, measure in plan.measures.items():
        if key not in used:
            yield Finding(WARNING, "unused", f"measures.{key}", "No component asks for this measure.")
        if fed is not None and not set(measure.credits) & set(fed):
            said = f"Nobody feeds it: there are no credits called {', '.join(measure.credits)}."
            yield Finding(ERROR, "unfed", f"measures.{key}", said)


def _roll_ups(plan: p.Plan) -> Iterator[Finding]:
    """The same deal paid twice to one manager: by a measure of the people below, and by an override on their pay."""
    above = [
        key
        for key, one in plan.components.items()
        if one.measure and plan.measures[one.measure].of in (p.REPORTS, p.LINE)
    ]
    overrides = [key for key, one in plan.components.items() if isinstance(one.pays, p.Override)]
    for key in overrides:
        for other in above:
            said = f"Managers are paid on the same deals by “{other}” already."
            yield Finding(WARNING, "double_credit", f"components.{key}", said)


def _counting(plan: p.Plan) -> Iterator[Finding]:
    """Credits from before the plan that only count are worth nothing here, so nothing of them can be taken back."""
    for key, component in plan.components.items():
        if not plan.rerates_earlier and component.returns == p.ORIGINAL_RATE:
            said = "A return of a credit from before the plan takes back nothing: that credit earned nothing here."
            yield Finding(WARNING, "earlier_return", f"components.{key}.returns", said)


def _liability(plan: p.Plan) -> Iterator[Finding]:
    if plan.pay_cap is not None:
        return
    for key, component in plan.components.items():
        has_cap = any(_bounds(step, component) for step in component.then)
        bounded = isinstance(component.pays, p.Lump | p.Matrix | p.Pool | p.Contest) or (
            isinstance(component.pays, p.Curve) and not component.pays.goes_on
        )
        capped_card = isinstance(component.pays, p.Scorecard) and all(
            item.cap is not None for item in component.pays.items
        )
        if not has_cap and not bounded and not capped_card:
            yield Finding(WARNING, "no_cap", f"components.{key}", "Nothing limits what this can come to.")


def _bounds(step: p.Step, component: p.Component) -> bool:
    if isinstance(step, p.Budget):
        return step.amount is not None or isinstance(component.pays, p.Each)
    return isinstance(step, p.Limit) and step.is_cap


def _budgets(plan: p.Plan, key: str, component: p.Component) -> Iterator[Finding]:
    """A budget that not even the first amount fits in."""
    each = constant(component.pays.amount, plan) if isinstance(component.pays, p.Each) else None
    for number, step in enumerate(component.then):
        if not isinstance(step, p.Budget) or step.amount is None or each is None or number:
            continue
        budget = constant(step.amount, plan)
        if budget is not None and budget < each:
            said = f"A budget of {amount(budget)} is less than what the first one earns, {amount(each)}."
            yield Finding(WARNING, "budget", f"components.{key}.then[{number}].budget", said)


def _books(plan: p.Plan) -> Iterator[Finding]:
    """What components say of the books and can't mean."""
    for key, component in plan.components.items():
        if not component.is_incremental and component.without_deal != p.OVER_DEALS:
            words = "All of it is expensed, as no cost of winning contracts: “without_deal” says nothing here."
            yield Finding(WARNING, "without_deal", f"components.{key}.without_deal", words)


def formulas(plan: p.Plan) -> Iterator[tuple[str, Node]]:
    """Every formula of a plan with its place."""
    for key, dated in plan.parameters.items():
        for one in dated:
            yield f"parameters.{key}", one.value
    for key, measure in plan.measures.items():
        if measure.where is not None:
            yield f"measures.{key}.where", measure.where
    for key, component in plan.components.items():
        place = f"components.{key}"
        if component.where is not None:
            yield f"{place}.where", component.where
        if component.interim_cap is not None:
            yield f"{place}.interim_cap", component.interim_cap
        yield from _of_pays(component.pays, f"{place}.pays")
        for number, step in enumerate(component.then):
            at = f"{place}.then[{number}]"
            parts = {p.Gate: ("when", "otherwise"), p.Multiply: ("by",)}.get(type(step), ("amount",))
            for part in parts:
                if getattr(step, part) is not None:
                    yield at, getattr(step, part)
    for draw in plan.draws:
        yield f"draws.{draw.key}.amount", draw.amount
    if plan.pay_cap is not None:
        yield "pay_cap", plan.pay_cap.amount


def _of_pays(pays: p.Pays, place: str) -> Iterator[tuple[str, Node]]:
    for name in ("rate", "amount", "when", "of", "by", "shares"):
        node = getattr(pays, name, None)
        if node is not None and not isinstance(node, str):
            yield f"{place}.{name}", node
    if isinstance(pays, p.Tiers):
        yield from ((f"{place}.tiers[{number}].rate", one.rate) for number, one in enumerate(pays.tiers))
    if isinstance(pays, p.Bands):
        yield from ((f"{place}.bands[{number}].rate", one.rate) for number, one in enumerate(pays.bands))
    if isinstance(pays, p.Scorecard):
        for number, item in enumerate(pays.items):
            yield f"{place}.scorecard[{number}].result", item.result
    if isinstance(pays, p.Override):
        yield from ((f"{place}.levels[{number}]", rate) for number, rate in enumerate(pays.levels))
    if isinstance(pays, p.Contest):
        yield from ((f"{place}.contest[{number}]", prize) for number, prize in enumerate(pays.prizes))
        if pays.at_least is not None:
            yield f"{place}.at_least", pays.at_least
    if isinstance(pays, p.Choice):
        for number, (when, option) in enumerate(pays.options):
            if when is not None:
                yield f"{place}.choose[{number}].when", when
            yield from _of_pays(option, f"{place}.choose[{number}].pays")


def constant(node: Node, plan: p.Plan) -> Fraction | None:
    """A formula's value where it is a number, or a parameter that never changes; else None."""
    from compensation.kernel.formula import Name, Operation

    match node:
        case Number(value):
            return value
        case Name(name) if name in plan.parameters and len(plan.parameters[name]) == 1:
            return constant(plan.parameters[name][0].value, plan)
        case Operation(sign, left, right):
            one, other = constant(left, plan), constant(right, plan)
            if one is None or other is None or (sign == "/" and other == 0):
                return None
            return {"+": one + other, "-": one - other, "*": one * other}.get(sign, one / other if other else None)
    return None


def percent(value: Fraction) -> str:
    return f"{float(value * 100):,.6g} %"


def amount(value: Fraction) -> str:
    return f"{float(value):,.2f}"


def _bound(value: Fraction, pays: p.Tiers) -> str:
    if pays.by == p.ATTAINMENT:
        return percent(value)
    return amount(value) if pays.by == p.AMOUNT else f"{float(value):,.6g}"
