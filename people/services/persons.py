"""Writes of persons: who works here, with or without a login."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from people.models import Person
from people.services.lines import vacate


@transaction.atomic
def save_person(*, person: Person, by: Any) -> Person:
    """Save a new or changed person."""
    is_new = person.pk is None
    person.save()
    audit.record(act="person.created" if is_new else "person.changed", actor=by, subject=person)
    return person


@transaction.atomic
def leave(*, person: Person, on: date, by: Any) -> None:
    """The person is no longer employed from a day on, and their seat is empty. Records they own stay theirs."""
    person.left_on = on
    person.save(update_fields=["left_on"])
    vacate(person=person, on=on)
    audit.record(act="person.left", actor=by, subject=person, detail={"on": on.isoformat()})
