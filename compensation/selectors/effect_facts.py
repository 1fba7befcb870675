"""What posted months of a span came to: by person, month, plan and kind of component; beside it targets and attainment.

Amounts are minor units of one currency. This asks nobody's rights: whoever shows what comes of it keeps the wall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import F, Max, QuerySet, Sum
from django.db.models.fields import DecimalField
from django.db.models.functions import Cast

from compensation import policies
from compensation.enums import PayRunState, Stage
from compensation.kernel import crowd
from compensation.kernel.grid import MONTH, make_grid
from compensation.kernel.staff import paid_time, staff_of
from compensation.models import Credit, LedgerEntry, PayeeResult, PayPeriod, PayRun, Plan, PlanVersion
from compensation.selectors.traces import last_day, terms_kept
from core.kernel.money import minor_digits, round_ratio
from core.kernel.periods import FiscalCalendar, Period
from core.selectors import the_company

EARNED, PAID, DRAWN = "earned", "paid", "drawn"
_EARNING = (Stage.EARNED, Stage.ADJUSTED)
_DRAWING = (Stage.DRAW, Stage.RECOVERED)
# The word of the plan file by which each kind is known; `rate` last, since an override has one, too.
KINDS = ("override", "choose", "tiers", "curve", "scorecard", "pool", "bands", "lump", "each", "cells", "rate")
ADJUSTED, OTHER = "adjusted", "other"
type Month = date


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked: posted months [first, past), in a currency, of a plan or of all in it."""

    span: Period
    currency: str
    plan: Plan | None

    @property
    def first(self) -> date:
        return self.span.start

    @property
    def past(self) -> date:
        return self.span.end


