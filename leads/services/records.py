"""Writes of leads."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core import audit
from leads.models import Lead


@transaction.atomic
def save_lead(*, lead: Lead, by: Any) -> Lead:
    """Save a new or changed lead."""
    is_new = lead.pk is None
    if not is_new:
        lead.version += 1
    lead.save()
    audit.record(act="lead.created" if is_new else "lead.changed", actor=by, subject=lead)
    return lead
