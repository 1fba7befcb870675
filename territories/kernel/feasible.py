"""Why no plan can keep the limits: the unit that makes it so, by id. What is refused here is proven."""

from __future__ import annotations

import math

import numpy as np

from territories.kernel.districting import components
from territories.kernel.request import Infeasible, Request
from territories.kernel.search import Limits


def refuse_impossible(request: Request) -> None:
    """Raises Infeasible: a unit above the limit, too much in all, locked units above it in one territory."""
    limits, weight = request.limits(), request.weight
    heaviest = int(weight.argmax())
    if weight[heaviest] > limits.high + limits.slack():
        name = request.ids[heaviest]
        words = f"Unit {name} alone weighs {weight[heaviest]:,.10g}; a territory holds at most {limits.high:,.10g}."
        raise Infeasible(words, name)
    total = float(weight.sum())
    if total > request.count * limits.high * (1 + 1e-12):
        words = (
            f"All units weigh {total:,.10g}; {request.count} territories of {limits.high:,.10g} hold "
            f"{request.count * limits.high:,.10g}. The heaviest unit is {request.ids[heaviest]}."
        )
        raise Infeasible(words, request.ids[heaviest])
    _refuse_locked(request, limits)


def _refuse_locked(request: Request, limits: Limits) -> None:
    if request.locked is None or request.current is None:
        return
    held: dict[str, list[int]] = {}
    for unit in np.flatnonzero(request.locked):
        held.setdefault(request.current[unit], []).append(int(unit))
    if len(held) > request.count:
        one = request.ids[held[max(held)][0]]
        raise Infeasible(f"Units are locked in {len(held)} territories; {request.count} are asked for.", one)
    for name, units in held.items():
        load = float(request.weight[units].sum())
        if load > limits.high + limits.slack():
            heavy = request.ids[max(units, key=lambda unit: request.weight[unit])]
            words = f"Units locked in {name} weigh {load:,.10g}, above {limits.high:,.10g}; the heaviest is {heavy}."
            raise Infeasible(words, heavy)


def shares(request: Request, near: list[list[int]]) -> list[tuple[list[int], int]]:
    """Parts that hang together, and how many territories each gets. Raises Infeasible where that doesn't come out."""
    limits, parts = request.limits(), sorted(components(near), key=len)  # islands are told first
    spans = []
    for part in parts:
        load = float(request.weight[part].sum())
        heavy = request.ids[max(part, key=lambda unit: request.weight[unit])]
        least = max(1, math.ceil(load / limits.high - 1e-9)) if math.isfinite(limits.high) else 1
        most = min(len(part), math.floor(load / limits.low + 1e-9) if limits.low > 0 else len(part))
        if least > most:
            words = (
                f"{_told(request, part)} no neighbours elsewhere and a load of {load:,.10g}: no number of territories "
                f"between {limits.low:,.10g} and {limits.high:,.10g} makes that up."
            )
            raise Infeasible(words, heavy)
        spans.append((part, least, most))
    least_all, most_all = sum(span[1] for span in spans), sum(span[2] for span in spans)
    if not least_all <= request.count <= most_all:
        words = (
            f"The areas fall into {len(parts)} parts that don't touch, for {least_all} to {most_all} territories; "
            f"{request.count} are asked for. {_told(request, parts[0])} no neighbours elsewhere."
        )
        raise Infeasible(words, request.ids[parts[0][0]])
    return _given(request, spans, limits)


def _given(request: Request, spans: list[tuple[list[int], int, int]], limits: Limits) -> list[tuple[list[int], int]]:
    """One after the other to the part with most load for each of its territories."""
    given = [least for _, least, _ in spans]
    load = [float(request.weight[part].sum()) for part, _, _ in spans]
    for _ in range(request.count - sum(given)):
        free = [at for at, (_, _, most) in enumerate(spans) if given[at] < most]
        given[max(free, key=lambda at: load[at] / given[at])] += 1
    return [(part, many) for (part, _, _), many in zip(spans, given, strict=True)]


def _told(request: Request, part: list[int]) -> str:
    if len(part) == 1:
        return f"Unit {request.ids[part[0]]} has"
    return f"Unit {request.ids[part[0]]} and {len(part) - 1} around it have"
