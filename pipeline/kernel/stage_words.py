"""What the names of open stages usually mean: the share of deals in them that are won."""

from __future__ import annotations

import re

# In order: the first that is in the name decides. Percentages as the large CRMs deliver their stages.
_WORDS: tuple[tuple[str, int], ...] = (
    ("prospect", 5),
    ("lead in", 5),
    ("new", 5),
    ("appointment", 20),
    ("contact made", 10),
    ("contacted", 10),
    ("verbal", 90),
    ("contract", 90),
    ("signature", 90),
    ("negotiat", 80),
    ("quote", 65),
    ("proposal made", 60),
    ("proposal", 60),
    ("perception", 70),
    ("decision maker", 60),
    ("bought in", 60),
    ("decision", 60),
    ("presentation", 40),
    ("demo", 40),
    ("evaluat", 40),
    ("trial", 50),
    ("value prop", 50),
    ("solution", 40),
    ("needs", 20),
    ("analysis", 20),
    ("qualif", 15),
    ("engag", 20),
    ("discover", 15),
    ("develop", 30),
    ("validat", 40),
    ("commit", 85),
)


def likely_probability(name: str) -> int | None:
    """The usual percentage of a stage's name, or None. "Negotiation/Review" -> 80; "Step 4" -> None."""
    text = re.sub(r"[^a-z]+", " ", name.lower())
    return next((percent for word, percent in _WORDS if word in text), None)
