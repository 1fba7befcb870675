"""Keeps what changed since last week's night in step with facts and nights."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pipeline.models import SnapshotNight, TotalsState
from pipeline.selectors.facts import COLUMNS
from pipeline.selectors.moves import MOVES, SINCE_DAYS, deal_moves

_FACTS = f"SELECT {', '.join(COLUMNS)} FROM pipeline_dealfact"
_INTO = f"INSERT INTO pipeline_dealmove ({', '.join(MOVES)})"


def keep_moves(cursor: Any, *, on: date, touched: str = "") -> None:
    """Moves of the deals in the table `touched` made anew; of all deals where there is none, or the night is another.

    Without a night that was really taken there is nothing to compare with.
    """
    last = SnapshotNight.objects.filter(day__lte=on - timedelta(days=SINCE_DAYS)).order_by("-day").first()
    night = None if last is None or last.is_reconstructed else last
    state = TotalsState.objects.get()
    since = night.day if night else None
    if not touched or state.moves_since != since:
        cursor.execute("DELETE FROM pipeline_dealmove")
        _compare(cursor, night, "")
        TotalsState.objects.update(moves_since=since)
        return
    ids = f"SELECT id FROM {touched}"
    cursor.execute(f"DELETE FROM pipeline_dealmove WHERE opportunity_id IN ({ids})")
    _compare(cursor, night, ids)


def _compare(cursor: Any, night: SnapshotNight | None, ids: str) -> None:
    if night is None:
        return
    facts = f"{_FACTS} WHERE opportunity_id = ANY(ARRAY({ids}))" if ids else _FACTS
    params = {"night": night.day, "taken_at": night.taken_at}
    cursor.execute(f"{_INTO} SELECT {', '.join(MOVES)} FROM ({deal_moves(facts, ids)}) m", params)
