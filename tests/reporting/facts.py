"""Facts that tests of figures put into the small company: deals that closed, targets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.models import FiscalPeriod
from pipeline.models import Opportunity, Stage
from quotas.models import Target
from quotas.services import set_target
from tests.small_company import SINCE, SmallCompany

QUARTER = "2024-Q3"


def won(
    company: SmallCompany, name: str, amount: int, *, owner: Any = None, on: date = date(2024, 7, 20)
) -> Opportunity:
    """A deal that closed; rows of the past are written as they would be imported."""
    deal = company.deal(name, owner=owner, amount=Decimal(amount))
    Opportunity.objects.filter(pk=deal.pk).update(
        status="won", stage=_stage("won"), closed_on=on, engaged_on=date(2024, 7, 1), expected_close_on=None
    )
    return deal


def lost(company: SmallCompany, name: str, *, owner: Any = None, on: date = date(2024, 7, 25)) -> Opportunity:
    deal = company.deal(name, owner=owner)
    Opportunity.objects.filter(pk=deal.pk).update(status="lost", stage=_stage("lost"), closed_on=on)
    return deal


def _stage(status: str) -> Any:
    return Stage.objects.filter(process__is_default=True, status=status).first()


def target(company: SmallCompany, amount: int, key: str = QUARTER, **holder: Any) -> None:
    period = company.row.calendar.period(key)
    row, _made = FiscalPeriod.objects.get_or_create(
        key=key, defaults={"kind": period.kind, "label": period.label, "starts_on": period.start, "ends_on": period.end}
    )
    set_target(target=Target(period=row, amount=Decimal(amount), **holder), by=company.ops.user, on=SINCE)
