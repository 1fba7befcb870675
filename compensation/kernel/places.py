"""Places in a plan's contents, such as components.commission.pays.tiers[2].rate: what stands there, and changing it.

Nothing is changed in place: each change gives new contents that share what stayed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Part = str | int
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]")


class NoSuchPlace(LookupError):
    """Contents without the place that was asked for."""


def parts_of(place: str) -> tuple[Part, ...]:
    """parts_of("draws.start.amount") == ("draws", "start", "amount"). Raises NoSuchPlace for what is no place."""
    found: list[Part] = []
    at = 0
    while at < len(place):
        match = _PART.match(place, at)
        if match is None:
            raise NoSuchPlace(place)
        found.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
    if not found:
        raise NoSuchPlace(place)
    return tuple(found)


def value_at(data: Any, place: str, default: Any = None) -> Any:
    """What stands at a place, or the default."""
    for part in parts_of(place):
        if isinstance(part, int):
            if not _is_list(data) or part >= len(data):
                return default
        elif not isinstance(data, Mapping) or part not in data:
            return default
        data = data[part]
    return data


def with_value(data: Any, place: str, value: Any) -> Any:
    """The same contents with another value at a place; parts on the way that are missing are made.

    with_value({"a": [1]}, "a[1]", 2) == {"a": [1, 2]}
    """
    return _put(data, parts_of(place), value, place)


def _put(data: Any, parts: Sequence[Part], value: Any, place: str) -> Any:
    if not parts:
        return value
    first, rest = parts[0], parts[1:]
    if isinstance(first, int):
        items = list(data) if _is_list(data) else []
        if first > len(items):
            raise NoSuchPlace(place)
        inner = items[first] if first < len(items) else None
        return [*items[:first], _put(inner, rest, value, place), *items[first + 1 :]]
    if data is not None and not isinstance(data, Mapping):
        raise NoSuchPlace(place)
    held = dict(data or {})
    held[first] = _put(held.get(first), rest, value, place)
    return held


def without(data: Any, place: str) -> Any:
    """The same contents without what stands at a place; a part that is left empty goes with it, up to the top."""
    return _drop(data, parts_of(place), place)


def _drop(data: Any, parts: Sequence[Part], place: str) -> Any:
    first, rest = parts[0], parts[1:]
    if isinstance(first, int):
        if not _is_list(data) or first >= len(data):
            raise NoSuchPlace(place)
        inner = _drop(data[first], rest, place) if rest else None
        return [*data[:first], *([inner] if inner else []), *data[first + 1 :]]
    if not isinstance(data, Mapping) or first not in data:
        raise NoSuchPlace(place)
    inner = _drop(data[first], rest, place) if rest else None
    return {key: inner if key == first else held for key, held in data.items() if key != first or inner}


def renamed(data: Mapping[str, Any], place: str, key: str, value: Any) -> Any:
    """The same contents with another key and value for the last part of a place, which keeps its position."""
    *above, last = parts_of(place)
    parent = ".".join(str(part) for part in above)
    held = value_at(data, parent) or {}
    if last not in held:
        return with_value(data, f"{parent}.{key}", value)
    fresh = {(key if name == last else name): (value if name == last else kept) for name, kept in held.items()}
    return with_value(data, parent, fresh)


def _is_list(data: Any) -> bool:
    return isinstance(data, Sequence) and not isinstance(data, str)
