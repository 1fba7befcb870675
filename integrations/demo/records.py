"""The story as rows of files: field name -> value, one file for each kind of record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.demo import roster
from integrations.demo.catalogue import OFFERS, PLAN_RATES
from integrations.demo.chance import chance
from integrations.demo.companies import Company, slug
from integrations.demo.lives import LOST, WON, Life
from integrations.demo.organisation import Seat
from integrations.demo.story import Story

Row = dict[str, Any]
DOMAIN = "northwind.example"
# Values of a life that a deal's record shows as they are.
AS_TOLD = ("stage", "stage_since", "category", "engaged_on", "expected_close_on", "next_step", "next_step_due_on",
           "loss_reason", "competitor")  # fmt: skip


def email_of(name: str) -> str:
    given, family = name.split(" ", 1)
    return f"{slug(given)}.{slug(family)}@{DOMAIN}"


def person_code(name: str) -> str:
    return f"NP-{slug(name)}"


def first_people(story: Story) -> Iterator[Row]:
    """Everyone who sits in the sales line on its first day, the VP on top."""
    organisation = story.organisation
    yield _person(roster.VP, "VP of Sales", organisation.dawn)
    for seat in organisation.managers.values():
        yield _seated(seat, roster.VP, organisation.dawn)
    for seat in (*organisation.reps, *organisation.support):
        if seat.opened == organisation.dawn:
            yield _seated(seat, organisation.managers[seat.team].holdings[0].name, organisation.dawn)


def new_seats(story: Story) -> dict[date, list[Row]]:
    """People hired onto seats of their own, by the day they begin."""
    found: dict[date, list[Row]] = {}
    for seat in (*story.organisation.reps, *story.organisation.support):
        if seat.opened > story.organisation.dawn:
            manager = story.organisation.managers[seat.team].holder_on(seat.opened)
            found.setdefault(seat.opened, []).append(_seated(seat, manager, seat.opened))
    return dict(sorted(found.items()))


def _person(name: str, title: str, hired_on: date) -> Row:
    return {
        "external_id": person_code(name),
        "name": name,
        "email": email_of(name),
        "title": title,
        "hired_on": hired_on,
    }


def _seated(seat: Seat, manager: str, hired_on: date) -> Row:
    person = _person(seat.holdings[0].name, seat.title, hired_on)
    return person | {"manager": person_code(manager), "team": seat.team, "region": seat.region}


def products() -> Iterator[Row]:
    for offer in OFFERS:
        yield {
            "external_id": offer.code, "name": offer.name, "family": offer.family, "price": offer.price,
            "currency": "USD", "is_recurring": "yes" if offer.is_recurring else "no",
        }  # fmt: skip


def price_list(currency: str) -> Iterator[Row]:
    for offer in OFFERS:
        yield {
            "external_id": offer.code,
            "name": offer.name,
            "price": money(offer.price, currency),
            "currency": currency,
        }


def money(dollars: float, currency: str) -> Decimal:
    """Whole dollars in another currency at the plan rate of today's year, in hundreds; dollars as they are."""
    amount = Decimal(round(dollars))
    return (
        amount
        if currency == "USD"
        else (amount / PLAN_RATES[currency][0]).quantize(Decimal("1E2")).quantize(Decimal(1))
    )


def accounts(story: Story) -> Iterator[Row]:
    won = {life.company.code for life in story.deals if _is_won(life, story.today)}
    random = chance("accounts")
    for company in story.market:
        yield _account(company, story.today, "customer" if company.code in won else "prospect") | {
            "phone": f"+1 {random.randint(201, 989)} 555 01{random.randint(10, 99)}"
        }
    for company in _written_twice(story):
        yield _account(company, story.today, "prospect") | {
            "external_id": f"{company.code}-B", "name": f"{company.name} Inc.", "parent": None, "street": None,
        }  # fmt: skip


