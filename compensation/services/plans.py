"""Plans and their versions; who is on them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from compensation import policies
from compensation.enums import PeriodState, VersionState
from compensation.kernel.digest import plan_hash
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.reading import read_plan
from compensation.models import Assignment, Payee, PayPeriod, Plan, PlanVersion
from compensation.selectors.payees import code_of, word_digest
from compensation.services.errors import CompensationError, NotAllowed
from core import audit
from people.models import Person


@transaction.atomic
def create_plan(*, name: str, definition: Any, by: Any, note: str = "") -> PlanVersion:
    """A plan with its first version, a draft. Raises PlanError for a definition that can't be read."""
    policies.check_keeps_pay(by)
    terms = read_plan(definition)
    name = name.strip() or terms.title
    if Plan.objects.filter(name__iexact=name).exists():
        raise CompensationError(f"There is a plan “{name}” already: open it and begin a new version.")
    plan = Plan.objects.create(name=name, currency_id=terms.currency)
    audit.record(act="plan.created", actor=by, subject=plan)
    return _write(PlanVersion(plan=plan, number=1), definition, terms, by, note)


@transaction.atomic
def begin_version(*, plan_id: int, by: Any) -> PlanVersion:
    """A draft of the plan's next version, beginning as the newest one stands."""
    policies.check_keeps_pay(by)
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    newest = plan.versions.order_by("-number").first()
    if newest is None or newest.state in (VersionState.DRAFT, VersionState.SUBMITTED):
        raise CompensationError("The newest version isn't published yet: change that one.")
    version = PlanVersion(plan=plan, number=newest.number + 1)
    return _write(version, newest.definition, read_plan(newest.definition), by, "")


@transaction.atomic
def save_version(*, version: PlanVersion, definition: Any, by: Any, edits: int, note: str = "") -> PlanVersion:
    """Change a draft. edits: the number of changes it was opened with; another one's save in between is told.

    Raises PlanError for a definition that can't be read: nothing is saved then.
    """
    policies.check_keeps_pay(by)
    locked = PlanVersion.objects.select_for_update().select_related("plan").get(pk=version.pk)
    if not locked.is_draft:
        raise CompensationError("Only a draft is changed: begin a new version, or take this one back first.")
    if locked.edits != edits:
        raise CompensationError("Somebody else changed this draft meanwhile: open it again and make your change there.")
    terms = read_plan(definition)
    if terms.currency != locked.plan.currency_id:
        raise CompensationError(f"A plan keeps its currency, {locked.plan.currency_id}: make a plan of its own.")
    locked.edits += 1
    return _write(locked, definition, terms, by, note)


def _write(version: PlanVersion, definition: Any, terms: PlanTerms, by: Any, note: str) -> PlanVersion:
    version.definition, version.plan_hash = definition, plan_hash(definition)
    version.valid_from, version.valid_to = terms.valid_from, terms.valid_to
    version.edited_by, version.note = by, note[:255]
    version.save()
    audit.record(act="plan_version.saved", actor=by, subject=version, detail={"hash": version.plan_hash})
    return version


@transaction.atomic
def publish_version(*, version: PlanVersion, by: Any) -> PlanVersion:
    """Put a version in force from its first day; the one in force till then ends with it.

    Whoever handed it in doesn't publish it. Raises CompensationError for days of a locked period.
    """
    locked = PlanVersion.objects.select_for_update().select_related("plan").get(pk=version.pk)
    if locked.state != VersionState.SUBMITTED:
        raise CompensationError("Only a version that was handed in can be published.")
    if not policies.may_decide_version(by, locked):
        raise NotAllowed("A second person with a pay role decides on a plan, not who handed it in.")
    refuse_locked_days(locked.valid_from)
    for earlier in PlanVersion.objects.select_for_update().filter(plan=locked.plan, state=VersionState.PUBLISHED):
        _make_room(earlier, locked)
    locked.state, locked.decided_by = VersionState.PUBLISHED, by
    locked.save(update_fields=["state", "decided_by"])
    audit.record(act="plan_version.published", actor=by, subject=locked, detail={"hash": locked.plan_hash})
    return locked


def _make_room(earlier: PlanVersion, version: PlanVersion) -> None:
    """End an earlier version where the new one begins."""
    if earlier.valid_from >= version.valid_from:
        raise CompensationError(f"{earlier} begins on {earlier.valid_from}: a new version begins after it.")
    if earlier.valid_to is None or earlier.valid_to > version.valid_from:
        earlier.valid_to = version.valid_from
        earlier.save(update_fields=["valid_to"])


def refuse_locked_days(day: date) -> None:
    """Raises CompensationError where pay of a day was locked."""
    last = PayPeriod.objects.filter(state=PeriodState.LOCKED).order_by("-starts_on").first()
    if last is not None and day < last.ends_on:
        first = last.ends_on
        raise CompensationError(f"Pay up to {last.ends_on - timedelta(days=1)} is locked: choose {first} or later.")


@transaction.atomic
def submit_version(*, version: PlanVersion, by: Any) -> PlanVersion:
    policies.check_keeps_pay(by)
    locked = PlanVersion.objects.select_for_update().select_related("plan").get(pk=version.pk)
    if not locked.is_draft:
        raise CompensationError("Only a draft is handed in.")
    locked.state, locked.submitted_by = VersionState.SUBMITTED, by
    locked.save(update_fields=["state", "submitted_by"])
    audit.record(act="plan_version.submitted", actor=by, subject=locked, detail={"hash": locked.plan_hash})
    return locked


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
