"""A tree of quota holders as arrays, read level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class WrongTree(ValueError):
    """The parents don't form one tree. node: the one to look at."""

    def __init__(self, node: int, why: str) -> None:
        super().__init__(why)
        self.node = node


@dataclass(frozen=True, slots=True)
class Family:
    """The children of some parents of one level, siblings beside each other.

    nodes: int64[m]; of: int64[m], which parent of `parents` each belongs to, rising; starts: int64[g], where each
    parent's children begin.
    """

    parents: Ints
    nodes: Ints
    of: Ints
    starts: Ints

    def sums(self, values: Ints) -> Ints:
        """Sum of a value of each child, by parent: int64[g]."""
        return np.asarray(np.add.reduceat(values, self.starts), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Tree:
    """n nodes; root: the one without a parent; families: from the root down."""

    size: int
    root: int
    families: tuple[Family, ...]


def tree_of(parents: Sequence[int]) -> Tree:
    """The tree of nodes 0 .. n-1, each given by the number of its parent; -1 for the root.

    Raises WrongTree without a root, with two of them, an unknown parent or a circle.
    """
    size = len(parents)
    roots = [node for node, parent in enumerate(parents) if parent == -1]
    if len(roots) != 1:
        raise WrongTree(roots[1] if roots else 0, "A tree has one root." if roots else "No node is the root.")
    for node, parent in enumerate(parents):
        if parent != -1 and not 0 <= parent < size:
            raise WrongTree(node, "Its parent isn't there.")
    above = np.asarray(parents, dtype=np.int64)
    found: list[Family] = []
    seen = np.zeros(size, dtype=bool)
    level = np.asarray(roots, dtype=np.int64)
    seen[level] = True
    by_parent = np.argsort(above, kind="stable")
    first = np.searchsorted(above[by_parent], np.arange(size))
    past = np.searchsorted(above[by_parent], np.arange(size), side="right")
    while level.size:
        having = level[past[level] > first[level]]
        if not having.size:
            break
        nodes = np.concatenate([by_parent[first[node] : past[node]] for node in having])
        counts = past[having] - first[having]
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        found.append(Family(having, nodes, np.repeat(np.arange(having.size), counts), starts))
        seen[nodes] = True
        level = nodes
    if not seen.all():
        raise WrongTree(int(np.flatnonzero(~seen)[0]), "It is its own parent, by way of others.")
    return Tree(size, roots[0], tuple(found))
