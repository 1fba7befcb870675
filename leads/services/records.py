"""Writes of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from core import audit, registry
from core.services import Shelf, conflict_words, save_version
from leads.models import Lead


class LeadConflict(ValueError):
    """Someone else saved the lead in the meantime; `theirs` is the lead as it stands now."""

    def __init__(self, theirs: Lead) -> None:
        super().__init__(conflict_words(theirs))
        self.theirs = theirs


@transaction.atomic
def save_lead(*, lead: Lead, by: Any, version: int | None = None, on: date | None = None) -> Lead:
    """Save a new or changed lead; `on` is the day a new one is created on where it says none.

    Raises LeadConflict when `version` isn't the one that stands.
    """
    is_new = lead.pk is None
    if is_new:
        lead.created_on = lead.created_on or on
    save_version(lead, version, LeadConflict)
    audit.record(act="lead.created" if is_new else "lead.changed", actor=by, subject=lead)
    registry.react_to_save("lead", [lead.pk], on)
    return lead


LEADS = Shelf(Lead, "lead", "lead", "leads")


def archive_leads(*, lead_ids: Sequence[int], by: Any, at: datetime) -> int:
    """Archive leads: they leave lists and figures, nothing is deleted."""
    return LEADS.archive(lead_ids, by=by, at=at)


def restore_leads(*, lead_ids: Sequence[int], by: Any) -> int:
    """Take leads out of the archive."""
    return LEADS.restore(lead_ids, by=by)
