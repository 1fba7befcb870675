"""How long a contract's cost is of use: its term, or as long as a customer is expected to stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orders.kernel.terms import months_after

MONTHS, DAYS = "months", "days"
CONTRACT, RENEWAL, DEAL, OPEN_END, ASSUMED = "contract", "renewal", "deal", "open_end", "assumed"
SOURCES = (CONTRACT, RENEWAL, DEAL, OPEN_END, ASSUMED)
_EXPEDIENT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Rules:
    """What a company has decided. benefit_months: how long a customer is expected to stay.

    renewals_commensurate: renewals are paid for as new contracts are, so that a cost is of use over its term alone.
    is_expedient: what is of use for a year or less is expensed at once. basis: MONTHS or DAYS.
    """

    benefit_months: int
    renewals_commensurate: bool
    is_expedient: bool
    basis: str


@dataclass(frozen=True, slots=True)
class Term:
    """What is known of a contract's term. source: where from; ends: None where nobody said."""

    starts: date
    ends: date | None
    is_renewal: bool
    source: str


def months_between(starts: date, ends: date) -> int:
    """Months of [starts, ends), those begun counted whole. Jan 15 to Jan 15 of the next year -> 12; to Jan 16 -> 13."""
    months = (ends.year - starts.year) * 12 + ends.month - starts.month
    while months_after(starts, months) < ends:
        months += 1
    while months > 0 and months_after(starts, months - 1) >= ends:
        months -= 1
    return months


def benefit_end(term: Term, rules: Rules) -> date:
    """The first day on which a cost is of no use any more.

    A contract of 24 months from January 1, 2026 and customers who stay 60 months: January 1, 2028 where renewals are
    commensurate, else January 1, 2031. A renewal's own cost is always of use over its term.
    """
    expected = months_after(term.starts, rules.benefit_months)
    if term.ends is None:
        return expected
    if rules.renewals_commensurate or term.is_renewal:
        return term.ends
    return max(expected, term.ends)


def is_short(starts: date, ends: date, rules: Rules) -> bool:
    """Whether the practical expedient expenses it: a benefit of a year or less. Twelve months are; a day more isn't."""
    return rules.is_expedient and ends <= months_after(starts, _EXPEDIENT_MONTHS)


def units(starts: date, ends: date, rules: Rules, *, month: int) -> tuple[int, int]:
    """[first, past) in the units of the rules; month: the number of the month of account that `starts` lies in.

    By months the first one counts whole: January 15 for 60 months from month 24312 on -> (24312, 24372).
    """
    if rules.basis == DAYS:
        return starts.toordinal(), ends.toordinal()
    return month, month + months_between(starts, ends)
