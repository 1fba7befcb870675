""" "Not a problem": a finding set aside with a reason, until a day or until its fact changes; it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, jobs
from core.models import AuditEvent
from pipeline.models import Dismissal, Finding
from pipeline.selectors.hygiene_acts import dismissable, liftable
from pipeline.services.findings import score_deals, settle

DISMISSED, LIFTED = "hygiene.dismissed", "hygiene.dismissal_lifted"


class DismissalError(ValueError):
    """A dismissal that can't be; `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def dismiss(*, findings: Iterable[int], reason: str, until_on: date | None, by: Any, on: date) -> AuditEvent | None:
    """Set findings aside: they don't count until their day comes or their fact changes. None where none was free to.

    Only for sales ops and the managers of the owners; others' are passed over. Raises DismissalError without a
    reason, or for a day that isn't to come.
    """
    text = " ".join(reason.split())
    if not text:
        raise DismissalError(_("Say why it is not a problem."), "reason")
    if until_on is not None and until_on <= on:
        raise DismissalError(_("Choose a day after today, or none."), "until_on")
    may = dismissable(by, on).filter(pk__in=list(findings))
    rows = list(Finding.objects.select_for_update(of=("self",)).filter(pk__in=may.values("pk")).order_by("pk"))
    if not rows:
        return None
    made = Dismissal.objects.bulk_create(
        Dismissal(finding=row, fact=row.fact, reason=text[:300], until_on=until_on, dismissed_on=on, by=by)
        for row in rows
    )
    Finding.objects.filter(pk__in=[row.pk for row in rows]).update(is_dismissed=True)
    _follow(rows, on)
    detail = {"dismissals": [one.pk for one in made], "findings": [row.pk for row in rows]}
    return audit.record(act=DISMISSED, actor=by, reason=text[:300], detail=detail | {"until": str(until_on or "")})


@transaction.atomic
def lift(*, dismissals: Iterable[int], by: Any, on: date) -> int:
    """Take dismissals back: their findings count again. Gives how many were in force and may be taken back."""
    rows = liftable(by, on).filter(pk__in=list(dismissals))
    held = list(Dismissal.objects.select_for_update(of=("self",)).filter(pk__in=rows.values("pk")))
    findings = list(Finding.objects.filter(pk__in=[one.finding_id for one in held]))
    if not held:
        return 0
    Dismissal.objects.filter(pk__in=[one.pk for one in held]).update(ended_on=on, ended_why="by_hand")
    Finding.objects.filter(pk__in=[one.pk for one in findings]).update(is_dismissed=False)
    _follow(findings, on)
    audit.record(act=LIFTED, actor=by, detail={"dismissals": [one.pk for one in held]})
    return len(held)


def _follow(findings: Iterable[Finding], on: date) -> None:
    """Scores of deals, questions to owners and the groups' scores follow at once."""
    deals = sorted({one.subject_id for one in findings if one.subject_kind == "opportunity"})
    for kind in {one.subject_kind for one in findings}:
        settle(on=on, kind=kind, only=[one.subject_id for one in findings if one.subject_kind == kind])
    if deals:
        score_deals(only=deals)
        jobs.enqueue("pipeline.hygiene_scores", dedupe_key="hygiene:scores")
