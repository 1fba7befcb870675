"""How quickly do rules place accounts? `make bench NAME=territories SIZE=1000000` (accounts; Python, no database).

Two thousand rules over five fields: ranges of postal codes, states, industries, sizes, segments; the first that fits
places an account. Beside it, in the same run, the floor: one look at each account by a single field. Then some
thousand accounts one by one, as a new lead is placed: they have to go where all of them together went.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from territories.kernel.rules import NONE, Column, Condition, Op, Outcome, Rule, RuleSet, territories_of

RULES, TIMES, ONE_BY_ONE = 2_000, 5, 2_000
FIELDS: dict[str, type] = {"state": str, "zip": str, "industry": str, "segment": str, "employees": float}


def main(size: int) -> None:
    columns, rules = _accounts(size), _rules()
    known = RuleSet(rules, FIELDS)
    reading, _set = _timed(lambda: RuleSet(rules, FIELDS))
    placing, found = _timed(lambda: known.of(columns, size))
    floor, _one = _timed(lambda: territories_of(rules, columns["zip"].codes % RULES))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; median of {TIMES}")
    print(f"{size:,} accounts x {RULES:,} rules: {placing:.2f} s (goal 3); reading the rules {1000 * reading:.0f} ms")
    print(f"floor, one field of each account: {floor:.3f} s; ratio {placing / floor:.0f}")
    print(f"unmatched {found.unmatched().size:,}; rules that fit nobody {len(found.never())}, "
          f"whose accounts go by earlier ones {len(found.shadowed())}")  # fmt: skip
    wrong, each = _one_by_one(known, columns, found, size)
    print(f"one account {1000 * each:.1f} ms; {wrong} of {ONE_BY_ONE:,} go elsewhere alone than together")
    sys.exit("The two ways differ." if wrong else 0)


def _accounts(size: int) -> dict[str, Column]:
    random = np.random.default_rng(1)
    sizes = [float(one) for one in np.unique(random.lognormal(5, 1.5, 20_000).astype(int))]
    values: dict[str, list[Any]] = {
        "state": [f"S{number}" for number in range(50)], "zip": [f"{number:05d}" for number in range(40_000)],
        "industry": [f"I{number}" for number in range(20)], "segment": ["ENT", "MM", "SMB", None], "employees": sizes,
    }  # fmt: skip
    return {name: Column(known, random.integers(0, len(known), size)) for name, known in values.items()}


def _rules() -> list[Rule]:
    found = []
    for number in range(RULES):
        place = Condition("state", Op.IS, (f"S{number % 50}",))
        if number % 3 == 0:
            place = Condition("zip", Op.FROM_TO, (f"{number * 20:05d}", f"{number * 20 + 60:05d}"))
        more = [
            *([Condition("industry", Op.IS, (f"I{number % 20}", f"I{number * 7 % 20}"))] if number % 2 else []),
            *([Condition("employees", Op.AT_LEAST, (number % 900,))] if number % 4 == 1 else []),
            *([Condition("segment", Op.IS, ("ENT", "MM"))] if number % 5 == 2 else []),
        ]
        found.append(Rule(number + 1, (place, *more)))
    return found


def _one_by_one(known: RuleSet, columns: dict[str, Column], found: Outcome, size: int) -> tuple[int, float]:
    """How many of a sample go elsewhere alone, and seconds for one."""
    wrong, chosen = 0, np.random.default_rng(2).integers(0, size, ONE_BY_ONE)
    start = time.perf_counter()
    for row in chosen.tolist():
        account = {name: column.values[int(column.codes[row])] for name, column in columns.items()}
        wrong += next(iter(known.of_one(account)), NONE) != found.first[row]
    return wrong, (time.perf_counter() - start) / ONE_BY_ONE


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    taken = []
    for _turn in range(TIMES):
        start = time.perf_counter()
        found = act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 1_000_000)
