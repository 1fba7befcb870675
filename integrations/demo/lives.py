"""Lives of deals: each is invented whole, from its first day to its close, also beyond today.

What is open today is then simply what hasn't closed yet: stages, coverage and cycle fit each other on any day of a
quarter. A life is a list of dated changes; `Life.on(day)` is the deal as it stood at the end of a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from integrations.demo import roster, words
from integrations.demo.catalogue import OFFERS, Offer
from integrations.demo.chance import chance, on_weekday, pick
from integrations.demo.companies import Company
from integrations.demo.organisation import Seat

STAGES = ("Discovery", "Evaluation", "Proposal", "Negotiation")
CATEGORIES = {"Discovery": "pipeline", "Evaluation": "pipeline", "Proposal": "best_case", "Negotiation": "commit"}
WON, LOST = "Won", "Lost"
# The share of a cycle spent in each stage, and where deals are lost.
SHARES = (0.24, 0.30, 0.26, 0.20)
LOST_IN = {"Discovery": 28, "Evaluation": 32, "Proposal": 26, "Negotiation": 14}
# Mean days from first talk to close, and typical amounts, by segment.
CYCLE_DAYS = {roster.ENTERPRISE: 88, roster.MID_MARKET: 62}
TYPICAL = {roster.ENTERPRISE: 185_000, roster.MID_MARKET: 78_000}
WIN_SHARE = 0.258
DEALS_A_DAY = 5.5
# Deals begun by month: a slow summer, a push in autumn.
SEASON = (0.96, 1.0, 1.06, 1.02, 1.02, 1.0, 0.86, 0.88, 1.1, 1.12, 1.04, 0.86)
GROWTH_A_YEAR = 0.12
BURN_IN_DAYS = 210
BUSIER = {"Maya Okonjo": 1.7}  # whose login people try: there is something to see on any day


# What is wrong with a record on purpose: name -> share of deals.
FLAWS = {
    "no next step": 0.2, "no amount": 0.02, "amount zero": 0.012, "no reason": 0.03, "dates slip": 0.12,
    "quiet": 0.26, "no contact": 0.16, "no decision maker": 0.2, "no account": 0.008, "no owner": 0.005,
    "wild probability": 0.03,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    day: date
    values: dict[str, Any]


@dataclass(slots=True)
class Life:
    """One deal. `flaws` are what is wrong with its record on purpose."""

    code: str
    name: str
    company: Company
    offer: Offer
    type: str
    source: str
    created_on: date
    changes: list[Change] = field(default_factory=list)
    flaws: frozenset[str] = frozenset()
    talks: list[tuple[date, str, str]] = field(default_factory=list)  # day, kind, title

    def on(self, day: date) -> dict[str, Any]:
        """The values that stand at the end of a day; {} before the deal begins."""
        values: dict[str, Any] = {}
        for change in self.changes:
            if change.day > day:
                break
            values |= change.values
        return values

    def changed_in(self, first: date, last: date) -> bool:
        return any(first <= change.day <= last for change in self.changes)

    @property
    def closed(self) -> Change | None:
        """The change that closes the deal, whenever that is."""
        return next((change for change in self.changes if "closed_on" in change.values), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a life will go, before it is written down as changes. A stuck one is left alone on the way."""

    ends_on: date
    is_won: bool
    talked_on: date
    entered: list[date]  # the day each stage was reached
    is_stuck: bool


class Luck:
    """Evens out: a seat wins about every third or fourth deal, not five in a row and then none for a year."""

    def __init__(self) -> None:
        self.saved: dict[int, float] = {}

    def holds(self, seat: Seat, share: float) -> bool:
        """Whether the seat's next deal is won, so that over time a share of them are."""
        saved = self.saved.get(id(seat), chance("luck", seat.title, seat.holdings[0].name).random()) + share
        self.saved[id(seat)] = saved % 1
        return saved >= 1


