"""A clause of crediting as a sentence: who is credited with what, when something happens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from compensation.kernel.clauses import AMOUNT, RETURN, TEAM, TERRITORY
from compensation.kernel.saying import Sentence
from compensation.kernel.wording import CHOICE, NAMES, SHARE, WORDS

_NAME = re.compile(r"[^.\[\]]+")  # what a place can name


def title_of(value: Mapping[str, Any]) -> str:
    named = value.get("key")
    if named:
        return str(named).replace("_", " ").capitalize()
    return "Return" if value.get("on") == RETURN else "Credit"


def say_clause(said: Sentence, value: Mapping[str, Any]) -> None:
    if value.get("on") == RETURN:
        _say_return(said, value)
    else:
        _say_credit(said, value)
    if "part" in value:
        said.then("Only those who are ", "part", NAMES)
    for name in value.get("only", {}):
        if _NAME.fullmatch(str(name)):
            said.then(f"Only where {name} is ", f"only.{name}", NAMES)
        else:
            said.say(f" Only where {name} is {value['only'][name]}.")


def _say_credit(said: Sentence, value: Mapping[str, Any]) -> None:
    said.say("Credit ")
    said.value("to", CHOICE, choices="receivers")
    said.say(" with ")
    said.value("share", SHARE, default=1)
    said.say(" of ")
    said.value("quota", CHOICE, choices="sizes", default=AMOUNT)
    said.say(" of each ")
    said.value("on", CHOICE, choices="events")
    said.say(", as ")
    said.value("credit", WORDS)
    said.say(".")
    if "pays_on" in value:
        said.then("Paid on ", "pays_on", CHOICE, choices="sizes")
    if value.get("to") in (TEAM, TERRITORY) and "part" not in value:
        said.say(" Everybody in the team." if value["to"] == TEAM else " Whoever owns it.")


def _say_return(said: Sentence, value: Mapping[str, Any]) -> None:
    said.say("Of each ")
    said.value("on", CHOICE, choices="events")
    said.say(", take back ")
    said.value("share", SHARE, default=1)
    said.say(" of what it gave as ")
    said.value("credit", WORDS)
    said.say(" to ")
    said.value("to", CHOICE, choices="taken_from", default="")
    said.say(".")
