"""What may be told of pay to those who see nobody's: sums over enough people, and none that could be told apart by
taking one sum from another.

A sum over nobody is nothing and tells nothing. `fewest`: of how many people a sum is told at least.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

type Amounts = Mapping[int, int]  # by person
type People = frozenset[int]


def is_told(people: int, fewest: int) -> bool:
    """Whether so many people, or nobody, are enough. 0 and 5 are; 3 are not, of five."""
    return people == 0 or people >= fewest


def earning(amounts: Amounts) -> People:
    return frozenset(person for person, amount in amounts.items() if amount)


def differing(one: Amounts, other: Amounts) -> People:
    """Of whom two sums tell something different: the difference of the sums is about them alone."""
    return frozenset(person for person in one.keys() | other.keys() if one.get(person, 0) != other.get(person, 0))


def told_sums[Key: Hashable](sums: Sequence[tuple[Key, Amounts]], fewest: int) -> list[Key]:
    """Which of some sums are told, the first ones rather than later ones.

    Each over enough people, and so that the difference of any two is about enough people, too.
    """
    told: list[tuple[Key, Amounts]] = []
    for key, amounts in sums:
        fits = is_told(len(earning(amounts)), fewest)
        if fits and all(is_told(len(differing(amounts, other)), fewest) for _key, other in told):
            told.append((key, amounts))
    return [key for key, _amounts in told]


def told_apart[Group: Hashable, Part: Hashable](
    people: Mapping[Group, Mapping[Part, People]], fewest: int
) -> tuple[list[Group], list[Group]]:
    """Groups that are told by themselves, and those told only together; in the order they came.

    A group is told where in each of its parts (months) it is about enough people. What is told only together is what
    is left when those are taken from the whole: it must be enough people in each part as well, so the smallest of the
    others join it until it is, in an order that is always the same. Plans of 20, 12 and 1 people: the one of 20 by
    itself, those of 12 and 1 together.
    """
    pooled = [group for group, parts in people.items() if not all(is_told(len(one), fewest) for one in parts.values())]
    others = sorted((one for one in people if one not in pooled), key=lambda one: (_size(people[one]), repr(one)))
    while pooled and others and not _is_enough_together([people[one] for one in pooled], fewest):
        pooled.append(others.pop(0))
    return [group for group in people if group not in pooled], [group for group in people if group in pooled]


def _size[Part: Hashable](parts: Mapping[Part, People]) -> int:
    return len(frozenset().union(*parts.values()))


def _is_enough_together[Part: Hashable](groups: Sequence[Mapping[Part, People]], fewest: int) -> bool:
    together: dict[Part, set[int]] = {}
    for parts in groups:
        for part, people in parts.items():
            together.setdefault(part, set()).update(people)
    return all(is_told(len(one), fewest) for one in together.values())


def ranked_groups(values: Iterable[int | float], fewest: int, most: int = 5) -> list[list[int | float]]:
    """Values from the lowest to the highest in groups of about one size, each of at least `fewest`; none where there
    aren't enough for two.

    Eleven values: one group of five, one of six.
    """
    ordered = sorted(values)
    return [ordered[start:end] for start, end in group_bounds(len(ordered), fewest, most)]


def group_bounds(people: int, fewest: int, most: int = 5) -> list[tuple[int, int]]:
    """Places [start, end) of groups of about one size, each of at least `fewest`; none where there aren't two."""
    count = min(most, people // fewest)
    if count < 2:
        return []
    bounds = [people * number // count for number in range(count + 1)]
    return list(zip(bounds, bounds[1:], strict=False))


def merged_bins(counts: Sequence[int], fewest: int) -> list[tuple[int, int, int]]:
    """Neighbouring bins of a histogram put together until each holds enough people: (first, past, people).

    [3, 4, 0, 9, 1] of five: (0, 2, 7), (2, 5, 10). Nothing where there are too few people in all.
    """
    found: list[tuple[int, int, int]] = []
    start = people = 0
    for place, count in enumerate(counts):
        people += count
        if people >= fewest:
            found.append((start, place + 1, people))
            start, people = place + 1, 0
    if found and start < len(counts):
        first, _past, before = found.pop()
        found.append((first, len(counts), before + people))
    return found
