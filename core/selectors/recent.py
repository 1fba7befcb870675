"""Records a person looked at lately: kept in the cache, shown only while they may see them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from django.core.cache import cache
from redis import RedisError

from core import registry
from core.registry import SearchHit

KEPT, SHOWN = 30, 8


def recent_key(user_id: int) -> str:
    return f"recent:{user_id}"


def recent_records(user: Any, as_of: date) -> list[SearchHit]:
    """The last records a person opened and still sees, newest first; one query for each kind among them."""
    kept: list[tuple[str, int]] = []
    with suppress(RedisError):
        kept = [(str(kind), int(pk)) for kind, pk in cache.get(recent_key(user.pk)) or []]
    asked: dict[str, list[int]] = {}
    for key, pk in kept:
        asked.setdefault(key, []).append(pk)
    seen: dict[tuple[str, int], SearchHit] = {}
    for key, ids in asked.items():
        if kind := registry.record_kinds.find(key):
            seen.update({(key, row.pk): _hit(kind, row) for row in kind.visible(user, as_of).filter(pk__in=ids)})
    return [seen[one] for one in kept if one in seen][:SHOWN]


def _hit(kind: registry.RecordKind, row: Any) -> SearchHit:
    detail = " · ".join(str(part) for part in (kind.label, getattr(row, "number", "")) if part)
    return SearchHit(kind.key, kind.icon, str(row), detail, row.get_absolute_url(), record_id=row.pk)


def acts_on_hit(user: Any, hit: SearchHit, as_of: date) -> list[tuple[registry.RecordAct, str, str]]:
    """What may be done with a record that was found: (act, its words, its address). One query."""
    offered = [act for act in registry.record_acts if act.record_kind == hit.kind and act.may(user)]
    kind = registry.record_kinds.find(hit.kind)
    if not offered or kind is None:
        return []
    editable = kind.editable or kind.visible
    may_change = editable(user, as_of).filter(pk=hit.record_id).exists()
    name = hit.title if len(hit.title) <= 60 else f"{hit.title[:58]}…"
    return [
        (act, str(act.label) % {"name": name}, act.address(hit.record_id))
        for act in offered
        if may_change or not act.changes
    ]
