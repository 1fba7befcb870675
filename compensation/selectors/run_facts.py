"""What the exceptions and the changes of a run are found from: read in a number of queries that no payee adds to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import (
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import Cast

from compensation.enums import DisputeOutcome, PayRunState, Stage
from compensation.kernel.crediting import NO_MARGIN, NO_PAYEE, NO_RATE, OTHER_CURRENCY, OVER_RETURNED, UNKNOWN_RETURN
from compensation.models import (
    Acceptance,
    Adjustment,
    Assignment,
    Credit,
    CreditDoubt,
    Dispute,
    PayeeResult,
    PayPeriod,
    PayRun,
    Plan,
)
from compensation.selectors.runs import Key, Sums, lines_of_run, run_ids_of, sums_by_payee
from core.models import in_force_on
from orders.selectors.exceptions import PREFIX
from pipeline.enums import SplitKind
from pipeline.models import Finding, OpportunitySplit

LOOKS_BACK = timedelta(days=400)
USUAL_PERIODS, MEDIAN_PERIODS = 6, 3
USUAL_SHARE = Fraction(1, 4)  # of what is usual: less is told
_EXACT: Any = DecimalField(max_digits=60, decimal_places=12)
NOT_CREDITED = (NO_PAYEE, NO_RATE, NO_MARGIN, UNKNOWN_RETURN, OVER_RETURNED, OTHER_CURRENCY)
DEAL_CHECKS = ("order_without_contract", "order_not_won", "discount_unapproved", "overinvoiced")


@dataclass(frozen=True, slots=True)
class Credited:
    """Credits of a payee under a plan in a period: how many; what is paid on, minor units of the plan's currency."""

    count: int
    pay: int


@dataclass(frozen=True, slots=True)
class DealTrouble:
    """Something of a credited deal: which check failed, what it found, and whose credits it concerns."""

    kind: str
    deal_id: int
    name: str
    fact: Any
    payees: Sequence[tuple[int, str, int]]


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who left with something open under a plan: owed of draws, or held back; minor units."""

    payee_id: int
    plan_id: int
    on: date
    owed: int
    held: int


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run with what was before it. paid: of the period altogether, with runs of it that were posted earlier."""

    run: PayRun
    plans: Mapping[int, tuple[str, str]]  # name and currency of each plan
    noted: Sequence[Mapping[str, Any]]  # results that the calculation noted something of
    now: Mapping[Key, Sums]
    paid: Mapping[Key, int]
    before: Mapping[Key, Sequence[int]]  # paid in earlier periods, the last one first
    last: Mapping[Key, int]
    carried: Mapping[tuple[int, int], int]
    credited: Mapping[tuple[int, int], Credited]
    fallen: Mapping[tuple[int, int], Fraction]  # what is usual where far less is credited now
    strangers: Mapping[tuple[int, int], Credited]
    unaccepted: Sequence[tuple[int, int, str]]
    leavers: Sequence[Left]
    doubts: Sequence[CreditDoubt]
    adjustments: Sequence[Adjustment]
    disputes: Sequence[Dispute]
    troubles: Sequence[DealTrouble]

    @property
    def period(self) -> PayPeriod:
        return self.run.period


def run_facts(run: PayRun) -> RunFacts:
    """Everything there is to look at in a run; about twenty queries, however many are paid."""
    period = run.period
    earlier = list(
        PayPeriod.objects.filter(starts_on__lt=period.starts_on, starts_on__gte=period.starts_on - LOOKS_BACK)
    )
    plans = _plans_of(PayeeResult.objects.filter(run=run).values("version__plan"))
    now, siblings = sums_by_payee([run.pk]), sums_by_payee([pk for pk in run_ids_of(period) if pk != run.pk])
    before, last = _paid_before(period, earlier)
    unpaid = _only_counted(run)
    credited, fallen = _credited_and_fallen(period, earlier)
    for key in unpaid:
        credited.pop(key, None)
        fallen.pop(key, None)
    facts: dict[str, Any] = {
        "strangers": _strangers(period), "unaccepted": _unaccepted(run, unpaid),
        "adjustments": _waiting_adjustments(period), "disputes": _upheld_disputes(period),
        "troubles": _deal_troubles(period), "leavers": _leavers(run), "doubts": _doubts(period),
    }  # fmt: skip
    plans |= _plans_of({plan for _payee, plan in facts["strangers"]})
    return RunFacts(
        run=run, plans=plans, noted=_noted(run), now=now, before=before, last=last, credited=credited, fallen=fallen,
        paid={key: now.get(key, Sums()).paid + siblings.get(key, Sums()).paid for key in {*now, *siblings}},
        carried=_carried(run), **facts,
    )  # fmt: skip


