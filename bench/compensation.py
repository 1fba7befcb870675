"""How long does pay take? `make bench NAME=compensation SIZE=1000000` (credits of 5,000 people, twelve months).

Credits are read from a table by binary COPY, calculated by a plan with cumulative tiers, and the lines written into a
table with a primary key and an index, in one transaction. Beside it, in the same run: the kernel alone, and what the
reading and the writing cost without a calculation (the floors). Every line of some people is worked out a second time
by the literal interpreter. How to read it: docs/scale.md.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from bench.home import own_home

PEOPLE, CHECKED = 5_000, 3
READ = ("payee", "day", "quota", "pay")
WRITTEN = ("id", "payee", "period", "credit", "amount", "reached")
TIERS = {"tiers": [{"up_to": "100%", "rate": "8%"}, {"up_to": "150%", "rate": "12%"}, {"rate": "15%"}]}
FIVE = {
    "tiers": {"measure": "sales", "pays": TIERS},
    "rate": {"measure": "sales", "pays": {"rate": "1.5%"}},
    "each": {"measure": "sales", "pays": {"each": 25, "when": "amount > 2000"}},
    "curve": {"measure": "sales", "pays": {"curve": {"points": [["50%", 0], ["150%", "200%"]]}, "of": 10_000}},
    "capped": {"measure": "sales", "pays": {"rate": "2%"}, "then": [{"cap": {"amount": 500, "per": "quarter"}}]},
}
PLANS = {"one component": {"tiers": FIVE["tiers"]}, "five components": FIVE}
LAST = date(2026, 12, 31)


def main(size: int) -> None:
    with own_home():
        _measure(size)


def _measure(size: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        _make(cursor, size)
        reading = _timed(lambda: _read(cursor))
        print(f"{size:,} credits of {PEOPLE:,} people; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"floor: read {reading:.2f} s, {size / reading:,.0f} rows/s")
        wrong = sum(_run(cursor, name, components, reading) for name, components in PLANS.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of the process {peak} MB")
    sys.exit("Lines differ from the interpreter's." if wrong else 0)


def _make(cursor: Any, size: int) -> None:
    chance = np.random.default_rng(1)
    first = date(2026, 1, 1).toordinal()
    quota = chance.integers(100, 500_000, size)
    from bench.floors import copying

    cursor.execute(f"CREATE TABLE bench_credit (id bigserial, {', '.join(f'{name} bigint NOT NULL' for name in READ)})")
    columns = {"payee": chance.integers(0, PEOPLE, size), "day": chance.integers(first, LAST.toordinal() + 1, size)}
    copying.write(cursor, "bench_credit", columns | {"quota": quota, "pay": quota})
    cursor.execute("ANALYZE bench_credit")


def _read(cursor: Any) -> dict[str, Any]:
    from bench.floors import copying

    return copying.read(cursor, "SELECT payee, day, quota, pay FROM bench_credit", READ)


def _inputs(columns: dict[str, Any]) -> Any:
    """Arrays in the kernel's order: payee, day, key."""
    from compensation.kernel.exact import Exact
    from compensation.kernel.inputs import Credits, Inputs, Quota, Texts

    size = len(columns["payee"])
    order = np.lexsort((np.arange(size), columns["day"], columns["payee"]))
    payees = tuple(f"p{number:05d}" for number in range(PEOPLE))
    credits = Credits(
        payees, columns["payee"][order], columns["day"][order], Texts(np.zeros(size, dtype=np.int32), ("sales",)),
        columns["quota"][order], columns["pay"][order], Exact.same(1, size), order, np.full(size, -1),
    )  # fmt: skip
    quotas = tuple(Quota(payee, "sales", "2026", Fraction(size * 2_500, PEOPLE)) for payee in payees)
    return Inputs(credits, quotas, ())


