"""Who is on a plan, over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from compensation import policies
from compensation.models import Assignment, Payee, Plan
from compensation.selectors.payees import code_of, word_digest
from compensation.services.errors import CompensationError
from compensation.services.plans import refuse_locked_days
from core import audit
from people.models import Person


def payee_of(person: Person) -> Payee:
    """The name under which a person's pay is kept; made when it is first needed."""
    code = code_of(person)
    return Payee.objects.get_or_create(person=person, defaults={"code": code, "digest": word_digest(code)})[0]


@transaction.atomic
def assign(
    *, plan: Plan, person: Person, valid_from: date, by: Any, role: str = "", valid_to: date | None = None
) -> Assignment:
    """Put a person on a plan. Raises CompensationError where they are on it already, or the days are locked."""
    policies.check_keeps_pay(by)
    refuse_locked_days(valid_from)
    row = Assignment(plan=plan, payee=payee_of(person), role=role.strip(), valid_from=valid_from, valid_to=valid_to)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise CompensationError(f"{person} is on {plan} on some of these days already.") from error
    audit.record(act="plan.assigned", actor=by, subject=plan, detail={"payee": row.payee.code})
    return row


@transaction.atomic
def end_assignment(*, assignment: Assignment, valid_to: date, by: Any) -> Assignment:
    """The first day somebody is no longer on a plan; the days before stay as they were.

    Raises CompensationError where pay of days that would be lost is locked.
    """
    policies.check_keeps_pay(by)
    row = Assignment.objects.select_for_update(of=("self",)).select_related("plan", "payee").get(pk=assignment.pk)
    if valid_to <= row.valid_from:
        raise CompensationError(f"It begins on {row.valid_from}: choose a later day.")
    if row.valid_to is not None and row.valid_to < valid_to:
        raise CompensationError(f"It ended on {row.valid_to} already: put the person on the plan again from then.")
    refuse_locked_days(valid_to)
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(act="plan.unassigned", actor=by, subject=row.plan, detail={"payee": row.payee.code})
    return row


@transaction.atomic
def assign_many(
    *, plan: Plan, people: Iterable[Person], valid_from: date, by: Any, role: str = "", valid_to: date | None = None
) -> tuple[int, list[str]]:
    """Put people on a plan: how many came on, and the names of those who were on it on some of these days already."""
    policies.check_keeps_pay(by)
    refuse_locked_days(valid_from)
    added, left = 0, list[str]()
    for person in people:
        try:
            assign(plan=plan, person=person, valid_from=valid_from, by=by, role=role, valid_to=valid_to)
            added += 1
        except CompensationError:
            left.append(str(person))
    return added, left
