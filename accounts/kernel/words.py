"""Words that mean the same, in one spelling: countries by code and by other names, industries by case and plural."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from typing import Final

# Other names people write, as `plain` makes them.
ALIASES: Final = {
    **dict.fromkeys(("us", "usa", "u s", "u s a", "united states of america", "america"), "United States"),
    **dict.fromkeys(("uk", "u k", "gb", "great britain", "england", "scotland", "wales"), "United Kingdom"),
    **dict.fromkeys(("de", "deutschland"), "Germany"),
    **dict.fromkeys(("at", "osterreich", "oesterreich"), "Austria"),
    **dict.fromkeys(("ch", "schweiz", "suisse", "svizzera"), "Switzerland"),
    **dict.fromkeys(("es", "espana"), "Spain"),
    **dict.fromkeys(("it", "italia"), "Italy"),
    **dict.fromkeys(("nl", "holland", "the netherlands", "nederland"), "Netherlands"),
    **dict.fromkeys(("be", "belgique", "belgie"), "Belgium"),
    **dict.fromkeys(("br", "brasil"), "Brazil"),
    **dict.fromkeys(("mx", "mejico"), "Mexico"),
    **dict.fromkeys(("uae", "u a e", "emirates"), "United Arab Emirates"),
    **dict.fromkeys(("czechia", "cz"), "Czech Republic"),
    **dict.fromkeys(("pl", "polska"), "Poland"),
    **{"fr": "France", "ca": "Canada", "jp": "Japan", "cn": "China", "in": "India", "au": "Australia"},
    **{"se": "Sweden", "sverige": "Sweden", "no": "Norway", "norge": "Norway", "dk": "Denmark", "danmark": "Denmark"},
    **{"ie": "Ireland", "pt": "Portugal", "ru": "Russia", "russian federation": "Russia", "tr": "Turkey"},
    **{"turkiye": "Turkey", "viet nam": "Vietnam", "nz": "New Zealand", "sg": "Singapore", "za": "South Africa"},
    **{"republic of korea": "South Korea", "kr": "South Korea", "hk": "Hong Kong"},
    **{"real estate": "realestate", "health care": "healthcare", "telecom": "telecommunications"},
    **{"telecoms": "telecommunications", "pharma": "pharmaceuticals", "biotech": "biotechnology"},
}


def plain(text: str) -> str:
    """A word without case, accents and signs: " U.S.A. " -> "u s a"."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in bare).split())


def usual_spellings(counts: Mapping[str, int], words: Collection[str]) -> dict[str, str]:
    """Of values that mean the same, those spelled otherwise than most are: value -> the usual spelling.

    counts: value -> how often it is said. Of two as frequent, the well-known word of `words`, else the first by
    alphabet, is usual. {"Germany": 9, "germany ": 1, "DE": 2} -> {"germany ": "Germany", "DE": "Germany"}.
    """
    known = {plain(word) for word in words}
    alike: dict[str, list[str]] = {}
    for value in counts:
        bare = plain(value)
        alias = plain(ALIASES.get(bare, ""))
        if bare:
            alike.setdefault(alias if alias in known else bare, []).append(value)
    told: dict[str, str] = {}
    for values in alike.values():
        usual = min(values, key=lambda value: (-counts[value], value not in words, value))
        told |= {value: usual for value in values if value != usual}
    return told
