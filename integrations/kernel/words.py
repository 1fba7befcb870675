"""Words: normal forms, values that mean "empty", near misses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched

import numpy as np
from rapidfuzz import fuzz, process

EMPTY = {
    "",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nil",
    "nan",
    "-",
    "--",
    "–",
    "?",
    "(blank)",
    "(none)",
    "#value!",
    "#ref!",
}
PLACEHOLDERS = {"select", "please select", "--none--", "- select -", "choose", "tbd", "unknown value"}
NOTHING = EMPTY | PLACEHOLDERS
LONGEST = 24  # longer texts are no such word
NEAR, SAME = 84.0, 100.0
BLOCK = 5_000
_GAP = re.compile(r"[^0-9a-z]+")


def normal(text: str) -> str:
    """Lower case, no accents, single spaces for everything else. "  Ünited-States " -> "united states"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    return _GAP.sub(" ", plain.lower()).strip()


def squashed(text: str) -> str:
    """Normal form without spaces. "GTX Pro" and "GTXPro" -> "gtxpro"."""
    return normal(text).replace(" ", "")


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in EMPTY)


def says_nothing(value: object) -> bool:
    """Blank, or a word of a form that nobody filled in ("Select")."""
    if not isinstance(value, str):
        return value is None
    return len(value) <= LONGEST and value.strip().lower() in NOTHING or value.isspace()


@dataclass(frozen=True, slots=True)
class NearMiss:
    target: str
    score: float
    reason: str


def near_misses(values: Sequence[str], known: Iterable[str]) -> dict[str, NearMiss]:
    """The best known value for each misspelling that has one: "GTXPro" -> "GTX Pro", 100, "same letters".

    `known` is read once, in blocks, however long it is.
    """
    squashes = [squashed(value) for value in values]
    best: list[tuple[float, str]] = [(0.0, "")] * len(values)
    for block in batched(known, BLOCK):
        scores = process.cdist(
            squashes, [squashed(name) for name in block], scorer=fuzz.ratio, score_cutoff=NEAR, dtype=np.float32
        )
        for place, column in enumerate(scores.argmax(axis=1)):
            score = float(scores[place, column])
            if score > best[place][0] and _is_meant(squashes[place], squashed(block[column]), score):
                best[place] = (score, block[column])
    return {value: _near(*found) for value, found in zip(values, best, strict=True) if found[1]}


def _is_meant(one: str, other: str, score: float) -> bool:
    if score == SAME:
        return bool(one)
    return min(len(one), len(other)) >= 5 and not _differs_by_number(one, other)


def _near(score: float, target: str) -> NearMiss:
    reason = "the same but for spaces, case and signs" if score == SAME else f"{score:.0f} % alike"
    return NearMiss(target, round(score, 1), reason)


def _differs_by_number(one: str, other: str) -> bool:
    """`Plant 2` isn't a misspelt `Plant 3`."""
    return re.findall(r"\d+", one) != re.findall(r"\d+", other)


def vocabulary(values: Iterable[str]) -> dict[str, str]:
    """Known values by normal form."""
    return {normal(value): value for value in values}
