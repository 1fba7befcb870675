"""Is it quick at a million deals? `make bench NAME=crm SIZE=1000000` (SECONDS=240; BENCH_HOME=/folder keeps it).

A company of that size is made in a home of its own, a whole instance is started on it, and eight people of all sizes
each open a page every two seconds, whether the last one came or not (open loop), from a process of low priority. What
counts is the server's own time, added up over every request until the page is complete. Beside it the bare SQL of the
same question, by the same connection settings. How to read it: docs/scale.md.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

SECONDS = int(os.environ.get("SECONDS", "240"))


def main(size: int) -> None:
    kept = os.environ.get("BENCH_HOME", "")
    home = Path(kept or tempfile.mkdtemp(prefix="so-bench-"))
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    told = {"SALESOPS_HOME": str(home), "DEMO": "0", "SERVER_TIMING": "1"}
    os.environ |= told | {"DJANGO_SETTINGS_MODULE": "salesops.settings"}
    try:
        _measure(size, home)
    finally:
        from salesops.embedded import lease

        lease.release()
        if not kept:
            shutil.rmtree(home, ignore_errors=True)


def _measure(size: int, home: Path) -> None:
    from salesops.embedded import lease

    lease.take()
    import django

    django.setup()
    from bench.crm import bare, machine, report, saves, visits
    from bench.instance import running_instance

    logins = _made(size, home)
    before = machine.look()
    with running_instance(demo=False, given=home) as instance:
        os.nice(10)  # whoever loads the machine comes after those who are measured
        seen = visits.visit(instance, logins, seconds=SECONDS)
    report.show(seen, bare.measure(seen), saves.measure(), [before, machine.look()])


def _made(size: int, home: Path) -> dict[str, str]:
    """The company, unless a kept home has one already; gives the logins."""
    from django.core.management import call_command
    from django.utils import timezone

    from bench.crm.world import make_world
    from core.selectors import company_day

    known = home / "bench-logins.json"
    call_command("prepare")
    if not known.exists():
        print(f"{size:,} deals:", flush=True)
        known.write_text(json.dumps(make_world(size, company_day(timezone.now()))[1]))
    return dict(json.loads(known.read_text()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 100_000)
