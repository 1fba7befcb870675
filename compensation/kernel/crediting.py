"""Who gets credit for what happened: a plan's clauses over events, in whole minor units, whatever the order.

Events may come in pieces, as long as what belongs together comes together: all events of a deal, and a return with
what it takes back. Then the credits of the pieces are those of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from compensation.kernel import clauses as c
from compensation.kernel.events import OVERLAY, REVENUE, Event, Split
from compensation.kernel.inputs import Credit, InputError
from compensation.kernel.plan import Plan
from core.kernel.money import round_ratio, split_minor

SPLIT, RETURNED, KEPT = "split", "returned", "kept"
NO_PAYEE, SPLITS_NOT_WHOLE, NO_MARGIN, NO_RATE, ABOVE_WHOLE = (
    "no_payee", "splits_not_whole", "no_margin", "no_rate", "above_whole",
)  # fmt: skip
UNKNOWN_RETURN, OVER_RETURNED, OTHER_CURRENCY = "unknown_return", "over_returned", "other_currency"
_ONE = Fraction(1)
_WHY = {
    c.OWNER: c.OWNER, c.SPLITS: SPLIT, c.OVERLAYS: OVERLAY, c.TEAM: c.TEAM, c.NAMED: c.NAMED, c.TERRITORY: c.TERRITORY,
}  # fmt: skip
HOLDER = "owner"  # the part of a territory that a clause credits unless it says which


class Given(NamedTuple):
    """A credit and why it is there: of which event, by which clause, as what (`split`), at which share (3/5)."""

    credit: Credit
    event: str
    clause: c.Clause
    why: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a person should look at. value: what splits come to, credit in all, the amount returned too much.

    clause: its key; of ABOVE_WHOLE, which is told once a deal with its most credited event, the kind of credit.
    """

    kind: str
    deal: str
    event: str
    clause: str
    on: date
    value: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Credited:
    given: tuple[Given, ...]
    doubts: tuple[Doubt, ...]

    @property
    def credits(self) -> list[Credit]:
        return [one.credit for one in self.given]


class Receiver(NamedTuple):
    payee: str
    factor: Fraction
    why: str = ""


class Receivers(NamedTuple):
    """Each person once, by name, and what their parts come to. is_shared: they are parts of one whole."""

    people: Sequence[Receiver]
    total: Fraction
    is_shared: bool = False


class _Rule(NamedTuple):
    """A clause made ready. is_full: it gives the whole; adds_up: with others it may give more than the whole."""

    clause: c.Clause
    is_full: bool
    adds_up: bool


_NOBODY = Receivers((), Fraction(0))


def credits_of(plan: Plan, events: Iterable[Event]) -> Credited:
    """Credits of events by the plan's clauses. Raises InputError for an event that comes twice.

    100.01 of a deal split 60 to 40: 60.01 and 40.00. A return gives back what its original gave, in proportion.
    """
    ordered = sorted(events, key=lambda one: (one.on, one.source, one.key, one.line, one.kind))
    _refuse_twice(ordered)
    crediting = _Crediting(plan, [one for one in ordered if one.kind == c.RETURN])
    for one in ordered:
        if one.kind != c.RETURN:
            crediting.take(one)
    for one in crediting.returns:
        crediting.take_back(one)
    return Credited(tuple(crediting.given), tuple(sorted([*crediting.doubts, *crediting.above_whole()], key=_rank)))


def _rank(one: Doubt) -> tuple[str, ...]:
    return one.kind, one.deal, one.event, one.clause


def _refuse_twice(ordered: Sequence[Event]) -> None:
    before: tuple[object, ...] = ()
    for one in ordered:
        identity = (one.on, one.source, one.key, one.line, one.kind)
        if identity == before:
            raise InputError(f"The {one.kind} {one.name} comes twice: give each a key, or a line, of its own.")
        before = identity


