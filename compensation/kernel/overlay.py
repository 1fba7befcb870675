"""Credits with some more laid over them, and all of them larger or smaller: what a what-if changes of a calculation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from compensation.kernel.exact import Exact
from compensation.kernel.inputs import Credit, Credits, Texts, number_fields, ranks
from core.kernel.money import round_ratio

Array = np.ndarray[Any, Any]


def overlaid(credits: Credits, more: Sequence[Credit]) -> Credits:
    """Credits with some more, in the kernel's order: each comes last on its day. Their keys become -1, -2 and so on.

    Credits of others than the payees that are there are left out: nobody asked for their pay. The very same credits
    where nothing is left to be added.
    """
    place = {payee: number for number, payee in enumerate(credits.payees)}
    added = [one for one in more if one.payee in place]
    if not added:
        return credits
    added.sort(key=lambda one: (one.on, one.source, one.key, one.line, one.measure))
    payee = np.concatenate([credits.payee, _whole([place[one.payee] for one in added])])
    on = np.concatenate([credits.on, _whole([one.on.toordinal() for one in added])])
    order = np.lexsort((np.arange(len(on)), on, payee))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    returns = np.concatenate([credits.returns, np.full(len(added), -1, dtype=np.int64)])[order]
    texts, numbers = _fields(credits, added)
    return Credits(
        payees=credits.payees,
        payee=payee[order],
        on=on[order],
        measure=_more_words(credits.measure, [one.measure for one in added]).at(order),
        quota=np.concatenate([credits.quota, _whole([one.quota for one in added])])[order],
        pay=np.concatenate([credits.pay, _whole([one.pay for one in added])])[order],
        fx=_joined(credits.fx, len(credits), Exact.of([one.fx for one in added])).at(order),
        keys=np.concatenate([credits.keys, -1 - np.arange(len(added))])[order],
        returns=np.where(returns >= 0, back[returns], -1),
        texts={name: column.at(order) for name, column in texts.items()},
        numbers={name: column.at(order) for name, column in numbers.items()},
        turn=ranks(on, np.concatenate([credits.turns, len(credits) + np.arange(len(added))]))[order],
    )


def scaled(credits: Sequence[Credit], by: Fraction) -> list[Credit]:
    """Each credit times a factor, in whole minor units: 1,000.05 times 1/2 is 500.03."""
    if by == 1:
        return list(credits)
    return [one._replace(quota=round_ratio(one.quota * by), pay=round_ratio(one.pay * by)) for one in credits]


def all_scaled(credits: Credits, by: Fraction) -> Credits:
    """The same of credits in arrays; the very same ones where the factor is one."""
    if by == 1:
        return credits
    columns = (_whole([round_ratio(int(one) * by) for one in column]) for column in (credits.quota, credits.pay))
    quota, pay = columns
    return Credits(
        credits.payees, credits.payee, credits.on, credits.measure, quota, pay, credits.fx, credits.keys,
        credits.returns, credits.texts, credits.numbers, credits.turn,
    )  # fmt: skip


def _whole(values: Sequence[int]) -> Array:
    return np.array(values, dtype=np.int64)


def _fields(credits: Credits, added: Sequence[Credit]) -> tuple[dict[str, Texts], Mapping[str, Exact]]:
    """Fields of all of them. A field is one of numbers where it is for those that were there and for those added."""
    names = sorted({*credits.texts, *(name for one in added for name in one.fields)})
    said = {name: [one.fields.get(name, "") for one in added] for name in names}
    texts, numbers = {}, {}
    for name, more in number_fields(said).items():
        if name in credits.numbers or name not in credits.texts:
            before = credits.numbers.get(name) or Exact.same(0, len(credits))
            numbers[name] = _joined(before, len(credits), more)
    for name in names:
        before_words = credits.texts.get(name) or Texts(np.zeros(len(credits), dtype=np.int32), ("",))
        texts[name] = _more_words(before_words, said[name])
    return texts, numbers


def _more_words(column: Texts, more: Sequence[str]) -> Texts:
    known = {word: number for number, word in enumerate(column.words)}
    for word in more:
        known.setdefault(word, len(known))
    codes = np.array([known[word] for word in more], dtype=np.int32)
    return Texts(np.concatenate([column.codes, codes]), tuple(known))


def _joined(column: Exact, length: int, more: Exact) -> Exact:
    dens = np.broadcast_to(column.den, (length,)), np.broadcast_to(more.den, (len(more.num),))
    return Exact(np.concatenate([column.num, more.num]), np.concatenate(dens))
