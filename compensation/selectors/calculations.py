"""A calculation of some payees from what the database says, as runs, replays and what-ifs all make it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.inputs import Credit
from compensation.kernel.lines import Lines, line_keys, lines_of
from compensation.kernel.overlay import all_scaled, overlaid
from compensation.kernel.settlement import Settled, settle
from compensation.selectors.run_credits import Loaded, load
from compensation.selectors.run_inputs import Terms, is_of_others

PAYEES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Change:
    """What a what-if changes of the inputs: credits laid over, and by how much those that are there are larger."""

    more: Sequence[Credit] = ()
    times: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Figured:
    """Inputs as they were calculated with, and what they come to; lines of payees who have no number are of others."""

    loaded: Loaded
    found: Calculation
    settled: Settled
    lines: Lines


_NOTHING = Change()


def figured(
    terms: Terms,
    *,
    through: date,
    payee_ids: Collection[int],
    components: Mapping[str, int],
    change: Change = _NOTHING,
) -> Figured:
    """What some payees come to by a day. Without a change it is the run's own calculation.

    components: the number of each key of lines. Raises InputError and PlanError.
    """
    loaded = load(terms, through=through, payee_ids=payee_ids)
    credits = overlaid(all_scaled(loaded.inputs.credits, change.times), change.more)
    inputs = loaded.inputs if credits is loaded.inputs.credits else replace(loaded.inputs, credits=credits)
    found = calculate(terms.plan, inputs, through)
    settled = settle(found)
    lines = lines_of(found, settled, terms.ids_by_place(found.book.staff.payees), components)
    return Figured(loaded, found, settled, lines)


def numbered(terms: Terms) -> dict[str, int]:
    """Numbers for the keys of lines where nothing is kept: their places."""
    return {key: place for place, key in enumerate(line_keys(terms.plan))}


def groups_of(
    terms: Terms, payees: frozenset[int] | None = None, *, at_once: int = PAYEES_AT_ONCE
) -> Iterator[Sequence[int]]:
    """All payees of a plan, or some, so many at a time; all of them together where one's pay is another's."""
    is_whole = payees is None or is_of_others(terms.plan)
    chosen = sorted(terms.codes if payees is None or is_whole else payees & terms.codes.keys())
    size = len(chosen) if is_of_others(terms.plan) else at_once
    for start in range(0, len(chosen), max(size, 1)):
        yield chosen[start : start + size]
