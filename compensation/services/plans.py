"""Plans and their versions; who is on them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from compensation import policies
from compensation.enums import PeriodState, VersionState
from compensation.kernel.digest import plan_hash
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.reading import plain_data, read_plan
from compensation.models import PayPeriod, Plan, PlanVersion
from compensation.selectors.plan_checks import blockers_of, cases_of
from compensation.services.errors import CompensationError, NotAllowed
from core import audit
from core.notify import notify
from people.models import RoleGrant


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
    """A draft of the plan's next version, beginning as the newest published one stands."""
    policies.check_keeps_pay(by)
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    newest = plan.versions.order_by("-number").first()
    if newest is None or newest.state in (VersionState.DRAFT, VersionState.SUBMITTED):
        raise CompensationError("The newest version isn't published yet: change that one.")
    published = plan.versions.filter(state=VersionState.PUBLISHED).order_by("-number").first()
    base = published or newest
    version = PlanVersion(plan=plan, number=newest.number + 1, acknowledged=base.acknowledged)
    return _write(version, base.document, read_plan(base.document), by, "")


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
    version.definition = plain_data(definition)
    version.written, version.plan_hash = json.dumps(version.definition, ensure_ascii=False), plan_hash(definition)
    version.valid_from, version.valid_to = terms.valid_from, terms.valid_to
    version.edited_by, version.note, version.updated_at = by, note[:255], Now()
    _test(version)
    version.save()
    version.refresh_from_db(fields=["updated_at"])
    audit.record(act="plan_version.saved", actor=by, subject=version, detail={"hash": version.plan_hash})
    return version


def _test(version: PlanVersion) -> None:
    """Note for which definition all cases came out."""
    version.tested_hash = version.plan_hash if all(case.is_met for case in cases_of(version)) else ""


def _locked(version: PlanVersion, *states: VersionState) -> PlanVersion:
    locked = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version.pk)
    if locked.state not in states:
        wanted = " / ".join(str(state.label) for state in states)
        raise CompensationError(f"{locked} is “{locked.get_state_display()}”: this is done while it is “{wanted}”.")
    return locked


@transaction.atomic
def test_version(*, version: PlanVersion, by: Any) -> PlanVersion:
    """Run the cases of a draft again, and note whether all came out."""
    policies.check_keeps_pay(by)
    locked = _locked(version, VersionState.DRAFT)
    _test(locked)
    locked.save(update_fields=["tested_hash"])
    return locked


@transaction.atomic
def acknowledge_warning(
    *, version: PlanVersion, code: str, place: str, message: str, reason: str, by: Any, at: datetime
) -> PlanVersion:
    """Accept a warning of the linter with a reason. Another message at the same place asks again."""
    policies.check_keeps_pay(by)
    if not reason.strip():
        raise CompensationError("Say why this is meant to be so.")
    locked = _locked(version, VersionState.DRAFT)
    row = {"code": code, "place": place, "message": message}
    rest = [one for one in locked.acknowledged if row.items() - one.items()]
    told = {"reason": reason.strip()[:255], "by": str(by), "at": at.isoformat()}
    locked.acknowledged = [*rest, row | told]
    locked.save(update_fields=["acknowledged"])
    audit.record(act="plan_version.acknowledged", actor=by, subject=locked, reason=reason, detail=row)
    return locked


@transaction.atomic
def submit_version(*, version: PlanVersion, by: Any, at: datetime | None = None) -> PlanVersion:
    """Hand a draft in for a second person's yes. Raises CompensationError that lists what is missing."""
    policies.check_keeps_pay(by)
    locked = _locked(version, VersionState.DRAFT)
    blockers = blockers_of(locked)
    if blockers:
        raise CompensationError(" ".join(blockers))
    refuse_locked_days(locked.valid_from)
    locked.state, locked.submitted_by, locked.submitted_at, locked.reason = VersionState.SUBMITTED, by, at, ""
    locked.save(update_fields=["state", "submitted_by", "submitted_at", "reason"])
    audit.record(act="plan_version.submitted", actor=by, subject=locked, detail={"hash": locked.plan_hash})
    roles = RoleGrant.objects.in_force_today().filter(role__in=policies.DECIDES_PLANS)
    url, told = locked.get_absolute_url(), set(roles.values_list("user_id", flat=True))
    notify(kind="plan_to_approve", users=told, title=f"{locked} waits for approval", url=url, by=by)
    return locked


@transaction.atomic
def take_back_version(*, version: PlanVersion, by: Any) -> PlanVersion:
    """A version that was handed in is a draft again."""
    policies.check_keeps_pay(by)
    return _to_draft(_locked(version, VersionState.SUBMITTED), by, "plan_version.taken_back", "")


@transaction.atomic
def give_back_version(*, version: PlanVersion, reason: str, by: Any) -> PlanVersion:
    """A second person's no: the version is a draft again, with the reason."""
    locked = _locked(version, VersionState.SUBMITTED)
    _check_decides(by, locked)
    if not reason.strip():
        raise CompensationError("Say why it is given back.")
    notify(
        kind="plan_decided", users=[locked.submitted_by_id], title=f"{locked} was given back",
        detail=reason.strip(), url=locked.get_absolute_url(), by=by,
    )  # fmt: skip
    return _to_draft(locked, by, "plan_version.given_back", reason)


def _check_decides(by: Any, version: PlanVersion) -> None:
    if not policies.may_decide_version(by, version):
        raise NotAllowed("A second person with a pay role decides on a plan, not who handed it in.")


def _to_draft(locked: PlanVersion, by: Any, act: str, reason: str) -> PlanVersion:
    locked.state, locked.reason = VersionState.DRAFT, reason.strip()[:255]
    locked.save(update_fields=["state", "reason"])
    audit.record(act=act, actor=by, subject=locked, reason=reason)
    return locked


@transaction.atomic
def withdraw_version(*, version: PlanVersion, by: Any) -> PlanVersion:
    """Give a draft up: it stays to be read, and another one can be begun."""
    policies.check_keeps_pay(by)
    locked = _locked(version, VersionState.DRAFT)
    locked.state = VersionState.WITHDRAWN
    locked.save(update_fields=["state"])
    audit.record(act="plan_version.withdrawn", actor=by, subject=locked)
    return locked


@transaction.atomic
def publish_version(*, version: PlanVersion, by: Any, at: datetime | None = None) -> PlanVersion:
    """Put a version in force from its first day; the one in force till then ends with it.

    Whoever handed it in doesn't publish it. Raises CompensationError for days of a locked period.
    """
    locked = _locked(version, VersionState.SUBMITTED)
    _check_decides(by, locked)
    refuse_locked_days(locked.valid_from)
    for earlier in PlanVersion.objects.select_for_update().filter(plan=locked.plan, state=VersionState.PUBLISHED):
        _make_room(earlier, locked)
    locked.state, locked.decided_by, locked.decided_at = VersionState.PUBLISHED, by, at
    locked.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(act="plan_version.published", actor=by, subject=locked, detail={"hash": locked.plan_hash})
    url = locked.get_absolute_url()
    notify(kind="plan_decided", users=[locked.submitted_by_id], title=f"{locked} is published", url=url, by=by)
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
