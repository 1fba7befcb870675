"""Whose pay changed most against another month or run, and why: told from differences of what both come to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from compensation.enums import PayRunState, Stage
from compensation.models import PayeeResult, PayPeriod, PayRun, Plan
from compensation.selectors.run_facts import credited_in
from compensation.selectors.runs import (
    Key,
    Sums,
    lines_of_run,
    names_of,
    posted_runs,
    run_before,
    run_ids_of,
    sums_by_payee,
    year_before,
)
from core.kernel import formats
from core.kernel.money import from_minor

SHOWN, REASONS = 6, 3
MONTH, RUN, YEAR = "month", "run", "year"


@dataclass(frozen=True, slots=True)
class Against:
    """What a run is compared with: runs, the period they pay where it is another one, and how it is called."""

    key: str
    label: str
    runs: Sequence[PayRun] = ()
    period: PayPeriod | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A payee's pay then and now. share: of the largest change shown, from -50 to 50, for a bar."""

    payee_id: int
    name: str
    currency: str
    before: Decimal
    now: Decimal
    why: str
    share: float

    @property
    def change(self) -> Decimal:
        return self.now - self.before

    @property
    def width(self) -> float:
        return abs(self.share)


def choices_of(run: PayRun, before: PayPeriod | None) -> list[Against]:
    """The month before, the run before, the month a year earlier: those that there are."""
    found = []
    if before is not None:
        found.append(Against(MONTH, f"{before.starts_on:%B}", list(posted_runs(before)), before))
    if (earlier := run_before(run)) is not None:
        found.append(Against(RUN, _("Last run"), [earlier]))
    if (year := year_before(run.period)) is not None and year != before:
        found.append(Against(YEAR, f"{year.starts_on:%b %Y}", list(posted_runs(year)), year))
    return found


def biggest_changes(run: PayRun, against: Against) -> tuple[list[Change], int]:
    """The largest changes of what is paid, each with its reasons; and how many people there are altogether."""
    siblings = [] if against.key == RUN else [pk for pk in run_ids_of(run.period) if pk != run.pk]
    now, before = sums_by_payee([run.pk, *siblings]), sums_by_payee([one.pk for one in against.runs])
    nothing = Sums()
    moved = {key: now.get(key, nothing).paid - before.get(key, nothing).paid for key in {*now, *before}}
    largest = sorted((key for key in moved if moved[key]), key=lambda key: (-abs(moved[key]), key))[:SHOWN]
    ids = {payee for payee, _currency in largest}
    names, reasons = names_of(ids), _Reasons(run, against, ids)
    most = max((abs(moved[key]) for key in largest), default=1)
    told = [
        Change(
            payee_id=payee,
            name=names[payee],
            currency=currency,
            before=from_minor(before.get((payee, currency), nothing).paid, currency),
            now=from_minor(now.get((payee, currency), nothing).paid, currency),
            why=reasons.of((payee, currency)),
            share=float(50 * Fraction(moved[payee, currency], most)),
        )
        for payee, currency in largest
    ]
    return told, len({payee for payee, _currency in now})


class _Reasons:
    """Differences of some payees between a run and what it is compared with; read once for all of them."""

    def __init__(self, run: PayRun, against: Against, payee_ids: Collection[int]) -> None:
        self.plans = _plans_of(payee_ids)
        self.now, self.before = _lines([run], payee_ids), _lines(against.runs, payee_ids)
        self.attained = _attained([run.pk], payee_ids), _attained([one.pk for one in against.runs], payee_ids)
        self.credited: tuple[Mapping[Any, Any], Mapping[Any, Any]] | None = None
        if against.period is not None:
            self.credited = credited_in(run.period, payee_ids), credited_in(against.period, payee_ids)

    def of(self, key: Key) -> str:
        """A line of words: what was crossed, then the largest differences."""
        said = [*self._crossed(key)]
        differences = sorted(self._differences(key), key=lambda one: -abs(one[1]))
        for words, minor in differences[: REASONS - min(len(said), REASONS - 1)]:
            said.append(f"{words} {formats.exact_money(from_minor(minor, key[1]), key[1], plus=True)}")
        return ", ".join(said)

    def _differences(self, key: Key) -> Iterator[tuple[str, int]]:
        payee, currency = key
        plans = [pk for pk, plan in self.plans.items() if plan.currency_id == currency]
        if self.credited is not None:
            now, before = (sum(side[payee, pk].pay for pk in plans if (payee, pk) in side) for side in self.credited)
            if now != before:
                yield _("Credit"), now - before
        sides = [*self.now, *self.before]
        parts = {(stage, component) for who, plan, stage, component in sides if who == payee and plan in plans}
        paid = self._moved(payee, plans, Stage.PAID, "") * -1
        for stage, component in parts:
            moved = self._moved(payee, plans, stage, component)
            is_all = stage == Stage.PAID or (stage == Stage.EARNED and moved == paid and self.credited is not None)
            if moved and not is_all:
                yield _words_of(stage, component), moved

    def _moved(self, payee: int, plans: Collection[int], stage: int, component: str) -> int:
        keys = [(payee, plan, stage, component) for plan in plans]
        return sum(self.now.get(key, 0) - self.before.get(key, 0) for key in keys)

    def _crossed(self, key: Key) -> Iterator[str]:
        now, before = self.attained
        for (payee, measure), share in now.items():
            earlier = before.get((payee, measure))
            if payee == key[0] and earlier is not None and earlier < 1 <= share:
                yield _("Crossed 100%% of %(measure)s") % {"measure": measure.replace("_", " ")}


def _plans_of(payee_ids: Collection[int]) -> dict[int, Plan]:
    """The plans that some payees were ever paid by."""
    paid_by = PayeeResult.objects.filter(payee__in=payee_ids).values("version__plan_id")
    return {row.pk: row for row in Plan.objects.filter(pk__in=paid_by)}


def _words_of(stage: int, component: str) -> str:
    if stage == Stage.EARNED:
        return component.replace("_", " ").capitalize()
    return str(Stage(stage).label)


def _lines(runs: Collection[PayRun], payee_ids: Collection[int]) -> dict[tuple[int, int, int, str], int]:
    """Sums of lines by payee, plan, stage and, of what was earned, component."""
    found: dict[tuple[int, int, int, str], int] = {}
    posted = [one for one in runs if one.state == PayRunState.POSTED]
    sources = [lines_of_run(one) for one in runs if one.state != PayRunState.POSTED]
    if posted:
        entries: Any = lines_of_run(posted[0]).model
        periods = {one.period_id for one in posted}
        sources.append(entries._default_manager.filter(period_id__in=periods, run_id__in=[one.pk for one in posted]))
    for rows in sources:
        told = rows.filter(payee_id__in=payee_ids).order_by()
        for payee, plan, stage, component, total in told.values_list(
            "payee_id", "plan_id", "stage", "component__key"
        ).annotate(total=Sum("amount_minor")):
            key = (payee, plan, stage, component if stage == Stage.EARNED else "")
            found[key] = found.get(key, 0) + total
    return found


def _attained(run_ids: Collection[int], payee_ids: Collection[int]) -> dict[tuple[int, str], Fraction]:
    """How much of the quota of each measure was attained at the end of runs."""
    found = {}
    rows = PayeeResult.objects.filter(run__in=run_ids, payee__in=payee_ids).order_by("run")
    for payee, facts in rows.values_list("payee_id", "facts"):
        for name, measure in facts.get("measures", {}).items():
            quota = Fraction(measure["quota"]) if measure["quota"] else Fraction(0)
            if quota > 0:
                found[payee, name] = Fraction(measure["credited"]) / quota
    return found
