"""A draft on the credits of closed months, and what was posted for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from compensation import policies
from compensation.enums import PeriodState, Stage, VersionState
from compensation.kernel import crowd
from compensation.kernel.lines import sums_by_payee
from compensation.kernel.plan import Dated
from compensation.kernel.plan import Plan as PlanTerms
from compensation.models import LedgerEntry, Payee, PayPeriod, PlanVersion
from compensation.selectors.calculations import figured, numbered
from compensation.selectors.effect_facts import is_told_by_itself
from compensation.selectors.run_inputs import Terms, terms_of
from core.kernel import formats
from core.kernel.money import from_minor
from core.kernel.periods import FiscalCalendar

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Closed days that are replayed, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class PayeeChange:
    """What somebody was posted in closed months and would be under the draft."""

    name: str
    posted: Any
    drafted: Any
    currency: str

    @property
    def change(self) -> Any:
        return self.drafted - self.posted

    @property
    def change_words(self) -> str:
        return formats.exact_money(self.change, self.currency, plus=True)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay for a page. rows is empty for those who may not see pay; sums are None for them where they
    would tell of fewer than five people."""

    first: date
    last: date
    currency: str
    people: int
    gains: int
    losses: int
    posted: Any
    drafted: Any
    rows: tuple[PayeeChange, ...]

    @property
    def change(self) -> Any:
        return self.drafted - self.posted

    @property
    def change_words(self) -> str:
        return formats.exact_money(self.change, self.currency, plus=True)


def closed_span(version: PlanVersion) -> Span | None:
    """The last twelve closed months, from the beginning of their fiscal year, as far as the plan was in force."""
    locked = PayPeriod.objects.filter(state=PeriodState.LOCKED).order_by("-starts_on")[:MONTHS]
    months = sorted(locked, key=lambda one: one.starts_on)
    if not months:
        return None
    calendar = FiscalCalendar(start_month=int(version.document.get("year_starts", 1)))
    first = calendar.year_of(months[0].starts_on).start
    published = PlanVersion.objects.filter(plan_id=version.plan_id, state=VersionState.PUBLISHED)
    begun = published.order_by("valid_from").values_list("valid_from", flat=True).first()
    return Span(max(first, begun) if begun else first, months[-1].ends_on - timedelta(days=1))


def replay_terms(version: PlanVersion, span: Span) -> Terms:
    """The draft as if it had been in force in the closed months, on the credits that there are now."""
    return stretched_terms(version, span, on=span.last)


def stretched_terms(version: PlanVersion, span: Span, *, on: date) -> Terms:
    """A version as if it held in a span, with the quotas in force on a day."""
    terms = terms_of(version, on=on)
    return replace(terms, plan=_stretched(terms.plan, span))


def _stretched(plan: PlanTerms, span: Span) -> PlanTerms:
    """Parameters hold with their first value before their first day; nobody could have accepted the draft yet."""
    parameters = {
        key: (Dated(date.min, dated[0].value), *dated[1:]) if dated[0].valid_from > span.first else dated
        for key, dated in plan.parameters.items()
    }
    return replace(
        plan, valid_from=span.first, valid_to=span.last + timedelta(days=1), parameters=parameters,
        pays_when_accepted=False, hands_over=False,
    )  # fmt: skip


def drafted_sums(terms: Terms, span: Span, payees: Sequence[int]) -> dict[int, int]:
    """What each payee would have earned and been adjusted to, minor units: lines that were due in the span."""
    lines = figured(terms, through=span.last, payee_ids=payees, components=numbered(terms)).lines
    paid = sums_by_payee(lines.at((lines.stage == int(Stage.PAID)) & (lines.payee > 0)))
    return {payee: -amount for payee, amount in paid.items()}


def posted_sums(version: PlanVersion, span: Span) -> dict[int, int]:
    """What was posted as pay of each payee for the span under the plan; adjustments by hand are left out."""
    lines = LedgerEntry.objects.filter(
        plan_id=version.plan_id, earned_in__gte=span.first, earned_in__lte=span.last,
        stage__in=[Stage.PAID, Stage.ADJUSTED],
    )  # fmt: skip
    return {
        row["payee_id"]: -row["total"]
        for row in lines.values("payee_id").annotate(total=Sum("amount_minor")).order_by()
    }


def _is_told_to_others(version: PlanVersion, rows: Sequence[tuple[int, int, int]]) -> bool:
    """Whether both sums, their difference, and who gains or loses, are about enough people to tell of none."""
    sums = [(name, {row[0]: row[place] for row in rows}) for name, place in (("posted", 1), ("drafted", 2))]
    changes = [drafted - posted for _payee, posted, drafted in rows]
    groups = sum(one > 0 for one in changes), sum(one < 0 for one in changes)
    return (
        len(rows) >= policies.FEWEST_TOLD
        and len(crowd.told_sums(sums, policies.FEWEST_TOLD)) == len(sums)
        and all(crowd.is_told(one, policies.FEWEST_TOLD) for one in groups)
        and is_told_by_itself(version.plan)
    )


def replay_shown(version: PlanVersion, *, is_pay_role: bool) -> Replayed | None:
    """The last replay of a version as it may be seen; None where there is none."""
    kept = version.replay
    if not kept:
        return None
    rows = [(payee, posted, drafted) for payee, posted, drafted in kept["payees"]]
    is_told = is_pay_role or _is_told_to_others(version, rows)
    names = {one.pk: str(one) for one in Payee.objects.filter(pk__in=[row[0] for row in rows]).select_related("person")}
    currency = kept["currency"]
    money = lambda minor: from_minor(minor, currency)  # noqa: E731 -- one currency for all
    told = [
        PayeeChange(names.get(payee, "–"), money(posted), money(drafted), currency) for payee, posted, drafted in rows
    ]
    told.sort(key=lambda one: (-abs(one.change), one.name))
    return Replayed(
        first=date.fromisoformat(kept["first"]),
        last=date.fromisoformat(kept["last"]),
        currency=currency,
        people=len(rows),
        gains=sum(one.change > 0 for one in told) if is_told else 0,
        losses=sum(one.change < 0 for one in told) if is_told else 0,
        posted=sum((one.posted for one in told), money(0)) if is_told else None,
        drafted=sum((one.drafted for one in told), money(0)) if is_told else None,
        rows=tuple(told) if is_pay_role else (),
    )
