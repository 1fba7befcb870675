"""Eight people, each opening a page every two seconds, and what the server says each page cost it."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.crm.people import PASSWORD
from bench.instance import Answer, Instance, Visitor
from bench.load import DealForm

WARM_ROUNDS = 3
EVERY_SECONDS = 2.0
_NEXT = re.compile(r'href="([^"]*after=[^"]+)"')
_TIMING = re.compile(r'(\w+);dur=([\d.]+)(?:;desc="(\d+)")?')


@dataclass(frozen=True)
class Opened:
    """A page with all its parts: server time, of it computing and SQL, in ms; statements; requests; worst status."""

    who: str
    what: str
    ms: float
    cpu_ms: float
    sql_ms: float
    statements: int
    requests: int
    status: int
    kilobytes: float


@dataclass
class Seen:
    """What was opened, by whom, and what went wrong."""

    logins: dict[str, str]
    opened: list[Opened] = field(default_factory=list)
    deals: dict[str, list[int]] = field(default_factory=dict)
    late: int = 0


def visit(instance: Instance, logins: dict[str, str], *, seconds: int) -> Seen:
    seen = Seen(logins)
    visitors = {who: Visitor(instance.url, login) for who, login in logins.items()}
    for visitor in visitors.values():
        visitor.sign_in(PASSWORD)
    for who, visitor in visitors.items():  # the process is warm, what belongs to a person isn't
        seen.deals[who] = _deals_of(visitor)
    _warm(Seen(logins, deals=seen.deals), visitors)
    _forget_what_is_kept()
    print(f"{len(visitors)} people signed in; {seconds} s begin.", flush=True)
    threads = [
        threading.Thread(target=_work, args=(seen, who, visitor, number, seconds))
        for number, (who, visitor) in enumerate(visitors.items())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _warm(unseen: Seen, visitors: dict[str, Visitor]) -> None:
    """Each page some times by all at once: after a while up, data is in memory and every connection knows its plans."""
    threads = [threading.Thread(target=_look_around, args=(unseen, *one)) for one in visitors.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _look_around(unseen: Seen, who: str, visitor: Visitor) -> None:
    person = Person(who, visitor, unseen, random.Random(0))
    for _round in range(WARM_ROUNDS):
        for act in ACTS:
            person.open(act)


def _forget_what_is_kept() -> None:
    """An empty cache, sessions too: they are in the database as well."""
    from django.core.cache import cache

    cache.clear()


def _deals_of(visitor: Visitor) -> list[int]:
    """Deals of the person's list, the first page of it."""
    page = visitor.get("/opportunities/?status=open")
    return [int(pk) for pk in dict.fromkeys(re.findall(r'href="/opportunities/(\d+)/"', page.text))]


def _work(seen: Seen, who: str, visitor: Visitor, number: int, seconds: int) -> None:
    """Opens pages at fixed times. Whoever falls behind goes on at once; turns that come too late are counted."""
    person = Person(who, visitor, seen, random.Random(number))
    began = time.monotonic() + number * EVERY_SECONDS / len(seen.logins)
    for turn in range(int(seconds / EVERY_SECONDS)):
        behind = time.monotonic() - began - turn * EVERY_SECONDS
        if behind > seconds:
            return  # far too slow to go on
        if behind < 0:
            time.sleep(-behind)
        seen.late += behind > EVERY_SECONDS
        opened = person.open(ACTS[(turn + number * 3) % len(ACTS)])
        if opened is not None:
            seen.opened.append(opened)