def _run(cursor: Any, name: str, components: dict[str, Any], reading: float) -> int:
    from compensation.kernel.engine import calculate
    from compensation.kernel.reading import read_plan

    whole = {"plan": name, "currency": "USD", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}
    plan = read_plan(whole | {"measures": {"sales": {}}, "components": components})
    started = time.perf_counter()
    inputs = _inputs(_read(cursor))
    before = time.perf_counter()
    found = calculate(plan, inputs, LAST)
    kernel = time.perf_counter() - before
    lines = _lines(found)
    _write(cursor, lines)
    all_of_it = time.perf_counter() - started
    writing = _timed(lambda: _write(cursor, lines))
    floors = reading + writing
    wrong, checked = _compared(plan, inputs, found)
    rows, ratio = len(lines["id"]), all_of_it / floors
    print(f"{name}: kernel {kernel:.2f} s; whole way {all_of_it:.2f} s for {rows:,} lines")
    print(f"  floors {floors:.2f} s (write {writing:.2f} s, {rows / writing:,.0f} rows/s); ratio {ratio:.1f}")
    print(f"  {wrong} of {checked:,} lines of {CHECKED} people differ from the interpreter's")
    return wrong


def _lines(found: Any) -> dict[str, Any]:
    parts = list(found.earned.values())
    joined = {
        "payee": np.concatenate([one.payee for one in parts]),
        "period": np.concatenate([one.due for one in parts]),
        "credit": np.concatenate([one.credit for one in parts]),
        "amount": np.concatenate([one.amount.astype(np.int64) for one in parts]),
        "reached": np.concatenate([one.reached.astype(np.int64) for one in parts]),
    }
    return {"id": np.arange(len(joined["payee"])), **joined}


def _write(cursor: Any, lines: dict[str, Any]) -> None:
    """Durable and indexed: a table, its rows, its primary key and one index, in one transaction."""
    from django.db import transaction

    from bench.floors import copying

    cursor.execute("DROP TABLE IF EXISTS bench_line")
    with transaction.atomic():
        cursor.execute(f"CREATE TABLE bench_line ({', '.join(f'{name} bigint NOT NULL' for name in WRITTEN)})")
        copying.write(cursor, "bench_line", lines)
        cursor.execute("ALTER TABLE bench_line ADD PRIMARY KEY (id)")
        cursor.execute("CREATE INDEX ON bench_line (payee, period)")


def _compared(plan: Any, inputs: Any, found: Any) -> tuple[int, int]:
    """Lines of a few people, worked out by the interpreter from their credits alone."""
    from dataclasses import replace

    from compensation.kernel.interpreter import Interpreter

    wrong = checked = 0
    for payee in range(CHECKED):
        mine = np.flatnonzero(inputs.credits.payee == payee)[:200]
        some = replace(inputs, credits=_some(inputs.credits, mine))
        literal = Interpreter(plan, some, LAST)
        for key, one in found.earned.items():
            rows = np.flatnonzero(np.isin(one.credit, mine))
            expected = {line.place: line.amount for line in literal.done[key] if line.place >= 0}
            for row in rows.tolist():
                place = int(np.searchsorted(mine, one.credit[row]))
                wrong += int(one.amount[row]) != expected.get(place, 0)
                checked += 1
    return wrong, checked


def _some(credits: Any, places: Any) -> Any:
    from dataclasses import replace

    from compensation.kernel.inputs import Texts

    payee = int(credits.payee[places[0]])
    return replace(
        credits, payees=(credits.payees[payee],), payee=np.zeros(len(places), dtype=np.int64), on=credits.on[places],
        measure=Texts(credits.measure.codes[places], credits.measure.words), quota=credits.quota[places],
        pay=credits.pay[places], fx=credits.fx.at(places), keys=credits.keys[places], returns=credits.returns[places],
    )  # fmt: skip


def _timed(act: Callable[[], Any]) -> float:
    times = []
    for _turn in range(3):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return sorted(times)[1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 200_000)