def _noted(run: PayRun) -> list[Mapping[str, Any]]:
    rows = PayeeResult.objects.filter(run=run).exclude(notes=[]).order_by("payee", "version")
    return list(
        rows.values(
            *("payee_id", "notes", "earned_minor"),
            plan=F("version__plan_id"),
            plan_name=F("version__plan__name"),
            currency=F("version__plan__currency_id"),
        )
    )


def _paid_before(period: PayPeriod, earlier: Sequence[PayPeriod]) -> tuple[dict[Key, list[int]], dict[Key, int]]:
    """What was paid in each earlier period, the last one first; and in the last one alone."""
    posted = PayeeResult.objects.filter(run__state=PayRunState.POSTED, run__period__in=earlier)
    rows = posted.values("payee_id", currency=F("version__plan__currency_id"), starts=F("run__period__starts_on"))
    found: dict[Key, list[int]] = {}
    last: dict[Key, int] = {}
    newest = max((one.starts_on for one in earlier), default=None)
    for row in rows.annotate(paid=Sum("paid_minor")).order_by("-starts", "payee_id"):
        key = (row["payee_id"], row["currency"])
        found.setdefault(key, []).append(row["paid"])
        if row["starts"] == newest:
            last[key] = row["paid"]
    return found, last


def stages_of(run: PayRun, payee_ids: Collection[int] | None = None) -> dict[tuple[int, int, int], int]:
    """Sums of a run's lines by payee, plan and stage."""
    rows = lines_of_run(run)
    if payee_ids is not None:
        rows = rows.filter(payee_id__in=payee_ids)
    told = rows.order_by().values_list("payee_id", "plan_id", "stage").annotate(total=Sum("amount_minor"))
    return {(payee, plan, stage): total for payee, plan, stage, total in told}


def _carried(run: PayRun) -> dict[tuple[int, int], int]:
    """What is carried into the next period because it was negative."""
    rows = lines_of_run(run).filter(
        stage=Stage.CARRIED, earned_in__gte=run.period.starts_on, earned_in__lt=run.period.ends_on, amount_minor__gt=0
    )
    told = rows.order_by().values_list("payee_id", "plan_id").annotate(total=Sum("amount_minor"))
    return {(payee, plan): total for payee, plan, total in told}


def live_credits(period: PayPeriod) -> QuerySet[Credit]:
    return Credit.objects.filter(ended_batch=None, on__gte=period.starts_on, on__lt=period.ends_on)


def _worth() -> Any:
    """What is paid on in the plan's currency, whole minor units: told, never paid by."""
    pay = Cast("pay_minor", _EXACT)  # a number of the database that can't run over
    return Sum(ExpressionWrapper(pay * F("fx_num") / F("fx_den"), _EXACT))


def credited_in(period: PayPeriod, payee_ids: Collection[int]) -> dict[tuple[int, int], Credited]:
    """The same of some payees."""
    return _counted(live_credits(period).filter(payee__in=payee_ids))


def _counted(rows: QuerySet[Credit]) -> dict[tuple[int, int], Credited]:
    told = rows.order_by().values_list("payee_id", "plan_id").annotate(count=Count("pk"), worth=_worth())
    return {(payee, plan): Credited(count, int(worth)) for payee, plan, count, worth in told}


