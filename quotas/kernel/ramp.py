"""What part of a quota somebody owes: the days they are there, and how far they have come since they began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from quotas.kernel.trees import Ints

FULL = 10_000  # basis points
NEVER = date.max.toordinal()
Basis = Literal["days_of_month", "days_of_year", "whole_months"]


@dataclass(frozen=True, slots=True)
class Service:
    """n people: first and past day of work as ordinals, int64[n] (NEVER: no end); absences: (person, first, past)."""

    first: Ints
    past: Ints
    absences: Sequence[tuple[int, int, int]] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """basis: what a part of the time is a part of. first_day_counts: whether the day somebody begins is one of theirs.

    ramp: basis points of a full quota in the first, second ... month of work; in full after that.
    """

    basis: Basis = "days_of_month"
    first_day_counts: bool = True
    ramp: Sequence[int] = ()


def owed(months: Ints, begins: Sequence[date], service: Service, rules: Rules) -> Ints:
    """The months of full quotas as their people owe them: int64[n, months], minor units.

    months: int64[n, months] for the whole year; begins: months + 1 days, the first of each month and the day after the
    last. A person's months sum to the rounded sum of their exact parts (running sums, half up). With `days_of_year`
    a year's amount is spread over its days, so that months weigh by their days; with `whole_months` a month in which
    somebody is there at all counts whole. 800,000 from June 1 by days of the year: 800,000 x 214 / 365 = 469,041.10.
    """
    bounds = np.array([day.toordinal() for day in begins], dtype=np.int64)
    days = present_days(bounds, service, first_day_counts=rules.first_day_counts)
    lengths = np.diff(bounds)
    amounts, parts, wholes = months, days, lengths
    if rules.basis == "days_of_year":
        amounts, wholes = months.sum(axis=1, keepdims=True), np.full_like(lengths, lengths.sum())
    elif rules.basis == "whole_months":
        parts = np.where(days > 0, lengths, 0)
    reached = ramp_of(bounds, service.first, rules.ramp)
    return _rounded(amounts * reached, parts, wholes)


def present_days(bounds: Ints, service: Service, *, first_day_counts: bool = True) -> Ints:
    """Days of work in each month: int64[n, months]. bounds: int64[months + 1], ordinals."""
    first = service.first + (0 if first_day_counts else 1)
    found = _overlap(first[:, None], service.past[:, None], bounds)
    for person, begin, past in service.absences:
        inside = max(begin, int(first[person])), min(past, int(service.past[person]))
        found[person] -= _overlap(np.array(inside[0]), np.array(inside[1]), bounds)
    return np.maximum(found, 0)


def _overlap(first: Ints, past: Ints, bounds: Ints) -> Ints:
    return np.maximum(np.minimum(past, bounds[1:]) - np.maximum(first, bounds[:-1]), 0)


def ramp_of(bounds: Ints, first: Ints, ramp: Sequence[int]) -> Ints:
    """Basis points reached in each month: int64[n, months]. The month in which somebody begins is their first."""
    steps = np.array([*ramp, FULL], dtype=np.int64)
    begun = np.searchsorted(bounds, first, side="right") - 1  # the month somebody begins in; before all of them: -1
    outside = _months_before(bounds[0], first)
    served = np.arange(bounds.size - 1)[None, :] - np.where(begun >= 0, begun, -outside)[:, None]
    return steps[np.clip(served, 0, steps.size - 1)]


def _months_before(start: int, first: Ints) -> Ints:
    """Whole calendar months from the month of a day to that of `start`; 0 for later days."""
    end = date.fromordinal(int(start))
    days = [date.fromordinal(int(day)) for day in first]
    return np.array([max(0, 12 * (end.year - day.year) + end.month - day.month) for day in days], dtype=np.int64)


def _rounded(amounts: Ints, parts: Ints, wholes: Ints) -> Ints:
    """Steps of the running sums of amount x part / whole, half up; amounts carry the basis points of the ramp.

    In whole numbers of any size: one denominator serves all months.
    """
    common = int(np.lcm.reduce(wholes)) * FULL
    factors = (common // FULL // wholes).astype(object)
    running = np.cumsum(amounts.astype(object) * parts * factors, axis=1)
    rounded = (2 * running + common) // (2 * common)
    return np.diff(rounded.astype(np.int64), axis=1, prepend=0)
