"""Contracts as accounting sees them: of which deal, over which term, whether it stands, and what was lost of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Greatest

from compensation.kernel import benefit
from compensation.kernel.benefit import Term
from compensation.models import ContractCost
from core.kernel.money import to_minor
from core.kernel.periods import FiscalCalendar
from orders.enums import ContractStatus
from orders.kernel.terms import months_after
from orders.models import Contract
from pipeline.enums import DealType, Status
from pipeline.models import Opportunity

AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Placed:
    """What a deal's cost belongs to: one of its contracts, or the deal itself. weight: the contract's value."""

    deal_id: int
    contract_id: int | None
    account_id: int | None
    term: Term
    weight: int


class _Deal(NamedTuple):
    pk: int
    account_id: int | None
    type: str
    created_on: date
    closed_on: date | None
    expected_close_on: date | None
    term_months: int | None
    term_starts_on: date | None
    term_ends_on: date | None


@lru_cache(maxsize=4096)
def month_number(calendar: FiscalCalendar, day: date) -> int:
    """Months of account in their order: the number rises by one from month to month."""
    key = calendar.month_of(day).key
    return int(key[:4]) * 12 + int(key[5:7]) - 1


def placed(deal_ids: Collection[int]) -> dict[int, list[Placed]]:
    """What the costs of deals belong to, by deal: their signed contracts, else what they renew, else their own term."""
    wanted = sorted(deal_ids)
    found: dict[int, list[Placed]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        found.update(_placed(wanted[start : start + AT_ONCE]))
    return found


def _placed(ids: list[int]) -> Iterator[tuple[int, list[Placed]]]:
    signed = Contract.objects.filter(deal__in=ids, signed_on__isnull=False).order_by("starts_on", "pk")
    contracts: dict[int, list[Contract]] = defaultdict(list)
    for one in signed:
        contracts[one.deal_id or 0].append(one)
    renewed = {one.renewal_deal_id: one for one in Contract.objects.filter(renewal_deal__in=ids)}
    for row in Opportunity.objects.filter(pk__in=ids).values_list(*_Deal._fields):
        deal = _Deal(*row)
        is_renewal = deal.type == DealType.RENEWAL or deal.pk in renewed
        own = [_of_contract(deal, one, is_renewal) for one in contracts[deal.pk]]
        yield deal.pk, own or [_of_deal(deal, renewed.get(deal.pk), is_renewal)]


def _of_contract(deal: _Deal, one: Contract, is_renewal: bool) -> Placed:
    source = benefit.CONTRACT if one.ends_on else benefit.OPEN_END
    term = Term(one.starts_on, one.ends_on, is_renewal, source)
    return Placed(deal.pk, one.pk, one.account_id, term, to_minor(one.value, str(one.currency_id)))


def _of_deal(deal: _Deal, renews: Contract | None, is_renewal: bool) -> Placed:
    if renews is not None and renews.ends_on is not None and renews.renewal_months:
        ends = months_after(renews.ends_on, renews.renewal_months)
        term = Term(renews.ends_on, ends, True, benefit.RENEWAL)
        return Placed(deal.pk, None, renews.account_id, term, 1)
    starts = deal.term_starts_on or deal.closed_on or deal.expected_close_on or deal.created_on
    ends_on = deal.term_ends_on or (months_after(starts, deal.term_months) if deal.term_months else None)
    is_told = ends_on is not None and ends_on > starts
    source = benefit.DEAL if is_told else benefit.ASSUMED
    return Placed(deal.pk, None, deal.account_id, Term(starts, ends_on if is_told else None, is_renewal, source), 1)


def stops(*, before: date) -> dict[int, date]:
    """Contracts that are gone, and from when: cancelled, or ended without a renewal because its deal was lost."""
    known = Contract.objects.filter(pk__in=ContractCost.objects.exclude(contract=None).values("contract"))
    cancelled = known.filter(status=ContractStatus.CANCELLED, cancelled_on__lt=before)
    lost = known.filter(status=ContractStatus.ENDED, ends_on__lt=before, renewal_deal__status=Status.LOST)
    day = Greatest(F("ends_on"), Coalesce(F("renewal_deal__closed_on"), F("ends_on")))
    found = dict(lost.annotate(day=day).filter(day__lt=before).values_list("pk", "day"))
    return found | {pk: on for pk, on in cancelled.values_list("pk", "cancelled_on") if on is not None}


def lost_worth(*, before: date) -> dict[int, tuple[int, int]]:
    """(kept, whole): what contracts still bring a year, and what they did, minor units; those with losses alone."""
    losses = Sum("churns__amount", filter=Q(churns__lost_on__lt=before))
    known = Contract.objects.filter(pk__in=ContractCost.objects.exclude(contract=None).values("contract"))
    rows = known.filter(recurring_amount__gt=0).annotate(lost=losses).exclude(lost=None)
    found: dict[int, tuple[int, int]] = {}
    for pk, whole, lost, currency in rows.values_list("pk", "recurring_amount", "lost", "currency_id"):
        assert whole is not None
        kept = max(whole - lost, Decimal(0))
        found[pk] = to_minor(kept, currency), to_minor(whole, currency)
    return found


def contracts_signed_since() -> dict[int, Placed]:
    """Costs that belong to a deal alone, by their id, with the contract that was signed of it meanwhile."""
    alone = ContractCost.objects.filter(contract=None, deal__contracts__signed_on__isnull=False)
    rows = list(alone.distinct().values_list("pk", "plan_id", "deal_id"))
    found = placed({deal for _pk, _plan, deal in rows})
    taken = set(
        ContractCost.objects.filter(deal__in=found).exclude(contract=None).values_list("plan_id", "contract_id")
    )
    return {pk: one for pk, plan, deal in rows if (plan, (one := found[deal][0]).contract_id) not in taken}
