"""What a component pays, in words: one function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from compensation.kernel.saying import Sentence
from compensation.kernel.wording import AMOUNT, CHOICE, FORMULA, NAMES, NUMBER, SHARE, WORDS, is_plain

MOST_SAID = 24  # of tiers, bands, points and cells; the rest is told as a number and changed as text


def say_pays(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    """The words of a schedule at a place, on a measure ("" for none)."""
    word = next(one for one in _SAYS if one in pays)
    _SAYS[word](said, pays, at, measure)


def _on(said: Sentence, at: str, measure: str) -> None:
    """The measure as a value of its component; a schedule that is chosen among others only names it."""
    titles = {key: str(one.get("title") or key) for key, one in (said.data.get("measures") or {}).items()}
    if at == f"{said.place}.pays":
        said.value("measure", CHOICE, among=tuple(titles.items()))
    else:
        said.say(titles.get(measure, measure))


def _rate(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay ")
    said.value("", _rate_kind(pays["rate"]), whole=f"{at}.rate")
    said.say(" of ")
    _on(said, at, measure)


def _each(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay ")
    said.value("", AMOUNT, whole=f"{at}.each")
    said.say(" for each credit of ")
    _on(said, at, measure)
    _when(said, pays, at)


def _when(said: Sentence, pays: Mapping[str, Any], at: str) -> None:
    if "when" in pays:
        said.say(" when ")
        said.value("", FORMULA, whole=f"{at}.when")


def _tiers(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    by = pays.get("by", "attainment")
    kind = {"attainment": SHARE, "amount": AMOUNT}.get(by, NUMBER)
    tiers = pays["tiers"]
    said.say("Pay ")
    for number, tier in enumerate(tiers[:MOST_SAID]):
        place = f"{at}.tiers[{number}]"
        said.say("" if number == 0 else ", and " if number == len(tiers) - 1 else ", then ")
        said.value("", _rate_kind(tier["rate"]), whole=f"{place}.rate")
        if number == 0:
            said.say(" of ")
            _on(said, at, measure)
        _bound(said, tier, place, kind, is_first=number == 0, is_last=number == len(tiers) - 1)
        if "on" in tier:
            said.say(" on ")
            said.value("", CHOICE, choices="on", whole=f"{place}.on")
    _more(said, len(tiers), "tiers")
    said.say("; tiers by ")
    said.value("", CHOICE, choices="tiers_by", default="attainment", whole=f"{at}.by")
    said.say(", a rate holds for ")
    said.value("", CHOICE, choices="on", default="slice", whole=f"{at}.on")


def _bound(said: Sentence, tier: Mapping[str, Any], place: str, kind: str, *, is_first: bool, is_last: bool) -> None:
    if "from" in tier:
        said.say(" from ")
        said.value("", kind, whole=f"{place}.from")
    for name, words in (("up_to", " up to "), ("below", " below ")):
        if name in tier:
            said.say(words)
            said.value("", kind, whole=f"{place}.{name}")
            said.say(" of quota" if kind == SHARE and is_first else "")
    if is_last and not is_first:
        said.say(" above")


def _bands(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay on each credit of ")
    _on(said, at, measure)
    said.say(" by its ")
    said.value("", FORMULA, default="amount", whole=f"{at}.by")
    if "on" in pays:
        said.say(", a rate for ")
        said.value("", CHOICE, choices="bands_on", default="all", whole=f"{at}.on")
    said.say(": ")
    for number, band in enumerate(pays["bands"][:MOST_SAID]):
        place = f"{at}.bands[{number}]"
        said.say("; " if number else "")
        said.value("", _rate_kind(band["rate"]), whole=f"{place}.rate")
        said.say(" from ")
        said.value("", FORMULA, default=0, whole=f"{place}.from")
        if "up_to" in band:
            said.say(" up to ")
            said.value("", FORMULA, whole=f"{place}.up_to")
    _more(said, len(pays["bands"]), "bands")


def _curve(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay a share of ")
    said.value("", AMOUNT, whole=f"{at}.of")
    said.say(" by attainment of ")
    _on(said, at, measure)
    said.say(": ")
    _points(said, pays["curve"], f"{at}.curve")


def _points(said: Sentence, curve: Mapping[str, Any], at: str) -> None:
    for number, _point in enumerate(curve["points"][:MOST_SAID]):
        said.say("; " if number else "")
        said.value("", SHARE, whole=f"{at}.points[{number}][1]")
        said.say(" at ")
        said.value("", SHARE, whole=f"{at}.points[{number}][0]")
    _more(said, len(curve["points"]), "points")
    said.say("; between them ")
    said.value("", CHOICE, choices="shape", default="linear", whole=f"{at}.shape")
    said.say(", below them ")
    said.value("", CHOICE, choices="below", default="zero", whole=f"{at}.below")
    said.say(", above them ")
    said.value("", CHOICE, choices="curve_above", default="flat", whole=f"{at}.above")


def _matrix(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay a share of ")
    said.value("", AMOUNT, whole=f"{at}.of")
    said.say(" by attainment of ")
    said.value("", WORDS, whole=f"{at}.rows.measure")
    said.say(" and of ")
    said.value("", WORDS, whole=f"{at}.columns.measure")
    count = 0
    for r, row in enumerate(pays["cells"]):
        for c, _cell in enumerate(row):
            count += 1
            if count <= MOST_SAID:
                said.say(f"{': ' if count == 1 else '; '}{_edge(pays, 'rows', r)} and {_edge(pays, 'columns', c)} ")
                said.value("", SHARE, whole=f"{at}.cells[{r}][{c}]")
    _more(said, count, "cells")


def _edge(pays: Mapping[str, Any], axis: str, number: int) -> str:
    edges = pays[axis]["edges"]
    edge = edges[number] if number < len(edges) else "–"
    return f"above {edge['above']}" if isinstance(edge, Mapping) else f"from {edge}"


def _lump(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay ")
    said.value("", AMOUNT, whole=f"{at}.lump")
    said.say(" once a span")
    if measure:
        said.say(" of ")
        _on(said, at, measure)
    _when(said, pays, at)


def _scorecard(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay a share of ")
    said.value("", AMOUNT, whole=f"{at}.of")
    said.say(" by goals: ")
    for number, item in enumerate(pays["scorecard"]):
        place = f"{at}.scorecard[{number}]"
        said.say("; " if number else "")
        said.value("", WORDS, whole=f"{place}.title")
        said.say(" counts ")
        said.value("", SHARE, whole=f"{place}.weight")
        said.say(" of ")
        said.value("", FORMULA, whole=f"{place}.result")
        for name, words in (("gate", ", nothing below "), ("cap", ", at most ")):
            if name in item:
                said.say(words)
                said.value("", SHARE, whole=f"{place}.{name}")
        if "curve" in item:
            said.say(", as ")
            _points(said, item["curve"], f"{place}.curve")


def _pool(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Divide ")
    said.value("", AMOUNT, whole=f"{at}.pool")
    said.say(" among the team")
    if "when" in pays:
        said.say(", for those for whom ")
        said.value("", FORMULA, whole=f"{at}.when")
        said.say(",")
    said.say(" by ")
    if "shares" in pays:
        said.value("", FORMULA, whole=f"{at}.shares")
    else:
        said.value("", CHOICE, choices="pool_by", default="days", whole=f"{at}.by")


def _contest(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    prizes = pays["contest"]
    said.say("Pay the first ")
    for number, _prize in enumerate(prizes[:MOST_SAID]):
        said.say("" if number == 0 else ", the next ")
        said.value("", AMOUNT, whole=f"{at}.contest[{number}]")
    _more(said, len(prizes), "prizes")
    said.say(" by ")
    said.value("", CHOICE, choices="contest_by", default="credited", whole=f"{at}.by")
    said.say(" of ")
    _on(said, at, measure)
    if "between" in pays:
        said.say(", between ")
        said.value("", NAMES, whole=f"{at}.between")
        said.say(", whose people divide the prize in equal parts")
    else:
        said.say(", among ")
        said.value("", CHOICE, choices="among", default="plan", whole=f"{at}.among")
    if "who" in pays:
        said.say(", of these: ")
        said.value("", NAMES, whole=f"{at}.who")
    if "roles" in pays:
        said.say(" with the role ")
        said.value("", NAMES, whole=f"{at}.roles")
    if "at_least" in pays:
        said.say(", from ")
        said.value("", _least_kind(pays), whole=f"{at}.at_least")
        said.say(" on")
    said.say("; who are equal ")
    said.value("", CHOICE, choices="ties", default="share", whole=f"{at}.ties")


def _least_kind(pays: Mapping[str, Any]) -> str:
    return _rate_kind(pays["at_least"]) if pays.get("by") == "attainment" else FORMULA


def _override(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    said.say("Pay ")
    levels = pays.get("levels", ())
    for number, rate in enumerate(levels[:MOST_SAID]):
        said.say(", " if number else "")
        said.value("", _rate_kind(rate), whole=f"{at}.levels[{number}]")
        said.say(" of what those right below" if number == 0 else " of those below them")
    _more(said, len(levels), "levels")
    if not levels:
        said.value("", _rate_kind(pays.get("rate", 0)), whole=f"{at}.rate")
        said.say(" of what ")
        said.value("", CHOICE, choices="above", default="reports", whole=f"{at}.of")
    said.say(" earn by ")
    said.value("", NAMES, whole=f"{at}.override")


def _choose(said: Sentence, pays: Mapping[str, Any], at: str, measure: str) -> None:
    for number, option in enumerate(pays["choose"]):
        place = f"{at}.choose[{number}]"
        said.say(". " if number else "")
        if "when" in option:
            said.say("When ")
            said.value("", FORMULA, whole=f"{place}.when")
            said.say(": ")
        else:
            said.say("Else: ")
        say_pays(said, option["pays"], f"{place}.pays", measure)


def _more(said: Sentence, count: int, what: str) -> None:
    if count > MOST_SAID:
        said.say(f", and {count - MOST_SAID:,} more {what}")


def _rate_kind(raw: Any) -> str:
    """A rate of plain numbers is a share, or an amount for each unit of a measure that counts; else a formula."""
    text = str(raw).strip()
    if text.endswith("%") and is_plain(text.removesuffix("%")):
        return SHARE
    if not is_plain(text):
        return FORMULA
    return SHARE if abs(Decimal(text)) <= 1 else AMOUNT


# The order in which the words are looked for: `rate` stands in an override as well.
_SAYS: dict[str, Callable[[Sentence, Mapping[str, Any], str, str], None]] = {
    "tiers": _tiers, "bands": _bands, "curve": _curve, "cells": _matrix, "lump": _lump, "scorecard": _scorecard,
    "pool": _pool, "contest": _contest, "override": _override, "each": _each, "choose": _choose, "rate": _rate,
}  # fmt: skip
