"""How fast and how lean is an import? `make bench NAME=import SIZE=1000000`

A file of opportunities is made, checked and imported in a home of its own, which goes afterwards; beside it the same
file goes by a bare COPY into a table of texts. Prints rows a second, the peak memory of this process, and the ratio.
"""  # noqa: N999 -- named as make calls it; a script, nothing imports it

from __future__ import annotations

import csv
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.home import own_home

ACCOUNTS, PEOPLE, PRODUCTS = 20_000, 200, 20
STAGES = ("Discovery", "Evaluation", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
HEADER = (
    *("Opportunity ID", "Opportunity Name", "Account Name", "Opportunity Owner", "Product Name", "Stage"),
    *("Amount", "Close Date", "Created Date", "Next Step"),
)


def main(size: int) -> None:
    with own_home() as home:
        _measure(size, home)


def _measure(size: int, home: Path) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    path = home / "opportunities.csv"
    _write(path, HEADER, _deals(size))
    _import("people", _small(home, "people", ("Name",), ((f"Rep {n}",) for n in range(PEOPLE))))
    _import("accounts", _small(home, "accounts", ("Account",), ((f"Account {n}",) for n in range(ACCOUNTS))))
    _import("products", _small(home, "products", ("Product", "Price"), ((f"Product {n}", n) for n in range(PRODUCTS))))
    bare = _timed(lambda: _bare_copy(path))
    print(f"{size:,} opportunities, {path.stat().st_size / 1024**2:,.0f} MB of CSV")
    print(f"bare COPY   {bare:8.1f} s  {size / bare:>10,.0f} rows/s")
    base = _peak_mb()
    again: dict[str, Any] = {}
    took = _timed(lambda: again.update(row=_import("opportunities", path, check_only=True)))
    print(f"check       {took:8.1f} s  {size / took:>10,.0f} rows/s  {took / bare:6.1f} x bare COPY")
    took = _timed(lambda: _run(again["row"]))
    print(f"import      {took:8.1f} s  {size / took:>10,.0f} rows/s  {took / bare:6.1f} x bare COPY")
    print(f"peak memory {_peak_mb():8.0f} MB of this process ({base:.0f} MB before)")
    _keep_to_the_floor(peak_mb=_peak_mb(), import_times_bare_copy=took / bare)
    took = _timed(lambda: _run(again["row"]))
    print(f"again       {took:8.1f} s  {size / took:>10,.0f} rows/s  {again['row'].import_run.result}")
    took = _timed(lambda: _undo(again["row"]))
    print(f"undo        {took:8.1f} s  {size / took:>10,.0f} rows/s")
    print(f"peak memory {_peak_mb():8.0f} MB at the end")


def _keep_to_the_floor(**measured: float) -> None:
    """What may not be exceeded on any machine stands in floors/import.json."""
    floor = json.loads((Path(__file__).parent / "floors" / "import.json").read_text())
    over = [
        f"{name} is {measured[name]:,.0f}, at most {most:,}" for name, most in floor.items() if measured[name] > most
    ]
    if over:
        sys.exit("Below the floor: " + "; ".join(over))


def _deals(size: int) -> Iterator[tuple[Any, ...]]:
    chance, start = random.Random(7), date(2023, 1, 1)
    for number in range(size):
        created = start + timedelta(days=chance.randrange(1000))
        yield (
            *(f"006-{number:08}", f"Deal {number}", f"Account {chance.randrange(ACCOUNTS)}"),
            *(f"Rep {chance.randrange(PEOPLE)}", f"Product {chance.randrange(PRODUCTS)}", chance.choice(STAGES)),
            f"${chance.randrange(1, 500_000):,}.{chance.randrange(100):02}",
            *(
                f"{created + timedelta(days=90):%m/%d/%Y}",
                f"{created:%m/%d/%Y}",
                chance.choice(("", "Call", "Send offer")),
            ),
        )


def _small(home: Path, name: str, header: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> Path:
    path = home / f"{name}.csv"
    _write(path, header, rows)
    return path


def _write(path: Path, header: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def _import(kind: str, path: Path, *, check_only: bool = False) -> Any:
    from core.runs import open_run
    from integrations import services

    with path.open("rb") as stream:
        row = services.start_import(kind=kind, stream=stream, name=path.name)
    services.check_import(import_file=row, run=open_run(kind="import.check", label="bench"), today=date(2026, 1, 1))
    services.accept_proposals(import_file=row, by=None)
    row.refresh_from_db()
    return row if check_only else _run(row)


def _run(row: Any) -> Any:
    from core.runs import open_run
    from integrations import services

    services.run_import(import_file=row, run=open_run(kind="import", label="bench"), by=None, today=date(2026, 1, 1))
    row.refresh_from_db()
    return row


def _undo(row: Any) -> None:
    from core.runs import open_run
    from integrations import services

    services.undo_import(import_file=row, run=open_run(kind="import.undo", label="bench"), by=None)


def _bare_copy(path: Path) -> None:
    """The same file into a table of texts: what the database needs at least."""
    from django.db import connection

    columns = ", ".join(f'"{name}" text' for name in HEADER)
    with connection.cursor() as cursor, path.open() as stream:
        cursor.execute(f"CREATE TABLE bench_bare ({columns})")
        cursor.copy_expert("COPY bench_bare FROM STDIN WITH (FORMAT csv, HEADER)", stream)
        cursor.execute("DROP TABLE bench_bare")


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 100_000)
