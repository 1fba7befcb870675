"""Pay periods and runs as people see them: which one stands, what it came to, against which other one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Max, OuterRef, Prefetch, Q, QuerySet, Sum
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.enums import PayRunState, Stage
from compensation.models import CreditBatch, LedgerEntry, Payee, PayeeResult, PayPeriod, PayRun, RunLine, RunTerms
from core.kernel.access import SignedIn
from core.kernel.money import from_minor

Key = tuple[int, str]  # a payee's id and the currency
OTHERS = "others"  # the sum of stages that aren't told by themselves


def named_runs() -> QuerySet[PayRun]:
    """Runs with what pages name of them."""
    return PayRun.objects.select_related("period", "run", "prepared_by__person")


def periods_for(user: SignedIn, as_of: date) -> QuerySet[PayPeriod]:
    """Pay periods with their runs that weren't replaced, the newest first (`standing`).

    Runs as those see them who don't see pay say in which currencies they may be told (`told_in`).
    """
    if not policies.sees_runs(user):
        return PayPeriod.objects.none()
    standing = PayRun.objects.exclude(state=PayRunState.REPLACED).order_by("-pk")
    if not policies.sees_all_pay(user):
        standing = standing.annotate(told_in=_paid_to_enough())
    return PayPeriod.objects.prefetch_related(Prefetch("runs", standing, to_attr="standing"))


def _paid_to_enough() -> ArraySubquery:
    """Currencies in which a run pays so many people that their sum tells nobody's pay."""
    paid = PayeeResult.objects.filter(run=OuterRef("pk")).exclude(paid_minor=0)
    by_currency = paid.values(code=F("version__plan__currency_id")).annotate(people=Count("payee", distinct=True))
    return ArraySubquery(by_currency.filter(people__gte=policies.FEWEST_TOLD).order_by("code").values("code"))


def get_period_for(user: SignedIn, period_id: int) -> PayPeriod:
    """Raises Http404 for those who don't see runs."""
    found = PayPeriod.objects.filter(pk=period_id).first() if policies.sees_runs(user) else None
    if found is None:
        raise Http404("No such pay period.")
    return found


def runs_for(user: SignedIn, as_of: date) -> QuerySet[PayRun]:
    return named_runs() if policies.sees_all_pay(user) else PayRun.objects.none()


def standing_run(period: PayPeriod) -> PayRun | None:
    """The run that counts: the one at work, else the one posted last."""
    return named_runs().filter(period=period).exclude(state=PayRunState.REPLACED).order_by("-pk").first()


def find_run(period: PayPeriod, run_id: int | None) -> PayRun | None:
    return named_runs().filter(period=period, pk=run_id).first() if run_id else None


def run_before(run: PayRun) -> PayRun | None:
    """The run of the same period that this one replaced, or came after."""
    earlier = named_runs().filter(period_id=run.period_id, pk__lt=run.pk).exclude(totals={})
    return earlier.order_by("-pk").first()


def neighbours(period: PayPeriod) -> tuple[PayPeriod | None, PayPeriod | None]:
    """The periods before and after one."""
    before = PayPeriod.objects.filter(starts_on__lt=period.starts_on).order_by("-starts_on").first()
    after = PayPeriod.objects.filter(starts_on__gt=period.starts_on).order_by("starts_on").first()
    return before, after


def posted_runs(period: PayPeriod) -> QuerySet[PayRun]:
    return named_runs().filter(period=period, state=PayRunState.POSTED)


def lines_of_run(run: PayRun) -> QuerySet[Any]:
    """Its lines: drafts until it is posted, entries of the ledger from then on."""
    model: Any = LedgerEntry if run.posted_at else RunLine
    return model.objects.filter(period_id=run.period_id, run_id=run.pk)


class Sums(NamedTuple):
    """What some runs come to for a payee in a currency, minor units."""

    earned: int = 0
    paid: int = 0
    held: int = 0
    owed: int = 0


def sums_by_payee(run_ids: Collection[int], payee_ids: Collection[int] | None = None) -> dict[Key, Sums]:
    """Of all payees of some runs, or of some of them; one query."""
    rows = PayeeResult.objects.filter(run__in=run_ids)
    if payee_ids is not None:
        rows = rows.filter(payee__in=payee_ids)
    told = rows.order_by().values_list("payee_id", "version__plan__currency_id")
    sums = told.annotate(
        earned=Sum("earned_minor"), paid=Sum("paid_minor"), held=Sum("held_minor"), owed=Sum("owed_minor")
    )
    return {(payee, currency): Sums(*parts) for payee, currency, *parts in sums}


def run_ids_of(period: PayPeriod | None) -> list[int]:
    """The runs that a period was paid by."""
    if period is None:
        return []
    return list(posted_runs(period).values_list("pk", flat=True))


def names_of(payee_ids: Collection[int]) -> dict[int, str]:
    """What payees are called: by their person's name, else by their code."""
    rows = Payee.objects.filter(pk__in=payee_ids).values_list("pk", "code", "person__name")
    return {pk: name or code for pk, code, name in rows}


@dataclass(frozen=True, slots=True)
class StageTotal:
    """A line of the totals: of a stage, or of what is paid at their foot."""

    label: Any
    amount: Decimal
    change: Decimal | None
    is_paid: bool = False


type ByStage = dict[str, dict[str, dict[int, frozenset[int]]]]


