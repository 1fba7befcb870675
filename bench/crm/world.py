"""A company of a given size in an empty home, step by step, with the time each step took."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from bench.crm import people, records

SEATS = 5_000


def make_world(size: int, today: date) -> tuple[people.Tree, dict[str, str]]:
    """size deals; a fifth of them accounts (at least 100,000 for a million), a third activities."""
    seats, accounts = min(SEATS, max(1_000, size // 200)), max(1_000, size // 8)
    tree = people.plant(seats, today)
    _timed("catalogue, rates", lambda: records.make_catalogue(today))
    _timed(f"{len(tree.boss) - 1:,} seats, lines", lambda: people.seat_people(tree))
    logins = people.make_logins(tree)
    _timed(f"{accounts:,} accounts, contacts", lambda: records.make_accounts(tree, accounts))
    _timed(f"{size:,} deals", lambda: records.make_deals(tree, size, accounts))
    _timed(f"{size // 3:,} activities", lambda: records.make_activities(tree, size // 3, size, accounts))
    _timed("targets", lambda: records.make_targets(tree))
    _nights(tree)
    _timed("statistics", _vacuum)
    return tree, logins


def _nights(tree: people.Tree) -> None:
    """Nights as the product keeps them, a week of changes, totals, and the check of clean data."""
    from pipeline.services import hygiene, snapshots, totals

    today = tree.today
    for back in (275, 184, 93, 7):
        night = today - timedelta(days=back)
        _timed(f"night {back} days ago", partial(snapshots.snapshot_day, on=night))
    _timed("a week of changes", lambda: records.age_deals(tree))
    _timed("last night", lambda: snapshots.snapshot_day(on=today - timedelta(days=1)))
    _timed("totals, built", lambda: totals.rebuild_totals(on=today))
    _timed("check of clean data", lambda: hygiene.check_records(on=today))


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _timed(what: str, act: Callable[[], Any]) -> None:
    started = time.perf_counter()
    act()
    print(f"  made {what:<32} {time.perf_counter() - started:7.1f} s", flush=True)
