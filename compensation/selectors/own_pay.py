"""One's own pay in short: the start page's card, the side bar's count, lines on a deal, what a search finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from compensation import policies
from compensation.enums import Stage
from compensation.models import Credit, Dispute, LedgerEntry, Payee, PayeeResult, Statement
from compensation.selectors.disputes import open_count
from compensation.selectors.reached import Reached, reached_in
from compensation.selectors.statements import (
    Month,
    Summary,
    labels_of,
    month_of_statement,
    summaries_of,
    versions_in,
)
from core.registry import SearchHit

MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class OwnPay:
    """The last statement of somebody, with its figures."""

    statement: Statement
    month: Month
    summaries: Sequence[Summary]
    reached: Sequence[Reached]
    to_review: int


def find_payee(user: Any) -> Payee | None:
    """The name that a login's own pay is kept under; None for who has none."""
    return policies.own_payees(user).select_related("person").first()


def own_pay(user: Any) -> OwnPay | None:
    """None for who never had a statement."""
    rows = Statement.objects.filter(payee__in=policies.own_payees(user)).select_related("payee__person", "period")
    last = rows.order_by("-period__starts_on").first()
    if last is None:
        return None
    month = month_of_statement(last)
    versions = versions_in(month)
    labels = labels_of(versions)
    waiting = rows.filter(acknowledged_at=None).count()
    return OwnPay(last, month, summaries_of(month, versions, labels), reached_in(month, labels), waiting)


def statements_to_review(user: Any, as_of: date) -> int | None:
    """Own statements that aren't acknowledged: the number in the side bar."""
    return Statement.objects.filter(payee__in=policies.own_payees(user), acknowledged_at=None).count() or None


def disputes_open(user: Any, as_of: date) -> int | None:
    return open_count(user, as_of) or None


@dataclass(frozen=True, slots=True)
class DealPay:
    """What a payee has of a deal: posted amounts in minor units, by month and component."""

    payee: Payee
    month: str
    component: str
    currency: str
    earned: int
    payable: int
    url: str


def pay_on_deal(user: Any, deal_id: int, as_of: date) -> list[DealPay]:
    """Posted lines of a deal: one's own, those of the line where managers see them; all for who sees all pay."""
    payees = policies.visible_payees(user, as_of)
    credits = Credit.objects.filter(deal_id=deal_id, payee__in=payees)
    ids = list(credits.values_list("pk", flat=True)[:5_000])
    if not ids:
        return []
    owners = set(credits.values_list("payee_id", flat=True))
    lines = LedgerEntry.objects.filter(credit_id__in=ids, payee_id__in=owners).exclude(stage=Stage.PAID)
    names = ("payee_id", "period_id", "period__starts_on", "version_id", "component__key", "plan__currency", "stage")
    rows = lines.values_list(*names).annotate(sum=Sum("amount_minor")).order_by("period__starts_on", "payee_id")
    return _put_together(user, list(rows))


def _put_together(user: Any, rows: Sequence[Any]) -> list[DealPay]:
    known = Payee.objects.select_related("person").in_bulk({row[0] for row in rows})
    told = Statement.objects.filter(payee_id__in=known, period_id__in={row[1] for row in rows})
    urls = {(one.payee_id, one.period_id): one.get_absolute_url() for one in told}
    sums: dict[tuple[Any, ...], tuple[int, int]] = {}
    for payee, period, starts, _version, component, currency, stage, amount in rows:
        key = (payee, period, starts, component, currency)
        earned, payable = sums.get(key, (0, 0))
        sums[key] = (earned + (amount if stage in (Stage.EARNED, Stage.ADJUSTED) else 0), payable + amount)
    return [
        DealPay(
            known[payee], f"{starts:%B %Y}", component.replace("_", " ").capitalize(), currency, earned, payable,
            urls.get((payee, period), ""),
        )
        for (payee, period, starts, component, currency), (earned, payable) in list(sums.items())[:MOST_LINES]
    ]  # fmt: skip


def may_see_deal_pay(user: Any) -> bool:
    """Who has a panel of commission on deals: payees, managers who see their line's, and who sees all pay.

    Asked once for each loaded user.
    """
    if policies.sees_all_pay(user):
        return True
    if "_has_deal_pay" not in user.__dict__:
        is_payee = PayeeResult.objects.filter(payee__in=policies.own_payees(user)).exists()
        user.__dict__["_has_deal_pay"] = is_payee or policies.sees_line(user)
    return bool(user.__dict__["_has_deal_pay"])


def statement_hits(user: Any, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    """Statements by the person's name, or the month."""
    rows = policies.visible_statements(user, as_of)
    found = rows.filter(payee__person__name__icontains=text)[:limit]
    return [
        SearchHit("statement", "receipt", str(one.period), str(one.payee), one.get_absolute_url(), record_id=one.pk)
        for one in found
    ]


def dispute_hits(user: Any, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    """Disputes by title, number (D-12) or the person's name."""
    rows = policies.visible_disputes(user, as_of)
    number = text.upper().removeprefix("D-")
    if number.isdecimal() and len(number) < 18:
        rows = rows.filter(pk=int(number))
    else:
        rows = rows.filter(title__icontains=text) | rows.filter(payee__person__name__icontains=text)
    return [_dispute_hit(one) for one in rows[:limit]]


def _dispute_hit(one: Dispute) -> SearchHit:
    detail = f"{one.number} · {one.payee}"
    return SearchHit("dispute", "message-exclamation", one.title, detail, one.get_absolute_url(), record_id=one.pk)
