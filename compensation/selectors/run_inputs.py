"""What a calculation starts from: a version, its people, quotas and batches, as records that are kept with the run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Max, Q

from compensation.enums import AdjustmentState
from compensation.kernel.budget_terms import is_shared
from compensation.kernel.inputs import Belonging, Opening, Person, Quota
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
    PlanVersion,
)
from compensation.selectors.belonging import belongings_of
from compensation.selectors.openings import follower_of
from compensation.selectors.payees import codes_of
from compensation.selectors.rates import Rates
from people.models import Person as SalesPerson
from people.selectors import Held, PayRow, managers_over_time, pay_rows, teams_over_time
from quotas.selectors import targets_for_people

Array = np.ndarray[Any, Any]


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
    codes |= codes_of(SalesPerson.objects.filter(pk__among=strangers))
    gone = SalesPerson.objects.filter(pk__among=codes, left_on__isnull=False)
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
