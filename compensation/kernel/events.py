"""What happened, as crediting sees it: bookings, orders, invoices, payments, returns, activities and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from compensation.kernel.clauses import OWN_FIELDS

REVENUE, OVERLAY = "revenue", "overlay"


class Split(NamedTuple):
    """A person's part of a deal. kind: REVENUE or OVERLAY; share: 3/5 for 60 %."""

    payee: str
    kind: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. kind: one of clauses.EVENTS; amounts in minor units of its own currency.

    fx: what a minor unit of its currency is worth in the plan's, where that is another one. team: (payee, part).
    returns: of a return the key of what it takes back, `ORD-12` or one line of it, `ORD-12/1`; its amount may have
    either sign. fields: what clauses and formulas may ask besides deal, product, account. covers: (payee, part) of who
    covers the account's territory on the day. kept: (payee, share) of who had the account before and keeps a part.
    """

    kind: str
    key: str
    on: date
    amount_minor: int
    currency: str
    line: int = 0
    margin_minor: int | None = None
    source: str = ""
    deal: str = ""
    product: str = ""
    account: str = ""
    owner: str = ""
    splits: tuple[Split, ...] = ()
    team: tuple[tuple[str, str], ...] = ()
    covers: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, Fraction], ...] = ()
    named: str = ""
    returns: str = ""
    fx: Fraction | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.key}/{self.line}" if self.line else self.key

    def says(self, name: str) -> str:
        """A field by its name; empty where there is none."""
        found: str = getattr(self, name) if name in OWN_FIELDS else self.fields.get(name, "")
        return found
