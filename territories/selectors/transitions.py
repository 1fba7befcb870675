"""What accounts' former holders keep of their credit: for crediting, and for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Account
from core.kernel import formats
from core.kernel.access import SignedIn
from core.kernel.money import from_minor
from pipeline.models import Opportunity, OpportunitySnapshot, SnapshotNight, Stage
from territories import policies
from territories.enums import TransitionScope
from territories.kernel.transitions import DealThen, Policy, shares_kept
from territories.models import Transition

NIGHT_WITHIN = timedelta(days=10)  # a night further back says too little of the day an account moved


@dataclass(frozen=True, slots=True)
class Kept:
    """Shares of accounts that moved; knows their deals as they were then."""

    policies: Mapping[int, tuple[Policy, ...]]
    deals: Mapping[tuple[int, date], DealThen]

    def shares(self, account_id: int | None, deal_id: int | None, on: date) -> tuple[tuple[int, Fraction], ...]:
        """(person, share) of what happens to a deal, or to an account, on a day; mostly nobody."""
        found = self.policies.get(account_id or 0)
        if found is None:
            return ()
        then = [self.deals.get((deal_id or 0, one.moved_on)) for one in found]
        return shares_kept(found, then, on)


def kept_shares(deals: Iterable[Opportunity]) -> Kept:
    """Of the accounts of deals. Four queries at most; two while no account ever moved with a share kept."""
    deals = [one for one in deals if one.account_id]
    rows = Transition.objects.filter(account__in={one.account_id for one in deals}).order_by("account", "moved_on")
    found: dict[int, list[Policy]] = defaultdict(list)
    for row in rows.select_related("min_stage").prefetch_related("shares"):
        found[row.account_id].append(policy_of(row))
    moves = [(one, policy.moved_on) for one in deals for policy in found.get(one.account_id or 0, ())]
    return Kept({key: tuple(value) for key, value in found.items()}, _as_they_were(moves))


def policy_of(row: Transition) -> Policy:
    return Policy(
        person_id=row.person_id,
        moved_on=row.moved_on,
        of_open_deals=row.scope == TransitionScope.OPEN_DEALS,
        shares=tuple((one.since, Fraction(one.percent) / 100) for one in row.shares.all()),
        least_probability=row.min_stage.probability if row.min_stage else None,
        least_amount=row.min_amount,
    )


def _as_they_were(moves: Collection[tuple[Opportunity, date]]) -> dict[tuple[int, date], DealThen]:
    """Deals on the evening before each move, by the night's snapshot; as they are now where there is none."""
    days = {day for _deal, day in moves}
    nights = {day: _night_before(day) for day in days}
    wanted = OpportunitySnapshot.objects.filter(
        day__in={night for night in nights.values() if night}, opportunity_id__in={deal.pk for deal, _day in moves}
    )
    columns = ("day", "opportunity_id", "stage_id", "amount_minor", "currency")
    then = {(row[0], row[1]): row[2:] for row in wanted.values_list(*columns)} if moves else {}
    stages = dict(Stage.objects.values_list("pk", "probability")) if moves else {}
    found = {}
    for deal, day in moves:
        night = nights[day]
        stage, minor, currency = then.get((night, deal.pk), (deal.stage_id, None, "")) if night else (None, None, "")
        amount = from_minor(minor, currency) if minor is not None else deal.amount
        probability: Decimal = stages[stage or deal.stage_id]
        found[deal.pk, day] = DealThen(deal.created_on, deal.closed_on, probability, amount)
    return found


def _night_before(day: date) -> date | None:
    nights = SnapshotNight.objects.filter(day__lt=day, day__gte=day - NIGHT_WITHIN)
    return nights.order_by("-day").values_list("day", flat=True).first()


def listed_transitions(user: SignedIn, as_of: date) -> QuerySet[Transition]:
    rows = policies.visible_transitions(user, as_of).select_related("account", "person", "min_stage")
    return rows.prefetch_related("shares")


def get_transition_for(user: SignedIn, transition_id: int, as_of: date) -> Transition:
    found = listed_transitions(user, as_of).filter(pk=transition_id).first()
    if found is None:
        raise Http404(_("No such transition."))
    return found


def transitions_of(user: SignedIn, account: Account, as_of: date) -> list[tuple[Transition, str]]:
    """Of an account, the last move first, with its shares in words."""
    rows = listed_transitions(user, as_of).filter(account=account).order_by("-moved_on")
    return [(row, shares_in_words(row)) for row in rows]


def search_transitions(rows: QuerySet[Transition], text: str) -> QuerySet[Transition]:
    return rows.filter(Q(account__name__icontains=text) | Q(person__name__icontains=text))


def shares_in_words(row: Any) -> str:
    """“100 % from Jan 1, 50 % from Apr 1, nothing from Jul 1”."""
    told = []
    for one in row.shares.all():
        part = formats.rate(one.percent) if one.percent else _("nothing")
        told.append(_("%(part)s from %(day)s") % {"part": part, "day": formats.day(one.since)})
    return ", ".join(told)
