"""Quotas from the top of a tree to its leaves: weights, over-assignment, floors and ceilings, set amounts, months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from quotas.kernel.shares import shared
from quotas.kernel.trees import Family, Ints, Tree

WHOLE = 10_000  # over-assignment in basis points: 10,000 hands out exactly what a node owes
MOST = 10**14  # no ceiling: minor units, a trillion of most currencies
UNSET = -1  # no amount is set by hand


class Infeasible(ValueError):
    """Limits that can't be met together. node: where; least and most: what its limits and those below allow."""

    def __init__(self, node: int, why: Literal["above", "below", "crossed"], least: int, most: int, asked: int) -> None:
        super().__init__(f"Node {node}: {asked} isn't within {least} to {most}.")
        self.node, self.why, self.least, self.most, self.asked = node, why, least, most, asked


@dataclass(frozen=True, slots=True)
class Limits:
    """Of each node, int64[n] minor units: floor (none: 0), ceiling (none: MOST), amount set by hand (none: UNSET)."""

    floors: Ints
    ceilings: Ints
    fixed: Ints


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that holds a node: what it gets, what weights alone would give it; moved: what the others bear for it."""

    node: int
    kind: Literal["floor", "ceiling", "set"]
    amount: int
    unlimited: int

    @property
    def moved(self) -> int:
        return self.amount - self.unlimited


@dataclass(frozen=True, slots=True)
class Allocation:
    """amounts: int64[n] minor units; computed: the same without amounts set by hand; binding: limits that hold."""

    amounts: Ints
    computed: Ints
    binding: tuple[Binding, ...]


def no_limits(tree: Tree) -> Limits:
    return Limits(
        np.zeros(tree.size, dtype=np.int64),
        np.full(tree.size, MOST, dtype=np.int64),
        np.full(tree.size, UNSET, dtype=np.int64),
    )


def handed_out(amounts: Ints, over: Ints) -> Ints:
    """What nodes hand out to those below them: amount x over-assignment, half up. 100.00 at 10,500 -> 105.00."""
    whole, rest = np.divmod(amounts, WHOLE)  # the product itself may be too large
    return np.asarray(whole * over + (rest * over + WHOLE // 2) // WHOLE, dtype=np.int64)


def allocate(tree: Tree, total: int, weights: Ints, over: Ints, limits: Limits) -> Allocation:
    """Hand the root's total down the tree.

    total: minor units; weights: int64[n], each against its siblings' (0: nothing, unless all of them are 0);
    over: int64[n], basis points that a node hands out of what it owes. The children of a node sum to what it hands
    out, exactly. A node's floor and ceiling count, and so do those below it. Raises Infeasible, naming the node.
    """
    free = Limits(limits.floors, limits.ceilings, np.full(tree.size, UNSET, dtype=np.int64))
    computed = _down(tree, total, weights, over, free)
    amounts = computed if (limits.fixed == UNSET).all() else _down(tree, total, weights, over, limits)
    return Allocation(amounts, computed, _binding(tree, amounts, weights, over, limits))


def _down(tree: Tree, total: int, weights: Ints, over: Ints, limits: Limits) -> Ints:
    least, most = bounds(tree, over, limits)
    if not least[tree.root] <= total <= most[tree.root]:
        why: Literal["above", "below"] = "below" if total < least[tree.root] else "above"
        raise Infeasible(tree.root, why, int(least[tree.root]), int(most[tree.root]), total)
    amounts = np.zeros(tree.size, dtype=np.int64)
    amounts[tree.root] = total
    for family in tree.families:
        given = handed_out(amounts[family.parents], over[family.parents])
        at = family.nodes
        amounts[at] = shared(family, given, weights[at], least[at], most[at])
    return amounts


def bounds(tree: Tree, over: Ints, limits: Limits) -> tuple[Ints, Ints]:
    """The least and most of each node, int64[n], by its own limits and those of all below. Raises Infeasible."""
    is_set = limits.fixed != UNSET
    least = np.where(is_set, limits.fixed, limits.floors).astype(np.int64)
    most = np.where(is_set, limits.fixed, limits.ceilings).astype(np.int64)
    _refuse_crossed(least, most, np.arange(tree.size))
    for family in reversed(tree.families):
        of, at = family.parents, family.nodes
        below = np.minimum(family.sums(least[at]), MOST), np.minimum(family.sums(most[at]), MOST)
        needed = _smallest_for(below[0], over[of])
        allowed = np.where(below[1] == MOST, MOST, _smallest_for(below[1] + 1, over[of]) - 1)
        own = least[of], most[of]
        least[of], most[of] = np.maximum(own[0], needed), np.minimum(own[1], allowed)
        for place in np.flatnonzero(least[of] > most[of]):
            asked = int(own[1][place] if needed[place] > own[1][place] else own[0][place])
            why: Literal["above", "below"] = "below" if needed[place] > own[1][place] else "above"
            raise Infeasible(int(of[place]), why, int(needed[place]), int(allowed[place]), asked)
    return least, most


def _refuse_crossed(least: Ints, most: Ints, nodes: Ints) -> None:
    for node in nodes[least > most][:1]:
        raise Infeasible(int(node), "crossed", int(least[node]), int(most[node]), int(least[node]))


def _smallest_for(sums: Ints, over: Ints) -> Ints:
    """The smallest amount that hands out at least these sums; none when it hands out nothing but must."""
    found = [
        0 if total <= 0 else MOST + 1 if not rate else max(0, -((WHOLE // 2 - int(total) * WHOLE) // int(rate)))
        for total, rate in zip(sums, over, strict=True)
    ]
    return np.array(found, dtype=np.int64)


def _binding(tree: Tree, amounts: Ints, weights: Ints, over: Ints, limits: Limits) -> tuple[Binding, ...]:
    """Nodes held by their own limit, with what they would get beside their siblings without limits."""
    found: list[Binding] = []
    for family in tree.families:
        at = family.nodes
        given = handed_out(amounts[family.parents], over[family.parents])
        open_ended = np.zeros_like(at), np.full_like(at, MOST)
        unlimited = shared(family, given, weights[at], *open_ended)
        for node, bare in zip(at, unlimited, strict=True):
            kind = _kind(int(amounts[node]), int(bare), node, limits)
            if kind:
                found.append(Binding(int(node), kind, int(amounts[node]), int(bare)))
    return tuple(found)


def _kind(amount: int, bare: int, node: int, limits: Limits) -> Literal["floor", "ceiling", "set"] | None:
    if limits.fixed[node] != UNSET:
        return "set"
    if amount == limits.floors[node] and amount > bare:
        return "floor"
    return "ceiling" if amount == limits.ceilings[node] and amount < bare else None


def months_of(tree: Tree, amounts: Ints, over: Ints, season: Ints) -> Ints:
    """Amounts by month: int64[n, months].

    season: int64[months], how much of a year a month weighs. Exact both ways: the months of a node sum to its amount,
    and in each month the children sum to what their parent hands out of that month. Rounding is that of running sums
    along both sides, so that no part is further than two units from its ideal.
    """
    found = np.zeros((tree.size, season.size), dtype=np.int64)
    found[tree.root] = _steps(_running(np.array([amounts[tree.root]]), np.cumsum(season)))[0]
    for family in tree.families:
        given = _handed_by_month(found[family.parents], over[family.parents])
        found[family.nodes] = _table(family, amounts[family.nodes], given)
    return found


def _handed_by_month(months: Ints, over: Ints) -> Ints:
    """What nodes hand out of each month; over the months it comes to what they hand out of the year."""
    running = np.cumsum(months, axis=1)
    return _steps(handed_out(running, over[:, None]))


def _table(family: Family, amounts: Ints, given: Ints) -> Ints:
    """int64[m, months] with the sums `amounts` by child and `given` by month of each family, near their product."""
    reached = np.cumsum(amounts)
    before = reached - amounts
    begins = before[family.starts][family.of]
    past, first = reached - begins, before - begins
    shape = np.cumsum(given, axis=1)[family.of]
    cells = _steps(_along(past, shape)) - _steps(_along(first, shape))
    return _without_negative(family, cells)


def _running(totals: Ints, shape: Ints) -> Ints:
    return _along(totals, np.broadcast_to(shape, (totals.size, shape.size)))


def _along(amounts: Ints, shape: Ints) -> Ints:
    """Running months of an amount along a rising shape: amount x shape / its last, half up; int64[m, months]."""
    whole = shape[:, -1:].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.floor(amounts[:, None].astype(np.float64) * shape / whole + 0.5)
    found = np.where(whole > 0, found, 0).astype(np.int64)
    found[:, -1] = amounts
    return found


def _steps(running: Ints) -> Ints:
    return np.diff(running, axis=1, prepend=0)


def _without_negative(family: Family, cells: Ints) -> Ints:
    """A unit below zero, as tiny amounts give, is exchanged within its row and column; sums stay."""
    for row, month in np.argwhere(cells < 0):
        siblings = np.flatnonzero(family.of == family.of[row])
        while cells[row, month] < 0:
            other = int(np.argmax(cells[row]))
            giver = int(siblings[np.argmax(cells[siblings, month])])
            if cells[row, other] <= 0 or cells[giver, month] <= 0:
                raise ValueError("Months of one sign can't be made of amounts of another.")
            cells[row, month] += 1
            cells[row, other] -= 1
            cells[giver, month] -= 1
            cells[giver, other] += 1
    return cells


def blended(family_of: Ints, parts: list[tuple[int, NDArray[np.float64]]]) -> Ints:
    """One weight of several measures: share x value / sum of the siblings' values, scaled to a million a family.

    family_of: int64[n], the parent of each node; parts: (share in percent, float64[n] of one measure, none negative).
    A measure that is zero for all siblings counts as even among them.
    """
    groups, of = np.unique(family_of, return_inverse=True)
    total = np.zeros(family_of.size)
    for share, values in parts:
        sums = np.bincount(of, weights=values, minlength=groups.size)[of]
        count = np.bincount(of, minlength=groups.size)[of]
        total += share / 100 * np.where(sums > 0, values / np.where(sums > 0, sums, 1), 1 / count)
    return np.rint(total * 1_000_000).astype(np.int64)
