"""Files of who is on which plan: what begins for somebody on a plan ends the role they had in it, earlier days stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import PeriodState
from compensation.models import Assignment, Payee, PayPeriod, Plan
from compensation.services.assignments import payee_of
from core.bulk import ClosedDays, DatedRows, LoadPlan
from core.kernel import fields as f
from core.kernel import formats
from core.kernel.effective import day_after, last_day_of
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ClosedRows, ImportContext, ImportKind, RecordModel, ReferenceKind
from people.kernel.closure import DAWN
from people.models import Person

SPEC = KindSpec(
    "plan_assignments",
    "People on compensation plans",
    (
        FieldSpec(
            "person", "Person", f.REFERENCE, synonyms=("Rep", "Payee", "Employee", "Name", "E-mail"), required=True,
            reference="people",
        ),
        FieldSpec(
            "plan", "Plan", f.REFERENCE, synonyms=("Comp plan", "Compensation plan", "Plan name"), required=True,
            reference="comp_plans",
        ),
        FieldSpec("role", "Plan role", synonyms=("Role",), max_length=40),
        FieldSpec("valid_from", "From", f.DATE, synonyms=("Valid from", "Since", "Start date", "Effective date")),
        FieldSpec("last_day", "Last day", f.DATE, synonyms=("Valid through", "Until", "End date")),
    ),
    keys=("person",),
)  # fmt: skip
ON_PLANS = DatedRows(Assignment, "plan_assignment", ("plan_id", "payee_id"), ("role",), "once_on_a_plan")


def plan_assignments(context: ImportContext) -> LoadPlan:
    payees = dict(Payee.objects.filter(person__isnull=False).values_list("person_id", "pk"))

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        person = context.find("people", clean["person"]) if clean.get("person") else None
        if person is not None and person not in payees:
            payees[person] = payee_of(Person.objects.get(pk=person)).pk  # goes again with a dry run
        return {
            "plan_id": context.find("comp_plans", clean["plan"]) if clean.get("plan") else None,
            "payee_id": payees.get(person or 0),
            "role": clean.get("role") or "",
            "valid_from": clean.get("valid_from"),
            "valid_to": day_after(clean.get("last_day")),
        }

    return ON_PLANS.plan(prepare, days=(context.since, context.today, DAWN), closed=_locked_days())


def _locked_days() -> ClosedDays | None:
    """Days whose pay is locked: whoever was on a plan then was paid by it."""
    row = PayPeriod.objects.filter(state=PeriodState.LOCKED).order_by("-starts_on").first()
    if row is None:
        return None
    last = row.ends_on - timedelta(days=1)
    told = {"day": formats.day(last), "period": row.number}
    return ClosedDays(
        last,
        _("Pay is locked through %(day)s (%(period)s): who was on a plan until then stays on it.") % told,
        _("Pay is locked through %(day)s (%(period)s): begin on a later day, or open the period again.") % told,
    )


def assignment_records() -> Iterator[dict[str, Any]]:
    rows = Assignment.objects.filter(payee__person__isnull=False).select_related("payee__person", "plan")
    for row in rows.order_by("pk").iterator(chunk_size=2000):
        person = row.payee.person
        assert person is not None
        yield {
            "person": person.external_id or f"PER-{person.pk}",
            "plan": row.plan.name,
            "role": row.role or None,
            "valid_from": row.valid_from,
            "last_day": last_day_of(row.valid_to),
        }


def _names() -> Iterable[tuple[str, int]]:
    """A name tells a plan where no other has it; the number always does."""
    rows = list(Plan.objects.filter(archived_at=None))
    times = Counter(row.name.casefold() for row in rows)
    for row in rows:
        if times[row.name.casefold()] == 1:
            yield row.name, row.pk
        yield row.number, row.pk


def _kept() -> str:
    """Assignments that begin on a day whose pay is locked stay when an import is undone."""
    locked = _locked_days()
    return locked.held if locked else ""


KIND = ImportKind(
    *("plan_assignments", 88, SPEC, "plan_assignment", plan_assignments, assignment_records, ""),
    icon="user-check",
    may_import=policies.keeps_pay,
)
REFERENCE = ReferenceKind("comp_plans", "Compensation plan", _names, None, "")
MODEL = RecordModel("plan_assignment", Assignment, 71)
CLOSED = ClosedRows("plan_assignment", _kept)