def lives(market: list[Company], first: date, today: date, scale: float) -> list[Life]:
    """Deals begun from some months before `first` up to today, without those closed before `first`."""
    books, luck = _books(market), Luck()
    made: list[Life] = []
    for day in _days(first - timedelta(days=BURN_IN_DAYS), today):
        made += _begun_on(books, luck, day, (day - first).days / 365, scale)
    for life in made:
        _stop_where_nobody_sits(life, today)
    kept = [life for life in made if life.closed is None or life.closed.day >= first]
    for number, life in enumerate(kept, 1):
        life.code = f"ND-{number:05d}"
    return kept


def _stop_where_nobody_sits(life: Life, today: date) -> None:
    """Once a seat is left for good, nobody moves its deals."""
    last = life.company.seat.holdings[-1]
    if last.end and last.end <= today:
        life.changes = [change for change in life.changes if change.day < last.end]
        life.talks = [talk for talk in life.talks if talk[0] < last.end]


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _books(market: list[Company]) -> list[tuple[Seat, list[Company]]]:
    books: dict[int, tuple[Seat, list[Company]]] = {}
    for company in market:
        books.setdefault(id(company.seat), (company.seat, []))[1].append(company)
    return list(books.values())


def _begun_on(
    books: list[tuple[Seat, list[Company]]], luck: Luck, day: date, years: float, scale: float
) -> Iterator[Life]:
    if day.weekday() > 4:
        return
    random = chance("begun", day)
    expected = DEALS_A_DAY * scale * SEASON[day.month - 1] * (1 + GROWTH_A_YEAR * years)
    open_books = [(seat, book) for seat, book in books if seat.holder_on(day)]
    weights = [energy(seat) for seat, _book in open_books]
    for number in range(int(expected) + (random.random() < expected % 1)):
        _seat, book = random.choices(open_books, weights)[0]
        yield _life(chance("deal", day, number), random.choice(book), luck, day)


def energy(seat: Seat) -> float:
    """How many deals a seat begins against the others: mid-market more than enterprise, and each a little its own."""
    base = 1.0 if seat.segment == roster.MID_MARKET else 0.72
    base *= BUSIER.get(seat.holdings[0].name, 1.0)
    return base * chance("energy", seat.title, seat.holdings[0].name).uniform(0.8, 1.2)


def _life(random: Random, company: Company, luck: Luck, day: date) -> Life:
    offer = pick(random, {offer: offer.weight for offer in OFFERS})
    kind = pick(random, {"new": 66, "expansion": 27, "renewal": 7})
    kind = "expansion" if kind == "renewal" and not offer.is_recurring else kind
    quantity = _quantity(random, offer, TYPICAL[company.segment] * (1.0 if kind == "new" else 0.6))
    named = f"{quantity} {offer.plural}" if quantity > 1 else offer.name
    name = f"{company.name}: {named}" if kind != "renewal" else f"{company.name}: {offer.name} renewal"
    life = Life("", name, company, offer, kind, pick(random, words.SOURCES), day)
    plan = _plan(random, life, is_won=luck.holds(company.seat, win_chance(life)))
    life.flaws = _flaws(random)
    _begin(random, life, quantity)
    _move_through(random, life, plan)
    _close(random, life, plan)
    life.changes.sort(key=lambda change: change.day)
    life.talks = list(_talks(random, life, plan))
    return life


def _quantity(random: Random, offer: Offer, typical: int | float) -> int:
    return max(1, round(random.lognormvariate(0, 0.62) * typical / offer.price))


def win_chance(life: Life) -> float:
    """Referrals and customers buy more often than strangers; some sellers are better than others."""
    by_type = {"new": 0.0, "expansion": 0.09, "renewal": 0.42}[life.type]
    by_source = {"Referral": 0.09, "Partner": 0.03, "Outbound": -0.05}.get(life.source, 0.0)
    skill = chance("skill", life.company.seat.title, life.company.seat.holdings[0].name).uniform(-0.06, 0.07)
    return WIN_SHARE + by_type + by_source + skill