_WORTH = """
WITH worth AS (
  SELECT c.payee_id, c.plan_id, c.on >= %(now)s AS is_now, p.starts_on, count(*) AS credits,
    trunc(sum(c.pay_minor::numeric * c.fx_num / c.fx_den)) AS worth
  FROM compensation_credit c JOIN compensation_payperiod p ON c.on >= p.starts_on AND c.on < p.ends_on
  WHERE c.ended_batch_id IS NULL AND c.on >= %(first)s AND c.on < %(past)s GROUP BY 1, 2, 3, 4),
usual AS (
  SELECT payee_id, plan_id, count(*) AS n, array_agg(worth ORDER BY worth) AS worths
  FROM worth WHERE NOT is_now GROUP BY 1, 2 HAVING count(*) >= %(least)s),
doubled AS (SELECT payee_id, plan_id, worths[(n + 1) / 2] + worths[n / 2 + 1] AS median FROM usual),
fallen AS (
  SELECT d.payee_id, d.plan_id, d.median::bigint FROM doubled d
  LEFT JOIN worth w ON w.payee_id = d.payee_id AND w.plan_id = d.plan_id AND w.is_now
  WHERE d.median > 0 AND coalesce(w.worth, 0) * 2 * %(den)s < d.median * %(num)s)
SELECT payee_id, plan_id, credits, worth::bigint, NULL FROM worth WHERE is_now
UNION ALL SELECT payee_id, plan_id, NULL, NULL, median FROM fallen ORDER BY 1, 2"""


def _credited_and_fallen(
    period: PayPeriod, earlier: Sequence[PayPeriod]
) -> tuple[dict[tuple[int, int], Credited], dict[tuple[int, int], Fraction]]:
    """What is credited; and the median of the last periods, of those credited less than USUAL_SHARE of it now."""
    near = sorted(earlier, key=lambda one: one.starts_on)[-USUAL_PERIODS:]
    params: dict[str, Any] = {
        "first": near[0].starts_on if near else period.starts_on, "now": period.starts_on, "past": period.ends_on,
        "least": MEDIAN_PERIODS, "num": USUAL_SHARE.numerator, "den": USUAL_SHARE.denominator,
    }  # fmt: skip
    credited: dict[tuple[int, int], Credited] = {}
    fallen: dict[tuple[int, int], Fraction] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WORTH, params)
        for payee, plan, count, worth, doubled in cursor.fetchall():
            if count is None:
                fallen[payee, plan] = Fraction(doubled, 2)
            else:
                credited[payee, plan] = Credited(count, worth)
    return credited, fallen


def _strangers(period: PayPeriod) -> dict[tuple[int, int], Credited]:
    """Credits of people who aren't on the plan on their day."""
    on_plan = Assignment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=OuterRef("on")),
        plan=OuterRef("plan_id"), payee=OuterRef("payee_id"), valid_from__lte=OuterRef("on"),
    )  # fmt: skip
    return _counted(live_credits(period).exclude(Exists(on_plan)))


def _plans_of(plans: Any) -> dict[int, tuple[str, str]]:
    """Name and currency of plans by their ids; plans: ids, or a question for them."""
    rows = Plan.objects.filter(pk__in=plans)
    return {row.pk: (row.name, str(row.currency_id)) for row in rows}


def _only_counted(run: PayRun) -> set[tuple[int, int]]:
    """Payee and plan of those whose credits only count for who is above them: their roles aren't paid by the plan."""
    roles: dict[int, set[str]] = {}
    for row in run.terms.select_related("version"):
        roles.setdefault(row.version.plan_id, set()).update(row.version.definition.get("roles", ()))
    rows = Assignment.objects.filter(plan__in=[plan for plan, paid in roles.items() if paid])
    found: dict[tuple[int, int], set[str]] = {}
    for payee, plan, role in rows.values_list("payee_id", "plan_id", "role"):
        found.setdefault((payee, plan), set()).add(role)
    return {(payee, plan) for (payee, plan), of in found.items() if not of & roles[plan]}


