"""A payee's month: which lines it is made of, what they come to, and the year around it. Figures are sums of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.http import Http404
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import PayRunState, Stage
from compensation.models import (
    Assignment,
    LedgerEntry,
    Payee,
    PayeeResult,
    PayPeriod,
    PayRun,
    PaySettings,
    PlanComponent,
    PlanVersion,
    RunLine,
    Statement,
)
from core.selectors import the_company

MONTHS_OFFERED = 24
_DRAFTS = (PayRunState.CALCULATED, PayRunState.SUBMITTED, PayRunState.APPROVED)
_HASH = """
SELECT encode(sha256(convert_to(coalesce(string_agg(
  concat_ws(',', id, version_id, component_id, credit_id, stage, earned_in, amount_minor), ';' ORDER BY id), ''),
  'UTF8')), 'hex') FROM {table} WHERE {where}
"""


@dataclass(frozen=True, slots=True)
class Month:
    """A payee's month as it is shown: the ledger's entries, or the lines of a run that isn't posted.

    run: the one calculated last among those shown; None where nothing was ever calculated for the month.
    """

    payee: Payee
    period: PayPeriod
    run: PayRun | None
    is_draft: bool

    @property
    def model(self) -> type[LedgerEntry] | type[RunLine]:
        return RunLine if self.is_draft else LedgerEntry

    @property
    def rows(self) -> QuerySet[Any]:
        mine = self.model.objects.filter(payee=self.payee, period=self.period)
        return mine.filter(run=self.run) if self.is_draft else mine

    def where(self) -> tuple[str, list[Any]]:
        """The same rows for a statement in SQL: the table's name, the condition and its parameters."""
        said, params = "payee_id = %s AND period_id = %s", [self.payee.pk, self.period.pk]
        if self.is_draft and self.run is not None:
            said, params = f"{said} AND run_id = %s", [*params, self.run.pk]
        return said, params


def pay_settings() -> PaySettings:
    """The one row of settings; its defaults where nobody has set any yet."""
    return PaySettings.objects.filter(pk=1).first() or PaySettings(pk=1)


def get_statement_for(user: Any, statement_id: int, as_of: date) -> Statement:
    """Raises Http404 for a statement that isn't theirs to see, as for none."""
    found = policies.visible_statements(user, as_of).filter(pk=statement_id).first()
    if found is None:
        raise Http404(_("No such statement."))
    return found


def month_of_statement(statement: Statement) -> Month:
    """What the payee was told: posted entries, else the lines of the run whose statements were sent."""
    return _month(statement.payee, statement.period, Q(released_at__isnull=False))


def get_month_for(user: Any, payee_id: int, period_id: int) -> Month:
    """Any month of anybody, also before it is posted, for those who see all pay. Raises Http404."""
    payee = Payee.objects.select_related("person").filter(pk=payee_id).first()
    period = PayPeriod.objects.filter(pk=period_id).first()
    if payee is None or period is None or not policies.sees_all_pay(user):
        raise Http404(_("No such month."))
    return _month(payee, period, Q(state__in=_DRAFTS))


def _month(payee: Payee, period: PayPeriod, drafts: Q) -> Month:
    runs = PayRun.objects.filter(period=period).select_related("run", "period").order_by("-pk")
    posted = runs.filter(state=PayRunState.POSTED).first()
    if posted is not None:
        return Month(payee, period, posted, is_draft=False)
    draft = runs.filter(drafts).exclude(state=PayRunState.REPLACED).first()
    return Month(payee, period, draft, is_draft=draft is not None)