@dataclass(slots=True)
class PersonFacts:
    """What somebody earned and was paid, and the variable pay and OTE of the same days; attainment in percent."""

    earned: int = 0
    paid: int = 0
    drawn: int = 0
    target: int = 0
    ote: int = 0
    attainment: float | None = None
    months: dict[Month, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def ratio(self) -> float | None:
        """Earned of the target, in percent; None without a target."""
        return 100 * self.earned / self.target if self.target > 0 else None


@dataclass(slots=True)
class Facts:
    """All of a scope. by_month, by_plan, by_kind: amounts earned, by month, plan and kind, then by person."""

    people: dict[int, PersonFacts]
    earned: dict[Month, dict[int, int]]
    paid: dict[Month, dict[int, int]]
    moved: dict[Month, dict[int, int]]
    by_plan: dict[int, dict[int, int]]
    by_kind: dict[str, dict[int, int]]
    credited: dict[Month, int]


def spans_posted() -> list[Period]:
    """Fiscal quarters and years in which months were posted, newest first, each year before its quarters."""
    calendar = the_company().calendar
    days = PayPeriod.objects.filter(runs__state=PayRunState.POSTED).values_list("starts_on", flat=True).distinct()
    years = {calendar.year_of(day).key: calendar.year_of(day) for day in days}
    quarters = {calendar.quarter_of(day).key: calendar.quarter_of(day) for day in days}
    found = []
    for _key, year in sorted(years.items(), reverse=True):
        found.append(year)
        found += [one for key, one in sorted(quarters.items(), reverse=True) if key.startswith(f"{year.key}-")]
    return found


def currencies_posted() -> list[str]:
    """Currencies of plans with posted lines, the company's own first."""
    home = str(the_company().currency_id)
    found = set(Plan.objects.filter(pk__in=posted_plan_ids()).values_list("currency_id", flat=True))
    return sorted(found, key=lambda one: (one != home, one))


def posted_plan_ids() -> set[int]:
    return set(LedgerEntry.objects.order_by().values_list("plan_id", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class EverPaid:
    """Whose pay sums of a currency are made of, in all months that were ever posted: those for whom it isn't nothing.

    plans, kinds: who earned, by plan and by kind of component; moved: for whom something was held, let go or drawn.
    """

    plans: dict[int, dict[Month, frozenset[int]]]
    kinds: dict[str, dict[Month, frozenset[int]]]
    moved: dict[Month, frozenset[int]]

    def in_month(self, month: Month) -> frozenset[int]:
        return frozenset().union(*(months.get(month, frozenset()) for months in self.plans.values()))


def ever_paid(currency: str) -> EverPaid:
    rows = LedgerEntry.objects.filter(plan__currency=currency).exclude(stage=Stage.PAID).order_by()
    names = ("plan_id", "version_id", "component__key", "stage", "period__starts_on", "payee_id")
    kinds = _Kinds()
    plans: dict[tuple[int, Month], dict[int, int]] = {}
    by_kind: dict[tuple[str, Month], dict[int, int]] = {}
    moved: dict[Month, dict[int, int]] = {}
    for plan, version, key, stage, month, payee, amount in rows.values_list(*names).annotate(sum=Sum("amount_minor")):
        if stage in _EARNING:
            _add(plans, (plan, month), payee, amount)
            _add(by_kind, (kinds.of(version, key, stage), month), payee, amount)
        else:
            _add(moved, month, payee, amount)
    return EverPaid(
        _by_group(plans), _by_group(by_kind), {month: crowd.earning(amounts) for month, amounts in moved.items()}
    )


def is_told_by_itself(plan: Plan) -> bool:
    """Whether sums of a plan tell of enough people in each month, also taken from those of all plans.

    A plan that never paid anybody isn't part of any sum.
    """
    plans = ever_paid(str(plan.currency_id)).plans
    return plan.pk not in plans or plan.pk in crowd.told_apart(plans, policies.FEWEST_TOLD)[0]


def _by_group(table: Mapping[tuple[Any, Month], Mapping[int, int]]) -> dict[Any, dict[Month, frozenset[int]]]:
    found: dict[Any, dict[Month, frozenset[int]]] = defaultdict(dict)
    for (group, month), amounts in table.items():
        found[group][month] = crowd.earning(amounts)
    return dict(found)


class _Kinds:
    """How a component of a version pays, by the word of the plan file."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, str], str] = {}
        self.versions: dict[int, Any] = {}

    def of(self, version: int, key: str, stage: int) -> str:
        if stage == Stage.ADJUSTED:
            return ADJUSTED
        if (version, key) not in self.known:
            self.known[version, key] = self._find(version, key)
        return self.known[version, key]

    def _find(self, version: int, key: str) -> str:
        if version not in self.versions:
            self.versions[version] = PlanVersion.objects.values_list("definition", flat=True).get(pk=version)
        component = (self.versions[version].get("components") or {}).get(key) or {}
        pays = component.get("pays")
        return next((one for one in KINDS if isinstance(pays, Mapping) and one in pays), OTHER)


def facts_of(scope: Scope) -> Facts:
    found = Facts({}, *({} for _part in range(6)))
    kinds = _Kinds()
    names = ("payee_id", "period__starts_on", "plan_id", "version_id", "component__key", "stage")
    rows = _ledger(scope).values_list(*names).annotate(sum=Sum("amount_minor")).order_by("payee_id")
    for payee, month, plan, version, key, stage, amount in rows:
        person = found.people.setdefault(payee, PersonFacts())
        if stage in _EARNING:
            person.earned += amount
            person.months[month] += amount
            kind = kinds.of(version, key, stage)
            for table, at in ((found.earned, month), (found.by_plan, plan), (found.by_kind, kind)):
                _add(table, at, payee, amount)
        elif stage == Stage.PAID:
            person.paid -= amount
            _add(found.paid, month, payee, -amount)
        else:
            person.drawn += amount if stage in _DRAWING else 0
            _add(found.moved, month, payee, amount)
    found.credited = _credited(scope)
    _measure(found, scope)
    return found


def _add(table: dict[Any, dict[int, int]], at: Any, payee: int, amount: int) -> None:
    row = table.setdefault(at, {})
    row[payee] = row.get(payee, 0) + amount


def _ledger(scope: Scope) -> Any:
    rows = LedgerEntry.objects.filter(
        plan__currency=scope.currency, period__starts_on__gte=scope.first, period__starts_on__lt=scope.past
    )
    return rows if scope.plan is None else rows.filter(plan=scope.plan)


def _credited(scope: Scope) -> dict[Month, int]:
    """What was credited on days of the span to be paid on, in the plan's currency, by the month that was posted.

    An event that several plans credit, that of who sold and that of their manager, counts once: where it counts most.
    """
    months = sorted(
        PayPeriod.objects.filter(
            runs__state=PayRunState.POSTED, starts_on__gte=scope.first, starts_on__lt=scope.past
        ).values_list("starts_on", "ends_on").distinct()
    )  # fmt: skip
    rows = Credit.objects.filter(ended_batch=None, plan__currency=scope.currency)
    rows = rows if scope.plan is None else rows.filter(plan=scope.plan)
    exact = DecimalField(max_digits=40, decimal_places=12)
    worth = Cast(F("pay_minor"), exact) * Cast(F("fx_num"), exact) / Cast(F("fx_den"), exact)
    found = {}
    for first, past in months:
        of_month = rows.filter(on__gte=first, on__lt=past)
        found[first] = _once(of_month.exclude(kind__name__in=_counted(scope)).order_by(), worth)
    return found


def _once(rows: QuerySet[Credit], worth: Any) -> int:
    """The worth of credits, each event by the plan that credits most of it; credits without an event all count."""
    by_plan = rows.filter(event_id__isnull=False).values_list("event_kind", "event_id", "plan")
    sql, values = by_plan.annotate(sum=Sum(worth)).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(y.a), 0) FROM (SELECT DISTINCT ON (x.k, x.e) x.a "
            f"FROM ({sql}) AS x (k, e, p, a) ORDER BY x.k, x.e, abs(x.a) DESC) AS y",
            values,
        )
        (of_events,) = cursor.fetchone()
    others = rows.filter(event_id__isnull=True).aggregate(sum=Sum(worth))["sum"]
    return round_ratio(Fraction(of_events) + Fraction(others or 0))


def _counted(scope: Scope) -> set[str]:
    """Kinds of credit that plans only count: meetings, logos."""
    versions = PlanVersion.objects.filter(plan__currency=scope.currency)
    money: set[str] = set()
    counts: set[str] = set()
    for definition in versions.values_list("definition", flat=True):
        for key, measure in (definition.get("measures") or {}).items():
            said = (measure or {}).get("credits", key)
            names = {said} if isinstance(said, str) else set(said)
            (counts if (measure or {}).get("sum") == "count" else money).update(names)
    return counts - money


def _measure(found: Facts, scope: Scope) -> None:
    """Targets of the posted months, and attainment at their end, from what the runs kept."""
    runs = PayRun.objects.filter(
        state=PayRunState.POSTED, period__starts_on__gte=scope.first, period__starts_on__lt=scope.past
    )
    results = PayeeResult.objects.filter(run__in=runs, version__plan__currency=scope.currency)
    results = results if scope.plan is None else results.filter(version__plan=scope.plan)
    posted = set(runs.values_list("period__starts_on", flat=True))
    for version, run_id in results.values_list("version").annotate(last=Max("run")).order_by("version"):
        run = PayRun.objects.select_related("period").get(pk=run_id)
        row = PlanVersion.objects.select_related("plan").get(pk=version)
        _add_targets(found, run, row, scope, posted)
    # A version that ended before has no year to tell of.
    held = results.exclude(version__valid_to__lte=F("run__period__starts_on"))
    for one in held.select_related("version").order_by("run__period__starts_on", "run_id", "earned_minor"):
        person, attained = found.people.setdefault(one.payee_id, PersonFacts()), _attainment(one)
        person.attainment = person.attainment if attained is None else attained


def _attainment(one: PayeeResult) -> float | None:
    """Of the plan's first measure that has a quota."""
    told = one.facts.get("measures") or {}
    order = list(one.version.document.get("measures") or {})
    for key in sorted(told, key=lambda key: order.index(key) if key in order else len(order)):
        quota = told[key].get("quota")
        if quota is not None and Fraction(quota) > 0:
            return float(100 * Fraction(told[key]["credited"]) / Fraction(quota))
    return None


def _add_targets(found: Facts, run: PayRun, version: PlanVersion, scope: Scope, posted: set[date]) -> None:
    """Variable pay and OTE of people for the days that they were on the version in the posted months."""
    terms = terms_kept(run, version)
    plan, through = terms.plan, min(last_day(run), scope.past - timedelta(days=1))
    if through < plan.valid_from:
        return
    calendar = FiscalCalendar(start_month=plan.year_starts)
    grid = make_grid(calendar, plan.counting_from, through, unit=MONTH)
    codes = sorted({*terms.codes.values(), *(one.payee for one in terms.people)})
    told = {one.payee for one in terms.people}
    staff = staff_of([code for code in codes if code in told], terms.people, plan)
    time, ids, unit = paid_time(staff, plan, grid, MONTH, plan.valid_from), terms.ids, 10 ** minor_digits(plan.currency)
    for amounts, name in ((time.variable, "target"), (time.ote, "ote")):
        for payee, whole in _sums(amounts, staff.payees, grid, posted, scope).items():
            person = found.people.setdefault(ids[payee], PersonFacts()) if payee in ids else None
            if person is not None:
                setattr(person, name, getattr(person, name) + round_ratio(whole * unit))


def _sums(
    amounts: Mapping[tuple[int, int], Fraction], codes: Sequence[str], grid: Any, posted: Iterable[date], scope: Scope
) -> dict[str, Fraction]:
    months = set(posted)
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for (place, unit), amount in amounts.items():
        start = date.fromordinal(grid.bounds_of(MONTH, unit)[0])
        if start in months and scope.first <= start < scope.past:
            sums[codes[place]] += amount
    return dict(sums)
