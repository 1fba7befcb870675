"""Tags as people write them: several in one line, one spelling each."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 80
_BETWEEN = re.compile(r"[;,\n]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class BadTag(ValueError):
    """A tag that can't be; the message says why."""


def tag_name(text: str) -> str:
    """One tag, without surplus spaces. Raises BadTag for none, one with a separator, and one that is too long."""
    name = " ".join(_CONTROL.sub(" ", text).split())
    if not name:
        raise BadTag("Write a tag.")
    if _BETWEEN.search(name):
        raise BadTag("A tag holds no comma and no semicolon: they stand between tags.")
    if len(name) > LONGEST:
        raise BadTag(f"A tag has at most {LONGEST} characters; this one has {len(name)}.")
    return name


def tag_names(text: str) -> list[str]:
    """The tags of a line or a cell: "Reference; Fleet OS" or "reference, Reference" -> each once, first spelling."""
    parts = [part for part in _BETWEEN.split(text) if _CONTROL.sub(" ", part).strip()]
    return distinct(tag_name(part) for part in parts)


def distinct(names: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name.casefold(), name)
    return list(kept.values())