def _plan(random: Random, life: Life, *, is_won: bool) -> Plan:
    cycle = CYCLE_DAYS[life.company.segment] * random.gammavariate(6, 1 / 6)
    cycle *= 1.0 if life.type == "new" else 0.8
    talked_on = on_weekday(life.created_on + timedelta(days=random.randint(0, 5)))
    reached = len(STAGES) if is_won else STAGES.index(pick(random, LOST_IN)) + 1
    cycle *= 1.0 if is_won else random.uniform(0.75, 1.35)
    share, entered = 0.0, list[date]()
    for number in range(reached):
        day = on_weekday(talked_on + timedelta(days=round(cycle * share)))
        entered.append(max(day, entered[-1] if entered else life.created_on))
        share += SHARES[number] * (1.0 if is_won else sum(SHARES) / sum(SHARES[:reached]))
    ends_on = talked_on + timedelta(days=max(3, round(cycle)))
    ends_on = _to_month_end(random, ends_on) if is_won else ends_on
    ends_on = max(on_weekday(ends_on), entered[-1])
    return Plan(
        ends_on, is_won, max(talked_on, life.created_on), entered, is_stuck=not is_won and random.random() < 0.055
    )


def _to_month_end(random: Random, day: date) -> date:
    """Buyers sign late in the month, and in its last days most of all."""
    if random.random() > 0.35:
        return day
    last = _month_end(day)
    return max(day, last - timedelta(days=random.randint(0, 6)))


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _flaws(random: Random) -> frozenset[str]:
    """What is wrong with the record, each now and then."""
    return frozenset(name for name, share in FLAWS.items() if random.random() < share)


def _begin(random: Random, life: Life, quantity: int) -> None:
    hopeful = 0.45 if "dates slip" in life.flaws else 1.0
    expected = round(CYCLE_DAYS[life.company.segment] * random.uniform(0.9, 1.4) * hopeful)
    values: dict[str, Any] = {
        "stage": STAGES[0],
        "stage_since": life.created_on,
        "category": CATEGORIES[STAGES[0]],
        "quantity": quantity,
        "amount": None
        if "no amount" in life.flaws
        else 0
        if "amount zero" in life.flaws
        else life.offer.price * quantity,
        "expected_close_on": on_weekday(life.created_on + timedelta(days=expected)),
    }
    life.changes.append(Change(life.created_on, values))


def _move_through(random: Random, life: Life, plan: Plan) -> None:
    """Stages entered, next steps agreed, amounts revised, close dates moved."""
    life.changes.append(Change(plan.talked_on, {"engaged_on": plan.talked_on}))
    for number, day in enumerate(plan.entered):
        stage = STAGES[number]
        values: dict[str, Any] = {}
        if number:
            values |= {"stage": stage, "stage_since": day, "category": _category(random, stage)}
            values |= _revised(random, life, stage, day)
        if "no next step" not in life.flaws:
            values |= _next_step(random, stage, day)
        if stage == STAGES[1] and random.random() < 0.45:
            values["competitor"] = random.choice(words.COMPETITORS)
        life.changes.append(Change(day, values))
    _keep_in_touch(random, life, plan)
    _move_dates(random, life, plan)


def _category(random: Random, stage: str) -> str:
    """As the stage says, now and then bolder or more careful."""
    if stage == "Negotiation" and random.random() < 0.3:
        return "best_case"
    if stage == "Proposal" and random.random() < 0.12:
        return "commit"
    return CATEGORIES[stage]