def _unaccepted(run: PayRun, unpaid: Collection[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Payee, plan and its name where letters of a version went out, and theirs isn't accepted."""
    last = run.period.ends_on - timedelta(days=1)
    versions = {row.version_id: row.version for row in run.terms.select_related("version__plan")}
    letters = dict[tuple[int, int], date | None]()
    for one in Acceptance.objects.filter(version__in=list(versions)):
        letters[one.version_id, one.payee_id] = one.accepted_on
    sent = {version for version, _payee in letters}
    by_plan = {versions[one].plan_id: versions[one] for one in sent if _is_in_force(versions[one], last)}
    rows = Assignment.objects.filter(in_force_on(last), plan__in=list(by_plan)).order_by("plan", "payee")
    return [
        (row.payee_id, row.plan_id, by_plan[row.plan_id].plan.name)
        for row in rows
        if letters.get((by_plan[row.plan_id].pk, row.payee_id)) is None and (row.payee_id, row.plan_id) not in unpaid
    ]


def _is_in_force(version: Any, day: date) -> bool:
    return bool(version.valid_from <= day and (version.valid_to is None or day < version.valid_to))


def _leavers(run: PayRun) -> list[Left]:
    """Who left by the end of the period, and still owes of draws or has something held back."""
    open_still = Q(owed_minor__gt=0) | Q(held_minor__gt=0)
    rows = PayeeResult.objects.filter(open_still, run=run, payee__person__left_on__lte=run.period.ends_on)
    columns = ("payee_id", "version__plan_id", "payee__person__left_on", "owed_minor", "held_minor")
    return [Left(*row) for row in rows.order_by("pk").values_list(*columns)]


def _doubts(period: PayPeriod) -> list[CreditDoubt]:
    """What crediting could not credit, or take back, of what happened in the period."""
    rows = CreditDoubt.objects.filter(on__gte=period.starts_on, on__lt=period.ends_on, kind__in=NOT_CREDITED)
    return list(rows.select_related("plan").order_by("pk"))


def _waiting_adjustments(period: PayPeriod) -> list[Adjustment]:
    rows = Adjustment.objects.filter(state="proposed", earned_in__lt=period.ends_on)
    return list(rows.select_related("plan", "proposed_by").order_by("pk"))


def _upheld_disputes(period: PayPeriod) -> list[Dispute]:
    """Decided for the payee, and nothing was posted for it yet."""
    upheld = Dispute.objects.filter(
        outcome__in=[DisputeOutcome.UPHELD, DisputeOutcome.PARTLY], period__starts_on__lte=period.starts_on
    )
    waiting = upheld.filter(Q(adjustment=None) | Q(adjustment__state="proposed")).exclude(state="closed")
    return list(waiting.select_related("adjustment__plan").order_by("pk"))


def _deal_troubles(period: PayPeriod) -> list[DealTrouble]:
    """Of deals with credits in the period: splits that don't add up, and what is out of order on the way to cash."""
    deals = live_credits(period).filter(deal_id__isnull=False).values("deal_id")
    splits = OpportunitySplit.objects.filter(kind=SplitKind.REVENUE, opportunity__in=deals).order_by()
    told = splits.values_list("opportunity_id", "opportunity__name").annotate(total=Sum("percent")).exclude(total=100)
    found: list[tuple[str, int, str, Any]] = [("splits", pk, name, total) for pk, name, total in told]
    findings = Finding.objects.filter(
        resolved_on=None, is_dismissed=False, subject_kind="opportunity", subject_id__in=deals,
        rule__key__in=[PREFIX + key for key in DEAL_CHECKS],
    ).select_related("rule")  # fmt: skip
    found += [(row.rule.key.removeprefix(PREFIX), row.subject_id, row.rule.label, row.fact) for row in findings]
    payees: dict[int, list[tuple[int, str, int]]] = {}
    rows = live_credits(period).filter(deal_id__in={deal for _kind, deal, _name, _fact in found}).order_by()
    for deal, payee, currency, worth in rows.values_list("deal_id", "payee_id", "plan__currency_id").annotate(
        worth=_worth()
    ):
        payees.setdefault(deal, []).append((payee, currency, int(worth)))
    return [DealTrouble(kind, deal, name, fact, payees.get(deal, [])) for kind, deal, name, fact in found]
