"""Rows for every list: each call adds some of everything, related to each other as far as the lists show it."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Contact
from accounts.services import save_contact
from core.models import FiscalPeriod, FxRate
from core.runs import open_run
from core.services import add_rate, lay_out_periods
from leads.models import Lead
from leads.services import save_lead
from people.enums import TeamKind
from people.models import Person, Team
from people.services import create_user, report_to, seat
from pipeline.models import Competitor, ListPrice, LossReason, Product, Stage, StageCriterion
from pipeline.services import set_price
from quotas.enums import HolderKind
from quotas.models import Target
from quotas.services import set_target
from tests.small_company import SINCE

_numbers = itertools.count(1)


def add_rows(company: Any, count: int) -> None:
    for _ in range(count):
        number = next(_numbers)
        _records(company, number)
        _people(company, number)
        _settings(company, number)


def _records(company: Any, number: int) -> None:
    parent = company.account(f"Parent {number}")
    account = company.account(f"Account {number}", parent=parent)
    company.deal(f"Deal {number}", account=account, product=_product(company, number))
    contact = Contact(name=f"Contact {number}", account=account, owner=company.rep.person)
    save_contact(contact=contact, by=company.ops.user)
    save_lead(lead=Lead(name=f"Lead {number}", owner=company.rep.person), by=company.ops.user, on=company.as_of)


def _product(company: Any, number: int) -> Product:
    product = company.product(f"Product {number}")
    price = ListPrice(product=product, currency_id="USD", price=Decimal(10 + number), valid_from=SINCE)
    set_price(price=price, by=company.ops.user)
    return product


def _people(company: Any, number: int) -> None:
    person = Person.objects.create(name=f"Person {number}")
    team = Team.objects.create(name=f"Team {number}", kind=TeamKind.TEAM, parent=company.west.parent)
    position = seat(person=person, title=f"Seat {number}", since=SINCE, team=team)
    report_to(position=position, manager=company.manager.position, since=SINCE)
    create_user(email=f"u{number}@example.com", password=None, roles=["rep"], by=None, on=SINCE, person=person)


def _settings(company: Any, number: int) -> None:
    if not FiscalPeriod.objects.exists():
        lay_out_periods(company=company.row)
    period = FiscalPeriod.objects.get(key=str(2020 + number % 10))
    team = Team.objects.order_by("-pk").first()
    for kind, holder in ((HolderKind.TEAM, team.pk), (HolderKind.COMPANY, 0), (HolderKind.PERSON, number)):
        target = Target(period=period, holder_kind=kind, holder_id=holder, amount=Decimal(5), currency_id="USD")
        set_target(target=target, by=company.ops.user, on=SINCE)
    process = Stage.objects.first().process
    stage = Stage.objects.create(process=process, name=f"Stage {number}", position=90 + number, probability=Decimal(5))
    StageCriterion.objects.create(stage=stage, label="Asked")
    LossReason.objects.create(name=f"Reason {number}")
    Competitor.objects.create(name=f"Rival {number}")
    since = date(2020, 1, 1) + timedelta(days=number)
    add_rate(rate=FxRate(currency_id="EUR", rate=Decimal("1.1"), valid_from=since), by=company.ops.user)
    open_run(kind="test", label=f"Run {number}", by=company.rep.user)
