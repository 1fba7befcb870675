"""What a relief of somebody's quota would come to, before it is given, and what was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.kernel.money import from_minor, minor_digits, round_ratio
from core.models import in_force_on
from core.selectors import MissingRate, plan_rates
from people.models import Occupancy, Person
from pipeline.enums import Status
from pipeline.models import Opportunity
from quotas.enums import COUNTED, HolderKind, ReliefWay
from quotas.kernel.relief import Owed, relieved_by_amount, relieved_by_share
from quotas.models import Relief, Target
from quotas.policies import may_set_targets
from territories.models import Transition
from territories.selectors.transitions import get_transition_for


@dataclass(frozen=True, slots=True)
class Trailing:
    """What somebody won with an account, and with all, in the twelve months before a day; reporting currency."""

    of_account: Decimal
    of_all: Decimal

    @property
    def percent(self) -> Decimal | None:
        """The account's share, four decimals; None where nothing was won."""
        return round(100 * self.of_account / self.of_all, 4) if self.of_all > 0 else None


@dataclass(frozen=True, slots=True)
class Row:
    """A target of the person, or of their seat, in force on the day, with what it would come to."""

    target: Target
    after: Decimal

    @property
    def before(self) -> Decimal:
        return self.target.amount

    @property
    def period(self) -> str:
        return self.target.period.label

    @property
    def currency(self) -> str | None:
        return self.target.currency_id


@dataclass(frozen=True, slots=True)
class Asked:
    """A relief as it is asked for."""

    way: str
    measure: str
    since: date
    amount: Decimal | None = None


class CannotRelieve(ValueError):
    """There is nothing to relieve, or not by that; says why and what to do. field: of the form."""

    def __init__(self, words: str, field: str) -> None:
        super().__init__(words)
        self.field = field


def get_relief_of(user: SignedIn, transition_id: int, as_of: date) -> tuple[Transition, Relief | None]:
    """The transition, and the relief that stands. Raises Http404 for those who don't set targets."""
    if not may_set_targets(user):
        raise Http404("No such transition.")
    transition = get_transition_for(user, transition_id, as_of)
    return transition, Relief.objects.filter(transition=transition, undone_on=None).first()


def trailing(person: Person, account_id: int, since: date) -> Trailing:
    """Raises MissingRate for deals in a currency without a plan rate."""
    first = since.replace(year=since.year - 1, day=min(since.day, 28) if since.month == 2 else since.day)
    rows = Opportunity.objects.filter(
        owner=person, status=Status.WON, closed_on__gte=first, closed_on__lt=since, amount__gt=0, archived_at=None
    )
    rates, sums = plan_rates(on=since), {True: Decimal(0), False: Decimal(0)}
    told: Any = rows.order_by("pk").values_list("account_id", "currency_id", "amount")
    for account, currency, amount in told:
        if currency not in rates:
            raise MissingRate(f"There is no plan rate for {currency}. Add one under Settings, Exchange rates.")
        sums[account == account_id] += amount * rates[currency]
    return Trailing(sums[True], sums[True] + sums[False])


def owed_by(person_id: int, measure: str, since: date) -> list[Target]:
    """Targets in force on a day of periods that aren't over, by period: a person's own, else those of their seat."""
    seats = Occupancy.objects.filter(in_force_on(since), person=person_id).values("position")
    rows = Target.objects.filter(in_force_on(since), measure=measure, period__ends_on__gt=since)
    mine = rows.filter(holder_kind=HolderKind.PERSON, holder_id=person_id)
    theirs = rows.filter(holder_kind=HolderKind.POSITION, holder_id__in=seats)
    found: dict[int, Target] = {}
    for one in [*mine.select_related("period"), *theirs.select_related("period").order_by("pk")]:
        found.setdefault(one.period_id, one)
    return sorted(found.values(), key=lambda one: (one.period.starts_on, -one.period.ends_on.toordinal()))


def relief_rows(transition: Transition, asked: Asked, share: Decimal | None) -> list[Row]:
    """What each target would come to. Raises CannotRelieve."""
    if asked.way == ReliefWay.NONE:
        return []
    targets = owed_by(transition.person_id, asked.measure, asked.since)
    if not targets:
        raise CannotRelieve(_no_target(transition), "measure")
    owed = [_owed(one) for one in targets]
    if asked.way == ReliefWay.SHARE:
        if share is None:
            words = _("%(person)s won nothing in the twelve months before: give a fixed amount.")
            raise CannotRelieve(words % {"person": transition.person}, "way")
        after = relieved_by_share(owed, Fraction(share) / 100, asked.since)
    else:
        after = _by_amount(targets, owed, asked)
    return [
        Row(target, _units(minor, target)) for target, minor in zip(targets, after, strict=True)
    ]  # fmt: skip


def _by_amount(targets: Sequence[Target], owed: Sequence[Owed], asked: Asked) -> list[int]:
    if len({one.currency_id for one in targets}) > 1:
        raise CannotRelieve(_("The targets are in several currencies: relieve them by share."), "way")
    if asked.amount is None or asked.amount <= 0:
        raise CannotRelieve(_("Say how much: an amount above zero."), "amount")
    try:
        return relieved_by_amount(owed, round_ratio(Fraction(asked.amount) * 10 ** _digits(targets[0])), asked.since)
    except ValueError as error:
        words = _("It is more than what is left of the targets by %(kind)s from that day on: give less.")
        raise CannotRelieve(words % {"kind": error}, "amount") from error


def _no_target(transition: Transition) -> str:
    words = _("%(person)s has no target for this measure on that day: choose another measure or day.")
    return words % {"person": transition.person}


def _digits(target: Target) -> int:
    return 0 if target.measure in COUNTED or not target.currency_id else minor_digits(str(target.currency_id))


def _owed(target: Target) -> Owed:
    period = target.period
    minor = round_ratio(Fraction(target.amount) * 10 ** _digits(target))
    return Owed(period.kind, period.starts_on, period.ends_on, minor)


def _units(minor: int, target: Target) -> Decimal:
    return from_minor(minor, str(target.currency_id)) if _digits(target) else Decimal(minor)


def told_rows(relief: Relief) -> list[dict[str, Any]]:
    """What a relief wrote, with amounts as numbers again."""
    return [
        {**row, "before": Decimal(row["before"]), "after": Decimal(row["after"])} for row in relief.rows
    ]  # fmt: skip