class _Crediting:
    """Takes one event after the other; keeps what returns will ask for."""

    def __init__(self, plan: Plan, returns: Sequence[Event]) -> None:
        self.plan, self.returns, self.unit = plan, returns, 10**plan.digits
        self.by_kind = {kind: _rules(plan, kind) for kind in c.EVENTS}
        self.given: list[Given] = []
        self.doubts: list[Doubt] = []
        self.factors: dict[tuple[str, str], tuple[Fraction, str, date]] = {}
        self.asked_names = {one.returns for one in returns}
        self.asked_deals = {one.deal for one in returns if one.deal}
        self.known: dict[str, list[_Origin]] = {}
        self.of_deal: dict[str, list[_Origin]] = {}

    # What happens is credited.

    def take(self, event: Event) -> None:
        found: list[Given] = []
        fields = {**event.fields, "deal": event.deal, "product": event.product, "account": event.account}
        factors: dict[str, Fraction] = {}
        for rule in self.by_kind.get(event.kind, ()):
            clause = rule.clause
            if clause.only and not _meets(clause, event):
                continue
            receivers = self.receivers(clause, event)
            if not receivers.people:
                continue
            found += self.give(rule, event, receivers, fields)
            if rule.adds_up:
                part = receivers.total if rule.is_full else receivers.total * clause.share
                factors[clause.credit] = factors[clause.credit] + part if clause.credit in factors else part
        self.given += found
        for credit, factor in factors.items():
            if factor is not _ONE and factor > 1:
                self.note_factor(event, credit, factor)
        if self.returns and (
            event.key in self.asked_names or event.name in self.asked_names or event.deal in self.asked_deals
        ):
            self.keep(event, found)

    def note_factor(self, event: Event, credit: str, factor: Fraction) -> None:
        """The most that an event of a deal is credited, once for the deal."""
        key = (event.deal or event.name, credit)
        if key not in self.factors or factor > self.factors[key][0]:
            self.factors[key] = factor, event.name, event.on

    def above_whole(self) -> Iterator[Doubt]:
        for (deal, credit), (factor, event, on) in self.factors.items():
            yield Doubt(ABOVE_WHOLE, deal, event, credit, on, factor)

    def receivers(self, clause: c.Clause, event: Event) -> Receivers:
        if clause.to == c.TEAM:
            members = {payee for payee, part in event.team if not clause.parts or part in clause.parts}
            return Receivers([Receiver(payee, _ONE) for payee in sorted(members)], Fraction(len(members)))
        if clause.to == c.OVERLAYS:
            return _shares(event.splits, OVERLAY) if event.splits else _NOBODY
        if clause.to == c.SPLITS and event.splits:
            found = _shares(event.splits, REVENUE)
            if found.people:
                if found.total is not _ONE:
                    self.doubt(SPLITS_NOT_WHOLE, event, clause, found.total)
                return found
        if clause.to == c.TERRITORY:
            parts = clause.parts or {HOLDER}
            owners = [payee for payee, part in event.covers if part in parts and part == HOLDER]
            found = _with_kept(event, owners, HOLDER in parts)
            others = {payee for payee, part in event.covers if part in parts and part != HOLDER} - {*owners}
            found = _beside(found, sorted(others))
        else:
            payee = event.named if clause.to == c.NAMED else event.owner
            found = _with_kept(event, [payee] if payee else [], clause.to != c.NAMED)
        if not found.people:
            self.doubt(NO_PAYEE, event, clause)
        return found

    def give(self, rule: _Rule, event: Event, receivers: Receivers, fields: Mapping[str, str]) -> list[Given]:
        clause = rule.clause
        fx = _ONE if event.currency == self.plan.currency else event.fx
        if fx is None:
            self.doubt(NO_RATE, event, clause)
            return []
        quota, pay = self.size(clause.quota, event), self.size(clause.pays_on, event)
        if quota is None or pay is None:
            self.doubt(NO_MARGIN, event, clause)
            return []
        quota_fx = _ONE if clause.quota == c.COUNT else fx
        pay_fx = _ONE if clause.pays_on == c.COUNT else fx
        quotas = _parts(rule, quota, quota_fx, receivers)
        is_same = quota == pay and quota_fx is pay_fx is _ONE
        pays = quotas if is_same else _parts(rule, pay, _ONE, receivers)
        name, why = event.name, _WHY[clause.to]
        key, on, kind, source, line = f"{name}:{clause.key}", event.on, clause.credit, event.source, event.line
        return [
            Given(
                Credit(key, one.payee, on, kind, advances, paid, source, line, pay_fx, "", fields),
                name, clause, one.why or why, one.factor if rule.is_full else one.factor * clause.share,
            )
            for one, advances, paid in zip(receivers.people, quotas, pays, strict=True)
        ]  # fmt: skip

    def size(self, of: str, event: Event) -> int | None:
        if of == c.AMOUNT:
            return event.amount_minor
        return self.unit if of == c.COUNT else event.margin_minor

    def doubt(self, kind: str, event: Event, clause: c.Clause, value: Fraction | None = None) -> None:
        self.doubts.append(Doubt(kind, event.deal, event.name, clause.key, event.on, value))

    # What comes back is taken back.

    def keep(self, event: Event, found: Sequence[Given]) -> None:
        origin = _Origin(event, found)
        for name in {event.key, event.name}:
            self.known.setdefault(name, []).append(origin)
        if event.deal:
            self.of_deal.setdefault(event.deal, []).append(origin)

    def take_back(self, event: Event) -> None:
        for clause, _is_full, _adds_up in self.by_kind[c.RETURN]:
            if not _meets(clause, event):
                continue
            if event.returns not in self.known and event.deal not in self.of_deal:
                self.doubt(UNKNOWN_RETURN, event, clause)
                continue
            origins = self.origins(event, clause)
            if any(one.event.currency != event.currency for one in origins):
                self.doubt(OTHER_CURRENCY, event, clause)
                continue
            left = [one.left(clause) for one in origins]
            amount = abs(event.amount_minor)
            if origins and amount > sum(left):
                self.doubt(OVER_RETURNED, event, clause, Fraction(amount - sum(left)))
            amount = min(amount, sum(left))
            if amount:
                for one, part in zip(origins, split_minor(amount, left), strict=True):
                    self.given += one.taken(clause, event, part)

    def origins(self, event: Event, clause: c.Clause) -> list[_Origin]:
        """What the return names, if it was credited; else what was credited of the same deal, by product if it can."""
        named = [one for one in self.known.get(event.returns, ()) if one.has(clause)]
        if named:
            return named
        of_deal = [one for one in self.of_deal.get(event.deal, ()) if one.has(clause)]
        return [one for one in of_deal if one.event.product == event.product] or of_deal


