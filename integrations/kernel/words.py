"""Words: normal forms, values that mean "empty", near misses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
NEAR = 84.0
_GAP = re.compile(r"[^0-9a-z]+")

OUTCOMES = {
    "won": {"won", "win", "closed won", "closedwon", "sold", "success", "gewonnen", "deal won"},
    "lost": {"lost", "loss", "closed lost", "closedlost", "failed", "verloren", "dead", "deal lost"},
    "open": {"open", "in progress", "active", "pending"},
}


def normal(text: str) -> str:
    """Lower case, no accents, single spaces for everything else. "  Ünited-States " -> "united states"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    return _GAP.sub(" ", plain.lower()).strip()


def squashed(text: str) -> str:
    """Normal form without spaces. "GTX Pro" and "GTXPro" -> "gtxpro"."""
    return normal(text).replace(" ", "")


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in EMPTY)


def is_placeholder(value: object) -> bool:
    """A word of a form that nobody filled in ("Select")."""
    return isinstance(value, str) and value.strip().lower() in PLACEHOLDERS


def outcome_of(value: str) -> str:
    """won, lost, open or "" for a stage or status word. "Closed Won" -> won."""
    word = normal(value)
    return next((outcome for outcome, words in OUTCOMES.items() if word in words), "")


@dataclass(frozen=True, slots=True)
class NearMiss:
    target: str
    score: float
    reason: str


def near_miss(value: str, known: Sequence[str]) -> NearMiss | None:
    """The known value that a misspelling most probably means. "GTXPro" -> "GTX Pro", 100, "same letters"."""
    squash = squashed(value)
    if not squash:
        return None
    for candidate in known:
        if squashed(candidate) == squash:
            return NearMiss(candidate, 100.0, "the same but for spaces, case and signs")
    found = process.extractOne(squash, {name: squashed(name) for name in known}, scorer=fuzz.ratio, score_cutoff=NEAR)
    if found is None or min(len(squash), len(found[0])) < 5 or _differs_by_number(squash, found[0]):
        return None
    return NearMiss(found[2], round(found[1], 1), f"{found[1]:.0f} % alike")


def _differs_by_number(one: str, other: str) -> bool:
    """`Plant 2` isn't a misspelt `Plant 3`."""
    return re.findall(r"\d+", one) != re.findall(r"\d+", other)


def vocabulary(values: Iterable[str]) -> dict[str, str]:
    """Known values by normal form."""
    return {normal(value): value for value in values}
