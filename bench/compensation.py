"""How long does pay take? `make bench NAME=compensation SIZE=1000000` (credits of 5,000 people, twelve months).

A pay run as a worker does it: credits are read from the product's own table, calculated by a plan with cumulative
tiers, and the lines written into the run's table with its primary key and index, in one transaction. Beside it, in the
same run: the kernel alone, and what reading and writing the same columns cost without a calculation (the floors).
Every line of some people is worked out a second time by the literal interpreter, and every line of everybody by SQL.
The last plan is paid on splits, two people for each deal. Then a late credit comes to a statement, and one line is
traced. How to read it: docs/scale.md.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bench.home import own_home
from bench.paid_rows import lines_of, read_credits, write_lines

PEOPLE, CHECKED, TRACED = 5_000, 5, 20
TIERS = {"tiers": [{"up_to": "100%", "rate": "8%"}, {"up_to": "150%", "rate": "12%"}, {"rate": "15%"}]}
FIVE = {
    "tiers": {"measure": "bookings", "pays": TIERS},
    "rate": {"measure": "bookings", "pays": {"rate": "1.5%"}},
    "each": {"measure": "bookings", "pays": {"each": 25, "when": "amount > 2000"}},
    "curve": {"measure": "bookings", "pays": {"curve": {"points": [["50%", 0], ["150%", "200%"]]}, "of": 10_000}},
    "capped": {"measure": "bookings", "pays": {"rate": "2%"}, "then": [{"cap": {"amount": 500, "per": "quarter"}}]},
}
PLANS = {
    "one component": ({"tiers": FIVE["tiers"]}, False), "five components": (FIVE, False),
    "five components and splits": (FIVE, True),
}  # fmt: skip
PARTS = {False: "whole", True: "CASE part WHEN 0 THEN whole * 6 / 10 ELSE whole - whole * 6 / 10 END"}
FACTORS = {False: "(0, '')", True: "(0, 'split 60%%'), (1, 'split 40%%')"}
FIRST, PAST = date(2026, 1, 1), date(2027, 1, 1)


def main(size: int) -> None:
    with own_home():
        wrong = _measure(size)
    sys.exit("Lines differ from the interpreter's." if wrong else 0)


def _measure(size: int) -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    people = _people()
    print(f"{size:,} credits of {PEOPLE:,} people; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return sum(_plan(name, components, people, size, is_split) for name, (components, is_split) in PLANS.items())


def _people() -> dict[str, Any]:
    """Two comp admins, and the people who are paid."""
    from compensation import services
    from core.selectors import the_company
    from core.services import lay_out_periods
    from people.enums import Role
    from people.models import Person
    from people.services import create_user

    lay_out_periods(company=the_company(), first=2025, last=2027)
    admins = [
        create_user(email=f"{name}@bench.example", password=None, roles=[Role.COMP_ADMIN], by=None, on=FIRST)
        for name in ("one", "two")
    ]
    rows = [Person(name=f"Payee {number}", external_id=f"B{number:05d}") for number in range(PEOPLE)]
    people = Person.objects.bulk_create(rows)
    return {"admins": admins, "people": people, "payees": [services.payee_of(one).pk for one in people]}


def _plan(name: str, components: dict[str, Any], people: dict[str, Any], size: int, is_split: bool) -> int:
    from compensation.models import Assignment
    from compensation.services.ledger import table_of

    version = _published(name, components, people["admins"])
    Assignment.objects.bulk_create(
        [Assignment(plan_id=version.plan_id, payee_id=one, valid_from=FIRST) for one in people["payees"]]
    )
    _quotas(people["people"], size)
    _credits(version, people["payees"], size, is_split)
    run, parts = _run(people["admins"][0])
    reading = _timed(lambda: read_credits(f"plan_id = {version.plan_id}"))
    written = lines_of(table_of(run))
    writing = _timed(lambda: write_lines(written))
    rows, floors = len(written["id"]), reading + writing
    print(f"{name}: kernel {parts['kernel']:.2f} s; whole way {parts['all']:.2f} s for {rows:,} lines")
    print(f"  floors {floors:.2f} s: read {reading:.2f} s, {size / reading:,.0f} rows/s; write {writing:.2f} s, "
          f"{rows / writing:,.0f} rows/s; ratio {parts['all'] / floors:.1f}")  # fmt: skip
    print(f"  peak memory of the process while it ran {parts['peak']:,.0f} MB (goal 1,000)")
    wrong = _compared(run, version, people["payees"], size)
    _late_credit(run, version, people)
    _traced(run)
    _away(run, version)
    return wrong


def _published(name: str, components: dict[str, Any], admins: list[Any]) -> Any:
    from compensation import services

    whole = {"plan": name, "currency": "USD", "valid_from": f"{FIRST}", "valid_to": f"{PAST}"}
    whole |= {"measures": {"bookings": {}}, "components": components}
    version = services.create_plan(name=name, definition=whole, by=admins[0])
    version.state = "published"  # tests, replay and a second person's yes aren't what is measured
    version.save()
    return version


def _quotas(people: list[Any], size: int) -> None:
    from core.models import FiscalPeriod
    from quotas.models import Target

    if Target.objects.exists():
        return
    year = FiscalPeriod.objects.get(key="2026")
    given = {"period": year, "holder_kind": "person", "amount": _quota(size), "currency_id": "USD"}
    Target.objects.bulk_create([Target(holder_id=one.pk, valid_from=FIRST, **given) for one in people])


def _quota(size: int) -> int:
    return max(size * 2_500 // PEOPLE, 1)


def _credits(version: Any, payees: list[int], size: int, is_split: bool) -> None:
    """Credits of the year with what the services write beside them. is_split: of deals with two people, 60 to 40."""
    from django.db import connection

    from compensation.models import CreditBatch, CreditFields, CreditKind

    batch = CreditBatch.objects.create(plan_id=version.plan_id, why="bench", made=size)
    kind = CreditKind.objects.get_or_create(name="bookings")[0]
    fields = CreditFields.objects.get_or_create(digest=0, defaults={"values": {}})[0]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO compensation_credit (plan_id, payee_id, "on", kind_id, source, key, line, quota_minor,
                pay_minor, currency, fx_num, fx_den, returns_key, fields_id, event_kind, clause, factor, digest,
                batch_id)
            SELECT {version.plan_id}, (%s)[1 + ((hashint4(n) & 2147483647) %% {PEOPLE} + part) %% {PEOPLE}],
                DATE '{FIRST}' + (hashint4(n + 7) & 2147483647) %% 365, {kind.pk}, '', 'OPP-' || n, 0, amount, amount,
                'USD', 1, 1, '', {fields.pk}, 'booking', '1', factor, hashint8extended(2 * n + part, 1), {batch.pk}
            FROM (SELECT n, part, {PARTS[is_split]} AS amount, factor
                  FROM (SELECT n, 100 + (hashint4(n + 13) & 2147483647) %% 500000 AS whole
                        FROM generate_series(1, %s) AS n) AS deals,
                  (VALUES {FACTORS[is_split]}) AS parts (part, factor)) AS made""",
            [payees, size // 2 if is_split else size],
        )
        cursor.execute("ANALYZE compensation_credit")


