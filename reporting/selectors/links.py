"""Addresses of the rows behind a figure: the deal list with the filters that give the same deals."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.kernel.periods import ALL
from pipeline.selectors.cube import UNASSIGNED
from reporting.selectors.questions import FILTERS, Asked

NAMES = {"rep": "owner"}
LISTED = ("region", "team", "manager", "rep", "product", "family", "segment", "type", "stage")
NONE = "null"


def deals_url(asked: Asked, *, is_dated: bool = True, **filters: Any) -> str:
    """The deals behind a figure of the question, narrowed by filters of the deal list; is_dated: by its days too."""
    kept = {name: asked.values[name] for name in FILTERS if asked.values.get(name)}
    given = {NAMES.get(name, name): str(value) for name, value in filters.items() if value not in (None, "")}
    return f"{reverse('pipeline:deals')}?{urlencode((_days(asked) if is_dated else {}) | kept | given)}"


def key_url(asked: Asked, by: str, key: str, record_id: int, **filters: Any) -> str:
    """The deals behind a line of a split; "" where the list has no such filter."""
    if by not in LISTED:
        return ""
    value: Any = NONE if key == UNASSIGNED else record_id or key
    return deals_url(asked, **{by: value}, **filters)


def _days(asked: Asked) -> dict[str, str]:
    if asked.period.kind == ALL:
        return {}
    return {"close_from": asked.period.start.isoformat(), "close_to": asked.period.last_day.isoformat()}


def page_url(asked: Asked, name: str = "reporting:dashboard", /, *path: str, **changes: Any) -> str:
    """The address of the dashboard, or of a part of it, with some values changed; None takes one away."""
    values = {**asked.values, **changes}
    kept = {key: str(value) for key, value in values.items() if value not in (None, "")}
    place = reverse(name, args=path)
    return f"{place}?{urlencode(kept)}" if kept else place
