"""Credits of a calculation, by COPY into arrays, in the kernel's order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q

from compensation.kernel.budget_terms import is_shared
from compensation.kernel.exact import Exact
from compensation.kernel.inputs import Credits, Inputs, Texts, number_fields
from compensation.models import Credit, CreditFields, CreditKind
from compensation.selectors.run_inputs import Terms, is_of_others
from core.bulk.numbers import read_numbers

Array = np.ndarray[Any, Any]
COLUMNS = {
    **dict.fromkeys(("id", "payee", "on", "kind", "quota", "pay", "fx_num", "fx_den", "fields", "digest"), "bigint"),
    "on": "date",
}
_CREDITS = """
SELECT c.id, c.payee_id, c.on, c.kind_id, c.quota_minor, c.pay_minor, c.fx_num, c.fx_den, c.fields_id, c.digest
FROM compensation_credit c
WHERE c.plan_id = {plan} AND c.batch_id <= {batch} AND (c.ended_batch_id IS NULL OR c.ended_batch_id > {batch})
  AND c.on >= '{first}' AND c.on <= '{last}' {of}
ORDER BY c.payee_id, c.on, c.source, c.key, c.line, c.kind_id
"""
TURNS = {"id": "bigint"}
_IN_TURN = """
SELECT c.id FROM compensation_credit c JOIN compensation_payee p ON p.id = c.payee_id
  JOIN compensation_creditkind k ON k.id = c.kind_id
WHERE c.plan_id = {plan} AND c.batch_id <= {batch} AND (c.ended_batch_id IS NULL OR c.ended_batch_id > {batch})
ORDER BY c.on, c.source, c.key, c.line, k.name, p.code
"""
_TAKEN_BACK = """
SELECT c.id, o.id FROM compensation_credit c
JOIN compensation_credit o ON o.plan_id = c.plan_id AND o.payee_id = c.payee_id AND o.key = c.returns_key
  AND o.batch_id <= %(batch)s AND (o.ended_batch_id IS NULL OR o.ended_batch_id > %(batch)s)
WHERE c.returns_key <> '' AND c.plan_id = %(plan)s AND c.id = ANY(%(ids)s)
ORDER BY c.id, o.on, o.line, o.id
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Inputs for the kernel, whose keys of credits are their ids; the credits' digests."""

    inputs: Inputs
    digests: Array


def load(terms: Terms, *, through: date, payee_ids: Collection[int] | None = None) -> Loaded:
    """Credits up to a day in the kernel's order, with people and quotas.

    payee_ids: of whom, where nobody's pay depends on another's; of everybody where it does, or without them.
    """
    is_all = payee_ids is None or is_of_others(terms.plan)
    chosen = sorted(terms.codes if payee_ids is None or is_all else payee_ids)
    columns = _credits(terms, through, chosen, is_all=is_all)
    codes = [terms.codes[one] for one in chosen]
    rest = sorted({row.payee for row in terms.people} - set(codes)) if is_all else []
    places = np.searchsorted(np.array(chosen, dtype=np.int64), columns["payee"])
    names = (*codes, *rest)
    kept = set(names)
    credits = Credits(
        payees=names,
        payee=places,
        on=columns["on"],
        measure=_kinds(columns["kind"]),
        quota=columns["quota"],
        pay=columns["pay"],
        fx=_fx(columns),
        keys=columns["id"],
        returns=_taken_back(terms, columns["id"]),
        turn=_turns(terms, columns["id"]),
        **_fields(columns["fields"]),
    )
    people = tuple(one for one in terms.people if one.payee in kept)
    quotas = tuple(one for one in terms.quotas if one.payee in kept)
    openings = tuple(one for one in terms.openings if one.payee in kept)
    return Loaded(Inputs(credits, quotas, people, openings, terms.belongs), columns["digest"])


def _credits(terms: Terms, through: date, chosen: Sequence[int], *, is_all: bool) -> dict[str, Array]:
    of = "" if is_all else f"AND c.payee_id IN ({', '.join(str(int(one)) for one in chosen) or 'NULL'})"
    query = _CREDITS.format(
        plan=int(terms.version.plan_id), batch=int(terms.batch), first=terms.plan.counting_from, last=through, of=of
    )
    with connection.cursor() as cursor:
        found = read_numbers(cursor, query, COLUMNS)
    known = np.isin(found["payee"], np.array(chosen, dtype=np.int64))
    return found if known.all() else {name: values[known] for name, values in found.items()}


def _kinds(ids: Array) -> Texts:
    words = dict(CreditKind.objects.values_list("pk", "name"))
    unique, codes = np.unique(ids, return_inverse=True)
    return Texts(codes.astype(np.int32), tuple(words[one] for one in unique.tolist()))


def _fx(columns: Mapping[str, Array]) -> Exact:
    if (columns["fx_num"] == 1).all() and (columns["fx_den"] == 1).all():
        return Exact.same(1, len(columns["id"]))
    return Exact(columns["fx_num"], columns["fx_den"])


def _taken_back(terms: Terms, ids: Array) -> Array:
    """The place of the credit that each one takes back, or -1."""
    found = np.full(len(ids), -1, dtype=np.int64)
    returning = Credit.objects.filter(~Q(returns_key=""), plan_id=terms.version.plan_id)
    of = list(returning.values_list("pk", flat=True))
    if not of:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_BACK, {"batch": terms.batch, "plan": terms.version.plan_id, "ids": of})
        pairs = dict(reversed(cursor.fetchall()))
    named = pairs.keys() | set(pairs.values())
    place = {one: number for number, one in enumerate(ids.tolist()) if one in named}
    for one, original in pairs.items():
        if one in place and original in place:
            found[place[one]] = place[original]
    return found


def _turns(terms: Terms, ids: Array) -> Array | None:
    """The order of all credits, whoever's they are; only a budget that all share asks for it."""
    if not any(is_shared(one) for one in terms.plan.components.values()):
        return None
    with connection.cursor() as cursor:
        found = read_numbers(cursor, _IN_TURN.format(plan=int(terms.version.plan_id), batch=int(terms.batch)), TURNS)
    places = dict(zip(found["id"].tolist(), range(len(found["id"])), strict=True))
    return np.array([places[one] for one in ids.tolist()], dtype=np.int64)


def _fields(ids: Array) -> dict[str, Any]:
    """Fields of credits as texts, and as numbers where all of them are."""
    unique, codes = np.unique(ids, return_inverse=True)
    rows = CreditFields.objects.in_bulk(unique.tolist())
    said = [rows[one].values for one in unique.tolist()]
    names = sorted({name for values in said for name in values})
    columns = {name: [str(values.get(name, "")) for values in said] for name in names}
    numbers = number_fields(columns)
    return {
        "texts": {name: Texts.of(values).at(codes) for name, values in columns.items()},
        "numbers": {name: values.at(codes) for name, values in numbers.items()},
    }
