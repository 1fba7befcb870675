"""What is doubtful about the clauses of crediting: measures and credits that miss each other, people credited twice."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from compensation.kernel import clauses as c
from compensation.kernel import plan as p
from compensation.kernel.lint import NOTE, WARNING, Finding, percent

_SALES = (c.BOOKING, c.ORDER, c.INVOICE, c.PAYMENT)  # one sale passes through all of them


def crediting_findings(plan: p.Plan) -> Iterator[Finding]:
    """Nothing for a plan without clauses: its credits come from elsewhere."""
    if not plan.crediting:
        return
    yield from _unfed(plan)
    yield from _untaken(plan)
    yield from _twice(plan)
    yield from _both_ways(plan)
    yield from _totals(plan)
    yield from _returns(plan)


def _gives(plan: p.Plan) -> list[c.Clause]:
    return [one for one in plan.crediting if one.on != c.RETURN]


def _unfed(plan: p.Plan) -> Iterator[Finding]:
    given = {one.credit for one in _gives(plan)}
    for key, measure in plan.measures.items():
        if not given & set(measure.credits):
            said = f"No clause of crediting gives {', '.join(measure.credits)}: nothing is ever counted here."
            yield Finding(WARNING, "no_clause", f"measures.{key}", said)


def _untaken(plan: p.Plan) -> Iterator[Finding]:
    taken = {name for measure in plan.measures.values() for name in measure.credits}
    taken |= {one.hold.collected_by for one in plan.components.values() if one.hold is not None}
    for one in plan.crediting:
        if one.credit not in taken:
            said = f"No measure takes “{one.credit}”: what clause {one.key} gives counts for nothing."
            yield Finding(WARNING, "not_taken", f"{one.place}.credit", said)


def _twice(plan: p.Plan) -> Iterator[Finding]:
    """Two clauses that may give one person more than the whole of one event, or of one sale on its way."""
    for one, other in combinations(_gives(plan), 2):
        measure = _common_measure(plan, one, other)
        if measure is None or one.share + other.share <= 1 or not c.can_meet(one, other):
            continue
        if not _may_be_one_person(one, other) or not _may_be_one_sale(one, other):
            continue
        what = f"a {one.on}" if one.on == other.on else f"a sale, at its {one.on} and at its {other.on},"
        said = f"With clause {one.key} somebody may get {percent(one.share + other.share)} of {what} in “{measure}”."
        yield Finding(WARNING, "double_credit", other.place, said)
    for one, other in combinations([one for one in plan.crediting if one.on == c.RETURN], 2):
        overlaps = not one.to or not other.to or one.to == other.to
        if one.credit == other.credit and overlaps and one.share + other.share > 1 and c.can_meet(one, other):
            said = f"Clause {one.key} takes back the same “{one.credit}” already."
            yield Finding(WARNING, "double_return", other.place, said)


def _common_measure(plan: p.Plan, one: c.Clause, other: c.Clause) -> str | None:
    both = {one.credit, other.credit}
    return next((key for key, measure in plan.measures.items() if both <= set(measure.credits)), None)


def _may_be_one_person(one: c.Clause, other: c.Clause) -> bool:
    """Overlays and members of the team are others than those of the sale; the owner is among the splits."""
    if one.to == other.to == c.TEAM:
        return not one.parts or not other.parts or bool(one.parts & other.parts)
    return one.to == other.to or {one.to, other.to} <= set(c.OF_SALE)


def _may_be_one_sale(one: c.Clause, other: c.Clause) -> bool:
    return one.on == other.on or (one.on in _SALES and other.on in _SALES)


def _both_ways(plan: p.Plan) -> Iterator[Finding]:
    """A team's sum that takes credits of overlays or team members beside those of the sale holds it more than once."""
    for key, measure in plan.measures.items():
        if measure.of == p.SELF:
            continue
        direct = [one for one in _gives(plan) if one.credit in measure.credits and one.to in c.OF_SALE]
        beside = [one for one in _gives(plan) if one.credit in measure.credits and one.to in (c.OVERLAYS, c.TEAM)]
        for one in beside:
            if any(first.on == one.on and c.can_meet(first, one) for first in direct):
                said = f"It adds up clause {one.key}, of {one.to}, and the sale's own credits: one deal counts twice."
                yield Finding(WARNING, "double_credit", f"measures.{key}", said)


def _totals(plan: p.Plan) -> Iterator[Finding]:
    """What one event is credited in all: parts of the sale that aren't the whole, overlays that come on top."""
    groups: dict[tuple[str, str], list[c.Clause]] = {}
    for one in _gives(plan):
        groups.setdefault((one.credit, one.on), []).append(one)
    for (credit, on), clauses in groups.items():
        of_sale = [one for one in clauses if one.to in c.OF_SALE]
        on_top = [one for one in clauses if one.to in (c.OVERLAYS, c.TEAM)]
        total = sum((one.share for one in of_sale), Fraction(0))
        if of_sale and on in _SALES and total < 1 and total + _later(plan, credit, on) != 1:
            said = f"“{credit}” of a {on} comes to {percent(total)} of it for owner and splits."
            yield Finding(NOTE, "share_total", of_sale[0].place, said)
        if of_sale and on_top:
            shares = ", ".join(percent(one.share) for one in on_top)
            said = f"Overlays and team come on top of the sale's own “{credit}” ({shares} each): a deal's credit in all"
            yield Finding(NOTE, "above_whole", on_top[0].place, f"{said} is told when it is credited.")


def _later(plan: p.Plan, credit: str, on: str) -> Fraction:
    """What owner and splits get of the same sale at its other events: half at the booking, half when it is paid."""
    others = (
        one.share for one in _gives(plan)
        if one.credit == credit and one.on != on and one.on in _SALES and one.to in c.OF_SALE
    )  # fmt: skip
    return sum(others, Fraction(0))


def _returns(plan: p.Plan) -> Iterator[Finding]:
    taken_back = {one.credit for one in plan.crediting if one.on == c.RETURN}
    given = {one.credit for one in _gives(plan) if one.on in _SALES}
    for one in plan.crediting:
        if one.on == c.RETURN and one.credit not in {other.credit for other in _gives(plan)}:
            said = f"No clause gives “{one.credit}”: there is nothing to take back."
            yield Finding(WARNING, "nothing_to_return", one.place, said)
    for credit in sorted(given - taken_back):
        said = f"No clause on returns takes “{credit}” back: what is returned stays credited."
        yield Finding(NOTE, "no_return", "crediting", said)
