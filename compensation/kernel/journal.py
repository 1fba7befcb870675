"""The entries of a month of account: which accounts are debited and credited for what happened to costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ASSET, AMORTISATION, EXPENSE, LIABILITY, IMPAIRMENT, CLEARING = (
    "asset", "amortisation", "expense", "liability", "impairment", "clearing",
)  # fmt: skip
ACCOUNTS = (ASSET, AMORTISATION, EXPENSE, LIABILITY, IMPAIRMENT, CLEARING)
EARNED, CLAWED_BACK, PAID, AMORTISED, IMPAIRED = "earned", "clawed_back", "paid", "amortised", "impaired"
ENTRIES = (EARNED, CLAWED_BACK, AMORTISED, IMPAIRED, PAID)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a month came to, minor units. expensed: earned and no asset; over: taken back beyond an asset."""

    capitalised: int = 0
    expensed: int = 0
    clawed_back: int = 0
    over: int = 0
    amortised: int = 0
    impaired: int = 0
    paid: int = 0

    @property
    def expense(self) -> int:
        """What the month bears: costs without an asset, what was written down and off, less what came back."""
        return self.expensed - self.over + self.amortised + self.impaired


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of an entry; either debit or credit is zero, and neither is negative."""

    entry: str
    account: str
    debit: int
    credit: int


def bookings(sums: Sums) -> list[Booking]:
    """The lines of a month's entries; of each entry debits and credits are equal.

    1,000.00 earned, 800.00 of it capitalised: asset 800.00 and expense 200.00 to liability 1,000.00; paid: liability to
    clearing 1,000.00; written down 50.00: amortisation to asset 50.00.
    """
    return [line for entry, moved in _moved(sums) for line in _lines(entry, moved)]


def _moved(sums: Sums) -> Iterator[tuple[str, dict[str, int]]]:
    """Each entry with what it adds to accounts: debits are positive."""
    earned = {ASSET: sums.capitalised, EXPENSE: sums.expensed, LIABILITY: -sums.capitalised - sums.expensed}
    back = {ASSET: -sums.clawed_back, EXPENSE: -sums.over, LIABILITY: sums.clawed_back + sums.over}
    yield EARNED, earned
    yield CLAWED_BACK, back
    yield AMORTISED, {AMORTISATION: sums.amortised, ASSET: -sums.amortised}
    yield IMPAIRED, {IMPAIRMENT: sums.impaired, ASSET: -sums.impaired}
    yield PAID, {LIABILITY: sums.paid, CLEARING: -sums.paid}


def _lines(entry: str, moved: dict[str, int]) -> Iterator[Booking]:
    for account in ACCOUNTS:
        amount = moved.get(account, 0)
        if amount:
            yield Booking(entry, account, max(amount, 0), max(-amount, 0))
