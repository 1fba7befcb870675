"""Not one answer but a few: how balance, travel and moves are bought with each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from territories.kernel.continuity import fewest_moves, labels_of
from territories.kernel.design import design, space_of
from territories.kernel.distances import medians
from territories.kernel.request import Cancelled, Design, Infeasible, Left, Progress, Request, Searches

Steps = list[tuple[str, Request]]


def options(
    request: Request, left: Left, *, progress: Progress, cancelled: Cancelled, searches: Searches
) -> tuple[list[dict[str, Any]], Design]:
    """Named options as plain values, and the design of what was asked for (as `asked`). Raises Infeasible for that one.

    today: as it stands; fewest_moves, halfway: with a cap on moves; tighter: half the band. Each has its travel, its
    range of loads and its moves, or `why_not`.
    """
    steps = _steps(request)
    total = left()
    rows: list[dict[str, Any]] = [_today(request)] if request.current is not None else []
    asked: Design | None = None
    for at, (name, one) in enumerate(steps):
        part = _until(left, total * (1 - (at + 1) / len(steps)))
        try:
            found = design(one, part, cancelled=cancelled, searches=searches)
        except Infeasible as error:
            if name == "asked":
                raise
            rows.append({"name": name, "why_not": str(error)})
            continue
        asked = found if name == "asked" else asked
        rows.append({"name": name} | found.report())
        progress(at + 1, len(steps), name)
    assert asked is not None
    return rows, asked


def _until(left: Left, then: float) -> Left:
    """Seconds up to when so many are left."""
    return lambda: left() - then


def _steps(request: Request) -> Steps:
    steps: Steps = [("asked", request)]
    if request.current is not None and not request.contiguous:
        labels, current = labels_of(request)
        least = fewest_moves(request, current, labels)
        most = len(request.ids) if request.moves_at_most is None else request.moves_at_most
        few = max(least, round(len(request.ids) * 0.02))
        steps += [("fewest_moves", replace(request, moves_at_most=few))]
        steps += [("halfway", replace(request, moves_at_most=max(few, round(min(most, len(request.ids) * 0.2)))))]
    if request.band:
        steps += [("tighter", replace(request, band=request.band / 2))]
    return steps


def _today(request: Request) -> dict[str, Any]:
    """As it stands, around the best centres of today's territories."""
    labels, current = labels_of(request)
    known = np.flatnonzero(current >= 0)
    loads = np.bincount(current[known], request.weight[known], minlength=len(labels))
    row: dict[str, Any] = {"name": "today", "moved": 0, "load_min": float(loads.min()), "load_max": float(loads.max())}
    place = space_of(request)
    if place is not None and len(known):
        share = request.weight if request.objective == "weighted" else np.ones(len(request.ids))
        inner, of = place.some(known), current[known]
        start = np.array(
            [inner.at[of == at].mean(axis=0) if (of == at).any() else inner.at[0] for at in range(len(labels))]
        )
        centre = medians(inner, of, share[known], start)
        row["total_distance"] = float((inner.between(inner.at, centre[of]) * share[known]).sum())
    return row
