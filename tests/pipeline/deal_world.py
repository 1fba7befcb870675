"""A small random company that keeps changing: deals, seats, teams, lines, rates. Every choice comes from one seed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection

from accounts.models import Account
from core.models import Currency, FxRate
from core.selectors import the_company
from people.enums import TeamKind
from people.models import Occupancy, Person, Position, Team
from people.services import occupy, place, report_to, seat, vacate
from pipeline.models import (
    ListPrice,
    LossReason,
    Opportunity,
    OpportunitySplit,
    Product,
    SalesProcess,
    Stage,
)

TODAY = date(2024, 8, 15)
SINCE = date(2023, 1, 1)
CURRENCIES = ("USD", "USD", "EUR", "JPY", "CHF")  # CHF has no rate


class DealWorld:
    """Records made through services and the ORM; `change()` does one random act of a user, an import or the years."""

    def __init__(self, seed: int, *, deals: int = 25) -> None:
        self.random, self.today = Random(seed), TODAY
        the_company()
        self._currencies()
        self._things()
        self._people()
        for _number in range(deals):
            self.deal()

    def _currencies(self) -> None:
        for code, digits in (("USD", 2), ("EUR", 2), ("JPY", 0), ("CHF", 2)):
            Currency.objects.get_or_create(code=code, defaults={"name": code, "minor_digits": digits})
        middle = TODAY - timedelta(days=40)
        for code, early, late in (("EUR", "1.0917", "1.1"), ("JPY", "0.0067", "0.0071")):
            FxRate.objects.create(currency_id=code, rate=Decimal(early), valid_from=date(2020, 1, 1), valid_to=middle)
            FxRate.objects.create(currency_id=code, rate=Decimal(late), valid_from=middle)

    def _things(self) -> None:
        process, _made = SalesProcess.objects.get_or_create(is_default=True, defaults={"name": "Process"})
        for place_, (name, status, percent) in enumerate(
            (("Discovery", "open", "10"), ("Proposal", "open", "52.5"), ("Won", "won", "100"), ("Lost", "lost", "0"))
        ):
            given = {"position": 10 * place_, "status": status, "probability": Decimal(percent)}
            Stage.objects.get_or_create(process=process, name=name, defaults=given)
        self.stages = list(Stage.objects.filter(process=process).order_by("position"))
        self.reasons = [LossReason.objects.get_or_create(name=name)[0] for name in ("Price", "Timing")]
        self.accounts = [
            Account.objects.create(name=f"Account {n}", segment=s) for n, s in enumerate(("Large", "", "S"))
        ]
        self.products = [
            Product.objects.create(name=f"Product {n}", family=f) for n, f in enumerate(("Arms", "", "Legs"))
        ]
        ListPrice.objects.create(product=self.products[0], currency_id="USD", price=Decimal("99.99"), valid_from=SINCE)

    def _people(self) -> None:
        west, east = (Team.objects.create(name=name, kind=TeamKind.REGION) for name in ("West", "East"))
        teams = [Team.objects.create(name=f"Team {n}", parent=region) for n, region in enumerate((west, west, east))]
        self.teams = [*teams, west]
        vp, *managers = [self._seat(f"Boss {n}", None) for n in range(3)]
        for manager in managers:
            report_to(position=manager, manager=vp, since=SINCE)
        self.bosses = [vp, *managers]
        self.reps = [self._seat(f"Rep {n}", self.random.choice([*self.teams, None])) for n in range(5)]
        for rep in self.reps:
            report_to(position=rep, manager=self.random.choice(managers), since=SINCE)
        self.people = [*Person.objects.order_by("pk"), None]

    def _seat(self, name: str, team: Team | None) -> Position:
        return seat(person=Person.objects.create(name=name), title=name, since=SINCE, team=team)

    def day(self, spread: int = 120) -> date:
        return self.today + timedelta(days=self.random.randint(-spread, spread))

    def deal(self) -> Opportunity:
        deal = Opportunity(name="Deal", process=self.stages[0].process, created_on=self.day() - timedelta(days=60))
        self._fill(deal)
        deal.save()
        return deal

    def _fill(self, deal: Opportunity) -> None:
        pick = self.random.choice
        deal.stage = pick([self.stages[0], *self.stages])
        deal.status = deal.stage.status
        deal.owner, deal.account, deal.product = (
            pick(self.people),
            pick([*self.accounts, None]),
            pick([*self.products, None]),
        )
        deal.type, deal.currency_id = pick(["new", "renewal"]), pick(CURRENCIES)
        deal.amount = pick([None, Decimal(self.random.randint(0, 10**7)) / 1000])
        deal.probability = pick([None, Decimal("33.33")])
        deal.engaged_on = pick([None, deal.created_on + timedelta(days=self.random.randint(-5, 30))])
        deal.expected_close_on = pick([None, self.day(), self.day()])
        deal.closed_on = None if deal.status == "open" else pick([None, self.day(), self.day(), self.day()])
        deal.pushed_count = pick([0, 0, 2])
        deal.loss_reason = pick(self.reasons) if deal.status == "lost" else None

    def change(self) -> str:
        """One act, chosen at random; returns its name, for a failing test's report."""
        acts = [self.deal, self.edit, self.edit, self.edit, self.delete, self.archive, self.re_organise, self.re_place]
        acts += [self.change_seat, self.leave, self.rename_things, self.change_rate, self.load, self.move_team]
        acts += [self.take_in, self.take_back, self.split, self.hire, self.plan_a_line]
        act = self.random.choice(acts)
        act()
        return act.__name__

    def _some(self, count: int = 1) -> list[int]:
        ids = list(Opportunity.objects.order_by("pk").values_list("pk", flat=True))
        return self.random.sample(ids, min(count, len(ids)))

    def edit(self) -> None:
        for deal in Opportunity.objects.filter(pk__in=self._some()):
            self._fill(deal)
            deal.save()

    def delete(self) -> None:
        Opportunity.objects.filter(pk__in=self._some()).delete()

    def archive(self) -> None:
        at: Any = self.random.choice([None, f"{self.today}T12:00Z"])
        Opportunity.objects.filter(pk__in=self._some(2)).update(archived_at=at)

    def load(self) -> None:
        """As an import does: one statement over many rows."""
        Opportunity.objects.filter(pk__in=self._some(8)).update(amount=Decimal(self.random.randint(1, 999)))

    def take_in(self) -> None:
        """As the first fill of an import does: rows by one statement, each like one that is there."""
        alike = "type, process_id, stage_id, status, category, currency_id, owner_id, amount, source, created_on"
        days = "expected_close_on, closed_on"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO pipeline_opportunity
                      (name, {alike}, {days}, pushed_count, next_step, extra, custom, version)
                    SELECT 'Imported', {alike}, {days}, 0, '', '{{}}', '{{}}', 1
                    FROM pipeline_opportunity WHERE name <> 'Imported' ORDER BY id LIMIT 4"""
            )

    def take_back(self) -> None:
        """As the undo of an import does."""
        Opportunity.objects.filter(name="Imported").delete()

    def split(self) -> None:
        """Who gets credit changes nobody's totals: a deal counts once, with its owner."""
        someone = self.random.choice([person for person in self.people if person])
        for pk in self._some():
            OpportunitySplit.objects.get_or_create(
                opportunity_id=pk, person=someone, kind="overlay", defaults={"percent": Decimal(50)}
            )

    def hire(self) -> None:
        """A new person on a new seat, whose line may begin before or after today."""
        person = Person.objects.create(name=f"Rep {len(self.people)}")
        position = seat(person=person, title="New", since=self.day(30), team=self.random.choice(self.teams))
        report_to(position=position, manager=self.random.choice(self.bosses[1:]), since=self.day(30))
        self.reps.append(position)
        self.people.append(person)

    def plan_a_line(self) -> None:
        """A line that begins on one of the days to come, which a fold of that day must notice by itself."""
        begins = self.today + timedelta(days=self.random.randint(1, 50))
        report_to(position=self.random.choice(self.reps), manager=self.random.choice(self.bosses), since=begins)

    def re_organise(self) -> None:
        manager = self.random.choice([*self.bosses, None])
        report_to(position=self.random.choice(self.reps), manager=manager, since=self.day())
        if self.random.random() < 0.3:
            report_to(position=self.bosses[1], manager=self.bosses[2], since=self.day())
            report_to(position=self.bosses[1], manager=self.bosses[0], since=self.today + timedelta(days=150))

    def re_place(self) -> None:
        place(position=self.random.choice(self.reps), team=self.random.choice(self.teams), since=self.day())

    def change_seat(self) -> None:
        someone = self.random.choice([person for person in self.people if person])
        occupy(position=self.random.choice([*self.reps, *self.bosses]), person=someone, since=self.day())

    def leave(self) -> None:
        person = Person.objects.filter(occupancies__in=Occupancy.objects.filter(position__in=self.reps)).first()
        if person:
            vacate(person=person, on=self.day())

    def move_team(self) -> None:
        Team.objects.filter(pk=self.teams[0].pk).update(parent=self.random.choice([self.teams[3].pk, None]))

    def rename_things(self) -> None:
        word = self.random.choice(["", "Large", "S"])
        Account.objects.filter(pk=self.random.choice(self.accounts).pk).update(segment=word)
        Product.objects.filter(pk=self.random.choice(self.products).pk).update(family=word)
        Stage.objects.filter(pk=self.stages[0].pk).update(probability=self.random.randint(0, 100))

    def change_rate(self) -> None:
        FxRate.objects.filter(currency_id="EUR", valid_to=None).update(rate=Decimal(self.random.randint(90, 130)) / 100)