class Person:
    """One of the eight: knows what to open, and how to save a deal as a browser would."""

    def __init__(self, who: str, visitor: Visitor, seen: Seen, chance: random.Random) -> None:
        self.who, self.visitor, self.deals, self.chance = who, visitor, seen.deals[who], chance
        self.saves = 0

    def open(self, act: tuple[str, Callable[[Person], list[Answer]]]) -> Opened | None:
        what, ask = act
        answers = ask(self)
        if not answers:
            return None
        timings = [_timing(answer) for answer in answers]
        return Opened(
            who=self.who,
            what=what,
            ms=sum(one["app"] for one in timings),
            cpu_ms=sum(one["cpu"] for one in timings),
            sql_ms=sum(one["sql"] for one in timings),
            statements=int(sum(one["statements"] for one in timings)),
            requests=len(answers),
            status=max(answer.status or 599 for answer in answers),
            kilobytes=sum(len(answer.text) for answer in answers) / 1024,
        )

    def page(self, path: str) -> list[Answer]:
        return self.visitor.open(path)

    def deal(self) -> int | None:
        return self.chance.choice(self.deals) if self.deals else None


def _timing(answer: Answer) -> dict[str, float]:
    """The times of an answer and of the redirects that led to it."""
    found = dict.fromkeys(("app", "cpu", "sql", "statements"), 0.0)
    if answer.response is None:
        return found | {"app": 1000 * answer.seconds}
    for one in (*answer.response.history, answer.response):
        for name, ms, count in _TIMING.findall(one.headers.get("Server-Timing", "")):
            found[name] += float(ms)
            found["statements"] += float(count or 0)
    return found


def _deep(person: Person) -> list[Answer]:
    """A page twenty pages down the list; only the last one counts."""
    path = "/opportunities/?status=open"
    for _page in range(20):
        page = person.visitor.get(path)
        links = [link.replace("&amp;", "&") for link in _NEXT.findall(page.text)]
        if not links:
            break
        path = links[-1] if links[-1].startswith("/") else f"/opportunities/{links[-1]}"
    return person.page(path)


def _detail(person: Person) -> list[Answer]:
    deal = person.deal()
    return [] if deal is None else person.page(f"/opportunities/{deal}/")


def _save(form_path: str, changed: Callable[[dict[str, str], str], dict[str, str]]) -> Callable[[Person], list[Answer]]:
    def save(person: Person) -> list[Answer]:
        deal = person.deal()
        if deal is None:
            return []
        form = DealForm(person.visitor.get(form_path.format(deal=deal)).text, wanted="next_step")
        if not form.fields:
            return []  # may look at it only
        person.saves += 1
        fields = form.fields | changed(form.fields, f"Step {person.who} {person.saves}")
        return [person.visitor.post(form.action or form_path.format(deal=deal), fields)]

    return save


def _next_step(fields: dict[str, str], text: str) -> dict[str, str]:
    return {name: text for name in fields if name.endswith("next_step")}


def _raise(fields: dict[str, str], text: str) -> dict[str, str]:
    """Another amount too: totals move."""
    amounts = [name for name in fields if name == "amount" or name.endswith("-amount")]
    return _next_step(fields, text) | {name: str(1000 + len(text) * 7) for name in amounts}


def _search(person: Person) -> str:
    return person.chance.choice(("gripper", "acbel", "Vision Retro", "welding for ac", "steel 77", "zzz nothing"))


ACTS: tuple[tuple[str, Callable[[Person], list[Answer]]], ...] = (
    ("dashboard", lambda person: person.page("/dashboard/")),
    ("list", lambda person: person.page("/opportunities/")),
    ("detail", _detail),
    ("today", lambda person: person.page("/")),
    ("list, filtered", lambda person: person.page("/opportunities/?status=open&category=commit&close_to=2027-01-31")),
    ("save, form", _save("/opportunities/{deal}/edit/", _raise)),
    ("dashboard", lambda person: person.page("/dashboard/")),
    ("board", lambda person: person.page("/board/")),
    ("list, by close date", lambda person: person.page("/opportunities/?sort=-close")),
    ("search, palette", lambda person: [person.visitor.get(f"/search/?q={_search(person)}", {"HX-Request": "true"})]),
    ("save, in place", _save("/opportunities/{deal}/", _next_step)),
    ("list, 20 pages deep", _deep),
    ("search, list", lambda person: person.page(f"/opportunities/?q={_search(person)}")),
    ("accounts", lambda person: person.page("/accounts/")),
)
