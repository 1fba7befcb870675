"""Telling other rooms that something of a deal was saved: its exceptions are checked again at once."""

from __future__ import annotations

from datetime import date

from core import registry


def saved(deal_id: int | None, on: date | None) -> None:
    """Call it in the transaction of the save; `on` is the company's day where it is known."""
    if deal_id is not None:
        registry.react_to_save("opportunity", [deal_id], on)