def people_by_stage(of: Collection[PayRun]) -> ByStage:
    """Who has an amount in a stage: by currency, name of the stage and run."""
    found: dict[tuple[str, str, int], set[int]] = {}
    rows = PayeeResult.objects.filter(run__in=[run.pk for run in of]).values_list(
        "version__plan__currency_id", "run_id", "payee_id", "stages"
    )
    for currency, run_id, payee, stages in rows:
        for name, amount in stages.items():
            if amount:
                found.setdefault((currency, name, run_id), set()).add(payee)
    sorted_out: ByStage = {}
    for (currency, name, run_id), people in found.items():
        sorted_out.setdefault(currency, {}).setdefault(name, {})[run_id] = frozenset(people)
    return sorted_out


def together(stages: Mapping[str, Mapping[int, frozenset[int]]], names: Collection[str]) -> list[frozenset[int]]:
    """Everybody who has an amount in one of some stages, run by run."""
    found: dict[int, frozenset[int]] = {}
    for name in names:
        for run_id, people in stages[name].items():
            found[run_id] = found.get(run_id, frozenset()) | people
    return list(found.values())


def totals_of(
    run: PayRun, against: Collection[PayRun], told: Mapping[str, Collection[str]] | None = None
) -> dict[str, list[StageTotal]]:
    """By currency, stages that a run or those it is compared with have amounts of; what is paid comes last.

    told: currencies, and the stages of them that are told by themselves; the others stand together. None: all of them.
    """
    before: dict[str, dict[str, int]] = {}
    for other in against:
        for currency, sums in other.totals.items():
            known = before.setdefault(currency, {})
            for name, amount in sums.items():
                known[name] = known.get(name, 0) + amount
    found = {}
    for currency in sorted({*run.totals, *before}):
        if told is not None and currency not in told:
            continue
        sums = [run.totals.get(currency, {}), before.get(currency, {})]
        now, earlier = sums if told is None else (_pooled(one, told[currency]) for one in sums)
        found[currency] = _stage_totals(now, earlier, currency, bool(against))
    return found


def _pooled(sums: Mapping[str, int], told: Collection[str]) -> dict[str, int]:
    """Sums of stages that are told, and the sum of the others."""
    paid = Stage.PAID.name.lower()
    found = {name: amount for name, amount in sums.items() if name in told or name == paid}
    return found | {OTHERS: sum(sums.values()) - sum(found.values())}


def _stage_totals(
    now: Mapping[str, int], before: Mapping[str, int], currency: str, is_compared: bool
) -> list[StageTotal]:
    rows = []
    labels = [(stage.name.lower(), stage.label, stage == Stage.PAID) for stage in Stage]
    for name, label, is_paid in sorted([*labels, (OTHERS, _("Everything else"), False)], key=lambda one: one[2]):
        sign = -1 if is_paid else 1
        amount, earlier = sign * now.get(name, 0), sign * before.get(name, 0)
        if amount or earlier or is_paid:
            change = from_minor(amount - earlier, currency) if is_compared else None
            rows.append(StageTotal(label, from_minor(amount, currency), change, is_paid))
    return rows


def paid_by_currency(runs: Collection[PayRun]) -> list[tuple[str, Decimal]]:
    """What some runs pay altogether, in the currencies that each of them is told in (`told_in`; without it all)."""
    found: dict[str, int] = {}
    for run in runs:
        told = getattr(run, "told_in", run.totals)
        for currency in run.totals.keys() & set(told):
            found[currency] = found.get(currency, 0) - run.totals[currency].get("paid", 0)
    return [(currency, from_minor(amount, currency)) for currency, amount in sorted(found.items())]


def plans_with_news(run: PayRun) -> int:
    """How many plans' credits changed since the run was calculated."""
    taken = dict(RunTerms.objects.filter(run=run).values_list("version__plan_id", "batch_id"))
    newest = CreditBatch.objects.filter(plan__in=list(taken)).values("plan_id").annotate(last=Max("pk"))
    return sum(1 for row in newest if row["last"] > (taken[row["plan_id"]] or 0))


@dataclass(frozen=True, slots=True)
class Compared:
    """A payee in two runs of a period."""

    payee_id: int
    name: str
    currency: str
    first: Decimal
    second: Decimal

    @property
    def change(self) -> Decimal:
        return self.second - self.first


def compare_runs(first: PayRun, second: PayRun) -> list[Compared]:
    """Payee by payee, what two runs pay; the largest difference first."""
    a, b = sums_by_payee([first.pk]), sums_by_payee([second.pk])
    names = names_of({payee for payee, _currency in {*a, *b}})
    nothing = Sums()
    rows = [
        Compared(
            *(payee, names[payee], currency),
            from_minor(a.get((payee, currency), nothing).paid, currency),
            from_minor(b.get((payee, currency), nothing).paid, currency),
        )
        for payee, currency in {*a, *b}
    ]
    return sorted(rows, key=lambda row: (-abs(row.change), row.name, row.currency))


def year_before(period: PayPeriod) -> PayPeriod | None:
    """The period a year earlier: the one that the same day lay in."""
    day = period.starts_on.replace(day=1, year=period.starts_on.year - 1) + timedelta(days=period.starts_on.day - 1)
    return PayPeriod.objects.filter(Q(starts_on__lte=day, ends_on__gt=day)).first()
