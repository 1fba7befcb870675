"""Leads of the demo company: a year of them from every source, most of them worked by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from integrations.demo import words
from integrations.demo.chance import chance, pick
from integrations.demo.companies import Company, slug

LEADS = 720


@dataclass(frozen=True, slots=True)
class Prospect:
    code: str
    name: str
    company: str
    title: str
    email: str
    source: str
    campaign: str
    status: str
    score: int
    industry: str
    employees: int
    city: str
    country: str
    owner: str
    created_on: date


def prospects(market: list[Company], today: date, scale: float) -> list[Prospect]:
    random = chance("prospects")
    made = [_prospect(random, number, market, today) for number in range(1, round(LEADS * scale) + 1)]
    return made + list(_twice(made, today))


def _prospect(random: Random, number: int, market: list[Company], today: date) -> Prospect:
    age = min(360, round(random.expovariate(1 / 110)))
    source = pick(random, words.SOURCES)
    industry = pick(random, words.INDUSTRY_WEIGHTS)
    name = f"{random.choice(words.GIVEN)} {random.choice(words.FAMILY)}"
    company = f"{random.choice(words.COMPANY_FIRST)} {random.choice(words.COMPANY_SECOND[industry])}"
    near = random.choice(market)
    owner = near.owner_on(today) if random.random() < 0.94 else ""
    titles = words.JOB_TITLES[random.choice(("decision_maker", "champion", "buyer", "user"))]
    return Prospect(
        f"NL-{number:05d}", name, company, random.choice(titles),
        f"{slug(name.split()[0])}.{slug(name.split()[1])}@{slug(company)}.example",
        source, random.choice(words.CAMPAIGNS) if source in ("Webinar", "Trade fair", "Web form") else "",
        _status(random, age), random.randint(18, 92), industry, random.randint(60, 6_000),
        near.place["city"], near.place["country"], owner, today - timedelta(days=age),
    )  # fmt: skip


def _status(random: Random, age: int) -> str:
    if age < 4:
        return pick(random, {"new": 70, "working": 30})
    if age < 30:
        return pick(random, {"new": 8, "working": 62, "qualified": 14, "unqualified": 16})
    return pick(random, {"working": 12, "qualified": 14, "unqualified": 46, "converted": 28})


def _twice(made: list[Prospect], today: date) -> Iterator[Prospect]:
    """Every eightieth fills in the form again a few days later."""
    for number, lead in enumerate(made[::80], 1):
        day = min(today, lead.created_on + timedelta(days=6))
        yield Prospect(
            f"NL-9{number:04d}", lead.name, lead.company, lead.title, lead.email, "Web form", lead.campaign, "new",
            lead.score, lead.industry, lead.employees, lead.city, lead.country, "", day,
        )  # fmt: skip