def hash_of_month(month: Month) -> str:
    """Of every line that is shown: what an acknowledgement is of."""
    where, params = month.where()
    with connection.cursor() as cursor:
        cursor.execute(_HASH.format(table=month.model._meta.db_table, where=where), params)
        return str(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the summary: what it is, and its amount in minor units. is_sum: what those before it come to."""

    label: str
    amount: int
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a month comes to in one currency, minor units: what was earned, and from there to what is paid."""

    currency: str
    parts: tuple[Part, ...]
    earned: int
    paid: int
    owed: int
    held: int

    @property
    def moved(self) -> int:
        """What lies between earned and paid: held back, let go, paid ahead or back."""
        return self.paid - self.earned


def summaries_of(month: Month, versions: Mapping[int, PlanVersion], labels: Labels) -> list[Summary]:
    """One a currency, the one with most lines first. Their parts add up to what is paid, which is the ledger's."""
    found = month.rows.values_list("version_id", "component_id", "stage").annotate(sum=Sum("amount_minor"))
    by_currency: dict[str, list[tuple[int, int, int, int]]] = {}
    for version, component, stage, amount in found.order_by("component_id", "stage"):
        currency = str(versions[version].plan.currency_id)
        by_currency.setdefault(currency, []).append((version, component, stage, amount))
    balances = _balances(month)
    return [
        _summary(month, currency, rows, labels, balances.get(currency, (0, 0)))
        for currency, rows in sorted(by_currency.items(), key=lambda one: -len(one[1]))
    ]


def _balances(month: Month) -> dict[str, tuple[int, int]]:
    """Draws owed and what is held back at the month's end, by currency."""
    found: dict[str, tuple[int, int]] = {}
    for one in results_of(month):
        owed, held = found.get(str(one.version.plan.currency_id), (0, 0))
        found[str(one.version.plan.currency_id)] = (owed + one.owed_minor, held + one.held_minor)
    return found


def results_of(month: Month) -> list[PayeeResult]:
    """What the run came to for the payee, a row a plan."""
    if month.run is None:
        return []
    rows = PayeeResult.objects.filter(run=month.run, payee=month.payee)
    return list(rows.select_related("version__plan").order_by("-earned_minor", "version_id"))


def results_in_force(month: Month) -> list[PayeeResult]:
    """Those of versions that hold in the month, and that pay the payee then: not of a plan they were on before."""
    starts, ends = month.period.starts_on, month.period.ends_on
    of_month = Assignment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=starts), payee=month.payee, valid_from__lt=ends
    ).values_list("plan_id", flat=True)
    plans = set(of_month)
    return [
        one
        for one in results_of(month)
        if one.version.plan_id in plans
        and one.facts.get("measures")
        and one.version.valid_from < ends
        and (one.version.valid_to is None or one.version.valid_to > starts)
    ]


def _summary(
    month: Month, currency: str, rows: Sequence[tuple[int, int, int, int]], labels: Labels, balance: tuple[int, int]
) -> Summary:
    earned = [
        Part(labels.component(version, component), amount)
        for version, component, stage, amount in rows
        if stage == Stage.EARNED
    ]
    by_stage: dict[int, int] = {}
    for _version, _component, stage, amount in rows:
        by_stage[stage] = by_stage.get(stage, 0) + amount
    adjusted = by_stage.get(Stage.ADJUSTED, 0)
    if adjusted:
        earned.append(Part(str(Stage.ADJUSTED.label), adjusted))
    total = sum(part.amount for part in earned)
    rest = [
        Part(str(Stage(stage).label), amount)
        for stage, amount in sorted(by_stage.items())
        if amount and stage not in (Stage.EARNED, Stage.ADJUSTED, Stage.PAID)
    ]
    paid = -by_stage.get(Stage.PAID, 0)
    words = _("Earned in %(month)s") % {"month": month.period}
    parts = (*_one_a_label(earned), Part(words, total, True), *rest, Part(_("Payout"), paid, True))
    return Summary(currency, parts, total, paid, *balance)


