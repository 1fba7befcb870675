"""What a calculation starts from: credits by COPY into arrays; people and quotas as records, kept with the run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import Max, Q

from compensation.enums import AdjustmentState
from compensation.kernel.budget_terms import is_shared
from compensation.kernel.exact import Exact
from compensation.kernel.inputs import Belonging, Credits, Inputs, Opening, Person, Quota, Texts, number_fields
from compensation.kernel.plan import SELF, Contest, Override, Pool
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.reading import read_plan
from compensation.kernel.segments import ON, Dated, Facts, Pay, people_of
from compensation.models import (
    Acceptance,
    Adjustment,
    Assignment,
    Credit,
    CreditBatch,
    CreditFields,
    CreditKind,
    PlanVersion,
)
from compensation.selectors.belonging import belongings_of
from compensation.selectors.openings import follower_of
from compensation.selectors.payees import codes_of
from compensation.selectors.rates import Rates
from core.bulk.numbers import read_numbers
from people.models import Person as SalesPerson
from people.selectors import Held, PayRow, managers_over_time, pay_rows, teams_over_time
from quotas.selectors import targets_for_people

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
class Terms:
    """A version as a run calculates it: its plan, the people and quotas of the day, as of which batch of credits.

    codes: the code of each payee by its id. batch: 0 where nothing was ever credited under the plan. adjustments:
    (number, payee, ordinal of the month's first day, minor units) of those approved. openings: what people bring along
    from the version before, which a run knows once that one is calculated.
    """

    version: PlanVersion
    plan: PlanTerms
    people: tuple[Person, ...]
    quotas: tuple[Quota, ...]
    codes: Mapping[int, str]
    batch: int
    adjustments: tuple[tuple[int, int, int, int], ...] = ()
    openings: tuple[Opening, ...] = ()
    belongs: tuple[Belonging, ...] = ()

    @property
    def ids(self) -> dict[str, int]:
        return {code: payee_id for payee_id, code in self.codes.items()}

    def ids_by_place(self, payees: Sequence[str]) -> Array:
        """The id of each payee of a calculation by its place; 0 of those who are only above somebody."""
        ids = self.ids
        return np.array([ids.get(code, 0) for code in payees], dtype=np.int64)


class _OnPlan(NamedTuple):
    payee_id: int
    code: str
    person_id: int | None
    role: str
    valid_from: date
    valid_to: date | None


def terms_of(version: PlanVersion, *, on: date) -> Terms:
    """Assignments, managers, teams and pay over time, the quotas in force on a day, credits as they are now.

    Raises PlanError.
    """
    plan = read_plan(version.definition)
    columns = ("payee_id", "payee__code", "payee__person_id", "role", "valid_from", "valid_to")
    rows = Assignment.objects.filter(plan_id=version.plan_id).order_by("payee_id", "valid_from")
    on_plan = [_OnPlan(*row) for row in rows.values_list(*columns)]
    return Terms(
        version=version,
        plan=_cut(plan, version, frozenset(row.role or ON for row in on_plan) or frozenset((ON,))),
        people=tuple(_people(version, on_plan)),
        quotas=tuple(_quotas(on_plan, plan, on)),
        codes={row.payee_id: row.code for row in on_plan},
        batch=CreditBatch.objects.filter(plan_id=version.plan_id).aggregate(last=Max("pk"))["last"] or 0,
        adjustments=tuple(_adjustments(version, on)),
        belongs=belongings_of(plan, {row.person_id: row.code for row in on_plan if row.person_id is not None}),
    )


def _adjustments(version: PlanVersion, on: date) -> Iterable[tuple[int, int, int, int]]:
    """Approved adjustments of months in which the version held, up to a day."""
    rows = Adjustment.objects.filter(
        plan_id=version.plan_id, state=AdjustmentState.APPROVED, earned_in__gte=version.valid_from, earned_in__lte=on
    )
    if version.valid_to is not None:
        rows = rows.filter(earned_in__lt=version.valid_to)
    for one in rows.order_by("pk"):
        yield one.pk, one.payee_id, one.earned_in.toordinal(), one.amount_minor


def changed_payees(terms: Terms, kept: Mapping[str, Any] | None) -> frozenset[int] | None:
    """Payees whose inputs are not those that a run kept; None where it must work out all of them."""
    now = frozen(terms)
    if kept is None or any(now[word] != kept[word] for word in ("valid_to", "roles", "plan_hash", "hands_over")):
        return None
    words = ("people", "quotas", "openings", "belongs")
    codes = {one[0] for word in words for one in _different(now[word], kept.get(word, ()))}
    ids = terms.ids
    changed = {ids[code] for code in codes if code in ids}
    changed |= {one[1] for one in _different(now["adjustments"], kept["adjustments"])}
    changed |= {int(one) for one in set(now["codes"]) ^ set(kept["codes"])}
    return frozenset(changed | _with_new_credits(terms.version.plan_id, kept["batch"]))


def _different(now: Sequence[Any], kept: Sequence[Any]) -> set[tuple[Any, ...]]:
    return set(map(tuple, now)) ^ set(map(tuple, kept))


def _with_new_credits(plan_id: int, batch: int) -> set[int]:
    """Payees of credits that came or ended after a batch."""
    of_plan = Credit.objects.filter(plan_id=plan_id).order_by()
    changed = of_plan.filter(Q(batch_id__gt=batch) | Q(ended_batch_id__gt=batch))
    return set(changed.values_list("payee_id", flat=True).distinct())


def _cut(plan: PlanTerms, version: PlanVersion, roles: frozenset[str]) -> PlanTerms:
    """A later version ends an earlier one before its own last day; on the plan is who is assigned to it."""
    after = follower_of(version)
    hands_over = after is not None and bool(after.definition.get("takes_over", True))
    return replace(plan, valid_to=version.valid_to, roles=plan.roles or roles, hands_over=hands_over)


def _people(version: PlanVersion, on_plan: Sequence[_OnPlan]) -> list[Person]:
    """Rows of those assigned, and of everybody above them."""
    accepted = dict(
        Acceptance.objects.filter(version=version, accepted_on__isnull=False).values_list("payee_id", "accepted_on")
    )
    facts: dict[str, Facts] = {}
    rates = Rates(str(version.plan.currency_id))
    above = managers_over_time()
    codes = {row.person_id: row.code for row in on_plan if row.person_id is not None}
    strangers = _in_lines(above, codes) - codes.keys()
    codes |= codes_of(SalesPerson.objects.filter(pk__in=strangers))
    gone = SalesPerson.objects.filter(pk__in=codes, left_on__isnull=False)
    left = dict(gone.values_list("pk", "left_on"))
    for row in on_plan:
        left_on = left.get(row.person_id) if row.person_id is not None else None
        known = facts.setdefault(row.code, Facts(accepted_on=accepted.get(row.payee_id), left_on=left_on))
        known.roles.append(Dated(row.valid_from, row.valid_to, row.role or ON))
    for person, paid in pay_rows([row.person_id for row in on_plan if row.person_id is not None]).items():
        told = ((row, _pay(row, rates)) for row in paid)
        facts[codes[person]].pay += [Dated(row.valid_from, row.valid_to, pay) for row, pay in told if pay is not None]
    for held in above:
        if held.person_id in codes and held.other_id in codes:
            known = facts.setdefault(codes[held.person_id], Facts())
            known.managers.append(Dated(held.valid_from, held.valid_to, codes[held.other_id]))
    for held in teams_over_time(list(codes)):
        if codes[held.person_id] in facts:
            facts[codes[held.person_id]].teams.append(Dated(held.valid_from, held.valid_to, str(held.other_id)))
    return people_of(facts)


def _in_lines(above: Iterable[Held], people: Iterable[int]) -> set[int]:
    """Some people and everybody who was ever above one of them."""
    bosses: dict[int, set[int]] = {}
    for held in above:
        bosses.setdefault(held.person_id, set()).add(held.other_id)
    found: set[int] = set()
    waiting = list(people)
    while waiting:
        person = waiting.pop()
        if person not in found:
            found.add(person)
            waiting += bosses.get(person, set())
    return found


def _pay(row: PayRow, rates: Rates) -> Pay | None:
    """Yearly pay in the plan's currency, by the plan rate of the day it begins; None where there is no rate."""
    worth = rates.of_units(row.currency, row.valid_from)
    return None if worth is None else Pay(Fraction(row.ote) * worth, Fraction(row.variable) * worth)


def _quotas(on_plan: Sequence[_OnPlan], plan: PlanTerms, on: date) -> list[Quota]:
    """Targets of people, and of their seats, for what the plan measures; those in another currency at the plan rate."""
    codes = {row.person_id: row.code for row in on_plan if row.person_id is not None}
    wanted, rates = {measure.quota for measure in plan.measures.values()}, Rates(plan.currency)
    found = []
    for row in targets_for_people(list(codes), on):
        worth = Fraction(1) if row.currency is None else rates.of_units(row.currency, on)
        if row.measure in wanted and worth is not None:
            found.append(Quota(codes[row.person_id], row.measure, row.period_key, Fraction(row.amount) * worth))
    return found


def is_of_others(plan: PlanTerms) -> bool:
    """Whether somebody's pay depends on others' credits or lines, so that all are calculated together."""
    of_others = any(measure.of != SELF for measure in plan.measures.values())
    return of_others or any(
        isinstance(one.pays, Override | Pool | Contest) or is_shared(one) for one in plan.components.values()
    )


def frozen(terms: Terms) -> dict[str, Any]:
    """Terms as a run keeps them."""
    return {
        "batch": terms.batch,
        "plan_hash": terms.version.plan_hash,
        "adjustments": [list(one) for one in terms.adjustments],
        "valid_to": terms.plan.valid_to.isoformat() if terms.plan.valid_to else None,
        "roles": sorted(terms.plan.roles),
        "people": [_plain(one) for one in terms.people],
        "quotas": [[one.payee, one.measure, one.period, str(one.amount)] for one in terms.quotas],
        "hands_over": terms.plan.hands_over,
        "openings": [list(one) for one in terms.openings],
        "belongs": [_plain_belonging(one) for one in terms.belongs],
        "codes": {str(payee_id): code for payee_id, code in terms.codes.items()},
    }


def thawed(version: PlanVersion, kept: Mapping[str, Any], payee_ids: Collection[int] | None = None) -> Terms:
    """The terms that a run was calculated with; of some payees alone where nobody's pay depends on another's."""
    ends = date.fromisoformat(kept["valid_to"]) if kept["valid_to"] else None
    plan = replace(
        read_plan(version.definition), valid_to=ends, roles=frozenset(kept["roles"]), hands_over=kept["hands_over"]
    )
    codes = {int(payee_id): code for payee_id, code in kept["codes"].items()}
    chosen = None if payee_ids is None or is_of_others(plan) else {codes[one] for one in payee_ids if one in codes}
    return Terms(
        version=version,
        plan=plan,
        people=tuple(_person(row) for row in kept["people"] if chosen is None or row[0] in chosen),
        quotas=tuple(
            Quota(payee, measure, period, Fraction(text))
            for payee, measure, period, text in kept["quotas"]
            if chosen is None or payee in chosen
        ),
        codes=codes,
        batch=kept["batch"],
        adjustments=tuple(tuple(one) for one in kept["adjustments"]),
        openings=tuple(Opening(*one) for one in kept["openings"] if chosen is None or one[0] in chosen),
        belongs=tuple(_belonging(one) for one in kept.get("belongs", ())),
    )


def _plain_belonging(one: Belonging) -> list[Any]:
    return [one.payee, one.group, one.valid_from.isoformat(), one.valid_to.isoformat() if one.valid_to else None]


def _belonging(row: Sequence[Any]) -> Belonging:
    payee, group, start, end = row
    return Belonging(payee, group, date.fromisoformat(start), date.fromisoformat(end) if end else None)


def _plain(one: Person) -> list[Any]:
    spans = (one.valid_from, one.valid_to, one.accepted_on, one.left_on)
    days = [day.isoformat() if day else None for day in spans]
    return [one.payee, one.role, *days, one.manager, one.team, str(one.ote), str(one.variable)]


def _person(row: Sequence[Any]) -> Person:
    payee, role, *said, manager, team, ote, variable = row
    starts, ends, accepted, left = (date.fromisoformat(day) if day else None for day in said)
    assert starts is not None
    return Person(payee, role, starts, ends, manager, team, Fraction(ote), Fraction(variable), accepted, left)


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
