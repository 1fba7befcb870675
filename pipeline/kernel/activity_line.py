"""One line of what happened, as people type it: "call 15m spoke with Ann, send quote fri".

The first word may say the kind, a duration may stand anywhere in the first part, and day words at the end of a part say
when: a day gone by is when it happened, one to come is when it is due. What is to be done after a comma becomes a task
of its own; so does a whole line whose day is still to come.

    2026-11-25 (a Wednesday): "call 15m spoke with Ann, send quote fri"
      -> a call of 15 minutes, "spoke with Ann"; and a task, "send quote", due Fri Nov 27
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_TITLE, LONGEST_MINUTES = 255, 24 * 60
_KINDS = {
    "call": ("call", "called", "phone", "phoned", "rang", "tel"),
    "email": ("email", "e-mail", "mail", "emailed", "mailed", "wrote"),
    "meeting": ("meeting", "meet", "met", "visit", "visited", "demo", "lunch"),
    "note": ("note", "fyi"),
    "task": ("task", "todo", "to-do", "remind"),
}
WORDS = {word: kind for kind, words in _KINDS.items() for word in words}
_KEPT = frozenset({"demo", "lunch", "visited", "wrote", "met", "visit"})  # they say more than the kind does
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("mon monday", "tue tues tuesday", "wed weds wednesday", "thu thur thurs thursday", "fri friday",
         "sat saturday", "sun sunday")
    )
    for name in names.split()
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MINUTES = re.compile(
    r"(?<![\w.])(?:(\d{1,2})\s?h(?:ours?|rs?)?\s?)?(\d{1,3})\s?(?:m|min|mins|minutes)(?![\w])", re.IGNORECASE
)
_HOURS = re.compile(r"(?<![\w.])(\d{1,2}(?:\.\d{1,2})?)\s?(?:h|hr|hrs|hours?)(?![\w])", re.IGNORECASE)
_PARTS = re.compile(r"\s*[,;]\s+|\s+(?:then|and then)\s+|\s*->\s*|\s*→\s*")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a line says. day is when it happened, or for a task when it is due; follow_up a task that comes of it."""

    kind: str
    title: str
    minutes: int | None = None
    day: date | None = None
    follow_up: Understood | None = None


def understood(line: str, *, today: date, kind: str = "") -> Understood | None:
    """What a line says on a day; None when it says nothing. `kind` is one chosen beside the line and wins."""
    text = " ".join(line.split())
    if not text:
        return None
    first, *rest = _PARTS.split(text)
    follow_up, kept = _follow_up(rest, today)
    said, body = _kind_of(", ".join([first, *kept]))
    chosen = kind or said or "note"
    minutes, timed = (None, body) if chosen in ("note", "task") else _duration(body)
    day, body = _day_at_end(timed, today)
    if day is not None and day > today and not kind:
        return Understood("task", _title(_with_verb(first, said, body), text), None, day, follow_up)
    if chosen == "task":
        return Understood("task", _title(body, text), None, day, follow_up)
    title = _title(body, text if said == "" else first.partition(" ")[0])
    return Understood(chosen, title, minutes, day if day is not None and day <= today else None, follow_up)


def _with_verb(first: str, said: str, body: str) -> str:
    """What is still to be done keeps its verb: "call Ann tomorrow" is the task "call Ann"."""
    verb = first.partition(" ")[0]
    is_gone = said in ("call", "email", "meeting") and verb.lower() not in _KEPT
    return f"{verb} {body}".strip() if is_gone else body


def _title(body: str, whole: str) -> str:
    return (body.strip(" .,;:-") or whole)[:LONGEST_TITLE].strip()


def _kind_of(text: str) -> tuple[str, str]:
    """The kind the first word names ("" for none), and the line without that word."""
    word, _space, rest = text.partition(" ")
    kind = WORDS.get(word.lower().rstrip(":"), "")
    if not kind:
        return "", text
    rest = re.sub(r"^(with|to|:|-)\s+(?=\S)", r"with " if kind == "meeting" else "", rest, flags=re.IGNORECASE)
    return kind, text if word.lower() in _KEPT else rest


def _duration(text: str) -> tuple[int | None, str]:
    """Minutes: "15m", "1h 30m", "1.5h"; and the line without them."""
    found = _MINUTES.search(text) or _HOURS.search(text)
    if found is None:
        return None, text
    if found.re is _MINUTES:
        minutes = int(found[1] or 0) * 60 + int(found[2])
    else:
        minutes = round(float(found[1]) * 60)
    if not 0 < minutes <= LONGEST_MINUTES:
        return None, text
    return minutes, " ".join((text[: found.start()] + " " + text[found.end() :]).split())


def _follow_up(parts: list[str], today: date) -> tuple[Understood | None, list[str]]:
    """The last part, where its day is still to come or it asks for a task by name; and the parts before it."""
    if not parts:
        return None, []
    last = re.sub(r"^(?:and )?(?:then )?", "", parts[-1], flags=re.IGNORECASE)
    kind, body = _kind_of(last)
    day, title = _day_at_end(body if kind == "task" else last, today)
    if not title.strip() or not (kind == "task" or (day is not None and day >= today)):
        return None, parts
    return Understood("task", _title(title, parts[-1]), None, day), parts[:-1]


def _day_at_end(text: str, today: date) -> tuple[date | None, str]:
    """The day that the last words name, and the text before: "send quote by next fri" -> the Friday, "send quote"."""
    words = text.split(" ")
    for many in (3, 2, 1):
        if len(words) >= many and (day := day_of(" ".join(words[-many:]), today)) is not None:
            rest = re.sub(r"\s*\b(by|on|due|until|before|for|at)$", "", " ".join(words[:-many]), flags=re.IGNORECASE)
            return day, rest
    return None, text


def day_of(words: str, today: date) -> date | None:
    """The day that words name, seen from a day: "fri" is the next Friday, today included; None for anything else."""
    text = words.lower().strip(" .,;!")
    plain = {"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "yesterday": -1}
    if text in plain:
        return _moved(today, plain[text])
    if text in _WEEKDAYS:
        return _moved(today, (_WEEKDAYS[text] - today.weekday()) % 7)
    return _relative(text, today) or _written(text, today)


def _moved(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


def _relative(text: str, today: date) -> date | None:
    first, _space, rest = text.partition(" ")
    if first == "next" and rest == "week":
        return _moved(today, 7 - today.weekday())
    if first in ("next", "last") and rest in _WEEKDAYS:
        monday = _moved(today, -today.weekday() + (7 if first == "next" else -7))
        return _moved(monday, _WEEKDAYS[rest]) if monday else None
    found = re.fullmatch(r"(?:in )?(\d{1,3}) ?(d|days?|w|weeks?)", text)
    if found and (text.startswith("in ") or found[2] in ("d", "w")):
        return _moved(today, int(found[1]) * (7 if found[2].startswith("w") else 1))
    return None


def _written(text: str, today: date) -> date | None:
    """2026-11-30, nov 30, 30 nov; without a year the nearest one: at most half a year back."""
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return _real(int(found[1]), int(found[2]), int(found[3]))
    found = re.fullmatch(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)?", text)
    month, number = (found[1], found[2]) if found else ("", "")
    if not found and (found := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]+)", text)):
        month, number = found[2], found[1]
    if month not in _MONTHS:
        return None
    days = [_real(today.year + ahead, _MONTHS[month], int(number)) for ahead in (-1, 0, 1)]
    near = [day for day in days if day is not None]
    return min(near, key=lambda day: abs((day - today).days), default=None)


def _real(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
