"""The demo company's market: accounts by seat, groups they belong to, and the people in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from integrations.demo import roster, words
from integrations.demo.chance import chance, pick
from integrations.demo.organisation import Organisation, Seat

ACCOUNTS_A_SEAT = 14.4


@dataclass(slots=True)
class Buyer:
    """A contact and the part they play."""

    code: str
    name: str
    persona: str
    title: str
    email: str


@dataclass(slots=True)
class Company:
    """An account: `seat` is the book it stands in."""

    code: str
    name: str
    industry: str
    segment: str
    seat: Seat
    employees: int
    domain: str
    place: dict[str, str]
    currency: str
    type: str = "prospect"
    parent: str = ""
    buyers: list[Buyer] = field(default_factory=list)

    def owner_on(self, day: date) -> str:
        return self.seat.last_holder_before(day)


def slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", plain.lower())


def companies(organisation: Organisation, scale: float) -> list[Company]:
    """Every account, seat by seat; about one in fourteen belongs to a group that is an account too."""
    random = chance("companies")
    names = _names(random)
    count = max(2, round(ACCOUNTS_A_SEAT * scale))
    made: list[Company] = []
    for seat in organisation.reps:
        for _ in range(count):
            made.append(_company(random, len(made) + 1, next(names), seat))
    _group(random, made)
    for company in made:
        company.buyers = list(_buyers(random, company))
    return made


def _names(random: Random) -> Iterator[tuple[str, str]]:
    """(name, industry), each once, industries by weight."""
    used: set[str] = set()
    while True:
        industry = pick(random, words.INDUSTRY_WEIGHTS)
        name = f"{random.choice(words.COMPANY_FIRST)} {random.choice(words.COMPANY_SECOND[industry])}"
        if name not in used:
            used.add(name)
            yield name, industry


def _company(random: Random, number: int, named: tuple[str, str], seat: Seat) -> Company:
    name, industry = named
    enterprise = seat.segment == roster.ENTERPRISE
    employees = round(random.lognormvariate(8.1, 0.7) if enterprise else random.lognormvariate(5.9, 0.5))
    low, high = (1000, 48_000) if enterprise else (90, 999)
    is_abroad = seat.team == "Northeast Enterprise" and random.random() < 0.3
    place, currency = _abroad(random) if is_abroad else (_at_home(random, seat.region), "USD")
    return Company(
        f"NA-{number:05d}", name, industry, seat.segment, seat, min(max(employees, low), high),
        f"{slug(name)}.example", place, currency,
    )  # fmt: skip


def _at_home(random: Random, region: str) -> dict[str, str]:
    city, state, zone, latitude, longitude = random.choice(words.CITIES[region])
    return {
        "street": f"{random.randint(12, 4900)} {random.choice(words.STREETS)}",
        "city": city, "region": state, "postal_code": f"{zone}{random.randint(1, 99):02d}", "country": "United States",
        **_near(random, latitude, longitude),
    }  # fmt: skip


def _abroad(random: Random) -> tuple[dict[str, str], str]:
    city, region, postal_code, latitude, longitude, country, currency = random.choice(words.ABROAD)
    street = f"{random.choice(words.STREETS)} {random.randint(2, 180)}"
    place = {"street": street, "city": city, "region": region, "postal_code": postal_code, "country": country}
    return place | _near(random, latitude, longitude), currency


def _near(random: Random, latitude: float, longitude: float) -> dict[str, str]:
    return {
        "latitude": f"{latitude + random.uniform(-0.12, 0.12):.5f}",
        "longitude": f"{longitude + random.uniform(-0.12, 0.12):.5f}",
    }


def _group(random: Random, made: list[Company]) -> None:
    """In every third book the first account becomes the parent of two or three of its neighbours."""
    books: dict[int, list[Company]] = {}
    for company in made:
        books.setdefault(id(company.seat), []).append(company)
    for number, book in enumerate(books.values()):
        if number % 3 or len(book) < 4:
            continue
        head, taken = book[0], {company.name for company in made}
        words_left = [word for word in words.COMPANY_FIRST if f"{word} Group" not in taken]
        head.name = f"{random.choice(words_left)} Group"
        head.domain = f"{slug(head.name)}.example"
        for child in random.sample(book[1:], min(len(book) - 1, random.randint(2, 3))):
            child.parent = head.code


def _buyers(random: Random, company: Company) -> Iterator[Buyer]:
    """Two to four people, a decision maker nearly always among them."""
    personas = ["champion", "buyer", "economic_buyer", "user", "gatekeeper"]
    chosen = random.sample(personas, random.randint(1, 3))
    if random.random() < 0.9:
        chosen.insert(0, "decision_maker")
    for number, persona in enumerate(chosen, 1):
        given, family = random.choice(words.GIVEN), random.choice(words.FAMILY)
        email = f"{slug(given)}.{slug(family)}@{company.domain}"
        title = random.choice(words.JOB_TITLES[persona])
        yield Buyer(f"NC-{company.code[3:]}-{number}", f"{given} {family}", persona, title, email)
