"""Writes of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit, registry
from leads.models import Lead


class LeadConflict(ValueError):
    """Someone else saved the lead in the meantime; `theirs` is the lead as it stands now."""

    def __init__(self, theirs: Lead) -> None:
        super().__init__(_("%(name)s was changed by someone else since you opened it.") % {"name": theirs})
        self.theirs = theirs


@transaction.atomic
def save_lead(*, lead: Lead, by: Any, version: int | None = None, on: date | None = None) -> Lead:
    """Save a new or changed lead; `on` is the day a new one is created on where it says none.

    Raises LeadConflict when `version` isn't the one that stands.
    """
    is_new = lead.pk is None
    if is_new:
        lead.created_on = lead.created_on or on
    else:
        stands = Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)
        if version is not None and version != stands.version:
            raise LeadConflict(stands)
        lead.version = stands.version + 1
        lead.updated_at = Now()
    lead.save()
    audit.record(act="lead.created" if is_new else "lead.changed", actor=by, subject=lead)
    registry.react_to_save("lead", [lead.pk], on)
    return lead


@transaction.atomic
def archive_leads(*, lead_ids: Sequence[int], by: Any, at: datetime) -> int:
    """Archive leads: they leave lists and figures, nothing is deleted."""
    audit.record(act="lead.archived", actor=by, detail={"leads": list(lead_ids)})
    done = Lead.objects.filter(pk__in=lead_ids, archived_at=None).update(archived_at=at)
    registry.react_to_save("lead", lead_ids)
    return done


@transaction.atomic
def restore_leads(*, lead_ids: Sequence[int], by: Any) -> int:
    """Take leads out of the archive."""
    audit.record(act="lead.restored", actor=by, detail={"leads": list(lead_ids)})
    done = Lead.objects.filter(pk__in=lead_ids).exclude(archived_at=None).update(archived_at=None)
    registry.react_to_save("lead", lead_ids)
    return done
