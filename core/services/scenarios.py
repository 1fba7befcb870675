"""The one way to edit a scenario: its header is held, so that of two at once the second sees what the first did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from core.models import Scenario, ScenarioChange


class ScenarioError(ValueError):
    """A change to a plan that can't be; `field` names the field it belongs to, "" the whole form."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def hold_scenario(scenario_id: int) -> Scenario:
    """The scenario, locked and open for editing. Raises ScenarioError where it is in review or later.

    Needs a transaction.
    """
    stands = Scenario.objects.select_for_update(of=("self",)).select_related("year").get(pk=scenario_id)
    if not stands.is_open:
        words = _("“%(name)s” is %(state)s: take it back to draft before you change it.")
        raise ScenarioError(words % {"name": stands, "state": stands.get_state_display().lower()})
    return stands


@transaction.atomic
def begin_change(
    *, scenario_id: int, kind: str, label: str, by: Any, count: int = 1, detail: dict[str, Any] | None = None
) -> ScenarioChange:
    """Open an act of editing; the caller adds its rows in the same transaction. Raises ScenarioError."""
    scenario = hold_scenario(scenario_id)
    Scenario.objects.filter(pk=scenario.pk).update(updated_at=Now())
    change = ScenarioChange.objects.create(
        scenario=scenario, kind=kind, label=label[:200], count=count, made_by=by, detail=detail or {}
    )
    audit.record(act=f"scenario.{kind}", actor=by, subject=scenario, detail={"change": change.pk, "records": count})
    return change


@transaction.atomic
def undo_change(*, change_id: int, by: Any, at: datetime) -> ScenarioChange:
    """Its rows don't count any more; what held in the scenario before does again. Raises ScenarioError."""
    return _mark(change_id, by, "undone", at)


@transaction.atomic
def redo_change(*, change_id: int, by: Any) -> ScenarioChange:
    """Take an undo back. Raises ScenarioError."""
    return _mark(change_id, by, "redone", None)


def _mark(change_id: int, by: Any, what: str, undone_at: datetime | None) -> ScenarioChange:
    change = ScenarioChange.objects.select_related("scenario").get(pk=change_id)
    scenario = hold_scenario(change.scenario_id)
    rows = ScenarioChange.objects.filter(pk=change_id)
    if undone_at is not None:
        rows = rows.filter(undone_at=None)  # when it was undone first stays
    rows.update(undone_at=undone_at)
    audit.record(act=f"scenario.{what}", actor=by, subject=scenario, detail={"change": change.pk})
    return change
