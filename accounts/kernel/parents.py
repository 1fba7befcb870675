"""Parent accounts: a tree has no circle."""

from __future__ import annotations

from collections.abc import Mapping


def circle_in(above: Mapping[int, int]) -> int | None:
    """One id of a circle in child -> parent, or None. {1: 2, 2: 3, 3: 1} -> 1; {1: 2, 2: 3} -> None."""
    sound: set[int] = set()
    for start in above:
        path: dict[int, None] = {}
        node: int | None = start
        while node is not None and node not in sound:
            if node in path:
                return node
            path[node] = None
            node = above.get(node)
        sound.update(path)
    return None
