"""The last days of the demo company, entered by its people one act at a time, each on its day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pghistory

from accounts.models import Account, Contact
from core.selectors import the_company
from integrations.demo.chance import chance
from integrations.demo.lives import LOST, Change, Life
from integrations.demo.records import money, owner_of, person_code
from integrations.demo.stamps import stamp
from integrations.demo.story import Story
from people.models import Person, User
from pipeline.enums import CriterionKind
from pipeline.models import (
    Activity,
    Competitor,
    LossReason,
    Opportunity,
    OpportunityContact,
    OpportunitySplit,
    Product,
    Stage,
)
from pipeline.services import change_deal, create_deal, log_activity, set_buying_group, set_splits, tick_criterion

DESPITE = "Agreed with the manager"
TICKED = 0.8  # how often people tick the exit criteria before they move on


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person does at an instant: do(at, who)."""

    at: datetime
    who: str
    do: Callable[[datetime, User | None], Any]


class Books:
    """The records that acts name, each table read once; `zone` is the company's."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return the_company().zone

    @cached_property
    def people(self) -> dict[str, Person]:
        return {str(one.external_id): one for one in Person.objects.select_related("user").exclude(external_id=None)}

    @cached_property
    def accounts(self) -> dict[str, Account]:
        return {str(one.external_id): one for one in Account.objects.exclude(external_id=None)}

    @cached_property
    def contacts(self) -> dict[str, Contact]:
        return {str(one.external_id): one for one in Contact.objects.exclude(external_id=None)}

    @cached_property
    def named(self) -> dict[str, dict[str, Any]]:
        models: dict[str, Any] = {"stage": Stage, "competitor": Competitor, "loss_reason": LossReason}
        return {field: {one.name: one for one in model.objects.all()} for field, model in models.items()}

    @cached_property
    def products(self) -> dict[str, Product]:
        return {str(one.external_id): one for one in Product.objects.all()}

    @cached_property
    def deals(self) -> dict[str, int]:
        found = Opportunity.objects.exclude(external_id=None).values_list("external_id", "pk")
        return {str(code): pk for code, pk in found}

    def person(self, name: str) -> Person | None:
        return self.people.get(person_code(name)) if name else None

    def user(self, name: str) -> User | None:
        person = self.person(name)
        return person.user if person else None


def play_day(story: Story, books: Books, day: date, until: datetime) -> int:
    """Do everything people did on a day, in order, up to an instant; returns how many acts."""
    acts = sorted(_acts(story, books, day), key=lambda act: act.at)
    done = [act for act in acts if act.at <= until]
    for act in done:
        user = books.user(act.who)
        with _signed_by(user):
            act.do(act.at, user)
        stamp(at=act.at)
    return len(done)


@contextmanager
def _signed_by(user: User | None) -> Iterator[None]:
    """History names who made the changes inside."""
    author = {"user": user.pk, "who": str(user)} if user else {}
    with pghistory.context(**author):
        yield


def _acts(story: Story, books: Books, day: date) -> Iterator[Act]:
    """Acts of the day, from eight to six in the company's time zone."""
    for life in story.deals:
        clock = _clock(life, day, books.zone)
        who = owner_of(life, day)
        if life.created_on == day:
            yield Act(next(clock), who, _creating(life, books))
        for talked_on, kind, title in life.talks:
            if talked_on == day:
                yield Act(next(clock), who, _talking(life, books, kind, title))
        for change in life.changes[1:] if life.created_on <= day else ():
            if change.day == day:
                yield Act(next(clock), who, _changing(life, books, change))


def _clock(life: Life, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Instants of the day for the acts on one deal, each later than the one before."""
    random = chance("clock", life.code, day)
    at = datetime.combine(day, time(8), tzinfo=zone) + timedelta(minutes=random.randint(0, 400))
    while True:
        yield at
        at += timedelta(minutes=random.randint(2, 35))


def _creating(life: Life, books: Books) -> Callable[[datetime, User | None], None]:
    def create(at: datetime, user: User | None) -> None:
        values = life.changes[0].values
        owner = books.person(owner_of(life, at.date()))
        deal = Opportunity(
            name=life.name, external_id=life.code, owner=owner, type=life.type, source=life.source,
            account=None if "no account" in life.flaws else books.accounts[life.company.code],
            stage=books.named["stage"][values["stage"]], category=values["category"],
            currency_id=life.company.currency, amount=_amount(life, values["amount"]),
            product=books.products[life.offer.code], expected_close_on=values["expected_close_on"],
        )  # fmt: skip
        books.deals[life.code] = create_deal(deal=deal, by=user, on=at.date()).pk
        name_buyers(life, books, by=user)

    return create


def _changing(life: Life, books: Books, change: Change) -> Callable[[datetime, User | None], None]:
    def alter(at: datetime, user: User | None) -> None:
        values = {name: value for name, value in change.values.items() if name not in ("closed_on", "stage_since")}
        if "amount" in values:
            values["amount"] = _amount(life, values["amount"])
        if values.get("stage") == LOST:
            values.setdefault("loss_reason", "No decision")
        values |= {field: books.named[field][values[field]] for field in books.named if field in values}
        deal_id = books.deals[life.code]
        if "stage" in values and chance("ticks", life.code, at.date()).random() < TICKED:
            _tick_all(deal_id, books.person(owner_of(life, at.date())))
        change_deal(deal_id=deal_id, values=values, version=None, by=user, on=at.date(), despite=DESPITE)

    return alter


def _tick_all(deal_id: int, person: Person | None) -> None:
    """Tick the exit criteria of the stage that the deal is about to leave."""
    deal = Opportunity.objects.select_related("stage").get(pk=deal_id)
    ticked = deal.ticks.values("criterion")
    for criterion in deal.stage.criteria.filter(kind=CriterionKind.CHECK).exclude(pk__in=ticked):
        tick_criterion(deal=deal, criterion_id=criterion.pk, person=person)


def _talking(life: Life, books: Books, kind: str, title: str) -> Callable[[datetime, User | None], None]:
    def log(at: datetime, user: User | None) -> None:
        deal = Opportunity.objects.get(pk=books.deals[life.code])
        activity = Activity(kind=kind, title=title, owner=books.person(owner_of(life, at.date())))
        log_activity(activity=activity, deal=deal, by=user, at=at)

    return log


def _amount(life: Life, dollars: float | None) -> Any:
    return None if dollars is None else money(dollars, life.company.currency)


def name_buyers(life: Life, books: Books, *, by: User | None) -> None:
    """The customer's people who take part: all of them, or all but who decides, or nobody yet."""
    if "no contact" in life.flaws or "no account" in life.flaws:
        return
    deciders = ("decision_maker", "economic_buyer")
    chosen = [b for b in life.company.buyers if "no decision maker" not in life.flaws or b.persona not in deciders]
    members = [OpportunityContact(contact=books.contacts[buyer.code], persona=buyer.persona) for buyer in chosen]
    set_buying_group(deal_id=books.deals[life.code], members=members, by=by)


def split_credit(life: Life, books: Books, partner: str, *, by: User | None) -> None:
    """The deal's owner shares its revenue with a colleague."""
    shares = ((owner_of(life, life.created_on), Decimal(70)), (partner, Decimal(30)))
    splits = [
        OpportunitySplit(person=person, percent=share) for name, share in shares if (person := books.person(name))
    ]
    if len(splits) == len(shares):
        set_splits(deal_id=books.deals[life.code], splits=splits, by=by)
