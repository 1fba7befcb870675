from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from accounts.kernel.parents import circle_in


def test_circles() -> None:
    assert circle_in({1: 2, 2: 3, 3: 1}) in {1, 2, 3}
    assert circle_in({1: 1}) == 1
    assert circle_in({1: 2, 2: 3}) is None


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 30)))
def test_a_circle_is_found_when_there_is_one(above: dict[int, int]) -> None:
    found = circle_in(above)
    walks = []
    for start in above:
        node, steps = start, 0
        while node in above and steps <= len(above):
            node, steps = above[node], steps + 1
        walks.append(steps > len(above))
    assert (found is not None) == any(walks)