def _run(admin: Any) -> tuple[Any, dict[str, float]]:
    """A run as the worker does it; what of it the kernel took."""
    from compensation import services
    from compensation.selectors import calculations

    spent = {"kernel": 0.0}
    kernel = calculations.calculate

    def timed(*given: Any, **more: Any) -> Any:
        started = time.perf_counter()
        found = kernel(*given, **more)
        spent["kernel"] += time.perf_counter() - started
        return found

    (period,) = services.open_periods(first=date(2026, 12, 1), last=date(2026, 12, 1))
    run = services.start_run(period_id=period.pk, by=admin)
    calculations.calculate = timed  # type: ignore[assignment]  # -- the same, with a watch
    _forget_peak()
    started = time.perf_counter()
    services.calculate_run(pay_run_id=run.pk)
    spent["all"] = time.perf_counter() - started
    spent["peak"] = _memory("VmHWM")
    calculations.calculate = kernel
    run.refresh_from_db()
    return run, spent


def _forget_peak() -> None:
    """What the process held before isn't the run's: give back what is free, and count the peak from here on."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> float:
    """MB that the process holds (VmRSS), or held at most since the peak was forgotten (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _compared(run: Any, version: Any, payees: list[int], size: int) -> int:
    """Lines of some people by the interpreter, and every line of everybody by the database."""
    from bench.compensation_lines import wrong_lines
    from compensation import services

    found = services.compare_with_interpreter(run, version, payees[:CHECKED])
    print(f"  {len(found.wrong)} of {found.lines:,} lines of {found.payees} people differ from the interpreter's")
    wrong, compared = wrong_lines(run, version, quota=_quota(size) * 100)
    print(f"  in total {wrong:,} of {compared:,} lines of everybody differ from the database's own sums")
    return len(found.wrong) + wrong


def _late_credit(run: Any, version: Any, people: dict[str, Any]) -> None:
    """From a late credit to the payee's corrected lines and results."""
    from django.db.models import Q

    from compensation import services
    from compensation.services.crediting import CreditRow, keep_credits

    times = []
    for number in range(5):
        payee = people["payees"][number]
        late = CreditRow(payee, date(2026, 3, 1), "bookings", f"LATE-{number}", 777_700, 777_700, "USD")
        started = time.perf_counter()
        keep_credits(plan_id=version.plan_id, rows=[late], among=Q(key=late.key), why="late")
        services.calculate_run(pay_run_id=run.pk)
        times.append(time.perf_counter() - started)
    print(f"  late credit to corrected statement: median {1000 * sorted(times)[2]:.0f} ms (goal 1,000)")


def _traced(run: Any) -> None:
    from compensation.models import RunLine
    from compensation.selectors.traces import trace_of

    rows = RunLine.objects.filter(run=run, stage=1).select_related("run__period", "version__plan", "component")
    times = []
    for line in rows[:TRACED]:
        started = time.perf_counter()
        told = trace_of(line)
        times.append(time.perf_counter() - started)
        assert told is not None and told.amount == line.amount_minor, "a trace that doesn't come to its line"
    print(f"  trace of a line: median {1000 * sorted(times)[len(times) // 2]:.0f} ms, "
          f"longest {1000 * max(times):.0f} ms (goal 100)")  # fmt: skip


def _away(run: Any, version: Any) -> None:
    """The next plan is calculated by itself."""
    version.state = "withdrawn"
    version.save()


def _timed(act: Callable[[], Any]) -> float:
    times = []
    for _turn in range(3):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return sorted(times)[1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 200_000)
