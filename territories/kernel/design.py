"""Territories by design: units to k territories within limits of load, as near or as compact as can be found.

Units around units: pmedian. Centres anywhere: alignment. Contiguous: districting. Each comes with a bound, where there
is one, and a word on what it bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territories.kernel import alignment, districting, pmedian
from territories.kernel.balance import COLD
from territories.kernel.continuity import fewest_moves, labels_of, reasons, refuse_few_moves, relabelled
from territories.kernel.distances import EUCLID_FLOOR, HAVERSINE, Space, medians, space
from territories.kernel.feasible import refuse_impossible, shares
from territories.kernel.request import (
    CUT_EDGES,
    POINTS,
    WEIGHTED,
    Cancelled,
    Design,
    Infeasible,
    Left,
    Progress,
    Request,
    Search,
    Searches,
)
from territories.kernel.search import Floats, Ints

MOST_MATRIX = 4_000  # units with all distances between them
OF_ANY, OF_CENTRES = "any plan", "plans with these centres"
OF_GRAPH = "any contiguous plan, loosely: one cut fewer than territories"


def search_once(search: Search, task: Any, seed: int, left: Left) -> list[Any]:
    """One search in this process."""
    return [search(task, seed, left)]


def design(
    request: Request,
    left: Left,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    searches: Searches = search_once,
) -> Design:
    """The best plan found in the seconds that are left(). Raises Infeasible.

    progress(done, total, words) is told how far it is, cancelled() ends the search with what there is. searches: runs a
    search from several seeds. Units at 0, 1, 10, 11 of weight 1, capacity 2, centres on units: 2 is the best, proven.
    """
    total = left()

    def rest() -> float:
        if cancelled is not None and cancelled():
            return 0.0
        seconds = left()
        if progress is not None:
            progress(int(100 * min(1.0, 1 - seconds / max(total, 1e-9))), 100, "Searching")
        return seconds

    refuse_impossible(request)
    labels, current = labels_of(request)
    refuse_few_moves(request, current, labels)
    if request.contiguous or request.objective == CUT_EDGES:
        found = _contiguous(request, current, rest, searches)
    elif request.centers == POINTS and not _is_anchored(request) and len(request.ids) <= MOST_MATRIX:
        found = _around_units(request, current, labels, rest, searches)
    else:
        found = _around_places(request, current, labels, rest, searches)
    return _told(request, found, labels, current)


@dataclass(slots=True)
class _Found:
    """named: whether territories stand in the order of the labels. centre: units (k), or places (k, d)."""

    of: Ints
    centre: Ints | Floats | None
    bound: float | None
    bound_of: str
    proven: bool = False
    named: bool = False


def space_of(request: Request) -> Space | None:
    if request.first is None or request.second is None:
        return None
    return space(request.kind, request.first, request.second)


def _share(request: Request) -> Floats:
    return request.weight if request.objective == WEIGHTED else np.ones(len(request.ids))


def _is_anchored(request: Request) -> bool:
    """Whether territories are today's from the start: something is locked, or moves are counted."""
    return request.current is not None and (
        request.moves_at_most is not None or bool(request.locked is not None and request.locked.any())
    )


def _around_units(request: Request, current: Ints, labels: list[str], left: Left, searches: Searches) -> _Found:
    place = space_of(request)
    assert place is not None
    costs = place.matrix(place.at) * _share(request)[:, None]
    whole = request.kind == EUCLID_FLOOR and request.objective != WEIGHTED
    problem = pmedian.Problem(costs, request.weight, request.limits(), request.count, whole)
    answers: list[pmedian.Found] = searches(pmedian.search, problem, request.seed, left)
    good = [one for one in answers if one.plan.is_within(request.weight, problem.limits)]
    if not good:
        return _around_places(request, current, labels, left, search_once)
    best = min(good, key=lambda one: one.plan.cost(costs))
    bound = max(one.bound for one in answers)
    value = best.plan.cost(costs)
    proven = best.proven or problem.is_closed(value, bound)
    bound = value if proven else float(np.ceil(bound - 1e-6)) if whole else bound
    return _Found(best.plan.of, best.plan.centre, bound, OF_ANY, proven)


