"""How the interpreter finds a prize: count who is better, share what the ranks of those who are equal come to."""

from __future__ import annotations

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
    each, odd = divmod(abs(won), len(names))
    part = each + (1 if names.index(row.payee) < odd else 0)
    return Fraction(part if won > 0 else -part)


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
    if pays.among == p.OF_TEAM and not person.team:
        return False
    return pays.at_least is None or here >= one.book.value(pays.at_least, one.context(row))


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
