"""Today's territories: names for new ones by what they share, the fewest moves there must be, a reason for each."""

from __future__ import annotations

import numpy as np

from territories.kernel.request import Infeasible, Request
from territories.kernel.search import Floats, Ints


def labels_of(request: Request) -> tuple[list[str], Ints]:
    """Names of the k territories and today's index of each unit (-1: none of them). Territories with locked units stay,
    then those with most units.
    """
    if request.current is None:
        return [str(at + 1) for at in range(request.count)], np.full(len(request.ids), -1)
    number: dict[str, list[float]] = {}
    for unit, name in enumerate(request.current):
        if name:
            seen = number.setdefault(name, [0, 0])
            seen[0] += 1 if request.locked is not None and request.locked[unit] else 0
            seen[1] += 1
    kept = sorted(number, key=lambda name: (-(number[name][0] > 0), -number[name][1], name))[: request.count]
    labels = sorted(kept)
    fresh = (f"new {at}" for at in range(1, len(request.ids) + 2))
    while len(labels) < request.count:
        name = next(fresh)
        if name not in number:
            labels.append(name)
    place = {name: at for at, name in enumerate(labels)}
    return labels, np.array([place.get(name, -1) for name in request.current], dtype=np.int64)


def relabelled(of: Ints, current: Ints, count: int) -> Ints:
    """order (k): the name of each new territory so that most units keep theirs (assignment problem).

    New 0 holds units that are of 1 today, new 1 those of 0: the order is 1, 0.
    """
    from scipy.optimize import linear_sum_assignment

    shared = np.zeros((count, count))
    known = current >= 0
    np.add.at(shared, (of[known], current[known]), 1.0)
    order = np.empty(count, dtype=np.int64)
    rows, columns = linear_sum_assignment(-shared)
    order[rows] = columns
    return order


def fewest_moves(request: Request, current: Ints, labels: list[str]) -> int:
    """No plan within the limits moves fewer: what is over, and what is missing, in the heaviest units."""
    limits, gone = (
        request.limits(),
        int(((current < 0) & np.array([bool(name) for name in request.current or ()])).sum()),
    )
    leaves, comes = 0, 0
    for slot in range(len(labels)):
        held = np.sort(request.weight[current == slot])[::-1]
        over = float(held.sum()) - limits.high
        if over > limits.slack():
            leaves += int(np.searchsorted(np.cumsum(held), over - limits.slack())) + 1
        missing = limits.low - float(held.sum())
        if missing > limits.slack():
            others = np.sort(request.weight[(current != slot)])[::-1]
            comes += int(np.searchsorted(np.cumsum(others), missing - limits.slack())) + 1
    placed = int((current < 0).sum())  # units of no territory come without being moved
    return max(leaves, comes - placed, gone)


def refuse_few_moves(request: Request, current: Ints, labels: list[str]) -> None:
    if request.moves_at_most is None:
        return
    least = fewest_moves(request, current, labels)
    if least > request.moves_at_most:
        loads = np.bincount(current[current >= 0], request.weight[current >= 0], minlength=len(labels))
        worst = int(request.limits().excess(loads).argmax())
        inside = np.flatnonzero(current == worst)
        unit = request.ids[int(inside[request.weight[inside].argmax()])] if len(inside) else ""
        words = (
            f"At least {least} units must move to keep the limits; {request.moves_at_most} may. "
            f"{labels[worst]} is at {loads[worst]:,.10g}; its heaviest unit is {unit or 'none'}."
        )
        raise Infeasible(words, unit)


def reasons(request: Request, current: Ints, of: Ints, labels: list[str], away: Floats | None) -> list[str]:
    """Why each unit moved, "" where it didn't. away (n, k): distance of each unit to each new centre."""
    limits, was_known = request.limits(), current >= 0
    before = np.bincount(current[was_known], request.weight[was_known], minlength=len(labels))
    words = []
    for unit, (now, was) in enumerate(zip(of.tolist(), current.tolist(), strict=True)):
        name = request.current[unit] if request.current is not None else ""
        if not name or now == was:
            words.append("")
        elif was < 0:
            words.append(f"{name} is no longer one of the territories")
        elif away is not None and away[unit, now] < away[unit, was] - 1e-9:
            words.append(f"nearer to {labels[now]}: {away[unit, now]:,.1f} instead of {away[unit, was]:,.1f}")
        elif before[was] > limits.high:
            words.append(f"{name} was above its limit: {before[was]:,.10g} of at most {limits.high:,.10g}")
        elif before[now] < limits.low:
            words.append(f"{labels[now]} was below its limit: {before[now]:,.10g} of at least {limits.low:,.10g}")
        else:
            words.append(f"makes room in {name} for units that are nearer to it")
    return words