def _revised(random: Random, life: Life, stage: str, day: date) -> dict[str, Any]:
    """Scope grows or shrinks at the proposal; a discount is given in negotiation."""
    now = life.on(day)
    amount = now["amount"]
    if not amount:
        return {"amount": life.offer.price * now["quantity"]} if stage == "Negotiation" else {}
    if stage == "Proposal" and random.random() < 0.35:
        return {"amount": round(amount * random.choice((0.8, 0.9, 1.1, 1.2, 1.3)), -2)}
    if stage == "Negotiation" and random.random() < 0.45:
        return {"amount": round(amount * random.uniform(0.86, 0.97), -2)}
    return {}


def _next_step(random: Random, stage: str, day: date) -> dict[str, Any]:
    due = on_weekday(day + timedelta(days=random.randint(13, 34)))
    return {"next_step": random.choice(words.NEXT_STEPS[stage]), "next_step_due_on": due}


def _keep_in_touch(random: Random, life: Life, plan: Plan) -> None:
    """A new next step every two to four weeks while the deal lives; stuck deals are left alone."""
    day = plan.entered[0] + timedelta(days=random.randint(12, 25))
    while day < plan.ends_on and not plan.is_stuck and "no next step" not in life.flaws:
        day = on_weekday(day)
        if day > plan.entered[0]:
            stage = STAGES[sum(entered <= day for entered in plan.entered) - 1]
            life.changes.append(Change(day, _next_step(random, stage, day)))
        day += timedelta(days=random.randint(12, 25))


def _move_dates(random: Random, life: Life, plan: Plan) -> None:
    """The close date is pushed when it comes near and nothing is signed; in negotiation it becomes the true one."""
    expected = life.changes[0].values["expected_close_on"]
    known = plan.entered[3] if len(plan.entered) > 3 else None
    while expected < plan.ends_on:
        slips = "dates slip" in life.flaws
        day = max(life.created_on, on_weekday(expected + timedelta(days=random.randint(-9, 6))))
        if day >= plan.ends_on or (known and day >= known) or plan.is_stuck:
            break
        expected = on_weekday(_later(random, max(day, expected), is_short=slips))
        life.changes.append(Change(day, {"expected_close_on": expected}))
    if known:
        aim = plan.ends_on if plan.is_won else _later(random, plan.ends_on)
        values = {"expected_close_on": on_weekday(aim)}
        life.changes.append(Change(known, values))


def _later(random: Random, day: date, *, is_short: bool = False) -> date:
    moved = day + timedelta(days=random.randint(12, 24) if is_short else random.randint(16, 52))
    return _month_end(moved) if random.random() < 0.4 and not is_short else moved


def _close(random: Random, life: Life, plan: Plan) -> None:
    """Won or lost on its day; a stuck one is cleared away months later."""
    day = plan.ends_on + timedelta(days=random.randint(60, 170)) if plan.is_stuck else plan.ends_on
    values: dict[str, Any] = {"stage": WON if plan.is_won else LOST, "stage_since": day, "closed_on": day}
    values["category"] = "closed" if plan.is_won else "omitted"
    if plan.is_won and not life.on(day)["amount"]:
        values["amount"] = life.offer.price * life.on(day)["quantity"]
    if not plan.is_won and "no reason" not in life.flaws:
        values["loss_reason"] = "Lost contact" if plan.is_stuck else pick(random, words.LOSS_REASONS)
        if values["loss_reason"] == "Competitor":
            values["competitor"] = random.choice(words.COMPETITORS)
    life.changes.append(Change(day, values))


def _talks(random: Random, life: Life, plan: Plan) -> Iterator[tuple[date, str, str]]:
    """Calls, mails, meetings: every week or two until the deal ends; a stuck or quiet one falls silent."""
    last = plan.talked_on + timedelta(days=20) if plan.is_stuck else plan.ends_on
    pause = (14, 40) if "quiet" in life.flaws else (6, 17)
    day = plan.talked_on
    while day <= last:
        kind = pick(random, {"call": 38, "email": 34, "meeting": 22, "note": 6})
        yield on_weekday(day), kind, random.choice(words.ACTIVITIES[kind])
        day += timedelta(days=random.randint(*pause))
