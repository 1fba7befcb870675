"""What was measured, as one table, and whether it keeps to what is never exceeded (bench/floors/crm.json)."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

from bench.crm.machine import Machine
from bench.crm.visits import Opened, Seen

GOALS_MS = {"dashboard": 150, "list": 100, "save": 100, "search": 150}
SQL_GOALS_MS = {"dashboard": 10}
FLOORS = Path(__file__).resolve().parent.parent / "floors" / "crm.json"


def show(seen: Seen, bare: dict[str, list[float]], saves: dict[str, float], machine: list[Machine]) -> None:
    by_page: dict[str, list[Opened]] = defaultdict(list)
    for one in seen.opened:
        by_page[one.what].append(one)
    print("\nServer time in ms, every request of a page added up")
    looks = ", ".join(f"{one.python_ms:.0f} and {one.sql_ms:.0f}" for one in machine)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"a fixed loop of Python and a fixed statement, ms, before and after: {looks}")
    print(_HEAD)
    for what in sorted(by_page):
        print(_line(what, by_page[what], bare.get(what, [])))
    _by_person(by_page["dashboard"])
    print(f"\nSaves a second, 8 writers: {saves['service']:.0f}; bare UPDATE {saves['update']:.0f}; "
          f"ratio {saves['update'] / max(1, saves['service']):.1f}")  # fmt: skip
    print(
        f"Pages opened {len(seen.opened)}, more than one late by a turn {seen.late}, refused or broken {_broken(seen)}"
    )
    for (who, what, status), times in Counter(
        (one.who, one.what, one.status) for one in seen.opened if one.status >= 400
    ).items():
        print(f"  {status} for {who}, {what}: {times} times")
    _keep_to_the_floors(by_page, saves)


_HEAD = (
    f"{'page':<22}{'n':>5}{'p50':>8}{'p95':>8}{'goal':>7}{'cpu p95':>9}{'sql p50':>9}{'sql p95':>9}{'goal':>6}"
    f"{'stmts':>7}{'most':>6}{'reqs':>6}{'kB':>6}{'bare p95':>10}{'ratio':>7}"
)


def _line(what: str, opened: list[Opened], bare: list[float]) -> str:
    ms, sql = [one.ms for one in opened], [one.sql_ms for one in opened]
    floor = percentile(bare, 95) if bare else 0.0
    ratio = f"{percentile(sql, 95) / floor:.1f}" if floor else ""
    kind = what.split(",")[0]
    return (
        f"{what:<22}{len(opened):>5}{percentile(ms, 50):>8.0f}{percentile(ms, 95):>8.0f}{GOALS_MS.get(kind, ''):>7}"
        f"{percentile([one.cpu_ms for one in opened], 95):>9.0f}{percentile(sql, 50):>9.1f}{percentile(sql, 95):>9.1f}"
        f"{SQL_GOALS_MS.get(kind, ''):>6}{usual_statements(opened):>7}"
        f"{max(one.statements for one in opened):>6}"
        f"{max(one.requests for one in opened):>6}{max(one.kilobytes for one in opened):>6.0f}"
        f"{(f'{floor:.1f}' if floor else ''):>10}{ratio:>7}"
    )


def usual_statements(opened: list[Opened]) -> int:
    """The median: the first request of a person or process asks for rights and company besides."""
    return int(percentile([float(one.statements) for one in opened], 50))


def _by_person(opened: list[Opened]) -> None:
    print("\nThe dashboard by person: p50, p95, of it SQL p95")
    for who in dict.fromkeys(one.who for one in opened):
        mine = [one for one in opened if one.who == who]
        ms, sql = [one.ms for one in mine], [one.sql_ms for one in mine]
        print(f"  {who:<22}{percentile(ms, 50):>7.0f}{percentile(ms, 95):>7.0f}{percentile(sql, 95):>7.1f}")


def _broken(seen: Seen) -> int:
    return sum(one.status >= 400 for one in seen.opened)


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def _keep_to_the_floors(by_page: dict[str, list[Opened]], saves: dict[str, float]) -> None:
    """Statements a page are the same on any machine; times have room for a slow and busy one."""
    floors = json.loads(FLOORS.read_text())
    over = [
        f"{what}: {usual_statements(by_page[what])} statements, at most {most}"
        for what, most in floors["statements"].items()
        if what in by_page and usual_statements(by_page[what]) > most
    ]
    ratio = saves["update"] / max(1.0, saves["service"])
    over += [f"a save costs {ratio:.0f} bare updates"] if ratio > floors["save_times_bare_update"] else []
    if over:
        sys.exit("Below the floor: " + "; ".join(over))
