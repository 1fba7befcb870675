"""How long does it take to close a month from the browser? `make bench NAME=close SIZE=5000` (people).

A whole instance with its worker, on a home of its own that goes afterwards: people on a plan, ten credits of each in
each of two months, of which the first is posted. In Chromium one person presses Calculate, watches it, asks for the
checks and for approval; two others approve; the month is locked and payroll's file downloaded. It fails where progress
doesn't move, an answer is an error, a page takes the server longer than it should, or the file comes to another sum
than the page says. How to read it: docs/scale.md.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.close.browsing import Seen

MOST_MS = 300
MANY = 3_000  # fewer are calculated before anybody looks a second time


def main(size: int) -> None:
    home = Path(tempfile.mkdtemp(prefix="so-bench-"))
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    told = {"SALESOPS_HOME": str(home), "DEMO": "0", "SERVER_TIMING": "1"}
    os.environ |= told | {"DJANGO_SETTINGS_MODULE": "salesops.settings"}
    try:
        problems = _measure(size)
    finally:
        from salesops.embedded import lease

        lease.release()
        shutil.rmtree(home, ignore_errors=True)
    sys.exit("\n".join(problems) if problems else 0)


def _measure(size: int) -> list[str]:
    from salesops.embedded import lease

    lease.take()
    import django

    django.setup()
    from django.core.management import call_command

    from bench.close import browsing, filling, floors
    from bench.instance import running_instance

    call_command("prepare")
    logins = filling.fill(size)
    with running_instance(demo=False, given=Path(os.environ["SALESOPS_HOME"])) as instance:
        print(f"{size:,} people; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        seen = browsing.close_the_month(instance.url, logins, filling.PASSWORD)
    return _report(seen, floors.measure(seen.period_id))


def _report(seen: Seen, bare: dict[str, float]) -> list[str]:
    floor = {"calculated": bare["read"] + bare["write"], "payroll file": bare["payroll"]}
    print("\n| step | s | bare COPY of its rows, s |\n|---|---|---|")
    for step, seconds in seen.steps.items():
        print(f"| {step} | {seconds:.2f} | {f'{floor[step]:.2f}' if step in floor else ''} |")
    print("\n| request, its slowest | server ms | sql ms | statements |\n|---|---|---|---|")
    for one in sorted(seen.slowest(), key=lambda one: -one.ms):
        print(f"| {one.method} {one.what} | {one.ms:.0f} | {one.sql_ms:.0f} | {one.statements} |")
    print(f"\nstates of the progress that were seen: {len(seen.states)} ({'; '.join(seen.states)})")
    print(f"payroll's file: {seen.rows:,} rows, {seen.paid}; the page says {seen.shown}")
    return _problems(seen)


def _problems(seen: Seen) -> list[str]:
    slow = [one for one in seen.requests if one.method == "GET" and one.is_page and one.ms > MOST_MS]
    found = [f"{one.what} takes {one.ms:.0f} ms, more than {MOST_MS}." for one in slow]
    found += [f"{one.what}: {one.status}" for one in seen.requests if one.status >= 400]
    if seen.rows >= MANY and len(seen.states) < 3:
        found.append("The progress was hardly seen to move.")
    if seen.paid != seen.shown:
        found.append("Payroll's file doesn't come to what the page says.")
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 5_000)