def _not_found(request: Request, of: Ints) -> Infeasible:
    """The nearest plan's worst territory, and the heaviest unit in it."""
    loads = np.bincount(of, request.weight, minlength=request.count)
    limits = request.limits()
    worst = int(limits.excess(loads).argmax())
    inside = np.flatnonzero(of == worst)
    unit = request.ids[int(inside[request.weight[inside].argmax()])] if len(inside) else ""
    words = (
        f"No plan within {limits.low:,.10g} to {limits.high:,.10g} was found in the time given. In the nearest one a "
        f"territory has {loads[worst]:,.10g}; its heaviest unit is {unit or '-'}. Try a wider band, or more seconds."
    )
    return Infeasible(words, unit, proven=False)


def _around_places(request: Request, current: Ints, labels: list[str], left: Left, searches: Searches) -> _Found:
    place = space_of(request)
    assert place is not None
    anchored = _is_anchored(request)
    task = alignment.Task(
        place,
        request.weight,
        _share(request),
        request.limits(),
        request.count,
        current if anchored else None,
        request.locked if anchored else None,
        request.centers == POINTS,
    )
    if anchored:
        best = _kept(request, task, current, left)
    else:
        answers: list[alignment.Aligned] = searches(alignment.search, task, request.seed, left)
        best = min(answers, key=lambda one: one.value)
    if not np.isfinite(best.value):
        raise _not_found(request, best.of)
    return _Found(best.of, best.centre, best.bound, OF_CENTRES, named=anchored)


def _kept(request: Request, task: alignment.Task, current: Ints, left: Left) -> alignment.Aligned:
    """Around today's territories, at the least price of a move at which no more move than may."""
    rng = np.random.default_rng(request.seed)
    start, most, total = alignment.anchored(task, rng), request.moves_at_most, left()
    part = 0.0 if most is None else 0.7 * total  # kept for prices of moves

    def first() -> float:
        return left() - part

    best = alignment.finished(task, alignment.settled(task, start, 0.0, first), 0.0, first)
    if most is None or (np.isfinite(best.value) and _moves(best.of, current) <= most):
        return best
    corners = task.space.at.min(axis=0), task.space.at.max(axis=0)
    low, high = 0.0, float(task.space.between(*corners) * task.share.max()) + 1.0  # no move gains more than that
    within: list[alignment.Aligned] = []
    for step in range(16):
        if left() <= 0 and within:
            break
        price = high if step == 0 else (low + high) / 2
        centre = start.centre if step == 0 else best.centre
        tried = alignment.assigned(task, centre, np.zeros(request.count), price, COLD)
        for one in (tried, alignment.settled(task, tried, price, left, 4)):
            if np.isfinite(one.value) and _moves(one.of, current) <= most:
                within.append(replace(one, value=one.value - price * _moves(one.of, current)))
        if step and (not np.isfinite(tried.value) or _moves(tried.of, current) > most):
            low = price
        else:
            high = price
    if not within:
        raise Infeasible(f"No plan with at most {most} moves was found.", proven=False)
    cheapest = min((_recentred(task, one) for one in within), key=lambda one: one.value)
    return replace(cheapest, bound=max(0.0, alignment.bound_of(task, cheapest.centre, cheapest.price, 0.0)))


def _recentred(task: alignment.Task, plan: alignment.Aligned) -> alignment.Aligned:
    """The same territories around their best centres, and what they cost without a price of moves."""
    centre = alignment.moved(task, plan.of, plan.centre)
    value = float((task.space.between(task.space.at, centre[plan.of]) * task.share).sum())
    return replace(plan, centre=centre, value=value) if value <= plan.value else plan


def _moves(of: Ints, current: Ints) -> int:
    return int(((of != current) & (current >= 0)).sum())


