"""Writes of deals: create, change, move, close, archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, registry
from core.services import Shelf, check_version, conflict_words, save_next
from people.models import Person
from pipeline.enums import Status
from pipeline.models import CriterionTick, Opportunity, Stage, StageCriterion
from pipeline.selectors.deals import unmet_criteria
from pipeline.services.closed_days import NOTHING, DealError, kept_of, refuse_archive, refuse_closed_day
from pipeline.services.telling import tell_handed

NO_CHOICE = ("", "closed", "omitted")


class DealConflict(DealError):
    """Someone else saved the deal in the meantime; `theirs` is the deal as it stands now."""

    def __init__(self, theirs: Opportunity) -> None:
        super().__init__(conflict_words(theirs))
        self.theirs = theirs


class DealBlocked(DealError):
    """Exit criteria of the stage aren't met; `unmet` names them. May be passed over with a reason."""

    def __init__(self, stage: Stage, unmet: Sequence[str]) -> None:
        words = _("To leave %(stage)s, first: %(unmet)s.") % {"stage": stage.name, "unmet": ", ".join(unmet)}
        super().__init__(words, "stage")
        self.unmet = unmet


@transaction.atomic
def create_deal(*, deal: Opportunity, by: Any, on: date) -> Opportunity:
    """Save a new deal. The stage decides status and, where none is chosen, the forecast category.

    Raises DealError for a lost deal without a reason.
    """
    deal.process_id = deal.stage.process_id
    deal.created_on = deal.created_on or on
    deal.stage_since = on
    _follow_stage(deal, on=on)
    refuse_closed_day(deal, NOTHING)
    deal.save()
    audit.record(act="deal.created", actor=by, subject=deal)
    registry.react_to_save("opportunity", [deal.pk], on)
    tell_handed(deals=[deal], by=by)
    return deal


@transaction.atomic
def change_deal(
    *,
    deal_id: int,
    values: Mapping[str, Any],
    version: int | None,
    by: Any,
    on: date,
    despite: str = "",
    tell: bool = True,
) -> Opportunity:
    """Change fields of a deal. `despite` is the reason to move on although exit criteria aren't met.

    tell: a new owner is told; who hands over many deals tells of all of them at once instead.
    Raises DealConflict when `version` isn't the one that stands, DealBlocked for unmet criteria, DealError for rules.
    """
    deal = locked_deals([deal_id]).get()
    check_version(deal, version, DealConflict)
    owner = deal.owner_id
    apply_values(deal=deal, values=values, by=by, on=on, despite=despite)
    registry.react_to_save("opportunity", [deal.pk], on)
    if tell and deal.owner_id != owner:
        tell_handed(deals=[deal], by=by)
    return deal


def locked_deals(deal_ids: Sequence[int]) -> QuerySet[Opportunity]:
    """The deals with their stages, locked in the order of their ids: two who change many never wait in a ring.

    The key stays free: a check that has written a deal's score only asks whether the deal is there, and would wait for
    whoever saves it, who waits for that score.
    """
    deals = Opportunity.objects.select_for_update(of=("self",), no_key=True).select_related("stage")
    return deals.filter(pk__in=deal_ids).order_by("pk")


def apply_values(*, deal: Opportunity, values: Mapping[str, Any], by: Any, on: date, despite: str = "") -> Opportunity:
    """Change a locked deal by the rules of stages, criteria and pushed dates, and save it as its next version.

    Raises DealBlocked and DealError; then the row stands as it was, and this instance is of no more use.
    """
    before, old_close, kept = deal.stage, deal.expected_close_on, kept_of(deal)
    for name, value in values.items():
        setattr(deal, name, value)
    if deal.stage_id != before.pk:
        _leave(deal, before, by=by, despite=despite)
        _enter(deal, before, values, on=on)
    elif not deal.is_open:
        _follow_stage(deal, on=on)
    if deal.expected_close_on and old_close and deal.is_open and deal.expected_close_on > old_close:
        deal.pushed_count += 1
    refuse_closed_day(deal, kept)
    save_next(deal)
    return deal


def _leave(deal: Opportunity, before: Stage, *, by: Any, despite: str) -> None:
    """Moving on asks for the exit criteria; losing a deal or taking a step back doesn't."""
    after = deal.stage
    is_onward = after.process_id == before.process_id and after.position > before.position
    if not is_onward or after.status == Status.LOST or before.status != Status.OPEN:
        return
    unmet = unmet_criteria(deal, stage=before)
    if not unmet:
        return
    if not despite:
        raise DealBlocked(before, unmet)
    detail = {"from": before.name, "to": after.name, "unmet": list(unmet)}
    audit.record(act="deal.moved_despite_criteria", actor=by, subject=deal, reason=despite, detail=detail)


def _enter(deal: Opportunity, before: Stage, values: Mapping[str, Any], *, on: date) -> None:
    """What a new stage brings: its day, its status, its category and probability unless they were chosen."""
    deal.stage_since = on
    deal.process_id = deal.stage.process_id
    if "category" not in values and deal.category == before.category:
        deal.category = deal.stage.category
    if "probability" not in values:
        deal.probability = None
    _follow_stage(deal, on=on)


def _follow_stage(deal: Opportunity, *, on: date) -> None:
    """Status, category and close date as the stage says. Raises DealError when a lost deal has no reason."""
    deal.status = deal.stage.status
    if deal.status == Status.OPEN:
        deal.closed_on, deal.loss_reason = None, None
        if deal.category in NO_CHOICE:
            deal.category = deal.stage.category
        return
    if deal.status == Status.LOST and deal.loss_reason_id is None:
        raise DealError(_("Choose why the deal was lost."), "loss_reason")
    deal.category = deal.stage.category
    deal.closed_on = deal.closed_on or on


@transaction.atomic
def tick_criterion(*, deal: Opportunity, criterion_id: int, person: Person | None) -> None:
    """Tick or untick an exit criterion of the deal's stage. Raises DealError when the stage has no such criterion."""
    criterion = StageCriterion.objects.filter(pk=criterion_id, stage=deal.stage_id).first()
    if criterion is None:
        raise DealError(_("The deal has left the stage of this criterion."))
    tick, made = CriterionTick.objects.get_or_create(opportunity=deal, criterion=criterion, defaults={"person": person})
    if not made:
        tick.delete()


DEALS = Shelf(Opportunity, "opportunity", "deal", "deals")


@transaction.atomic
def archive_deals(*, deal_ids: list[int], by: Any, at: datetime) -> int:
    """Archive deals: they leave lists and figures, nothing is deleted. Raises DayClosed."""
    refuse_archive(deal_ids)
    return DEALS.archive(deal_ids, by=by, at=at)


@transaction.atomic
def restore_deals(*, deal_ids: list[int], by: Any) -> int:
    """Take deals out of the archive: they count again. Raises DayClosed."""
    refuse_archive(deal_ids)
    return DEALS.restore(deal_ids, by=by)
