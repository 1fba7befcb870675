"""Writes of deals: create, change, close, log an activity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, outbox
from people.models import Person
from pipeline.enums import Status
from pipeline.models import Activity, CriterionTick, Opportunity, StageCriterion

TOPIC = "pipeline.deal"


class DealError(ValueError):
    """A change that can't be; `field` names the field it belongs to, "" the whole form."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class DealConflict(DealError):
    """Someone else saved the deal in the meantime; `theirs` is the deal as it stands now."""

    def __init__(self, theirs: Opportunity) -> None:
        super().__init__(_("%(name)s was changed by someone else since you opened it.") % {"name": theirs.name})
        self.theirs = theirs


@transaction.atomic
def create_deal(*, deal: Opportunity, by: Any, on: date) -> Opportunity:
    """Save a new deal. The stage decides status and, where none is chosen, the forecast category."""
    deal.process_id = deal.stage.process_id
    deal.created_on = deal.created_on or on
    deal.stage_since = on
    _follow_stage(deal, on=on)
    deal.save()
    outbox.append(topic=TOPIC, subject_id=deal.pk)
    audit.record(act="deal.created", actor=by, subject=deal)
    return deal


@transaction.atomic
def change_deal(*, deal_id: int, values: Mapping[str, Any], version: int | None, by: Any, on: date) -> Opportunity:
    """Change fields of a deal. Raises DealConflict when `version` isn't the one that stands, DealError for rules."""
    deal = Opportunity.objects.select_for_update().select_related().get(pk=deal_id)
    if version is not None and version != deal.version:
        raise DealConflict(deal)
    old_stage, old_close = deal.stage_id, deal.expected_close_on
    for name, value in values.items():
        setattr(deal, name, value)
    if deal.expected_close_on and old_close and deal.is_open and deal.expected_close_on > old_close:
        deal.pushed_count += 1
    if deal.stage_id != old_stage:
        deal.stage_since = on
        deal.process_id = deal.stage.process_id
        _follow_stage(deal, on=on)
    deal.version += 1
    deal.save()
    outbox.append(topic=TOPIC, subject_id=deal.pk)
    return deal


def _follow_stage(deal: Opportunity, *, on: date) -> None:
    """Status, category and close date as the stage says. Raises DealError when a lost deal has no reason."""
    deal.status = deal.stage.status
    if deal.status == Status.OPEN:
        deal.closed_on = None
        if deal.category in ("", "closed", "omitted"):
            deal.category = deal.stage.category
        return
    if deal.status == Status.LOST and deal.loss_reason_id is None:
        raise DealError(_("Choose why the deal was lost."), "loss_reason")
    deal.category = deal.stage.category
    deal.closed_on = deal.closed_on or on


@transaction.atomic
def log_activity(*, activity: Activity, deal: Opportunity, by: Any, at: datetime) -> Activity:
    """Log a call, e-mail, meeting, note or task on a deal; a task stays open until it is done."""
    activity.subject_kind, activity.subject_id, activity.account_id = "opportunity", deal.pk, deal.account_id
    activity.owner = activity.owner or getattr(by, "person_or_none", None)
    if activity.kind != "task":
        activity.happened_at = activity.happened_at or at
        Opportunity.objects.filter(pk=deal.pk).update(last_activity_at=activity.happened_at)
    activity.save()
    return activity


@transaction.atomic
def tick_criterion(*, deal: Opportunity, criterion_id: int, person: Person | None) -> None:
    """Tick or untick an exit criterion of the deal's stage."""
    criterion = StageCriterion.objects.get(pk=criterion_id, stage=deal.stage_id)
    tick, made = CriterionTick.objects.get_or_create(opportunity=deal, criterion=criterion, defaults={"person": person})
    if not made:
        tick.delete()


@transaction.atomic
def archive_deals(*, deal_ids: list[int], by: Any, at: datetime) -> int:
    """Archive deals: they leave lists and figures, nothing is deleted."""
    done = Opportunity.objects.filter(pk__in=deal_ids, archived_at=None).update(archived_at=at)
    outbox.append_many(topic=TOPIC, rows=((pk, {}) for pk in deal_ids))
    audit.record(act="deal.archived", actor=by, detail={"deals": deal_ids})
    return done