def _contiguous(request: Request, current: Ints, left: Left, searches: Searches) -> _Found:
    near = request.neighbours()
    parts = shares(request, near)
    place = space_of(request)
    costs = None
    if request.objective != CUT_EDGES and place is not None:
        costs = place.matrix(place.at) * _share(request)[:, None]
    areas = districting.Areas(near, request.weight.tolist(), request.limits(), request.count, costs)
    anchored = _is_anchored(request)
    if anchored:
        if (current < 0).any() or not districting.is_contiguous(near, current.tolist()):
            unit = request.ids[int((current < 0).argmax())]
            raise Infeasible("Today's territories aren't contiguous: nothing can be locked or counted from.", unit)
        areas.current, areas.penalty = current.tolist(), 0.0 if request.moves_at_most is None else 1e-6
        areas.locked = None if request.locked is None else request.locked.tolist()
    answers: list[districting.Cut] = searches(districting.districts_of, (areas, parts), request.seed, left)
    best = min(answers, key=lambda one: (one.excess, one.value))
    of = np.array(best.of, dtype=np.int64)
    if best.excess > 0:
        raise _not_found(request, of)
    if request.moves_at_most is not None and _moves(of, current) > request.moves_at_most:
        raise Infeasible(f"No contiguous plan with at most {request.moves_at_most} moves was found.", proven=False)
    centre = None if place is None else medians(place, of, _share(request), _middles(place, of, request.count))
    if request.objective == CUT_EDGES:
        return _Found(of, centre, float(_least_cut(near, parts)), OF_GRAPH, named=anchored)
    return _Found(of, centre, None, OF_ANY, named=anchored)


def _middles(place: Space, of: Ints, count: int) -> Floats:
    return np.array([place.at[of == slot].mean(axis=0) for slot in range(count)])


def _least_cut(near: list[list[int]], parts: list[tuple[list[int], int]]) -> int:
    """Territories of a part form a connected graph: one cut less than territories at least in each part."""
    return sum(count - 1 for _, count in parts)


def _told(request: Request, found: _Found, labels: list[str], current: Ints) -> Design:
    of, centre = found.of, found.centre
    if not found.named and request.current is not None:
        order = relabelled(of, current, request.count)
        of = order[of]
        back = np.argsort(order)
        centre = None if centre is None else centre[back]
    place = space_of(request)
    away, total, names = None, None, [""] * request.count
    if place is not None and centre is not None:
        at: Floats = place.at[centre.astype(np.int64)] if centre.ndim == 1 else centre.astype(np.float64)
        names = [request.ids[int(unit)] for unit in centre] if centre.ndim == 1 else _names(request, place, at)
        each = place.between(place.at, at[of])
        total = float((each * _share(request)).sum())
        away = place.matrix(at) if request.current is not None and len(of) * request.count <= 50_000_000 else None
    cuts = districting.cut_edges(request.neighbours(), of.tolist()) if request.edges is not None else None
    value = float(cuts or 0) if request.objective == CUT_EDGES else float(total or 0.0)
    why = reasons(request, current, of, labels, away) if request.current is not None else []
    loads = np.bincount(of, request.weight, minlength=request.count)
    proven = found.proven or (found.bound is not None and found.bound_of != OF_CENTRES and found.bound >= value)
    return Design(
        labels, of, names, value, total, cuts, found.bound, found.bound_of, proven, request.limits(), loads,
        why, sum(bool(word) for word in why),
    )  # fmt: skip


def _names(request: Request, place: Space, at: Floats) -> list[str]:
    """A centre on a unit by its id, another by where it is."""
    if request.centers != POINTS:
        return [place.shown(one) for one in at]
    nearest = [int(((place.at - one) ** 2).sum(axis=1).argmin()) for one in at]
    return [request.ids[unit] for unit in nearest]


__all__ = ["HAVERSINE", "Design", "Infeasible", "Request", "design", "fewest_moves", "search_once"]
