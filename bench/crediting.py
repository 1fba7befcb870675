"""How long does crediting take? `make bench NAME=crediting SIZE=1000000` (events; plain Python, no database).

Deals of 5,000 people: a third with two revenue splits, a tenth with an overlay, a twentieth half returned; credited in
pieces of 20,000 events. Beside it, in the same run, the floor: making the same credits without any rule.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from compensation.kernel.crediting import Given, credits_of
from compensation.kernel.events import OVERLAY, REVENUE, Event, Split
from compensation.kernel.inputs import Credit
from compensation.kernel.reading import read_plan

PIECE, PEOPLE = 20_000, 5_000
SHARES = (Fraction(3, 5), Fraction(2, 5))
PLAN = {
    "plan": "Bench", "currency": "USD", "valid_from": "2026-01-01", "measures": {"sales": {}},
    "components": {"c": {"measure": "sales", "pays": {"rate": "5%"}}},
    "crediting": [
        {"credit": "sales", "on": "booking", "to": "splits"},
        {"credit": "sales", "on": "booking", "to": "overlays", "only": {"product": ["P1", "P2"]}},
        {"credit": "sales", "on": "return"},
    ],
}  # fmt: skip


def main(size: int) -> None:
    plan, crediting, floor, events, credits = read_plan(PLAN), 0.0, 0.0, 0, 0
    for piece in _pieces(size):
        seconds, found = _timed(lambda piece=piece: credits_of(plan, piece))
        again, _copies = _timed(lambda found=found: [_copy(one) for one in found.given])
        crediting, floor = crediting + seconds, floor + again
        events, credits = events + len(piece), credits + len(found.given)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{events:,} events, {credits:,} credits: {crediting:.1f} s of the processor, floor {floor:.1f} s")
    print(f"a million events: {crediting / events * 1e6:.1f} s; ratio {crediting / floor:.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = act()
    return time.process_time() - start, found


def _copy(one: Given) -> Given:
    first = one.credit
    fields = dict(first.fields)
    copied = Credit(
        first.key, first.payee, first.on, first.measure, first.quota, first.pay,
        first.source, first.line, first.fx, first.returns, fields,
    )  # fmt: skip
    return Given(copied, one.event, one.clause, one.why, one.factor)


def _pieces(size: int) -> Iterator[list[Event]]:
    r = Random(1)
    for first in range(0, size, PIECE):
        deals = [_deal(r, number) for number in range(first, min(first + PIECE, size))]
        yield deals + [_returned(one) for one in deals[::20]]


def _deal(r: Random, number: int) -> Event:
    chance, splits = r.random(), []
    if chance < 1 / 3:
        splits = [Split(_person(number + n), REVENUE, share) for n, share in enumerate(SHARES)]
    if chance < 1 / 10:
        splits.append(Split(_person(number + 9), OVERLAY, Fraction(1, 2)))
    return Event(
        "booking", f"OPP-{number}", date(2026, 1, 1) + timedelta(days=number % 365), r.randint(1, 10**7), "USD",
        source="crm", deal=f"D{number}", product=f"P{number % 10}", account=f"A{number % 999}",
        owner=_person(number), splits=tuple(splits),
    )  # fmt: skip


def _person(number: int) -> str:
    return f"u{number % PEOPLE}"


def _returned(one: Event) -> Event:
    day = one.on + timedelta(days=30)
    return Event("return", f"R-{one.key}", day, one.amount_minor // 2, "USD", deal=one.deal, returns=one.key)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