def _one_a_label(parts: Iterable[Part]) -> list[Part]:
    sums: dict[str, int] = {}
    for part in parts:
        sums[part.label] = sums.get(part.label, 0) + part.amount
    return [Part(label, amount) for label, amount in sums.items()]


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of what plans call their parts, from their definitions; a component by its number in tables of lines."""

    versions: Mapping[int, PlanVersion]
    keys: Mapping[int, str]

    def component(self, version: int, component: int) -> str:
        key = self.keys.get(component, "")
        return self.title(version, "components", key) if key else str(_("Plan"))

    def title(self, version: int, what: str, key: str) -> str:
        said = self.versions[version].definition.get(what) or {}
        of = said.get(key) if isinstance(said, Mapping) else None
        usual = key.replace("_", " ").capitalize()
        return str(of.get("title", usual)) if isinstance(of, Mapping) else usual


def versions_in(month: Month) -> dict[int, PlanVersion]:
    """The plan versions that lines of a month come from, and those that the payee is on in it."""
    ids = set(month.rows.values_list("version_id", flat=True).distinct())
    ids |= {one.version_id for one in results_in_force(month)}
    return {one.pk: one for one in PlanVersion.objects.filter(pk__in=ids).select_related("plan")}


def labels_of(versions: Mapping[int, PlanVersion]) -> Labels:
    plans = {one.plan_id for one in versions.values()}
    keys = dict(PlanComponent.objects.filter(plan_id__in=plans).values_list("pk", "key"))
    return Labels(versions, keys)


@dataclass(frozen=True, slots=True)
class Before:
    """What this month adds to, or takes from, an earlier one."""

    earned_in: date
    amount: int
    lines: int
    currency: str


def earlier_months_in(month: Month, versions: Mapping[int, PlanVersion]) -> list[Before]:
    """Lines of earlier months: late credits, corrections and adjustments, by the month they belong to."""
    where, params = month.where()
    sql = (
        f"SELECT earned_in, version_id, sum(amount_minor)::bigint, count(*) FROM {month.model._meta.db_table} "
        f"WHERE {where} AND earned_in < %s AND stage <> %s GROUP BY earned_in, version_id ORDER BY earned_in"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, month.period.starts_on, int(Stage.PAID)])
        rows = cursor.fetchall()
    return [
        Before(day, amount, count, str(versions[version].plan.currency_id))
        for day, version, amount, count in rows
        if amount
    ]


def months_with_pay(payee: Payee) -> list[PayPeriod]:
    """Months that have entries of the payee, newest first: what the switch of months offers to those who keep pay."""
    ids = PayeeResult.objects.filter(payee=payee).values("run__period_id")
    return list(PayPeriod.objects.filter(pk__in=ids).order_by("-starts_on")[:MONTHS_OFFERED])


@dataclass(frozen=True, slots=True)
class LedgerMonth:
    """A month of the year's ledger, minor units of one currency; by_stage: sums of lines."""

    period: PayPeriod
    currency: str
    by_stage: Mapping[int, int]
    owed: int

    def of(self, *stages: int) -> int:
        return sum(self.by_stage.get(stage, 0) for stage in stages)

    @property
    def earned(self) -> int:
        return self.of(Stage.EARNED)

    @property
    def adjusted(self) -> int:
        return self.of(Stage.ADJUSTED)

    @property
    def held(self) -> int:
        return self.of(Stage.HELD, Stage.DEFERRED)

    @property
    def released(self) -> int:
        return self.of(Stage.RELEASED, Stage.DUE)

    @property
    def draw(self) -> int:
        return self.of(Stage.DRAW, Stage.RECOVERED)

    @property
    def other(self) -> int:
        return self.of(Stage.OVER_CAP, Stage.WAITING, Stage.CARRIED, Stage.FORFEITED)

    @property
    def paid(self) -> int:
        return -self.of(Stage.PAID)


def ledger_of_year(payee: Payee, day: date, currency: str) -> list[LedgerMonth]:
    """Posted months of the fiscal year that a day is in, newest first, in one currency. In three statements."""
    year = the_company().calendar.year_of(day)
    periods = {one.pk: one for one in PayPeriod.objects.filter(starts_on__gte=year.start, starts_on__lt=year.end)}
    rows = LedgerEntry.objects.filter(payee=payee, period_id__in=list(periods), plan__currency=currency)
    sums: dict[int, dict[int, int]] = {}
    for period, stage, amount in rows.values_list("period_id", "stage").annotate(sum=Sum("amount_minor")):
        sums.setdefault(period, {})[stage] = amount
    owed = _owed_by_period(payee, list(periods), currency)
    found = [LedgerMonth(periods[pk], currency, of, owed.get(pk, 0)) for pk, of in sums.items()]
    return sorted(found, key=lambda one: one.period.starts_on, reverse=True)


def _owed_by_period(payee: Payee, period_ids: Sequence[int], currency: str) -> dict[int, int]:
    """The draw balance after the run of each period that was posted last."""
    rows = PayeeResult.objects.filter(
        payee=payee, run__period_id__in=period_ids, run__state=PayRunState.POSTED, version__plan__currency=currency
    )
    last: dict[int, tuple[int, int]] = {}
    for period, run, owed in rows.values_list("run__period_id", "run_id", "owed_minor"):
        known = last.get(period, (0, 0))
        if run >= known[0]:
            last[period] = (run, owed + (known[1] if run == known[0] else 0))
    return {period: owed for period, (_run, owed) in last.items()}


def total_of(months: Sequence[LedgerMonth]) -> LedgerMonth | None:
    if not months:
        return None
    sums: dict[int, int] = {}
    for one in months:
        for stage, amount in one.by_stage.items():
            sums[stage] = sums.get(stage, 0) + amount
    return LedgerMonth(months[0].period, months[0].currency, sums, months[0].owed)
