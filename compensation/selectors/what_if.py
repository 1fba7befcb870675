"""What open deals would earn: the run's own calculation once more, with credits for them laid over its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from django.db.models import QuerySet

from compensation.enums import PayRunState
from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.exact import Exact
from compensation.kernel.inputs import Credits, Texts
from compensation.kernel.ladder import ladder_of
from compensation.kernel.plan import Plan as PlanTerms
from compensation.models import Credit, Payee, PayeeResult, PayRun, PlanVersion
from compensation.selectors import words_of_steps as words
from compensation.selectors.rates import Rates
from compensation.selectors.run_inputs import Terms, load
from compensation.selectors.traces import last_day, terms_kept
from core.kernel.money import to_minor
from pipeline.models import Opportunity
from pipeline.policies import visible_opportunities

MOST_DEALS = 200


@dataclass(frozen=True, slots=True)
class Overlay:
    """A credit that isn't there: minor units of the deal's currency, worth fx each in the plan's."""

    key: int
    kind: str
    on: date
    minor: int
    fx: Fraction


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
    """A person's own open deals by close date; without those that they are credited with already."""
    person = getattr(user, "person_or_none", None)
    credited = Credit.objects.filter(payee__person=person, ended_batch=None, deal_id__isnull=False).values("deal_id")
    rows = visible_opportunities(user, as_of).filter(owner=person, status="open")
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
    results = PayeeResult.objects.filter(run=run, payee=payee).select_related("version__plan")
    return [_under(run, one.version, payee, deals, as_of) for one in results.order_by("version_id")]


def _under(run: PayRun, version: PlanVersion, payee: Payee, deals: Sequence[Opportunity], as_of: date) -> Outcome:
    terms = terms_kept(run, version, [payee.pk])
    overlays = [one for deal in deals for one in credits_of(deal, terms, max(last_day(run), as_of), as_of)]
    through = max([last_day(run), *(_month_end(one.on) for one in overlays)])
    loaded = load(terms, through=through, payee_ids=[payee.pk])
    before = calculate(terms.plan, loaded.inputs, through)
    code = terms.codes[payee.pk]
    credits = overlaid(loaded.inputs.credits, code, overlays)
    after = calculate(terms.plan, replace(loaded.inputs, credits=credits), through) if overlays else before
    return Outcome(
        version=version,
        currency=terms.plan.currency,
        deals=len({one.key for one in overlays}),
        earned_before=earned_by(before, code),
        earned=earned_by(after, code),
        measures=_moved(before, after, code),
        rates=_rates(before, after, code),
        through=through,
        ends=terms.plan.valid_to if terms.plan.valid_to and terms.plan.valid_to <= through else None,
    )


def credits_of(deal: Opportunity, terms: Terms, first: date, as_of: date) -> list[Overlay]:
    """The credits that a deal would bring its owner: its whole amount, by each kind the plan takes bookings by."""
    plan, currency = terms.plan, str(deal.currency_id)
    worth = Rates(plan.currency).of(currency, as_of)
    if deal.amount is None or worth is None:
        return []
    on = max(deal.expected_close_on, first) if deal.expected_close_on else first
    minor = to_minor(deal.amount, currency)
    return [Overlay(-deal.pk, kind, on, minor, worth) for kind in booking_kinds(plan)]


def booking_kinds(plan: PlanTerms) -> list[str]:
    """Kinds of credit that a booking brings, as the plan calls them; else those of its first measure."""
    kinds = [kind for measure in plan.measures.values() for kind in measure.credits]
    booked = [kind for kind in dict.fromkeys(kinds) if "book" in kind.lower()]
    return booked or list(dict.fromkeys(kinds))[:1]


def overlaid(credits: Credits, code: str, overlays: Sequence[Overlay]) -> Credits:
    """Credits with some more of one payee, in the kernel's order: each comes last on its day."""
    if not overlays:
        return credits
    place, ordered = credits.payees.index(code), sorted(overlays, key=lambda one: (one.on, one.kind, -one.key))
    payee = np.concatenate([credits.payee, np.full(len(ordered), place)])
    on = np.concatenate([credits.on, np.array([one.on.toordinal() for one in ordered], dtype=np.int64)])
    order = np.lexsort((np.arange(len(on)), on, payee))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    minor = np.array([one.minor for one in ordered], dtype=np.int64)
    returns = np.concatenate([credits.returns, np.full(len(ordered), -1, dtype=np.int64)])[order]
    return Credits(
        payees=credits.payees,
        payee=payee[order],
        on=on[order],
        measure=_more_words(credits.measure, [one.kind for one in ordered]).at(order),
        quota=np.concatenate([credits.quota, minor])[order],
        pay=np.concatenate([credits.pay, minor])[order],
        fx=_joined(credits.fx, len(credits), [one.fx for one in ordered]).at(order),
        keys=np.concatenate([credits.keys, np.array([one.key for one in ordered], dtype=np.int64)])[order],
        returns=np.where(returns >= 0, back[returns], -1),
        texts={name: _more_words(column, [""] * len(ordered)).at(order) for name, column in credits.texts.items()},
        numbers={
            name: _joined(column, len(credits), [Fraction(0)] * len(ordered)).at(order)
            for name, column in credits.numbers.items()
        },
    )


def _more_words(column: Texts, more: Sequence[str]) -> Texts:
    known = list(dict.fromkeys([*column.words, *more]))
    codes = [known.index(word) for word in more]
    return Texts(np.concatenate([column.codes, np.array(codes, dtype=np.int32)]), tuple(known))


def _joined(column: Exact, length: int, more: Sequence[Fraction]) -> Exact:
    nums = np.concatenate([column.num, np.array([one.numerator for one in more], dtype=np.int64)])
    dens = np.broadcast_to(column.den, (length,))
    return Exact(nums, np.concatenate([dens, np.array([one.denominator for one in more], dtype=np.int64)]))


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
