"""Contests of a plan file: read, and what can't be decided by rank refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compensation.kernel import plan as p
from compensation.kernel.formula import TO_STEPS, Node, calls_in, names_in

_OF_EVERYBODY = frozenset(("min", "max", "abs", *TO_STEPS))


def read_contest(value: Mapping[str, Any], place: str, *, formula: Callable[[Any, str], Node]) -> p.Contest:
    """formula: reads one, and tells the place of what it can't read."""
    at_least = value.get("at_least")
    return p.Contest(
        prizes=tuple(formula(prize, f"{place}.contest[{number}]") for number, prize in enumerate(value["contest"])),
        by=value.get("by", p.CREDITED),
        among=value.get("among", p.EVERYBODY),
        roles=frozenset(value.get("roles", ())),
        at_least=None if at_least is None else formula(at_least, f"{place}.at_least"),
        ties=value.get("ties", p.SHARED),
        who=frozenset(value.get("who", ())),
        between=tuple(dict.fromkeys(value.get("between", ()))),
    )


def check_contests(plan: p.Plan, *, wrong: Callable[[str, str], None]) -> None:
    """wrong: told the place and words of each problem."""
    for key, component in plan.components.items():
        if component.shows_ranks and not component.measure:
            wrong(f"components.{key}.leaderboard", "People are ranked by a measure: give one.")
        if isinstance(component.pays, p.Contest) and component.measure in plan.measures:
            for place, said in _problems(plan, component, component.pays):
                wrong(f"components.{key}.{place}", said)


def _problems(plan: p.Plan, component: p.Component, pays: p.Contest) -> Iterator[tuple[str, str]]:
    measure = plan.measures[component.measure]
    if component.settles and component.settles != measure.over:
        yield "settles", f"A contest is decided when its measure's span ends, the {measure.over}: leave this out."
    if component.where is not None:
        yield "where", f"People are ranked by all of “{measure.key}”: put the condition there."
    if measure.less_is_better and pays.by == p.CREDITED:
        yield "pays.by", "Where less is better rank by attainment: by what was credited the most would win."
    unknown = sorted(pays.roles - plan.roles) if plan.roles else []
    if unknown:
        yield "pays.roles", f"“{unknown[0]}” isn't among the roles of this plan."
    if pays.between:
        yield from _between(plan, pays)
    for number, prize in enumerate(pays.prizes):
        if not is_same_for_all(prize, plan):
            said = "A prize is the same whoever takes it: a number, or a formula of parameters."
            yield f"pays.contest[{number}]", said


def _between(plan: p.Plan, pays: p.Contest) -> Iterator[tuple[str, str]]:
    """What can't be said of groups that are ranked in place of people."""
    if len(pays.between) < 2:
        yield "pays.between", "Two or more are wanted: a contest is between them."
    if pays.among != p.EVERYBODY:
        yield "pays.among", "With “between” the groups are ranked among each other: leave this out."
    if pays.ties == p.EARLIER:
        yield "pays.ties", "Of groups nobody stands anywhere for longer: those that are equal share."
    if pays.at_least is not None and not is_same_for_all(pays.at_least, plan):
        yield "pays.at_least", "With “between” it is the same for every group: a number, or a formula of parameters."


def is_same_for_all(node: Node, plan: p.Plan, seen: tuple[str, ...] = ()) -> bool:
    """Whether a formula asks nothing of a person or a credit."""
    if any(call.name not in _OF_EVERYBODY for call in calls_in(node)):
        return False
    for name in names_in(node):
        if name not in plan.parameters:
            return False
        if name not in seen and not all(
            is_same_for_all(one.value, plan, (*seen, name)) for one in plan.parameters[name]
        ):
            return False
    return True
