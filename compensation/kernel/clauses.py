"""Clauses of crediting: which event gives which kind of credit to whom. Read here from a plan file's `crediting`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

BOOKING, ORDER, INVOICE, PAYMENT, RETURN = "booking", "order", "invoice", "payment", "return"
ACTIVITY, LEAD_ACCEPTED, MILESTONE, SCORE = "activity", "lead_accepted", "milestone", "score"
EVENTS = (BOOKING, ORDER, INVOICE, PAYMENT, RETURN, ACTIVITY, LEAD_ACCEPTED, MILESTONE, SCORE, "renewal", "churn")
OF_NAMED = (ACTIVITY, LEAD_ACCEPTED, MILESTONE, SCORE)  # events that name a person themselves
OWNER, SPLITS, OVERLAYS, TEAM, NAMED, TERRITORY = "owner", "splits", "overlays", "team", "named", "territory"
RECEIVERS = (OWNER, SPLITS, OVERLAYS, TEAM, NAMED, TERRITORY)
OF_SALE = (OWNER, SPLITS, TERRITORY)  # who has the sale; others come beside it
AMOUNT, MARGIN, COUNT = "amount", "margin", "count"
SIZES = (AMOUNT, MARGIN, COUNT)
OWN_FIELDS = frozenset(("deal", "product", "account", "owner", "currency", "source"))


@dataclass(frozen=True, slots=True)
class Clause:
    """Who is credited with what when something happens.

    number: its place in the file from 1 on; key: its name, by itself the number. to: "" for a return without one, which
    takes back from everybody who was credited. share: applied to each. quota, pays_on: what advances attainment, what
    is paid on. only: the event's field and the values it may have, all of them.
    """

    number: int
    key: str
    credit: str
    on: str
    to: str
    parts: frozenset[str]
    share: Fraction
    quota: str
    pays_on: str
    only: tuple[tuple[str, frozenset[str]], ...]

    @property
    def place(self) -> str:
        """The path into the file."""
        return f"crediting[{self.number - 1}]"


Wrong = Callable[[str, str], None]
Share = Callable[[Any, str], Fraction]


def read_clauses(data: Sequence[Mapping[str, Any]], *, wrong: Wrong, share: Share) -> tuple[Clause, ...]:
    """Clauses in their order. wrong: told the place and words of each problem; share: reads a percentage."""
    found = [_clause(one, number, share) for number, one in enumerate(data, start=1)]
    seen: dict[str, Clause] = {}
    for one in found:
        if one.key in seen:
            wrong(f"{one.place}.key", f"“{one.key}” names clause {seen[one.key].number} already.")
        seen.setdefault(one.key, one)
        _check(one, wrong)
    return tuple(found)


def _clause(value: Mapping[str, Any], number: int, share: Share) -> Clause:
    quota = value.get("quota", AMOUNT)
    return Clause(
        number=number,
        key=value.get("key", str(number)),
        credit=value["credit"],
        on=value["on"],
        to=value.get("to", ""),
        parts=frozenset(value.get("part", ())),
        share=share(value.get("share", 1), f"crediting[{number - 1}].share"),
        quota=quota,
        pays_on=value.get("pays_on", quota),
        only=tuple((name, _values(wanted)) for name, wanted in sorted(value.get("only", {}).items())),
    )


def _values(wanted: Any) -> frozenset[str]:
    return frozenset(str(one) for one in (wanted if isinstance(wanted, list) else [wanted]))


def _check(one: Clause, wrong: Wrong) -> None:
    if not one.to and one.on != RETURN:
        wrong(one.place, f"“to” is missing: who is credited? {', '.join(RECEIVERS)}.")
    if one.to == NAMED and one.on not in OF_NAMED:
        wrong(f"{one.place}.to", f"A {one.on} names nobody: “named” is for {', '.join(OF_NAMED)}.")
    if one.parts and one.to not in (TEAM, TERRITORY):
        wrong(f"{one.place}.part", "Parts are of a deal's team or of a territory: write “to: team” or “to: territory”.")
    if one.to == TERRITORY and one.on in OF_NAMED:
        wrong(f"{one.place}.to", f"A {one.on} is credited to whom it names: write “to: named”.")
    if one.share <= 0:
        wrong(f"{one.place}.share", "A share must be above zero: leave the clause out to credit nothing.")
    if one.on == RETURN and (one.quota, one.pays_on) != (AMOUNT, AMOUNT):
        wrong(one.place, "A return takes back what was credited: “quota” and “pays_on” are of the clause that gave it.")


def said_condition(one: Clause) -> list[tuple[str, list[str]]]:
    """Fields and the values wanted, in order: for sentences."""
    return [(name, sorted(values)) for name, values in one.only]


def ask_for_territories(clauses: Sequence[Clause]) -> bool:
    return any(one.to == TERRITORY for one in clauses)


def can_meet(one: Clause, other: Clause) -> bool:
    """Whether one event may fulfil the conditions of both."""
    wanted = dict(other.only)
    return all(name not in wanted or values & wanted[name] for name, values in one.only)
