"""What open deals would earn: the run's own calculation once more, with credits for them laid over its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from compensation.enums import PayRunState
from compensation.kernel.engine import Calculation
from compensation.kernel.ladder import ladder_of
from compensation.models import Credit, Payee, PayeeResult, PayRun, PlanVersion
from compensation.selectors import words_of_steps as words
from compensation.selectors.calculations import Change, figured, numbered
from compensation.selectors.open_deals import credits_of_deals
from compensation.selectors.run_inputs import is_of_others
from compensation.selectors.statements import Month, results_in_force
from compensation.selectors.traces import last_day, terms_kept
from pipeline.models import Opportunity, OpportunityTeamMember
from pipeline.policies import visible_opportunities

MOST_DEALS = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan would come to with some deals, minor units of its currency, against what it comes to without.

    ends: the first day the plan no longer holds, where some of the time asked for lies after it.
    """

    version: PlanVersion
    currency: str
    deals: int
    earned_before: int
    earned: int
    measures: tuple[Moved, ...]
    rates: tuple[tuple[str, str, str], ...]
    through: date
    ends: date | None

    @property
    def added(self) -> int:
        return self.earned - self.earned_before


@dataclass(frozen=True, slots=True)
class Moved:
    """A measure before and after, in percent of its quota; None without one."""

    title: str
    before: float | None
    after: float | None


def open_deals_of(user: Any, as_of: date) -> QuerySet[Opportunity]:
    """Open deals that a person owns, shares or works on, by close date; without those that they are credited with."""
    person = getattr(user, "person_or_none", None)
    if person is None:
        return Opportunity.objects.none()
    credited = Credit.objects.filter(payee__person=person, ended_batch=None, deal_id__isnull=False).values("deal_id")
    theirs = Q(owner=person) | Q(pk__in=person.splits.values("opportunity"))
    theirs |= Q(pk__in=OpportunityTeamMember.objects.filter(person=person).values("opportunity"))
    rows = visible_opportunities(user, as_of).filter(theirs, status="open")
    return (
        rows.exclude(amount=None)
        .exclude(pk__in=credited)
        .select_related("account", "stage")
        .order_by("expected_close_on", "pk")
    )


def last_run_of(payee: Payee) -> PayRun | None:
    """The run that the payee was told of last: posted, or sent."""
    told = PayeeResult.objects.filter(payee=payee, run__state=PayRunState.POSTED).order_by(
        "-run__period__starts_on", "-run"
    )
    found = told.select_related("run__period").first()
    return found.run if found is not None else None


def what_if(run: PayRun, payee: Payee, deals: Sequence[Opportunity], as_of: date) -> list[Outcome]:
    """What each plan of a payee would come to if deals closed on their close dates; with none, what it came to."""
    results = results_in_force(Month(payee, run.period, run, is_draft=False))
    return [_under(run, one.version, payee, deals, as_of) for one in results]


def _under(run: PayRun, version: PlanVersion, payee: Payee, deals: Sequence[Opportunity], as_of: date) -> Outcome:
    terms, first = terms_kept(run, version, [payee.pk]), max(last_day(run), as_of)
    code, ids = terms.codes[payee.pk], [deal.pk for deal in deals]
    likely = list(credits_of_deals(ids, terms, first=first, last=None, as_of=as_of))
    if not is_of_others(terms.plan):
        likely = [one for one in likely if one.credit.payee == code]
    through = max([last_day(run), *(_month_end(one.credit.on) for one in likely)])
    asked: dict[str, Any] = {"through": through, "payee_ids": [payee.pk], "components": numbered(terms)}
    before = figured(terms, **asked).found
    change = Change(more=[one.credit for one in likely])
    after = figured(terms, **asked, change=change).found if likely else before
    return Outcome(
        version=version,
        currency=terms.plan.currency,
        deals=len({one.deal_id for one in likely}),
        earned_before=earned_by(before, code),
        earned=earned_by(after, code),
        measures=_moved(before, after, code),
        rates=_rates(before, after, code),
        through=through,
        ends=terms.plan.valid_to if terms.plan.valid_to and terms.plan.valid_to <= through else None,
    )


def earned_by(calculation: Calculation, code: str) -> int:
    """All that a payee earned in a calculation, minor units."""
    place = calculation.book.staff.payees.index(code)
    return sum(int(lines.amount[lines.payee == place].sum()) for lines in calculation.earned.values())


def _moved(before: Calculation, after: Calculation, code: str) -> tuple[Moved, ...]:
    found = []
    for key, measure in after.book.plan.measures.items():
        shares = [_attainment(one, key, code) for one in (before, after)]
        if shares[1] is not None:
            found.append(Moved(measure.title, *shares))
    return tuple(found)


def _attainment(calculation: Calculation, key: str, code: str) -> float | None:
    book = calculation.book
    credited, quota = book.come_to(book.plan.measures[key], book.staff.payees.index(code))
    return float(Fraction(credited) / quota * 100) if quota else None


def _rates(before: Calculation, after: Calculation, code: str) -> tuple[tuple[str, str, str], ...]:
    """(component, rate before, rate after) of what pays by tiers."""
    found = []
    for key, component in after.book.plan.components.items():
        ladder = ladder_of(after, key, code)
        if ladder is not None:
            first = ladder_of(before, key, code)
            was = words.rate(first.rung.rate) if first is not None else ""
            found.append((component.title, was, words.rate(ladder.rung.rate)))
    return tuple(found)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
