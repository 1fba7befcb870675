"""Steps that sell: products and process, accounts, targets, then two years of deals, week by week and day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

from django.db import connection

from core.enums import RunState
from core.models import Currency, FiscalPeriod, FxRate, Run
from core.selectors import the_company
from core.services import add_rate, run_night
from integrations.demo import catalogue, records
from integrations.demo.chance import chance
from integrations.demo.files import import_rows
from integrations.demo.goals import COMPANY, PERSON, Goal
from integrations.demo.lives import Life
from integrations.demo.making import Making, Step
from integrations.demo.playing import name_buyers, play_day, split_credit
from integrations.demo.stamps import stamp
from people.models import Person, Team
from pipeline.enums import CriterionKind
from pipeline.models import ListPrice, Product, Stage, StageCriterion
from pipeline.services import set_criteria, set_price
from pipeline.services.hygiene import check_records
from pipeline.services.snapshots import reconstruct_nights, snapshot_day
from quotas.models import Target
from quotas.services import set_target

EVENING = time(18)
ACTIVE_DAYS = 300
GROUPED_DAYS = 20  # deals closed so long before the weeks of files still name their buyers


def basics(making: Making) -> Iterator[Step]:
    """What stands before the first deal: rates, products with prices, exit criteria of the stages."""
    yield "plan rates", partial(add_rates, making)
    yield "products", partial(_import, making, "products", "products.csv", records.products(), making.today)
    yield "prices abroad", partial(set_prices, making)
    yield "exit criteria", partial(set_exit_criteria, making)


def _import(making: Making, kind: str, name: str, rows: Iterable[records.Row], today: date) -> None:
    import_rows(kind=kind, name=name, rows=rows, by=making.ops, today=today)


def add_rates(making: Making) -> None:
    """A plan rate for each fiscal year of the story, oldest first."""
    years = sorted({making.story.calendar.year_of(quarter.start).start for quarter in making.story.quarters})
    for code, rates in catalogue.PLAN_RATES.items():
        for year, rate in zip(years, reversed(rates[: len(years)]), strict=True):
            row = FxRate(currency=Currency.objects.get(pk=code), rate=rate, valid_from=year, source="Plan of the year")
            add_rate(rate=row, by=making.ops)


def set_prices(making: Making) -> None:
    first = making.story.quarters[0].start
    for offer in catalogue.OFFERS:
        product = Product.objects.get(external_id=offer.code)
        for code in catalogue.PLAN_RATES:
            price = ListPrice(product=product, price=records.money(offer.price, code), valid_from=first)
            price.currency = Currency.objects.get(pk=code)
            set_price(price=price, by=making.ops)


def set_exit_criteria(making: Making) -> None:
    for stage in Stage.objects.filter(name__in=catalogue.CRITERIA):
        criteria = [
            StageCriterion(label=label, kind=CriterionKind.FIELD if field else CriterionKind.CHECK, field=field)
            for label, field in catalogue.CRITERIA[stage.name]
        ]
        set_criteria(stage=stage, criteria=criteria, by=making.ops)


def market(making: Making) -> Iterator[Step]:
    """Accounts, contacts, leads."""
    for kind, rows in (("accounts", records.accounts), ("contacts", records.contacts), ("leads", records.leads)):
        yield kind, partial(_import, making, kind, f"{kind}.csv", rows(making.story), making.today)


def targets(making: Making) -> Iterator[Step]:
    """What everyone owes, quarter by quarter."""
    for key in dict.fromkeys(goal.period for goal in making.story.goals):
        yield f"targets of {key}", partial(set_targets, making, [g for g in making.story.goals if g.period == key])


def set_targets(making: Making, goals: list[Goal]) -> None:
    period = FiscalPeriod.objects.get(key=goals[0].period)
    teams = dict(Team.objects.values_list("name", "pk"))
    people = dict(Person.objects.values_list("name", "pk"))
    currency = Currency.objects.get(pk="USD")
    for goal in goals:
        holder = 0 if goal.kind == COMPANY else people[goal.holder] if goal.kind == PERSON else teams[goal.holder]
        row = Target(period=period, holder_kind=goal.kind, holder_id=holder, amount=goal.amount, currency=currency)
        set_target(target=row, by=making.ops, on=goal.since)


def weeks(making: Making) -> Iterator[Step]:
    """History as one file, then the changes of each week as another, with the night after it."""
    first = None
    for last in making.story.weeks:
        span = f"the week to {last}" if first else f"all days to {last}"
        yield f"deals of {span}", partial(sync, making, first, last)
        yield f"activities of {span}", partial(_import_activities, making, first, last)
        if first is None:
            yield "statistics", analyse
            yield "nights before", partial(reconstruct_nights, first=making.story.quarters[0].start, last=last)
        yield f"night of {last}", partial(keep_night, last)
        first = last + timedelta(days=1)


def days(making: Making) -> Iterator[Step]:
    """The last days as people enter them, each with its night; today up to now."""
    day = making.story.first_played
    while day < making.today:
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=the_company().zone)
        yield f"{day}", partial(play_day, making.story, making.books, day, end)
        day += timedelta(days=1)
        ended = day - timedelta(days=1)
        yield f"night of {ended}", partial(end_last_day if day == making.today else keep_night, ended)
    yield "today", partial(play_day, making.story, making.books, day, making.at)


def keep_night(day: date) -> None:
    """What a past night leaves for good: the snapshot and the findings of its day."""
    snapshot_day(on=day)
    check_records(on=day)


def end_last_day(day: date) -> None:
    """The whole night before today. It was opened with the company, so that nobody else runs it meanwhile."""
    waiting = Run.objects.filter(kind="nightly", params__on=day.isoformat(), state=RunState.QUEUED).first()
    run_night(on=day.isoformat(), run=waiting)


def sync(making: Making, first: date | None, last: date) -> None:
    """The deals that changed from `first` to `last` as a file of the other system; all of history without `first`."""
    name = f"crm_deals_{last}.csv" if first else "crm_deals_history.csv"
    _import(making, "opportunities", name, records.deals(making.story, first, last), last)
    making.books.__dict__.pop("deals", None)
    since = first or last - timedelta(days=GROUPED_DAYS)
    for life in making.story.deals:
        if _is_new(life, since, last, everything=first is None):
            name_buyers(life, making.books, by=making.ops)
            _share(making, life)
    stamp(at=datetime.combine(last, EVENING, tzinfo=the_company().zone))


def _is_new(life: Life, since: date, last: date, *, everything: bool) -> bool:
    """Begun in the span; with everything, also begun before and not closed before it."""
    if life.created_on > last:
        return False
    return life.created_on >= since or (everything and (life.closed is None or life.closed.day >= since))


def _share(making: Making, life: Life) -> None:
    """Every thirtieth deal is sold by two people of one team."""
    random = chance("share", life.code)
    colleagues = [s for s in making.story.organisation.reps if s.team == life.company.seat.team]
    partner = random.choice(colleagues).holder_on(life.created_on)
    if random.random() < 1 / 30 and partner not in ("", records.owner_of(life, life.created_on)):
        split_credit(life, making.books, partner, by=making.ops)


def _import_activities(making: Making, first: date | None, last: date) -> None:
    """Calls, mails and meetings of a year, or of a week."""
    name = f"activities_{last}.csv" if first else "activities_history.csv"
    since = first or making.today - timedelta(days=ACTIVE_DAYS)
    _import(making, "activities", name, records.activities(making.story, since, last), last)


def analyse() -> None:
    """Tell the planner how large the tables have become."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
