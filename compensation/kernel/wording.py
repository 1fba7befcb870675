"""Values of a plan's contents as people read them: shares, amounts, formulas, choices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from core.kernel.formats import MINUS, SYMBOLS, day

SHARE, AMOUNT, FORMULA, CHOICE, NUMBER, FLAG, DAY, WORDS, NAMES = (
    "share", "amount", "formula", "choice", "number", "flag", "day", "words", "names",
)  # fmt: skip
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "span": (
        ("month", "month"), ("quarter", "quarter"), ("half", "half-year"), ("year", "year"), ("plan", "whole plan"),
    ),
    "pay_every": (
        ("week", "week"), ("month", "month"), ("quarter", "quarter"), ("half", "half-year"), ("year", "year"),
    ),
    "sum": (
        ("quota_credit", "the quota credit"), ("commissionable", "what is paid on"), ("count", "the number"),
    ),
    "of": (
        ("self", "their own"), ("reports", "their direct reports'"), ("line", "their whole line's"),
        ("team", "their team's"),
    ),
    "above": (("reports", "direct reports"), ("line", "everybody below")),
    "tiers_by": (("attainment", "attainment of quota"), ("amount", "amount"), ("count", "number of credits")),
    "on": (("slice", "the slice alone"), ("all", "everything from the first unit on")),
    "bands_on": (("slice", "the part of it that lies in a band"), ("all", "all of it")),
    "per": (
        ("", "the measure's span"), ("credit", "credit"), ("period", "pay period"), ("month", "month"),
        ("quarter", "quarter"), ("half", "half-year"), ("year", "year"), ("plan", "whole plan"),
    ),
    "shape": (("linear", "in a straight line"), ("step", "in steps")),
    "below": (("zero", "nothing"), ("flat", "as at the first point")),
    "curve_above": (("flat", "as at the last point"), ("goes_on", "on along the line")),
    "contest_by": (("credited", "the amount"), ("attainment", "attainment of quota")),
    "among": (
        ("plan", "everybody on the plan"), ("role", "those of the same plan role"), ("team", "those of the same team"),
    ),
    "ties": (("share", "share the prizes of their ranks"), ("earlier", "are ranked by who stands there for longer")),
    "pool_by": (("days", "days on the plan"), ("credits", "what each brought in")),
    "budget_last": (("part", "what is left"), ("nothing", "nothing unless all of it is left")),
    "returns": (
        ("top_slice", "at the rate reached now"), ("rewalk", "as if it had never been credited"),
        ("original_rate", "at the rate it was paid at"),
    ),
    "without_deal": (("deals", "a cost of the deals that made the measure"), ("expense", "expensed")),
    "events": (
        ("booking", "booking"), ("order", "order"), ("invoice", "invoice"), ("payment", "payment"),
        ("return", "return"), ("activity", "activity"), ("lead_accepted", "accepted lead"),
        ("milestone", "milestone"), ("score", "score"), ("renewal", "renewal"), ("churn", "churned contract"),
    ),
    "receivers": (
        ("owner", "the deal's owner"), ("splits", "the owner and splits"), ("overlays", "the overlays"),
        ("team", "the deal's team"), ("territory", "who covers the territory"), ("named", "whom it names"),
    ),
    "taken_from": (
        ("", "everybody who was credited"), ("owner", "the deal's owner"), ("splits", "the owner and splits"),
        ("overlays", "the overlays"), ("team", "the deal's team"), ("territory", "who covers the territory"),
    ),
    "sizes": (("amount", "the amount"), ("margin", "the margin"), ("count", "the number")),
    "rounding": (("half_up", "half up"), ("half_even", "half to even"), ("down", "down")),
    "day_count": (("start_day_counts", "counts"), ("start_day_free", "doesn't count")),
    "negative_pay": (("carry", "waits for later earnings"), ("deduct", "is taken from the pay")),
    "to_come": (
        ("as_planned", "paid as if they had stayed"), ("paid", "paid with the last pay"), ("lost", "lost"),
    ),
    "owed": (
        ("kept", "still owed"), ("taken", "taken out of all of the last pay"), ("forgiven", "forgiven"),
    ),
    "draw_kind": (("guarantee", "filled up to it"), ("on_top", "paid besides it")),
}  # fmt: skip
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_SPOKEN = (
    (re.compile(r"\b(attainment|credited|quota|count)\(\s*(\w+)\s*\)"), r"\1 of \2"),
    (re.compile(r"\b(attainment|credited|quota|count)\(\s*(\w+)\s*,\s*(\w+)\s*\)"), r"\1 of \2 in the \3"),
    (re.compile(r">="), "≥"), (re.compile(r"<="), "≤"), (re.compile(r"!="), "≠"), (re.compile(r"=="), "="),
    (re.compile(r"(?<=\S)\s*\*\s*(?=\S)"), " × "), (re.compile(r"-(?=\d)"), MINUS),
)  # fmt: skip


def shown(
    raw: Any, kind: str, *, currency: str = "", choices: Sequence[tuple[str, str]] = (), default: Any = None
) -> str:
    """A value in words. shown(5000, AMOUNT, currency="USD") == "$5,000"; shown("8%", SHARE) == "8%"."""
    value = default if raw is None else raw
    if kind == CHOICE:
        return dict(choices).get(str(value or ""), str(value))
    if kind == FLAG:
        return "yes" if value else "no"
    if kind == NAMES:
        return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value or "anybody")
    if kind == SHARE:
        return share(value)
    if kind == DAY:
        return day_words(value)
    if kind in (AMOUNT, FORMULA):
        return formula(value, currency if kind == AMOUNT else "")
    return str(value) if value not in (None, "") else "–"


def day_words(value: Any) -> str:
    """2026-05-01 -> May 1, 2026; other words stay."""
    try:
        return day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value or "–")


def share(value: Any) -> str:
    """0.08, "0.08" and "8%" are 8%; what isn't a plain number stays as it is written."""
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        return f"{(Decimal(text) * 100).normalize():,f}%".replace("-", MINUS)
    return re.sub(r"\s+%", "%", text).replace("-", MINUS)


def formula(value: Any, currency: str = "") -> str:
    """A formula as it is said; a plain number with the sign of its currency where there is one."""
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        return number(text, currency)
    for pattern, words in _SPOKEN:
        text = pattern.sub(words, text)
    return text


def number(text: Any, currency: str = "") -> str:
    """1250000 -> 1,250,000; with USD $1,250,000."""
    value = Decimal(str(text))
    sign = MINUS if value < 0 else ""
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{symbol}{abs(value):,f}"


def is_plain(value: Any) -> bool:
    return _PLAIN.fullmatch(str(value).strip()) is not None