def _account(company: Company, today: date, kind: str) -> Row:
    return {
        "external_id": company.code, "name": company.name, "domain": company.domain, "parent": company.parent or None,
        "owner": person_code(company.owner_on(today)), "type": kind, "industry": company.industry,
        "segment": company.segment, "employees": company.employees, **company.place,
    }  # fmt: skip


def _written_twice(story: Story) -> list[Company]:
    """Accounts that somebody entered a second time."""
    return story.market[5::90]


def _is_won(life: Life, today: date) -> bool:
    closed = life.closed
    return closed is not None and closed.day <= today and closed.values["stage"] == WON


def contacts(story: Story) -> Iterator[Row]:
    random = chance("contacts")
    for company in story.market:
        for buyer in company.buyers:
            yield {
                "external_id": buyer.code, "name": buyer.name, "email": buyer.email, "title": buyer.title,
                "persona": buyer.persona.replace("_", " "), "account": company.code,
                "owner": person_code(company.owner_on(story.today)),
                "phone": f"+1 {random.randint(201, 989)} 555 01{random.randint(10, 99)}",
            }  # fmt: skip
    for number, company in enumerate(_written_twice(story), 1):
        buyer = company.buyers[0]
        yield {"external_id": f"NC-9{number:04d}", "name": buyer.name, "email": buyer.email, "title": buyer.title}


def deals(story: Story, first: date | None, last: date) -> Iterator[Row]:
    """Deals as they stood at the end of `last`: all of them, or those that changed since `first`."""
    for life in story.deals:
        if life.created_on <= last and (first is None or life.changed_in(first, last)):
            yield deal_row(life, last)


def deal_row(life: Life, day: date) -> Row:
    values, currency = life.on(day), life.company.currency
    amount = values["amount"]
    row = {
        "external_id": life.code,
        "name": life.name,
        "account": None if "no account" in life.flaws else life.company.code,
        "owner": person_code(owner) if (owner := owner_of(life, day)) else None,
        "type": life.type,
        "source": life.source,
        "created_on": life.created_on,
        "currency": currency,
        "amount": None if amount is None else money(amount, currency),
        "product": life.offer.code,
        "quantity": values["quantity"],
        "close_date": values.get("closed_on"),
    }
    if life.offer.is_recurring and amount:
        row |= {"recurring_amount": row["amount"], "term_months": 12 if life.type == "renewal" else 36}
    plain = (
        "stage",
        "stage_since",
        "category",
        "engaged_on",
        "expected_close_on",
        "next_step",
        "next_step_due_on",
        "loss_reason",
    )
    row |= {name: values.get(name) for name in (*plain, "competitor")}
    row["category"] = row["category"].replace("_", " ")
    if "wild probability" in life.flaws and values["stage"] not in (WON, LOST):
        row["probability"] = 95 if values["stage"] == "Discovery" else 5
    return row


def owner_of(life: Life, day: date) -> str:
    """Who owns a deal at the end of a day: the holder of the seat, of a closed one at its close; "" for nobody."""
    if "no owner" in life.flaws:
        return ""
    closed = life.closed
    return life.company.seat.last_holder_before(min(day, closed.day) if closed else day)


def activities(story: Story, first: date, last: date) -> Iterator[Row]:
    """Calls, mails and meetings from one day to another."""
    for life in story.deals:
        for number, (day, kind, title) in enumerate(life.talks, 1):
            if first <= day <= last:
                random = chance("talk", life.code, number)
                owner = owner_of(life, day)
                yield {
                    "external_id": f"{life.code}-{number}", "kind": kind, "title": title, "opportunity": life.code,
                    "happened_at": f"{day} {random.randint(16, 23):02d}:{random.choice((0, 5, 10, 15, 30, 45)):02d}:00",
                    "owner": person_code(owner) if owner else None,
                }  # fmt: skip


def leads(story: Story) -> Iterator[Row]:
    for lead in story.leads:
        row = asdict(lead)
        row["external_id"], row["company_name"] = row.pop("code"), row.pop("company")
        row["owner"] = person_code(lead.owner) if lead.owner else None
        yield row
