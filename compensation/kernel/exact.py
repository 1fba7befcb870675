"""Exact fractions in arrays: whole numbers over whole numbers, in machine words while that is proven safe.

Money in the kernel is whole minor units and every rate an exact fraction, so a chain of factors stays one fraction
until it is rounded, once. A step whose numbers could leave 63 bits is done with Python's own integers instead: slower,
never wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

LIMIT = 2**62
Numbers = np.ndarray[Any, Any]


def most(numbers: Numbers) -> int:
    """The largest magnitude in an array of whole numbers; 0 for an empty one."""
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) if numbers.size else 0


def wide(numbers: Numbers) -> Numbers:
    """The same numbers as Python's integers, which never overflow."""
    return numbers if numbers.dtype == object else numbers.astype(object)


def narrow(numbers: Numbers) -> Numbers:
    """The same numbers as machine words, where all of them fit."""
    if numbers.dtype == object and most(numbers) < LIMIT:
        return numbers.astype(np.int64)
    return numbers


def times(left: Numbers, right: Numbers) -> Numbers:
    if left.dtype != object and right.dtype != object and most(left) * most(right) < LIMIT:
        return np.asarray(left * right)
    return np.asarray(wide(left) * wide(right))


def plus(left: Numbers, right: Numbers) -> Numbers:
    if left.dtype != object and right.dtype != object and most(left) + most(right) < LIMIT:
        return np.asarray(left + right)
    return np.asarray(wide(left) + wide(right))


def added_up(shape: tuple[int, ...], places: tuple[Numbers, ...], numbers: Numbers) -> Numbers:
    """A table of sums: each number added at its place."""
    fits = numbers.dtype != object and most(numbers) * max(len(numbers), 1) < LIMIT
    table = np.zeros(shape, dtype=np.int64 if fits else object)
    np.add.at(table, places, numbers if fits else wide(numbers))
    return table


def running_sum(numbers: Numbers, starts: Numbers) -> Numbers:
    """Sums from the start of each group on. starts: the first place of each row's group."""
    if not numbers.size:
        return numbers
    fits = numbers.dtype != object and most(numbers) * numbers.size < LIMIT
    if not fits and numbers.dtype != object:
        fits = float(np.abs(numbers.astype(np.float64)).sum()) < LIMIT / 2
    sums = np.cumsum(numbers if fits else wide(numbers))
    before = np.concatenate([sums[:1] * 0, sums[:-1]])
    return np.asarray(sums - before[starts])