class _Origin:
    """An event that may be returned, with what each clause of returns has left of it."""

    def __init__(self, event: Event, given: Sequence[Given]) -> None:
        self.event, self.given = event, given
        self._left: dict[str, int] = {}
        self._rest: dict[tuple[str, str], list[list[int]]] = {}

    def has(self, clause: c.Clause) -> bool:
        return any(_takes(clause, one) for one in self.given)

    def left(self, clause: c.Clause) -> int:
        return self._left.get(clause.key, abs(self.event.amount_minor))

    def taken(self, clause: c.Clause, event: Event, amount: int) -> Iterator[Given]:
        """Credits that take a part of the amount back: of what is left in proportion, so that all of it takes all."""
        if not amount:
            return
        part = Fraction(amount, self.left(clause))
        self._left[clause.key] = self.left(clause) - amount
        for by in dict.fromkeys(one.clause.key for one in self.given if _takes(clause, one)):
            group = [one for one in self.given if one.clause.key == by]
            rest = self._rest.setdefault((clause.key, by), _returnable(group, clause.share))
            columns = [_share_out(numbers, part) for numbers in rest]
            self._rest[clause.key, by] = [
                [have - take for have, take in zip(*pair, strict=True)] for pair in zip(rest, columns, strict=True)
            ]
            for one, quota, pay in zip(group, *columns, strict=True):
                yield _taken_back(one, clause, event, -quota, -pay)


def _takes(clause: c.Clause, one: Given) -> bool:
    return one.credit.measure == clause.credit and clause.to in ("", one.clause.to)


