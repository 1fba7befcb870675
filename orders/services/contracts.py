"""Writes of contracts: draft, sign, cancel, end; and what of them was lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.services import check_version, save_next
from orders.enums import ContractStatus
from orders.kernel.terms import months_after
from orders.models import Churn, Contract
from orders.services.errors import OrderConflict, OrderError, refuse_amount, refuse_closed, refuse_day
from orders.services.watching import saved

# What was signed: column -> the field of forms it stands in.
SIGNED = ("account_id", "signed_on", "starts_on", "ends_on", "currency_id", "value", "recurring_amount")


@transaction.atomic
def save_contract(*, contract: Contract, by: Any, on: date, version: int | None = None) -> Contract:
    """Save a draft, or of a signed contract what isn't agreed in it (name, deal, notice, renewal).

    Raises OrderError when what was signed would change, OrderConflict for another version.
    """
    is_new = contract.pk is None
    _check(contract)
    if is_new:
        contract.save()
    else:
        stands = _locked(contract.pk)
        check_version(stands, version, OrderConflict)
        _refuse_signed(contract, stands)
        contract.version = stands.version
        save_next(contract)
    audit.record(act="contract.created" if is_new else "contract.changed", actor=by, subject=contract)
    saved(contract.deal_id, on)
    return contract


def _check(contract: Contract) -> None:
    if contract.ends_on is not None and contract.ends_on <= contract.starts_on:
        raise OrderError(_("The contract ends before it starts."), "last_day")
    if contract.deal and contract.deal.account_id and contract.deal.account_id != contract.account_id:
        raise OrderError(_("The deal is with another account."), "deal")
    refuse_amount(contract.value, str(contract.currency_id), field="value")
    if contract.recurring_amount is not None:
        refuse_amount(contract.recurring_amount, str(contract.currency_id), field="recurring_amount")


def _refuse_signed(contract: Contract, stands: Contract) -> None:
    if stands.status == ContractStatus.DRAFT:
        return
    for column in SIGNED:
        if getattr(contract, column) != getattr(stands, column):
            field = "last_day" if column == "ends_on" else column.removesuffix("_id")
            words = _("This was signed, so that it stays. Cancel the contract, or book what was lost of it.")
            raise OrderError(words, field)


@transaction.atomic
def sign_contract(*, contract_id: int, signed_on: date, by: Any, on: date) -> Contract:
    """A draft was signed on a day. Raises OrderError when it isn't a draft, DayClosed."""
    contract = _locked(contract_id)
    if contract.status != ContractStatus.DRAFT:
        raise OrderError(_("Only a draft is signed; this one is “%(status)s”.") % _status(contract))
    refuse_day(signed_on, on=on, field="signed_on")
    contract.status, contract.signed_on = ContractStatus.SIGNED, signed_on
    return _moved(contract, "contract.signed", by, on, detail={"on": signed_on.isoformat()})


@transaction.atomic
def cancel_contract(*, contract_id: int, cancelled_on: date, reason: str, by: Any, on: date) -> Contract:
    """End a contract before its time, with a reason; what it still brought a year is lost from that day.

    Raises OrderError when it is over already, without a reason, before it began; DayClosed.
    """
    contract = _locked(contract_id)
    if contract.status not in (ContractStatus.DRAFT, ContractStatus.SIGNED):
        raise OrderError(_("The contract is over already: “%(status)s”.") % _status(contract))
    if not reason.strip():
        raise OrderError(_("Say why the contract was cancelled."), "reason")
    refuse_closed(cancelled_on, field="cancelled_on")
    was_signed, left = contract.status == ContractStatus.SIGNED, recurring_left(contract)
    if was_signed and contract.signed_on is not None and cancelled_on < contract.signed_on:
        words = _("It was signed on %(day)s: choose a later day.") % {"day": formats.day(contract.signed_on)}
        raise OrderError(words, "cancelled_on")
    contract.status, contract.cancelled_on, contract.reason = ContractStatus.CANCELLED, cancelled_on, reason.strip()
    if was_signed and left > 0:
        Churn.objects.create(contract=contract, lost_on=cancelled_on, amount=left, reason=contract.reason)
    detail = {"on": cancelled_on.isoformat(), "lost": str(left)}
    return _moved(contract, "contract.cancelled", by, on, reason=contract.reason, detail=detail)


