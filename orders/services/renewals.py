"""Renewals: some time before a contract ends a deal is opened to renew it, once a contract."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.kernel.money import quantise
from core.services import save_next
from orders.enums import ContractStatus
from orders.kernel.terms import months_after, renewal_opens_on
from orders.models import Contract
from orders.selectors.terms import order_settings
from pipeline.enums import DealType, Status
from pipeline.models import Opportunity, Stage
from pipeline.services import create_deal

FURTHEST_DAYS = 800  # no contract asks for more notice


def open_renewals(*, on: date) -> int:
    """Open a renewal deal for each signed contract that ends soon and has none yet; gives how many. Safe to repeat."""
    lead, stage = order_settings().renewal_lead_days, _first_stage()
    soon = Contract.objects.filter(
        status=ContractStatus.SIGNED, renewal_deal=None, ends_on__gt=on, ends_on__lte=on + timedelta(days=FURTHEST_DAYS)
    )
    if stage is None:
        return 0
    rows = soon.order_by("ends_on", "pk").values_list("pk", "ends_on", "notice_days")
    due = [
        pk
        for pk, ends_on, notice in rows
        if ends_on and renewal_opens_on(ends_on=ends_on, lead_days=lead, notice_days=notice) <= on
    ]
    return sum(_open(pk, stage, on) for pk in due)


def _first_stage() -> Stage | None:
    stages = Stage.objects.filter(process__is_default=True, is_active=True, status=Status.OPEN)
    return stages.order_by("position", "pk").first()


@transaction.atomic
def _open(contract_id: int, stage: Stage, on: date) -> bool:
    """One renewal; False when another run was quicker or the contract is over by now."""
    rows = Contract.objects.select_for_update(of=("self",), no_key=True).select_related("account", "deal")
    contract = rows.filter(pk=contract_id, status=ContractStatus.SIGNED, renewal_deal=None).first()
    if contract is None or contract.ends_on is None:
        return False
    deal = create_deal(deal=_renewal(contract, contract.ends_on, stage), by=None, on=on)
    contract.renewal_deal = deal
    save_next(contract)
    audit.record(act="contract.renewal_opened", subject=contract, detail={"deal": deal.number})
    return True


def _renewal(contract: Contract, ends_on: date, stage: Stage) -> Opportunity:
    months = contract.renewal_months or 12
    recurring = contract.recurring_amount
    amount = contract.value if recurring is None else recurring * Decimal(months) / 12
    return Opportunity(
        name=(_("Renewal: %(name)s") % {"name": contract.name})[:255],
        account=contract.account,
        owner=(contract.deal.owner if contract.deal else None) or contract.account.owner,
        type=DealType.RENEWAL,
        stage=stage,
        category=stage.category,
        currency_id=contract.currency_id,
        amount=quantise(amount, str(contract.currency_id)),
        recurring_amount=recurring,
        term_months=months,
        term_starts_on=ends_on,
        term_ends_on=months_after(ends_on, months) - timedelta(days=1),
        product=contract.deal.product if contract.deal else None,
        expected_close_on=ends_on - timedelta(days=1),
        source=_("Contract"),
    )
