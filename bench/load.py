"""Fifty people at work while services die: `make bench NAME=load SIZE=50` (people; SECONDS=300).

A whole instance with the demo company on a home of its own, which goes afterwards. Everyone signs in, opens pages with
all their parts, and saves next steps of deals with a text of their own, on average every eight seconds. At a quarter
of the time the worker is killed, at half Valkey, at three quarters PostgreSQL. Afterwards every save that was accepted
is looked up. Fails when one is missing, when an error comes outside an outage, or when something doesn't come back.
"""

from __future__ import annotations

import os
import random
import re
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

from bench.instance import Instance, Visitor, running_instance

SECONDS = int(os.environ.get("SECONDS", "300"))
PAUSE_SECONDS = 8.0
RECOVERY_SECONDS = 60
PAGES = (
    "/",
    "/dashboard/",
    "/opportunities/",
    "/opportunities/?sort=-amount",
    "/board/",
    "/accounts/",
    "/leads/",
    "/data-quality/",
)
NOT_FOR = {"/leads/": "finance"}
EVERYDAY = ("vp", "manager", "rep", "ops", "finance")


@dataclass
class Tally:
    """What happened, written by all threads; list and Counter appends are safe under the interpreter's lock."""

    answers: list[tuple[float, int, float]] = field(default_factory=list)  # when, status (0: no answer), seconds
    broken: list[tuple[float, str]] = field(default_factory=list)
    accepted: list[tuple[int, str]] = field(default_factory=list)  # deal, next step
    said: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Outage:
    name: str
    began: float
    recovered: float


class DealForm(HTMLParser):
    """The fields of the form that has a field whose name ends so, as the browser would send them."""

    def __init__(self, page: str, *, wanted: str = "d-next_step") -> None:
        super().__init__()
        self.action, self.fields, self._form, self._select, self._area = "", {}, "", "", ""
        self._found: dict[str, dict[str, str]] = {}
        self.feed(page)
        for action, fields in self._found.items():
            if any(name.endswith(wanted) for name in fields):
                self.action, self.fields = action, fields

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = at.get("action", "")
            self._found.setdefault(self._form, {})
            return
        name, fields = at.get("name", ""), self._found.get(self._form, {})
        if tag == "input" and name and at.get("type") not in ("submit", "file"):
            if at.get("type") not in ("checkbox", "radio") or "checked" in at:
                fields[name] = at.get("value", "on" if at.get("type") == "checkbox" else "")
        elif tag == "select":
            self._select = name
            fields.setdefault(name, "")
        elif tag == "option" and "selected" in at:
            fields[self._select] = at.get("value", "")
        elif tag == "textarea":
            self._area = name
            fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            fields = self._found[self._form]
            fields[self._area] = (fields[self._area] + data).lstrip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        elif tag == "textarea":
            self._area = ""


