"""Plan letters: sent to the people of a version, accepted by each for themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from compensation import policies
from compensation.enums import VersionState
from compensation.models import Acceptance, PlanVersion
from compensation.selectors.letters import letter_parts, letter_terms, without_letter
from compensation.services.errors import CompensationError, NotAllowed
from core import audit
from core.notify import notify


@transaction.atomic
def send_letters(*, version: PlanVersion, by: Any, on: date) -> list[Acceptance]:
    """A letter for everybody on the plan who has none of this version; each is told. Sent again it sends nothing."""
    policies.check_keeps_pay(by)
    locked = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version.pk)
    if locked.state != VersionState.PUBLISHED:
        raise CompensationError("Letters are sent once the version is published.")
    parts = letter_parts(locked)
    letters = [_send(locked, row, parts, on, by) for row in without_letter(locked)]
    if letters:
        audit.record(act="plan_letters.sent", actor=by, subject=locked, detail={"letters": len(letters)})
    return letters


def _send(version: PlanVersion, assignment: Any, parts: Any, on: date, by: Any) -> Acceptance:
    terms, payee = letter_terms(version, assignment, on, parts=parts), assignment.payee
    letter = Acceptance.objects.create(version=version, payee=payee, sent_on=on, terms=terms)
    if payee.person is not None:
        url = reverse("compensation:letter", args=[letter.pk])
        title = f"Your plan letter: {version}"
        notify(kind="plan_letter", users=[payee.person.user_id], title=title, url=url, by=by)
    return letter


@transaction.atomic
def accept_letter(*, letter: Acceptance, by: Any, on: date) -> Acceptance:
    """The person's own yes, with its day. Raises NotAllowed for everybody else."""
    locked = Acceptance.objects.select_for_update(of=("self",)).select_related("payee__person", "version__plan")
    row = locked.get(pk=letter.pk)
    if not policies.owns_pay(by, row.payee):
        raise NotAllowed("A plan letter is accepted by the person it was sent to, nobody else.")
    if row.accepted_on is None:
        row.accepted_on = max(on, row.sent_on)
        row.save(update_fields=["accepted_on"])
        audit.record(act="plan_letter.accepted", actor=by, subject=row.version, detail={"payee": row.payee.code})
    return row
