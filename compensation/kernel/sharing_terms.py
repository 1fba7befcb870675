"""Pools, overrides and what is held back, of a plan file: read, and what doesn't go together refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from compensation.kernel import plan as p
from compensation.kernel.formula import Node

Formula = Callable[[Any, str], Node]  # reads one at a place, and tells what it can't read
Wrong = Callable[[str, str], None]  # told the place and words of each problem


def read_pool(value: Mapping[str, Any], place: str, *, formula: Formula, wrong: Wrong) -> p.Pool:
    if "by" in value and "shares" in value:
        wrong(f"{place}.by", "Parts follow “shares”, or what “by” says: give one of them.")
    parts = {name: formula(value[name], f"{place}.{name}") for name in ("when", "shares") if name in value}
    return p.Pool(formula(value["pool"], f"{place}.pool"), value.get("by", "days"), **parts)


def read_override(value: Mapping[str, Any], place: str, *, formula: Formula, wrong: Wrong) -> p.Override:
    levels = tuple(formula(one, f"{place}.levels[{n}]") for n, one in enumerate(value.get("levels", ())))
    if bool(levels) == ("rate" in value):
        wrong(place, "Give “rate”, one for everybody, or “levels”, one for each level below.")
    if levels and "of" in value:
        wrong(f"{place}.of", "There are as many levels below as “levels” has rates: leave this out.")
    of = p.LINE if len(levels) > 1 else value.get("of", p.REPORTS)
    return p.Override(tuple(value["override"]), formula(value.get("rate", 0), f"{place}.rate"), of, levels)


def read_hold(value: Mapping[str, Any], place: str, *, share: Callable[[Any, str], Fraction], wrong: Wrong) -> p.Hold:
    held = share(value["share"], f"{place}.share")
    if not 0 <= held <= 1:
        wrong(f"{place}.share", "Between 0 % and 100 % can be held.")
    is_collected = value.get("until") == "collected"
    if is_collected != ("by" in value):
        wrong(place, "“until: collected” and “by”, the kind of credits that tell what came in, go together.")
    if is_collected and "months" in value:
        wrong(f"{place}.months", "What is let go as it is collected waits for nothing else: leave this out.")
    return p.Hold(held, value.get("months"), value.get("until") == "accepted", value.get("by", ""))
