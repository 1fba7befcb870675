"""How the interpreter finds a prize: count who is better, share what the ranks of those who are equal come to."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from compensation.kernel import plan as p
from compensation.kernel.formula import Call, Name

if TYPE_CHECKING:
    from compensation.kernel.interpreter import Row
    from compensation.kernel.reckoning import Reckoning

ZERO = Fraction(0)
CLOSES = 2


def prize_of(one: Reckoning, pays: p.Contest, row: Row) -> Fraction:
    """What a payee takes at the end of a span."""
    if pays.between:
        return prize_of_group(one, pays, row)
    if row.kind != CLOSES or not takes_part(one, pays, row):
        return ZERO
    ends = [r for rows in one.everybody.values() for r in rows if (r.kind, r.at) == (CLOSES, row.at)]
    rivals = [r for r in ends if takes_part(one, pays, r) and group_of(one, pays, r) == group_of(one, pays, row)]
    better = [r for r in rivals if is_better(one, pays, r, row)]
    equal = [r for r in rivals if not is_better(one, pays, r, row) and not is_better(one, pays, row, r)]
    won = sum(
        one.rounded(one.book.value(prize, one.context(equal[0])) * one.book.scale)
        for prize in pays.prizes[len(better) : len(better) + len(equal)]
    )
    names = sorted(r.payee for r in equal)
    return Fraction(part_of(won, len(names), names.index(row.payee)))


def reached(one: Reckoning, pays: p.Contest, row: Row) -> Fraction:
    assert one.measure is not None
    word = "attainment" if pays.by == p.ATTAINMENT else "credited"
    return one.book.value(Call(word, (Name(one.measure.key),)), one.context(row))


def takes_part(one: Reckoning, pays: p.Contest, row: Row) -> bool:
    person, here = one.book.person(row.payee, row.on), reached(one, pays, row)
    if person is None or not one.book.is_on_plan(person) or not row.earns or here <= 0:
        return False
    if pays.roles and person.role not in pays.roles:
        return False
    if not is_named(one, pays, row):
        return False
    if pays.among == p.OF_TEAM and not person.team:
        return False
    return pays.at_least is None or here >= one.book.value(pays.at_least, one.context(row))


def is_named(one: Reckoning, pays: p.Contest, row: Row) -> bool:
    return not pays.who or row.payee in pays.who or any(belongs_to(one, group, row) for group in pays.who)


def belongs_to(one: Reckoning, group: str, row: Row) -> bool:
    person, day = one.book.person(row.payee, row.on), date.fromordinal(row.on)
    if person is not None and person.team == group:
        return True
    return any(
        (held.payee, held.group) == (row.payee, group)
        and held.valid_from <= day
        and (held.valid_to is None or day < held.valid_to)
        for held in one.book.inputs.belongs
    )


def group_played_for(one: Reckoning, pays: p.Contest, row: Row) -> str | None:
    person = one.book.person(row.payee, row.on)
    if person is None or not one.book.is_on_plan(person) or not row.earns or row.kind != CLOSES:
        return None
    if (pays.roles and person.role not in pays.roles) or not is_named(one, pays, row):
        return None
    return next((group for group in pays.between if belongs_to(one, group, row)), None)


def prize_of_group(one: Reckoning, pays: p.Contest, row: Row) -> Fraction:
    """A payee's part of what their group takes."""
    mine = group_played_for(one, pays, row)
    if mine is None:
        return ZERO
    ends = [r for rows in one.everybody.values() for r in rows if (r.kind, r.at) == (CLOSES, row.at)]
    sides = {group: [r for r in ends if group_played_for(one, pays, r) == group] for group in pays.between}
    came_to = {group: come_to(one, pays, rows) for group, rows in sides.items() if rows}
    plays = [
        group for group, worth in came_to.items()
        if worth > 0
        and (pays.at_least is None or worth >= one.book.value(pays.at_least, one.context(sides[group][0])))
    ]  # fmt: skip
    if mine not in plays:
        return ZERO
    better = [group for group in plays if came_to[group] > came_to[mine]]
    equal = [group for group in plays if came_to[group] == came_to[mine]]
    won = sum(
        one.rounded(one.book.value(prize, one.context(row)) * one.book.scale)
        for prize in pays.prizes[len(better) : len(better) + len(equal)]
    )
    part = part_of(won, len(equal), equal.index(mine))
    names = sorted(r.payee for r in sides[mine])
    return Fraction(part_of(part, len(names), names.index(row.payee)))


def come_to(one: Reckoning, pays: p.Contest, rows: list[Row]) -> Fraction:
    assert one.measure is not None
    name = (Name(one.measure.key),)
    total = sum((one.book.value(Call("credited", name), one.context(r)) for r in rows), ZERO)
    if pays.by != p.ATTAINMENT:
        return total
    goal = sum((one.book.value(Call("quota", name), one.context(r)) for r in rows), ZERO)
    over, under = (goal, total) if one.measure.less_is_better else (total, goal)
    return over / under if under else ZERO


def part_of(amount: int, parts: int, number: int) -> int:
    """Equal parts, odd units to the first ones."""
    each, odd = divmod(abs(amount), parts)
    part = each + (1 if number < odd else 0)
    return part if amount > 0 else -part


def group_of(one: Reckoning, pays: p.Contest, row: Row) -> str:
    person = one.book.person(row.payee, row.on)
    assert person is not None
    return {p.OF_ROLE: person.role, p.OF_TEAM: person.team}.get(pays.among, "")


def is_better(one: Reckoning, pays: p.Contest, row: Row, other: Row) -> bool:
    mine, theirs = reached(one, pays, row), reached(one, pays, other)
    if mine != theirs or pays.ties == p.SHARED:
        return mine > theirs
    return stands_since(one, row) < stands_since(one, other)


def stands_since(one: Reckoning, row: Row) -> int:
    """The day since which the payee has had, without a break, at least what they have at the end of the window."""
    assert one.measure is not None
    credits, book = one.book.credits, one.book
    mine = [
        place for place, who in book.credits_of(one.measure)
        if who == row.payee and book.unit(one.span, book.at(int(credits.on[place]))) == row.window
    ]  # fmt: skip
    mine.sort(key=lambda place: (int(credits.on[place]), int(credits.payee[place]), place))
    at_the_end, so_far, since = sum((book.adds(one.measure, place) for place in mine), ZERO), ZERO, 0
    for place in mine:
        so_far += book.adds(one.measure, place)
        if so_far < at_the_end:
            since = 0
        elif not since:
            since = int(credits.on[place])
    return since