class Person(threading.Thread):
    """One user: opens a page or saves a deal, rests, goes on until told to stop."""

    def __init__(self, number: int, visitor: Visitor, deals: list[int], tally: Tally, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.visitor, self.deals, self.tally, self.stop = number, visitor, deals, tally, stop
        self.chance = random.Random(number)
        self.saves = 0

    def run(self) -> None:
        self.stop.wait(self.chance.uniform(0, PAUSE_SECONDS))
        while not self.stop.is_set():
            self._act()
            self.stop.wait(self.chance.expovariate(1 / PAUSE_SECONDS))

    def _act(self) -> None:
        if self.deals and self.chance.random() < 0.35:
            self._save(self.chance.choice(self.deals))
        else:
            self._page(self.chance.choice([page for page in PAGES if self._may_open(page)]))

    def _may_open(self, page: str) -> bool:
        return not self.visitor.login.startswith(NOT_FOR.get(page, "nobody"))

    def _page(self, path: str) -> requests.Response | None:
        answers = self.visitor.open(path)
        for one in answers:
            self._note(one.path, one.status, one.seconds, one.text)
        return answers[0].response if answers else None

    def _save(self, deal: int) -> None:
        page = self._page(f"/opportunities/{deal}/")
        if page is None or page.status_code != 200:
            return
        form = DealForm(page.text)
        if not form.action:
            return  # may look at it only
        self.saves += 1
        text = f"Load {self.number}-{self.saves}"
        answer = self.visitor.post(form.action, form.fields | {"d-next_step": text})
        self._note(form.action, answer.status, answer.seconds, answer.text)
        if answer.status == 302 and f"/opportunities/{deal}/" in answer.location:
            self.tally.accepted.append((deal, text))

    def _note(self, path: str, status: int, seconds: float, text: str) -> None:
        now = time.monotonic()
        self.tally.answers.append((now, status, seconds))
        if status == 503:
            in_words = "reach its database" in text
            self.tally.said["503 in words" if in_words else f"503 without words: {path}"] += 1
        elif status == 0 or status >= 400:
            self.tally.broken.append((now, f"{status} {path}"))


def main(size: int) -> None:
    with running_instance(demo=True) as instance:
        _measure(instance, size)


def _measure(instance: Instance, size: int) -> None:
    deals = _open_deals(instance)
    tally, stop = Tally(), threading.Event()
    visitors = [Visitor(instance.url, f"{EVERYDAY[n % len(EVERYDAY)]}@northwind.example") for n in range(size)]
    for visitor in visitors:
        visitor.sign_in("demo-northwind")
    people = [Person(n, visitor, _deals_of(visitor, deals), tally, stop) for n, visitor in enumerate(visitors)]
    print(f"{size} people signed in; {SECONDS} s begin.", flush=True)
    began = time.monotonic()
    for person in people:
        person.start()
    outages = _outages(instance, began)
    time.sleep(max(0.0, began + SECONDS - time.monotonic()))
    stop.set()
    for person in people:
        person.join(timeout=30)
    lost = _lost(instance, tally.accepted)
    _report(tally, outages, began, lost)


def _outages(instance: Instance, began: float) -> list[Outage]:
    """Kill one thing after the other, each after a quarter of the time, and see how long it takes to come back."""
    done = []
    for part, (name, kill) in enumerate(instance.parts_to_kill().items(), start=1):
        time.sleep(max(0.0, began + SECONDS * part / 4 - time.monotonic()))
        at = time.monotonic()
        os.kill(kill(), signal.SIGKILL)
        done.append(Outage(name, at, _wait_until_back(instance, at, name)))
    return done


def _wait_until_back(instance: Instance, since: float, name: str) -> float:
    time.sleep(1.0)  # readiness must have noticed
    while time.monotonic() - since < RECOVERY_SECONDS:
        if instance.is_ready() and instance.has(name):
            return time.monotonic()
        time.sleep(0.2)
    sys.exit(f"{name} wasn't back after {RECOVERY_SECONDS} s.\n{instance.terminal_tail()}")


def _open_deals(instance: Instance) -> list[int]:
    return [int(row) for row in instance.sql("SELECT id FROM pipeline_opportunity WHERE status = 'open' ORDER BY id")]


def _deals_of(visitor: Visitor, deals: list[int]) -> list[int]:
    """The deals on the visitor's own list, or none for who only reads."""
    page = visitor.open("/opportunities/?status=open")[0].text
    mine = {int(found) for found in re.findall(r'href="/opportunities/(\d+)/"', page)}
    return sorted(mine & set(deals))


def _lost(instance: Instance, accepted: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """History keeps what a change replaced; the last of a deal stands in the deal itself."""
    kept = set(
        instance.sql(
            "SELECT pgh_obj_id || ' ' || next_step FROM pipeline_opportunityevent WHERE next_step LIKE 'Load %'"
            " UNION SELECT id || ' ' || next_step FROM pipeline_opportunity WHERE next_step LIKE 'Load %'"
        )
    )
    return [one for one in accepted if f"{one[0]} {one[1]}" not in kept]


def _report(tally: Tally, outages: list[Outage], began: float, lost: list[tuple[int, str]]) -> None:
    good = sorted(seconds for _at, status, seconds in tally.answers if 200 <= status < 400)
    print(f"{len(tally.answers):,} requests, {len(good):,} answered well, {len(tally.accepted):,} saves accepted")
    if len(good) > 20:
        median, p95 = 1000 * statistics.median(good), 1000 * good[int(0.95 * len(good))]
        print(f"median {median:,.0f} ms, p95 {p95:,.0f} ms as the browser saw it")
    for outage in outages:
        after, took = outage.began - began, outage.recovered - outage.began
        print(f"{outage.name} killed after {after:,.0f} s, back {took:,.1f} s later")
    for said, times in tally.said.items():
        print(f"{times} x {said}")
    outside = [what for at, what in tally.broken if not _in_an_outage(at, outages)]
    for what, times in Counter(what for _at, what in tally.broken).most_common(8):
        print(f"{times} x {what}")
    print(f"errors outside outages: {len(outside)}; accepted saves lost: {len(lost)}")
    if outside or lost or any("without" in said for said in tally.said):
        sys.exit(f"Failed: {outside[:5]} {lost[:5]}")


def _in_an_outage(at: float, outages: list[Outage]) -> bool:
    """A request that began in an outage may be answered a little after it."""
    return any(outage.began - 1 <= at <= outage.recovered + 10 for outage in outages)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 50)
