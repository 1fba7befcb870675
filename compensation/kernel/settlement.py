"""From what was earned to what is paid: instalments, what is held back and let go, draws and what they leave owing.

Everything here is whole minor units, by payee and period of pay; each line keeps where it comes from, and for each
payee and period the lines sum to the payment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.book import Book
from compensation.kernel.collecting import Collected
from compensation.kernel.engine import Calculation, Earned
from compensation.kernel.exact import Exact, added_up
from compensation.kernel.paydays import NEVER, accepted_period, later, left_period
from compensation.kernel.vector import Rows
from core.kernel.money import round_ratio

Array = np.ndarray[Any, Any]
EARNED, DEFERRED, DUE, HELD, RELEASED = "earned", "deferred", "due", "held", "released"
DRAW, RECOVERED, OVER_CAP, WAITING, PAID = "draw", "recovered", "over_cap", "waiting", "paid"
CARRIED, FORFEITED = "carried", "forfeited"


@dataclass(frozen=True, slots=True)
class Deposit:
    """One step between earning and paying. component: "" for steps of the plan; credit: its place, or -1."""

    payee: int
    period: int
    component: str
    credit: int
    stage: str
    amount: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Deposits besides what was earned, payments, and balances at each period's end: of draws owed, of what is held.

    For each payee and period what was earned (lines of the calculation, by `due`) and the deposits sum to the payment.
    handed: by payee, what is owed and below zero when the plan hands over to the version after it.
    """

    deposits: tuple[Deposit, ...]
    paid: Mapping[tuple[int, int], int]
    owed: Mapping[tuple[int, int], int]
    held: Mapping[tuple[int, int], int]
    handed: Mapping[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Till:
    """What is being put together."""

    deposits: list[Deposit] = field(default_factory=list)
    due: dict[tuple[int, int], int] = field(default_factory=dict)

    def put(self, payee: int, period: int, component: str, credit: int, stage: str, amount: int) -> None:
        if amount:
            self.deposits.append(Deposit(payee, period, component, credit, stage, amount))
            self.due[payee, period] = self.due.get((payee, period), 0) + amount


def settle(calculation: Calculation) -> Settled:
    """Deposits and payments up to the period of pay that the calculation's day is in."""
    book = calculation.book
    till = _Till(due=_earned_by_period(calculation))
    for key, earned in calculation.earned.items():
        _put_component(book.plan.components[key], earned, book, till)
    return _pay(book, till)


def _earned_by_period(calculation: Calculation) -> dict[tuple[int, int], int]:
    """What was earned and is due, by payee and period."""
    table = np.zeros((len(calculation.book.staff.payees), len(calculation.book.grid)), dtype=object)
    for earned in calculation.earned.values():
        table = table + added_up(table.shape, (earned.payee, earned.due), earned.amount)
    payees, periods = np.nonzero(table)
    return {(payee, at): int(table[payee, at]) for payee, at in zip(payees.tolist(), periods.tolist(), strict=True)}


def last_period(book: Book) -> int:
    """The last base period of the period of pay that the calculation's day is in."""
    return int(book.grid.last_of(book.plan.pay_every)[book.last_place])


def _put_component(component: p.Component, earned: Earned, book: Book, till: _Till) -> None:
    if not component.instalments and component.hold is None:
        return
    collected = Collected(book, component.hold.collected_by) if component.hold and component.hold.collected_by else None
    for row in range(len(earned)):
        payee, period = int(earned.payee[row]), int(earned.due[row])
        credit, amount = int(earned.credit[row]), int(earned.amount[row])
        if component.instalments:
            _spread(component, book, till, (payee, period, credit, amount))
        elif component.hold is not None and collected is not None:
            _hold_till_collected(component.key, component.hold.share, collected, till, (payee, period, credit, amount))
        elif component.hold is not None:
            _hold(component.key, component.hold, book, till, (payee, period, credit, amount))


def _spread(component: p.Component, book: Book, till: _Till, line: tuple[int, int, int, int]) -> None:
    """Parts by their shares, rounded so that they add up; what earned them is taken out of its own period first."""
    payee, period, credit, amount = line
    till.put(payee, period, component.key, credit, DEFERRED, -amount)
    so_far, before = Fraction(0), 0
    for part in component.instalments:
        so_far += part.share
        total = round_ratio(so_far * amount)
        due = _come_by(book, payee, period, later(book, period, part.months), book.plan.leaving.deferred)
        till.put(payee, due.period, component.key, credit, DUE, total - before)
        till.put(payee, due.period, component.key, credit, FORFEITED, before - total if due.is_lost else 0)
        before = total


class _Come(NamedTuple):
    period: int
    is_lost: bool = False


def _come_by(book: Book, payee: int, since: int, planned: int, rule: str) -> _Come:
    """When what was put off since a period comes, or is lost: as planned, unless somebody leaves before it."""
    if rule == p.PLANNED:
        return _Come(planned)  # asked of each line: nobody's last day is looked for where it changes nothing
    left = left_period(book, payee)
    if planned <= left:
        return _Come(planned)
    return _Come(max(left, since), rule == p.LOST)


def _hold(key: str, hold: p.Hold, book: Book, till: _Till, line: tuple[int, int, int, int]) -> None:
    payee, period, credit, amount = line
    held = round_ratio(hold.share * amount)
    till.put(payee, period, key, credit, HELD, -held)
    release = later(book, period, hold.months or 0) if hold.months is not None else None
    if hold.until_accepted:
        accepted = accepted_period(book, payee)
        release = None if accepted is None else max(accepted, release if release is not None else period)
    if hold.months is None and not hold.until_accepted:
        return  # for good
    come = _come_by(book, payee, period, NEVER if release is None else release, book.plan.leaving.held)
    if come.period < NEVER:
        till.put(payee, come.period, key, credit, RELEASED, held)
        till.put(payee, come.period, key, credit, FORFEITED, -held if come.is_lost else 0)


def _hold_till_collected(
    key: str, share: Fraction, collected: Collected, till: _Till, line: tuple[int, int, int, int]
) -> None:
    """Half of 1,000 is held; a fourth of the deal comes in, then the rest: 125, then 375 are let go.

    Of somebody who left, what is still held then goes with the last pay, or is lost, where the plan says so.
    """
    payee, period, credit, amount = line
    book, held = collected.book, round_ratio(share * amount)
    till.put(payee, period, key, credit, HELD, -held)
    rule = book.plan.leaving.held
    last = NEVER if rule == p.PLANNED else max(left_period(book, payee), period)
    rest = held
    for at, part in collected.parts(credit, held, period):
        if at <= last:
            till.put(payee, at, key, credit, RELEASED, part)
            rest -= part
    if last < NEVER:
        till.put(payee, last, key, credit, RELEASED, rest)
        till.put(payee, last, key, credit, FORFEITED, -rest if rule == p.LOST else 0)


def _pay(book: Book, till: _Till) -> Settled:
    """Period by period for each payee: draws, the cap of the plan, and whether it was accepted."""
    last = last_period(book)
    periods = sorted(set(book.grid.last_of(book.plan.pay_every)[: last + 1].tolist()))
    if _is_plain(book, till):
        return _paid_as_due(book, till, periods)
    draws = _Draws(book, periods)
    paid: dict[tuple[int, int], int] = {}
    owed: dict[tuple[int, int], int] = {}
    handed: dict[int, tuple[int, int]] = {}
    caps, brought = _caps(book, periods), _brought(book)
    for payee in sorted({payee for payee, _period in till.due} | draws.payees | brought.keys()):
        _pay_one(book, till, draws, caps, payee, periods, brought.get(payee, (0, 0)), paid, owed, handed)
    kept = _in_order(book, till, last)
    return Settled(kept, paid, owed, _held(kept, periods), handed)


def _brought(book: Book) -> dict[int, tuple[int, int]]:
    """What is owed and below zero from before the plan, by payee."""
    place = {code: number for number, code in enumerate(book.staff.payees)}
    return {place[one.payee]: (one.owed, one.below) for one in book.inputs.openings if one.payee in place}


def _hands_over_at(book: Book) -> int:
    """The period of pay at whose end the plan's balances go to the version after it."""
    ends = book.plan.valid_to
    if not book.plan.hands_over or ends is None or ends.toordinal() - 1 > book.through:
        return NEVER
    at = max(int(book.grid.place(np.array([ends.toordinal() - 1]))[0]), 0)
    return int(book.grid.last_of(book.plan.pay_every)[at])


def _is_plain(book: Book, till: _Till) -> bool:
    """Whether everybody is paid what is due, with nothing drawn, capped, awaited or carried."""
    plan = book.plan
    waits = plan.draws or plan.pay_cap is not None or plan.pays_when_accepted or book.inputs.openings
    return not waits and (not plan.carries_negative or min(till.due.values(), default=0) >= 0)


def _paid_as_due(book: Book, till: _Till, periods: Sequence[int]) -> Settled:
    payees = {payee for payee, _period in till.due}
    paid = {(payee, period): till.due.get((payee, period), 0) for payee in sorted(payees) for period in periods}
    kept = _in_order(book, till, periods[-1] if periods else -1)
    return Settled(kept, paid, dict.fromkeys(paid, 0), _held(kept, periods))


def _in_order(book: Book, till: _Till, last: int) -> tuple[Deposit, ...]:
    """Deposits up to a period, by payee, period and component."""
    order = {key: number for number, key in enumerate(book.plan.components)}
    kept = [one for one in till.deposits if one.period <= last]
    return tuple(
        sorted(kept, key=lambda one: (one.payee, one.period, order.get(one.component, -1), one.credit, one.stage))
    )


def _pay_one(
    book: Book, till: _Till, draws: _Draws, caps: Mapping[tuple[int, int], int], payee: int, periods: Sequence[int],
    brought: tuple[int, int], paid: dict[tuple[int, int], int], owed: dict[tuple[int, int], int],
    handed: dict[int, tuple[int, int]],
) -> None:  # fmt: skip
    (balance, below), waiting = brought, 0
    in_unit: dict[int, int] = {}
    left, hands_over = left_period(book, payee), _hands_over_at(book)
    accepted = accepted_period(book, payee) if book.plan.pays_when_accepted else -1
    for period in periods:
        earned = till.due.get((payee, period), 0)
        balance = draws.settle(till, payee, period, earned, balance)
        due = till.due.get((payee, period), 0)
        if period >= left and balance:
            balance, due = _leave_owing(book, till, payee, period, balance, due)
        if book.plan.pay_cap is not None and (payee, period) in caps:
            unit = _cap_unit(book, period)
            room = max(caps[payee, period] - in_unit.get(unit, 0), 0)
            till.put(payee, period, "", -1, OVER_CAP, -max(due - room, 0))
            in_unit[unit] = in_unit.get(unit, 0) + min(due, room)
            due = min(due, room)
        if accepted is None or period < accepted:
            till.put(payee, period, "", -1, WAITING, -due)
            waiting, due = waiting + due, 0
        elif waiting:
            till.put(payee, period, "", -1, WAITING, waiting)
            waiting, due = 0, due + waiting
        if book.plan.carries_negative:
            till.put(payee, period, "", -1, CARRIED, below)
            due += below
            below = min(due, 0)
            till.put(payee, period, "", -1, CARRIED, -below)
            due -= below
        paid[payee, period], owed[payee, period] = due, balance
        if period == hands_over:
            handed[payee] = balance, below
            balance, below = 0, 0
            owed[payee, period] *= _ends_with(book, period)  # else the version after it tells it for this period


def _ends_with(book: Book, period: int) -> bool:
    """Whether the plan holds to the end of a period."""
    return book.plan.valid_to is not None and book.plan.valid_to.toordinal() >= int(book.grid.starts[period + 1])


def _leave_owing(book: Book, till: _Till, payee: int, period: int, balance: int, due: int) -> tuple[int, int]:
    """What somebody who left still owes of draws, and what is due to them, after a period.

    1,000 owed, 700 due, taken: nothing is due, 300 are still owed. Forgiven: 700 due, nothing owed.
    """
    rule = book.plan.leaving.draw
    back = min(balance, max(due, 0)) if rule == p.TAKEN else 0
    till.put(payee, period, "", -1, RECOVERED, -back)
    return 0 if rule == p.FORGIVEN else balance - back, due - back


def _cap_unit(book: Book, period: int) -> int:
    assert book.plan.pay_cap is not None
    per = book.plan.pay_cap.per
    span = book.plan.pay_every if per in ("", "period", "credit") else per
    return int(book.grid.units[span][period])


def _caps(book: Book, periods: Sequence[int]) -> dict[tuple[int, int], int]:
    limit = book.plan.pay_cap
    if limit is None:
        return {}
    return _amounts(book, limit.amount, periods, limit.per if limit.per in book.grid.units else book.plan.pay_every)


def _amounts(book: Book, formula: Any, periods: Sequence[int], span: str) -> dict[tuple[int, int], int]:
    """A formula's amount for everybody at the end of each period, in minor units."""
    payees = np.repeat(np.arange(len(book.staff.payees)), len(periods))
    at = np.tile(np.array(periods, dtype=np.int64), len(book.staff.payees))
    if not len(payees):
        return {}
    on = book.grid.starts[at + 1] - 1
    rows = Rows(book, span, np.full(len(payees), -1), payees, at, on, own_days=True)
    whole = (rows.number(formula) * Exact.same(10**book.plan.digits, len(rows))).rounded(book.plan.rounding)
    keys = zip(payees.tolist(), at.tolist(), strict=True)
    return {key: int(amount) for key, amount in zip(keys, whole.tolist(), strict=True)}


class _Draws:
    """Money ahead of earnings, of four kinds: recoverable or not, filling earnings up or on top of them."""

    def __init__(self, book: Book, periods: Sequence[int]) -> None:
        self.book, self.draws = book, book.plan.draws
        self.amounts = [_amounts(book, draw.amount, periods, book.plan.pay_every) for draw in self.draws]
        units = book.grid.units[book.plan.pay_every]
        own, whole = (book.paid(book.plan.pay_every, own=of_own).days for of_own in (True, False))
        everybody = range(len(book.staff.payees))
        self.is_there = {(payee, at): bool(own[payee, units[at]]) for payee in everybody for at in periods}
        self.first = {
            payee: min((at for at in periods if whole[payee, units[at]]), default=None) for payee in everybody
        }
        self.number = {period: number for number, period in enumerate(periods)}
        self.payees = {payee for payee, first in self.first.items() if first is not None} if self.draws else set()

    def holds(self, draw: p.Draw, payee: int, period: int) -> bool:
        first = self.first.get(payee)
        if first is None or not self.is_there[payee, period]:
            return False
        if draw.periods is not None and self.number[period] - self.number[first] >= draw.periods:
            return False
        starts = self.book.grid.starts
        begins = draw.valid_from is None or draw.valid_from.toordinal() < starts[period + 1]
        return begins and (draw.valid_to is None or draw.valid_to.toordinal() > starts[period])

    def settle(self, till: _Till, payee: int, period: int, earned: int, balance: int) -> int:
        """Put the draws of a period; gives what is owed after it.

        Draw 2,000, earned 1,500: 500 are paid ahead and owed. Earned 3,000 next: 500 of the 1,000 above go back.
        """
        floor, in_force = 0, False
        for draw, amounts in zip(self.draws, self.amounts, strict=True):
            if not self.holds(draw, payee, period):
                continue
            amount = amounts[payee, period]
            ahead = amount if draw.is_on_top else max(amount - max(earned, 0), 0)
            till.put(payee, period, draw.key, -1, DRAW, ahead)
            balance += ahead if draw.is_recoverable else 0
            floor, in_force = max(floor, 0 if draw.is_on_top else amount), True
        if balance and earned > floor:
            share = min((draw.recover for draw in self.draws if draw.is_recoverable), default=Fraction(1))
            ahead_now = sum(
                amounts[payee, period] for draw, amounts in zip(self.draws, self.amounts, strict=True)
                if in_force and draw.is_on_top and draw.is_recoverable and self.holds(draw, payee, period)
            )  # fmt: skip
            back = min(balance - ahead_now, round_ratio(share * (earned - floor)))
            if back > 0:
                till.put(payee, period, "", -1, RECOVERED, -back)
                balance -= back
        return balance


def _held(deposits: Sequence[Deposit], periods: Sequence[int]) -> dict[tuple[int, int], int]:
    """What is held back and not yet let go, at the end of each period."""
    changes: dict[int, dict[int, int]] = {}
    for one in deposits:
        if one.stage in (HELD, RELEASED):
            by_period = changes.setdefault(one.payee, {})
            by_period[one.period] = by_period.get(one.period, 0) - one.amount
    found = {}
    for payee, by_period in changes.items():
        total = 0
        for period in periods:
            total += by_period.get(period, 0)
            found[payee, period] = total
    return found
