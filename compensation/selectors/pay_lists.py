"""Rows of the lists about pay: results, ledger, adjustments, milestones and scores; the door to one of each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import Http404

from compensation import policies
from compensation.enums import PayRunState
from compensation.models import (
    Adjustment,
    Assignment,
    CreditHold,
    LedgerEntry,
    Payee,
    PayeeResult,
    PayEvent,
    PayPeriod,
    PayRun,
    Plan,
)
from core.kernel.access import SignedIn


def results_for(user: SignedIn, as_of: date) -> QuerySet[PayeeResult]:
    if not policies.sees_all_pay(user):
        return PayeeResult.objects.none()
    return PayeeResult.objects.select_related("payee__person", "version__plan", "run__period")


def results_of(run: PayRun, before: PayPeriod | None, user: SignedIn, as_of: date) -> QuerySet[PayeeResult]:
    """What a run comes to for each payee and plan, with what the period before paid them (`before_minor`).

    Without those who were on the plan before, or only count for who is above them, where nothing is told.
    """
    earlier = PayeeResult.objects.filter(
        run__state=PayRunState.POSTED, run__period=before, payee=OuterRef("payee"),
        version__plan=OuterRef("version__plan"),
    )  # fmt: skip
    paid = earlier.order_by().values("payee").annotate(total=Sum("paid_minor")).values("total")
    period = run.period
    on_plan = Assignment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=period.starts_on),
        plan=OuterRef("version__plan"), payee=OuterRef("payee"), valid_from__lt=period.ends_on,
    )  # fmt: skip
    in_force = Q(version__valid_to=None) | Q(version__valid_to__gt=period.starts_on)
    has_amounts = Q(lines__gt=0) | ~Q(owed_minor=0) | ~Q(held_minor=0)
    rows = results_for(user, as_of).filter(has_amounts | (in_force & Exists(on_plan) & ~Q(facts__measures={})), run=run)
    told = Coalesce(Subquery(paid[:1], output_field=BigIntegerField()), Value(0))
    return rows.annotate(before_minor=told).annotate(change_minor=F("paid_minor") - F("before_minor"))


def search_payees(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(payee__person__name__icontains=text) | Q(payee__code__iexact=text))


def ledger_for(user: SignedIn, as_of: date) -> QuerySet[LedgerEntry]:
    if not policies.sees_all_pay(user):
        return LedgerEntry.objects.none()
    return LedgerEntry.objects.select_related("payee__person", "plan", "component", "period")


def adjustments_for(user: SignedIn, as_of: date) -> QuerySet[Adjustment]:
    if not policies.sees_all_pay(user):
        return Adjustment.objects.none()
    return Adjustment.objects.select_related("payee__person", "plan", "proposed_by__person", "decided_by__person")


def get_adjustment_for(user: SignedIn, adjustment_id: int, as_of: date) -> Adjustment:
    found = adjustments_for(user, as_of).filter(pk=adjustment_id).first()
    if found is None:
        raise Http404("No such adjustment.")
    return found


def events_for(user: SignedIn, as_of: date) -> QuerySet[PayEvent]:
    if not policies.sees_all_pay(user):
        return PayEvent.objects.none()
    return PayEvent.objects.select_related("payee__person", "entered_by__person", "decided_by__person")


def get_event_for(user: SignedIn, event_id: int, as_of: date) -> PayEvent:
    found = events_for(user, as_of).filter(pk=event_id).first()
    if found is None:
        raise Http404("No such milestone or score.")
    return found


def holds_for(user: SignedIn, as_of: date) -> QuerySet[CreditHold]:
    if not policies.sees_all_pay(user):
        return CreditHold.objects.none()
    return CreditHold.objects.select_related("payee__person", "plan", "held_by__person", "released_by__person")


def get_hold_for(user: SignedIn, hold_id: int, as_of: date) -> CreditHold:
    found = holds_for(user, as_of).filter(pk=hold_id).first()
    if found is None:
        raise Http404("No such held credit.")
    return found


def plans_with_people() -> QuerySet[Plan]:
    return Plan.objects.filter(pk__in=Assignment.objects.values("plan")).order_by("name")


def payees_by_name(text: str) -> list[Payee]:
    """Payees that a text may mean: their code, the number of the person (PER-12), or the name; two at most."""
    number = text.rsplit("PER-", 1)[-1] if "PER-" in text else ""
    asked = Q(code__iexact=text) | Q(person__name__iexact=text) | Q(person__external_id=text)
    if number.isdecimal() and len(number) < 19:
        asked = Q(person=int(number))
    return list(Payee.objects.filter(asked).select_related("person").order_by("pk")[:2])
