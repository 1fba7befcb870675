"""How statuses of deals look in a list."""

from __future__ import annotations

from pipeline.enums import Status

TONES = {Status.WON: "good", Status.LOST: "", Status.OPEN: "acc"}

ICONS_OF = {Status.WON: "circle-check", Status.LOST: "circle-x", Status.OPEN: "progress"}
