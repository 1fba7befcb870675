"""How the interpreter pays: one person after the other, one period of pay after the other, word by word.

It says a second time what settlement.py works out. Shares nothing with it but the names of the stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from compensation.kernel import formula as f
from compensation.kernel import plan as p
from compensation.kernel.grid import WEEK
from compensation.kernel.interpreter import CREDIT, ZERO, Interpreter, Row, rounded
from core.kernel.money import round_ratio

EVER = 10**6


class Moved(NamedTuple):
    """A step between earning and paying; component "": of the plan."""

    payee: str
    period: int
    component: str
    credit: int
    stage: str
    amount: int


@dataclass(slots=True)
class Purse:
    """One person's money: what is owed of draws, what waits for acceptance, what is below zero."""

    payee: str
    owed: int = 0
    waiting: int = 0
    below: int = 0
    moves: list[Moved] = field(default_factory=list)
    under_cap: dict[int, int] = field(default_factory=dict)


class Payday:
    """moves, paid, owed, held and handed as a settlement has them, by payee's name and period."""

    def __init__(self, book: Interpreter) -> None:
        self.book, self.plan = book, book.plan
        self.ends = sorted({self.end(at) for at in range(self.end(book.last_at) + 1)})
        self.moves: list[Moved] = []
        self.paid: dict[tuple[str, int], int] = {}
        self.owed: dict[tuple[str, int], int] = {}
        self.held: dict[tuple[str, int], int] = {}
        self.handed: dict[str, tuple[int, int]] = {}
        for payee in book.credits.payees:
            self.pay(payee)

    def pay(self, payee: str) -> None:
        brought = [one for one in self.book.inputs.openings if one.payee == payee]
        purse = Purse(payee, sum(one.owed for one in brought), 0, sum(one.below for one in brought))
        earned = [
            (key, line.place, line.due, line.amount)
            for key, lines in self.book.done.items() for line in lines if line.payee == payee
        ]  # fmt: skip
        for key, place, due, amount in earned:
            purse.moves += self.put_off(payee, self.plan.components[key], place, due, amount)
        for period in self.ends:
            lines = sum(amount for _key, _place, due, amount in earned if due == period)
            lines += sum(one.amount for one in purse.moves if one.period == period)
            self.paid[payee, period] = self.settle(purse, period, lines)
            self.owed[payee, period] = purse.owed
            if period == self.hands_over():
                self.handed[payee] = purse.owed, purse.below
                purse.owed = purse.below = 0
                next_one = date.fromordinal(self.book.grid.starts.tolist()[period + 1])
                if self.plan.valid_to and self.plan.valid_to < next_one:
                    self.owed[payee, period] = 0
            self.held[payee, period] = -sum(
                one.amount for one in purse.moves if one.stage in ("held", "released") and one.period <= period
            )
        self.moves += [one for one in purse.moves if one.amount and one.period <= self.ends[-1]]

    # What isn't paid at once.

    def put_off(self, payee: str, component: p.Component, place: int, due: int, amount: int) -> Iterator[Moved]:
        key, leaving = component.key, self.plan.leaving
        if component.instalments:
            yield Moved(payee, due, key, place, "deferred", -amount)
            for number, part in enumerate(component.instalments):
                share = sum((one.share for one in component.instalments[:number]), ZERO)
                value = round_ratio((share + part.share) * amount) - round_ratio(share * amount)
                planned = self.months_on(due, part.months)
                yield from self.comes(Moved(payee, planned, key, place, "due", value), due, leaving.deferred)
        elif component.hold is not None:
            value = round_ratio(component.hold.share * amount)
            yield Moved(payee, due, key, place, "held", -value)
            if component.hold.collected_by:
                yield from self.as_collected(
                    component.hold.collected_by, Moved(payee, due, key, place, "released", value)
                )
                return
            release = self.let_go(payee, component.hold, due)
            if release is not None:
                yield from self.comes(Moved(payee, release, key, place, "released", value), due, leaving.held)

    def as_collected(self, kind: str, held: Moved) -> Iterator[Moved]:
        """What is let go as the deal is collected, period by period; at once in the last pay where that is the rule."""
        rule, left, rest = self.plan.leaving.held, self.left(held.payee), held.amount
        for period in [one for one in self.ends if one >= held.period]:
            part = round_ratio(self.share_collected(kind, held.credit, period) * held.amount) - held.amount + rest
            yield held._replace(period=period, amount=part)
            rest -= part
            if rule != "as_planned" and left <= period:
                yield held._replace(period=period, amount=rest)
                if rule == "lost":
                    yield held._replace(period=period, stage="forfeited", amount=-rest)
                return

    def share_collected(self, kind: str, place: int, period: int) -> Fraction:
        credits = self.book.credits
        deals = credits.texts.get("deal")
        if place < 0 or deals is None or not deals[place]:
            return ZERO
        sums = {}
        for word in (credits.measure[place], kind):
            sums[word] = ZERO
            for one in range(len(credits)):
                same = credits.payee[one] == credits.payee[place] and deals[one] == deals[place]
                on = int(credits.on[one])
                if same and credits.measure[one] == word and on <= self.book.through and self.end_of_day(on) <= period:
                    sums[word] += int(credits.pay[one]) * credits.fx.fraction(one)
        booked, came_in = sums[credits.measure[place]], sums[kind]
        return min(max(came_in / booked, ZERO), Fraction(1)) if booked > 0 else Fraction(1)

    def let_go(self, payee: str, hold: p.Hold, due: int) -> int | None:
        """When what is held is paid; None: never."""
        if hold.months is None and not hold.until_accepted:
            return None
        after = due if hold.months is None else self.months_on(due, hold.months)
        return max(after, self.accepted(payee)) if hold.until_accepted else after

    def comes(self, planned: Moved, since: int, rule: str) -> Iterator[Moved]:
        left = self.left(planned.payee)
        if rule == "as_planned" or planned.period <= left:
            yield planned
            return
        early = planned._replace(period=left if left > since else since)
        yield early
        if rule == "lost":
            yield early._replace(stage="forfeited", amount=-early.amount)

    # What is paid in a period.

    def settle(self, purse: Purse, period: int, due: int) -> int:
        """What is paid of what is due in a period; draws, the cap, acceptance and what is below zero change it."""

        def move(stage: str, amount: int, key: str = "") -> int:
            purse.moves.append(Moved(purse.payee, period, key, -1, stage, amount))
            return amount

        earned = due
        due += self.draw(purse, period, earned, move)
        if period >= self.left(purse.payee):
            if self.plan.leaving.draw == "taken" and purse.owed > 0 and due > 0:
                back = purse.owed if purse.owed < due else due
                due += move("recovered", -back)
                purse.owed -= back
            if self.plan.leaving.draw == "forgiven":
                purse.owed = 0
        due += self.cap(purse, period, due, move)
        if period < self.acceptance(purse.payee):
            purse.waiting += due
            due += move("waiting", -due)
        elif purse.waiting:
            due += move("waiting", purse.waiting)
            purse.waiting = 0
        if self.plan.carries_negative:
            due += move("carried", purse.below)
            purse.below = due if due < 0 else 0
            due += move("carried", -purse.below)
        return due

    def draw(self, purse: Purse, period: int, earned: int, move: object) -> int:
        assert callable(move)
        total, guarantee, ahead_on_top = 0, 0, 0
        for draw in self.plan.draws:
            if not self.has(draw, purse.payee, period):
                continue
            amount = self.amount(draw.amount, purse.payee, period, self.plan.pay_every)
            ahead = amount if draw.is_on_top else max(0, amount - max(earned, 0))
            total += move("draw", ahead, draw.key)
            if draw.is_recoverable:
                purse.owed += ahead
                ahead_on_top += amount if draw.is_on_top else 0
            if not draw.is_on_top:
                guarantee = max(guarantee, amount)
        if purse.owed and earned > guarantee:
            most = min([draw.recover for draw in self.plan.draws if draw.is_recoverable] or [Fraction(1)])
            back = min(purse.owed - ahead_on_top, round_ratio(most * (earned - guarantee)))
            if back > 0:
                total += move("recovered", -back)
                purse.owed -= back
        return total

    def has(self, draw: p.Draw, payee: str, period: int) -> bool:
        grid = self.book.grid.starts.tolist()
        if not self.count(payee, period, own=True):
            return False
        if draw.valid_from and draw.valid_from.toordinal() >= grid[period + 1]:
            return False
        if draw.valid_to and draw.valid_to.toordinal() <= grid[period]:
            return False
        before = [one for one in self.ends if one <= period]
        since = next((one for one in before if self.count(payee, one, own=False)), None)
        return since is not None and (
            draw.periods is None or len([one for one in before if one >= since]) <= draw.periods
        )

    def cap(self, purse: Purse, period: int, due: int, move: object) -> int:
        assert callable(move)
        limit = self.plan.pay_cap
        if limit is None:
            return 0
        spans = self.book.grid.units
        most = self.amount(limit.amount, purse.payee, period, limit.per if limit.per in spans else self.plan.pay_every)
        per = self.plan.pay_every if limit.per in ("", "period", "credit") else limit.per
        unit = self.book.unit(per, period)
        room = max(0, most - purse.under_cap.get(unit, 0))
        over = due - room if due > room else 0
        purse.under_cap[unit] = purse.under_cap.get(unit, 0) + due - over
        return int(move("over_cap", -over))

    # Time and amounts.

    def end(self, at: int) -> int:
        return self.book.inside(self.plan.pay_every, self.book.unit(self.plan.pay_every, at))[-1]

    def end_of_day(self, day: int) -> int:
        return self.end(max([0, *(at for at, start in enumerate(self.book.grid.starts.tolist()[:-1]) if start <= day)]))

    def months_on(self, period: int, months: int) -> int:
        at = period + (round(months * 52 / 12) if self.book.grid.unit == WEEK else months)
        return self.end(at) if at < len(self.book.grid) else at

    def count(self, payee: str, period: int, *, own: bool) -> int:
        unit = self.book.unit(self.plan.pay_every, period)
        return sum(days for _person, days in self.book.days(payee, self.plan.pay_every, unit, own=own))

    def amount(self, node: f.Node, payee: str, period: int, span: str) -> int:
        on = self.book.grid.starts.tolist()[period + 1] - 1
        row = Row(CREDIT, -1, payee, period, on, 0, ZERO, ZERO, asked=period, own_days=True)
        return rounded(self.plan, self.book.value(node, (row, span, False)) * self.book.scale)

    def accepted(self, payee: str) -> int:
        rows = [one for one in self.book.inputs.people if one.payee == payee]
        if not rows:
            return self.end(0)
        days = [one.accepted_on.toordinal() for one in rows if one.accepted_on and self.book.is_on_plan(one)]
        return self.end_of_day(min(days)) if days and min(days) <= self.book.through else EVER

    def acceptance(self, payee: str) -> int:
        return self.accepted(payee) if self.plan.pays_when_accepted else -1

    def left(self, payee: str) -> int:
        days = [one.left_on.toordinal() - 1 for one in self.book.inputs.people if one.payee == payee and one.left_on]
        return self.end_of_day(min(days)) if days and min(days) <= self.book.through else EVER

    def hands_over(self) -> int:
        ends = self.plan.valid_to
        if not self.plan.hands_over or ends is None or ends.toordinal() - 1 > self.book.through:
            return EVER
        return self.end_of_day(ends.toordinal() - 1)
