"""How much of an account's credit stays with who had it, after it moved to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple


class DealThen(NamedTuple):
    """A deal as it was when its account moved. amount: in the reporting currency, None where there is none."""

    created_on: date
    closed_on: date | None
    probability: Decimal
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Policy:
    """moved_on: the first day of who has the account now. shares: (from which day on, how much), rising days.

    Of deals that were open then alone, or of whatever is sold; with least_*: only of those that had come so far.
    """

    person_id: int
    moved_on: date
    of_open_deals: bool
    shares: tuple[tuple[date, Fraction], ...]
    least_probability: Decimal | None = None
    least_amount: Decimal | None = None


def share_kept(policy: Policy, deal: DealThen | None, on: date) -> Fraction:
    """The share that who had the account keeps of what happens on a day; of a deal, or (None) of something else.

    Moved on May 1, all until August 1, then half: of a deal that was open then, 1 in July and 1/2 in August.
    """
    if on < policy.moved_on or not _is_kept(policy, deal):
        return Fraction(0)
    begun = [share for since, share in policy.shares if since <= on]
    return begun[-1] if begun else Fraction(0)


def _is_kept(policy: Policy, deal: DealThen | None) -> bool:
    if deal is None:
        return not policy.of_open_deals
    was_open = deal.created_on < policy.moved_on and (deal.closed_on is None or deal.closed_on >= policy.moved_on)
    if policy.of_open_deals and not was_open:
        return False
    if policy.least_probability is not None and deal.probability < policy.least_probability:
        return False
    return policy.least_amount is None or (deal.amount or 0) >= policy.least_amount


def shares_kept(
    policies: Sequence[Policy], deals: Sequence[DealThen | None], on: date
) -> tuple[tuple[int, Fraction], ...]:
    """(person, share) of an account that moved several times: each keeps a part of what was theirs.

    policies: the first move first; deals: the deal as it was at each. Ana keeps half, Ben half of what he then had: 1/2
    and 1/4.
    """
    found: dict[int, Fraction] = {}
    rest = Fraction(1)
    for policy, deal in zip(policies, deals, strict=True):
        share = rest * share_kept(policy, deal, on)
        if share:
            found[policy.person_id] = found.get(policy.person_id, Fraction(0)) + share
            rest -= share
    return tuple(sorted(found.items()))
