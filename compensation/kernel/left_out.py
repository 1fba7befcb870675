"""What a calculation made nothing of: credits that no measure takes, of other days or of people who aren't on the plan,
managers who aren't there, columns and quotas that nothing asks for. A spelling mistake shows here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from compensation.kernel.book import Book
from compensation.kernel.formula import names_in
from compensation.kernel.lint import formulas
from compensation.kernel.plan import Plan

Array = np.ndarray[Any, Any]
_KNOWN = frozenset(
    ("credit_key", "payee", "on", "measure", "quota_credit", "commissionable", "currency", "rate", "deal", "product",
     "returns", "source", "line")
)  # fmt: skip
_OF_PEOPLE = frozenset(
    ("payee", "plan_role", "valid_from", "valid_to", "manager", "ote", "variable", "team", "accepted_on", "left_on",
     "owed", "below_zero")
)  # fmt: skip
_OF_QUOTAS = frozenset(("payee", "measure", "period", "amount", "currency"))


def left_out(book: Book) -> Iterator[str]:
    """Each kind of thing that counts for nothing, with how many there are and the first one."""
    credits, plan = book.credits, book.plan
    taken = _kinds(plan)
    for code, word in enumerate(credits.measure.words):
        if word not in taken:
            yield from _told(book, credits.measure.codes == code, f"called “{word}”, which no measure takes")
    known = np.isin(credits.measure.codes, [credits.measure.code_of(word) for word in taken])
    yield from _told(book, known & ~book.is_due, f"outside the days from {plan.counting_from} that were calculated")
    is_seen = known & book.is_due & ~book.is_on_plan
    is_own = np.isin(credits.measure.codes, [credits.measure.code_of(word) for word in _own_kinds(plan)])
    yield from _told(book, is_seen & is_own, "of people who weren't on the plan that day")
    strangers = {one.manager for one in book.inputs.people if one.manager} - set(book.staff.payees)
    for word in sorted(strangers):
        yield f"Manager “{word}”: has no row among the people, so nothing from below reaches them."
    asked = {measure.quota for measure in plan.measures.values()}
    for word in sorted({one.measure for one in book.inputs.quotas} - asked):
        yield f"Quotas of “{word}”: no measure has that quota."


def unread_columns(plan: Plan, credits: Iterable[str], quotas: Iterable[str], people: Iterable[str]) -> Iterator[str]:
    """Columns of files that nothing reads."""
    named = {name for _place, node in formulas(plan) for name in names_in(node)}
    for what, columns, known in (
        ("credits", credits, _KNOWN | named), ("quotas", quotas, _OF_QUOTAS), ("people", people, _OF_PEOPLE),
    ):  # fmt: skip
        for column in sorted(set(columns) - known):
            yield f"Column “{column}” of {what}: nothing reads it."


def _kinds(plan: Plan) -> set[str]:
    held = {one.hold.collected_by for one in plan.components.values() if one.hold is not None}
    return {word for measure in plan.measures.values() for word in measure.credits} | held


def _own_kinds(plan: Plan) -> set[str]:
    """Kinds that count for nobody else than the one they are of."""
    of_others = {word for one in plan.measures.values() if one.of != "self" for word in one.credits}
    return {word for one in plan.measures.values() for word in one.credits} - of_others


def _told(book: Book, these: Array, words: str) -> Iterator[str]:
    places = np.flatnonzero(these)
    if len(places):
        yield f"Credits {words}: {len(places):,}, such as {book.credits.keys[places[0]]}."
