"""Clauses of a plan as people cite them: 1 is its first component, 1a the first tier of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from compensation.kernel.sentences import clauses
from compensation.models import PlanVersion
from compensation.selectors.plan_files import plan_text

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Clause:
    """How a clause is cited, where it stands on a page (`anchor`), and what it says."""

    words: str
    anchor: str
    text: str


def clause_of(version: PlanVersion, path: str) -> Clause | None:
    """The clause that a step of the kernel names by its path; None for one that names none."""
    parts = [name or int(number) for name, number in _PART.findall(path)]
    if len(parts) < 2 or parts[0] not in ("components", "measures"):
        return None
    what, key, rest = str(parts[0]), str(parts[1]), parts[2:]
    said = version.document.get(what)
    if not isinstance(said, Mapping) or key not in said:
        return None
    number = list(said).index(key) + 1
    if what == "measures":
        words = _("Measure %(number)s") % {"number": number}
    else:
        words = _("Clause %(number)s%(letter)s") % {"number": number, "letter": _letter(rest)}
    return Clause(words, f"{what}-{version.pk}-{key}", _text(said[key], rest))


def _letter(rest: Sequence[str | int]) -> str:
    """The place in the clause's own list, of what it pays before what follows."""
    places = [part for part in rest if isinstance(part, int)]
    if not places:
        return ""
    letter = _LETTERS[places[-1]] if places[-1] < len(_LETTERS) else f".{places[-1] + 1}"
    return f", {places[-1] + 1}" if "then" in rest else letter


def _text(clause: Any, rest: Sequence[str | int]) -> str:
    found = clause
    for part in rest:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            break
    return plan_text(found).strip().removesuffix("...").strip()


def clauses_of(version: PlanVersion) -> list[tuple[str, Clause]]:
    """(title, clause in a sentence) of every component and measure, for the page to show and to point at."""
    found = []
    for said in clauses(version.document):
        clause = clause_of(version, said.place)
        if clause is not None:
            found.append((said.title, replace(clause, text=said.text.strip())))
    return found