def _returnable(group: Sequence[Given], share: Fraction) -> list[list[int]]:
    """Quota credits and what was paid on, by person: the share of them that a clause takes back at most."""
    columns = [[one.credit.quota for one in group], [one.credit.pay for one in group]]
    return columns if share == 1 else [_share_out(numbers, share) for numbers in columns]


def _share_out(numbers: Sequence[int], part: Fraction) -> list[int]:
    """A part of numbers of one sign, which sums to the rounded part of their sum."""
    weights = [abs(one) for one in numbers]
    whole = round_ratio(part * sum(numbers))
    return split_minor(whole, weights) if any(weights) else [0] * len(weights)


def _taken_back(one: Given, clause: c.Clause, event: Event, quota: int, pay: int) -> Given:
    first = one.credit
    key = f"{event.name}:{clause.key}:{first.key}"
    fields = {**first.fields, **event.fields}
    credit = Credit(
        key, first.payee, event.on, first.measure, quota, pay, event.source, event.line, first.fx, first.key, fields
    )
    return Given(credit, event.name, clause, RETURNED, one.factor)


def _rules(plan: Plan, kind: str) -> list[_Rule]:
    clauses = [one for one in plan.crediting if one.on == kind]
    return [
        _Rule(
            clause=one,
            is_full=one.share == 1,
            adds_up=one.share > 1
            or one.to in (c.TEAM, c.OVERLAYS, c.TERRITORY)
            or sum(other.credit == one.credit for other in clauses) > 1,
        )
        for one in clauses
    ]


def _meets(clause: c.Clause, event: Event) -> bool:
    return all(event.says(name) in values for name, values in clause.only)


def _shares(splits: Sequence[Split], kind: str) -> Receivers:
    found: dict[str, Fraction] = {}
    for payee, of, share in splits:
        if of == kind:
            found[payee] = found[payee] + share if payee in found else share
    people = [Receiver(payee, found[payee]) for payee in sorted(found) if found[payee].numerator > 0]
    return Receivers(people, _total([one.factor for one in people]), kind == REVENUE)


def _with_kept(event: Event, payees: Sequence[str], is_of_sale: bool) -> Receivers:
    """Those who have the sale now, less the shares that who had the account before keep of it.

    Ben had it and keeps half: Ben 1/2, Ana, who has it now, the other half.
    """
    people = sorted(set(payees))
    kept = event.kept if is_of_sale else ()
    if not kept:
        return Receivers([Receiver(payee, _ONE) for payee in people], Fraction(len(people))) if people else _NOBODY
    found = [Receiver(payee, share, KEPT) for payee, share in sorted(kept) if share > 0 and payee not in people]
    taken = sum((one.factor for one in found), Fraction(0))
    rest = _ONE - taken if taken < 1 else Fraction(0)
    found += [Receiver(payee, rest) for payee in people if rest]
    return Receivers(sorted(found), _total([one.factor for one in found]), is_shared=True)


def _beside(found: Receivers, others: Sequence[str]) -> Receivers:
    """With others who get the whole besides them."""
    if not others:
        return found
    people = sorted([*found.people, *(Receiver(payee, _ONE) for payee in others)])
    return Receivers(people, found.total + len(others), found.is_shared)


def _total(shares: Sequence[Fraction]) -> Fraction:
    """Their sum, and the one itself where they come to it; one fraction is made instead of one for each."""
    common = math.lcm(*(share.denominator for share in shares))
    total = sum(share.numerator * (common // share.denominator) for share in shares)
    return _ONE if total == common else Fraction(total, common)


def _parts(rule: _Rule, amount: int, fx: Fraction, receivers: Receivers) -> Sequence[int]:
    """What each gets: splits add up to the rounded whole, others each get their own."""
    people, is_plain = receivers.people, rule.is_full and fx is _ONE
    factor = _ONE if is_plain else rule.clause.share * fx
    if not receivers.is_shared:
        return [
            amount if is_plain and one.factor is _ONE else round_ratio(amount * factor * one.factor) for one in people
        ]
    whole = amount if is_plain and receivers.total is _ONE else round_ratio(amount * factor * receivers.total)
    return [whole] if len(people) == 1 else split_minor(whole, [one.factor for one in people])