def recurring_left(contract: Contract) -> Decimal:
    """What a contract brings a year, less what was lost of it."""
    lost = contract.churns.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return (contract.recurring_amount or Decimal(0)) - lost


@transaction.atomic
def book_churn(*, churn: Churn, by: Any, on: date) -> Churn:
    """Book what was lost of a signed contract from a day on.

    Raises OrderError for a contract that isn't in force and for more than it brings a year; DayClosed.
    """
    contract = _locked(churn.contract_id)
    if contract.status not in (ContractStatus.SIGNED, ContractStatus.ENDED):
        raise OrderError(
            _("Only of a signed contract something can be lost; this one is “%(status)s”.") % _status(contract)
        )
    refuse_closed(churn.lost_on, field="lost_on")
    refuse_amount(churn.amount, str(contract.currency_id), field="amount")
    left = recurring_left(contract)
    if churn.amount > left:
        words = _("The contract brings %(left)s a year: no more than that can be lost.")
        raise OrderError(words % {"left": formats.exact_money(left, str(contract.currency_id))}, "amount")
    churn.save()
    _tell_churn(contract, "contract.churned", churn, by, on)
    return churn


@transaction.atomic
def reverse_churn(*, churn: Churn, reason: str, by: Any, on: date) -> Churn:
    """Take a booked loss back by a row against it. Raises OrderError when that was done already; DayClosed."""
    contract = _locked(churn.contract_id)
    if churn.reverses_id is not None or Churn.objects.filter(reverses=churn).exists():
        raise OrderError(_("This was taken back already."))
    refuse_closed(on, field="")
    made = Churn.objects.create(contract=contract, lost_on=on, amount=-churn.amount, reason=reason, reverses=churn)
    _tell_churn(contract, "contract.churn_reversed", made, by, on)
    return made


def _tell_churn(contract: Contract, act: str, churn: Churn, by: Any, on: date) -> None:
    detail = {"from": churn.lost_on.isoformat(), "amount": str(churn.amount)}
    audit.record(act=act, actor=by, subject=contract, reason=churn.reason, detail=detail)
    saved(contract.deal_id, on)


def end_contracts(*, on: date) -> int:
    """Signed contracts whose last day is over: those that renew by themselves go on, others have ended."""
    due = Contract.objects.filter(status=ContractStatus.SIGNED, ends_on__lte=on).order_by("pk")
    done = 0
    for pk in due.values_list("pk", flat=True):
        with transaction.atomic():
            contract = _locked(pk)
            if contract.status == ContractStatus.SIGNED and contract.ends_on is not None and contract.ends_on <= on:
                _end(contract, on)
                done += 1
    return done


def _end(contract: Contract, on: date) -> None:
    assert contract.ends_on is not None  # asked before
    if contract.auto_renews and contract.renewal_months > 0:
        while contract.ends_on <= on:
            contract.ends_on = months_after(contract.ends_on, contract.renewal_months)
        _moved(contract, "contract.went_on", None, on, detail={"until": contract.ends_on.isoformat()})
    else:
        contract.status = ContractStatus.ENDED
        _moved(contract, "contract.ended", None, on)


def _locked(contract_id: int) -> Contract:
    rows = Contract.objects.select_for_update(of=("self",), no_key=True).select_related("account", "deal")
    return rows.get(pk=contract_id)


def _moved(
    contract: Contract, act: str, by: Any, on: date, *, reason: str = "", detail: Mapping[str, Any] | None = None
) -> Contract:
    save_next(contract)
    audit.record(act=act, actor=by, subject=contract, reason=reason, detail=dict(detail or {}))
    saved(contract.deal_id, on)
    return contract


def _status(contract: Contract) -> dict[str, str]:
    return {"status": str(contract.get_status_display())}