@dataclass(frozen=True, slots=True)
class Exact:
    """Fractions num / den, den above zero; both of one shape, or den a single number for all."""

    num: Numbers
    den: Numbers

    @staticmethod
    def whole(numbers: Numbers) -> Exact:
        return Exact(np.asarray(numbers), np.asarray(1))

    @staticmethod
    def same(value: Fraction | int, like: int) -> Exact:
        """One value, `like` times."""
        fraction = Fraction(value)
        wanted = object if abs(fraction.numerator) >= LIMIT else np.int64
        return Exact(np.full(like, fraction.numerator, dtype=wanted), _number(fraction.denominator))

    @staticmethod
    def of(values: list[Fraction]) -> Exact:
        nums = np.array([value.numerator for value in values], dtype=object)
        dens = np.array([value.denominator for value in values], dtype=object)
        return Exact(narrow(nums), narrow(dens)).reduced()

    def __len__(self) -> int:
        return len(self.num)

    @property
    def is_uniform(self) -> bool:
        return self.den.ndim == 0

    def at(self, index: Any) -> Exact:
        return Exact(self.num[index], self.den if self.is_uniform else self.den[index])

    def fraction(self, index: int) -> Fraction:
        return Fraction(int(self.num[index]), int(self.den if self.is_uniform else self.den[index]))

    def reduced(self) -> Exact:
        """Each fraction in lowest terms; a single denominator where all share one."""
        num, den = wide(self.num), wide(np.broadcast_to(self.den, self.num.shape))
        common = np.frompyfunc(math.gcd, 2, 1)(num, den) if num.size else den
        num, den = narrow(num // common), narrow(den // common)
        if den.size and (den == den[0]).all():
            return Exact(num, np.asarray(den[0]) if den.dtype != object else _number(int(den[0])))
        return Exact(num, den)

    def __neg__(self) -> Exact:
        return Exact(-self.num, self.den)

    def __add__(self, other: Exact) -> Exact:
        if self.is_uniform and other.is_uniform:
            den = math.lcm(int(self.den), int(other.den))
            left = times(self.num, _number(den // int(self.den)))
            return Exact(plus(left, times(other.num, _number(den // int(other.den)))), _number(den))
        num = plus(times(self.num, other.den), times(other.num, self.den))
        return Exact(num, times(self.den, other.den))

    def __sub__(self, other: Exact) -> Exact:
        return self + -other

    def __mul__(self, other: Exact) -> Exact:
        return Exact(times(self.num, other.num), times(self.den, other.den))

    def over(self, other: Exact, *, none: Fraction | int = 0) -> Exact:
        """Quotients; `none` where the divisor is zero."""
        sign = np.where(other.num < 0, -1, 1)
        num = times(times(self.num, other.den), sign)
        den = times(np.broadcast_to(self.den, self.num.shape), np.abs(other.num))
        nothing = den == 0
        if nothing.any():
            value = Fraction(none)
            num, den = np.where(nothing, value.numerator, num), np.where(nothing, value.denominator, den)
        return Exact(num, den)

    def compare(self, other: Exact) -> Numbers:
        """-1, 0 or 1 for each pair, by cross-multiplication: nothing is divided."""
        difference = plus(times(self.num, other.den), -times(other.num, self.den))
        return np.asarray(np.sign(difference) if difference.dtype != object else _signs(difference))

    def smaller(self, other: Exact) -> Exact:
        return choose(self.compare(other) <= 0, self, other)

    def larger(self, other: Exact) -> Exact:
        return choose(self.compare(other) >= 0, self, other)

    def rounded(self, rule: str = "half_up") -> Numbers:
        """Whole numbers: half_up goes away from zero at a half, half_even to the even neighbour, down towards zero."""
        return narrow(ROUNDINGS[rule](self.num, np.broadcast_to(self.den, self.num.shape)))

    def to_whole(self, way: str) -> Exact:
        """Whole numbers: floor goes down, ceil up, round to the nearer one and at a half away from zero."""
        den = np.broadcast_to(self.den, self.num.shape)
        if way == "round":
            return Exact.whole(self.rounded())
        return Exact.whole(self.num // den if way == "floor" else -(-self.num // den))

    def running(self, starts: Numbers) -> Exact:
        """Sums from the start of each group on."""
        if self.is_uniform:
            return Exact(running_sum(self.num, starts), self.den)
        firsts = self.den[starts]
        if (firsts == self.den).all():
            return Exact(running_sum(self.num, starts), self.den)
        common = _common_within(wide(self.den), starts)
        return Exact(running_sum(wide(self.num) * (common // wide(self.den)), starts), common)


def choose(where: Numbers, yes: Exact, no: Exact) -> Exact:
    """`yes` where the condition holds, else `no`."""
    if yes.is_uniform and no.is_uniform:
        den = math.lcm(int(yes.den), int(no.den))
        left, right = times(yes.num, _number(den // int(yes.den))), times(no.num, _number(den // int(no.den)))
        return Exact(np.where(where, left, right), _number(den))
    yes_den, no_den = np.broadcast_to(yes.den, yes.num.shape), np.broadcast_to(no.den, no.num.shape)
    return Exact(np.where(where, yes.num, no.num), np.where(where, yes_den, no_den))


def _number(value: int) -> Numbers:
    return np.asarray(value, dtype=np.int64 if abs(value) < LIMIT else object)


def _signs(numbers: Numbers) -> Numbers:
    return np.where(numbers > 0, 1, np.where(numbers < 0, -1, 0))


def _common_within(dens: Numbers, starts: Numbers) -> Numbers:
    """The least common multiple of each group's denominators, for every row of it."""
    found: dict[int, int] = {}
    for start, den in zip(starts.tolist(), dens.tolist(), strict=True):
        found[start] = math.lcm(found.get(start, 1), den)
    return np.array([found[start] for start in starts.tolist()], dtype=object)


def _room(num: Numbers, den: Numbers) -> tuple[Numbers, Numbers]:
    return (num, den) if 2 * most(num) + most(den) < LIMIT else (wide(num), wide(den))


def _half_up(num: Numbers, den: Numbers) -> Numbers:
    num, den = _room(num, den)
    whole = (2 * np.abs(num) + den) // (2 * den)
    return np.asarray(np.where(num < 0, -whole, whole))


def _half_even(num: Numbers, den: Numbers) -> Numbers:
    num, den = _room(num, den)
    whole, rest = num // den, num % den
    up = (2 * rest > den) | ((2 * rest == den) & (whole % 2 == 1))
    return np.asarray(whole + up)


def _down(num: Numbers, den: Numbers) -> Numbers:
    whole = np.abs(num) // den
    return np.asarray(np.where(num < 0, -whole, whole))


ROUNDINGS: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "half_up": _half_up,
    "half_even": _half_even,
    "down": _down,
}
