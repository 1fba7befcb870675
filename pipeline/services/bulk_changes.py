"""The changes people make to many deals at once: what each means for a deal, its label, and long ones as a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import jobs
from core.models import Run
from core.runs import open_run, recording
from pipeline.models import BulkEdit, Opportunity, Stage
from pipeline.services.bulk_edits import BATCH, edit_deals, edit_some, note_edit, plain, undo_bulk_edit
from pipeline.services.closed_days import DealError

KIND, UNDO_KIND = "pipeline.bulk_edit", "pipeline.bulk_undo"
AT_ONCE = 200  # more than that is done in the background, where its progress can be watched
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed (owner, stage, close, category, step, archive), to which columns, and how it is told."""

    what: str
    columns: Mapping[str, Any]
    label: str
    despite: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON, for the job that makes it."""
        columns = {name: plain(value) for name, value in self.columns.items()}
        return {"what": self.what, "columns": columns, "despite": self.despite}

    @classmethod
    def of(cls, edit: BulkEdit) -> Change:
        fields = {field.attname: field for field in Opportunity._meta.concrete_fields}
        columns = {name: fields[name].to_python(value) for name, value in edit.values["columns"].items()}
        return cls(edit.values["what"], columns, edit.label, edit.values["despite"])

    def values(self) -> Callable[[Opportunity], Mapping[str, Any]]:
        """The values for one deal; raises DealError where the change doesn't fit it."""
        check = _CHECKS.get(self.what)
        stage = Stage.objects.get(pk=self.columns["stage_id"]) if self.what == "stage" else None

        def values_for(deal: Opportunity) -> Mapping[str, Any]:
            if check is not None:
                check(deal, stage)
            return {"stage": stage, **_others(self.columns)} if stage is not None else self.columns

        return values_for


def _others(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if name != "stage_id"}


def _only_open(deal: Opportunity, stage: Stage | None) -> None:
    if not deal.is_open:
        raise DealError(_("Closed already: its close date and forecast stay."))


def _same_process(deal: Opportunity, stage: Stage | None) -> None:
    if stage is not None and stage.process_id != deal.process_id:
        raise DealError(_("Sold by another process, which doesn't have this stage."))


_CHECKS: Mapping[str, Callable[[Opportunity, Stage | None], None]] = {
    "close": _only_open,
    "category": _only_open,
    "stage": _same_process,
}


@transaction.atomic
def start_change(*, deal_ids: Sequence[int], change: Change, by: Any, on: date) -> BulkEdit:
    """Change deals at once, or, where they are many, in the background: then the edit has a run to watch."""
    ids = sorted(set(deal_ids))[:MOST]
    if len(ids) <= AT_ONCE:
        given = {"values": change.values(), "by": by, "on": on, "label": change.label, "despite": change.despite}
        return edit_deals(deal_ids=ids, **given)
    params = {"deals": ids, "on": on.isoformat()}
    run = open_run(kind=KIND, label=change.label, by=by, params=params)
    edit = BulkEdit.objects.create(label=change.label[:200], made_by=by, asked=len(ids), values=change.kept(), run=run)
    jobs.enqueue("pipeline.bulk_edit", run=run, edit_id=edit.pk)
    return edit


def work_change(*, edit_id: int) -> None:
    """Do an edit that waits: batch by batch, each in a transaction of its own; done again, it goes on where it was."""
    edit = BulkEdit.objects.select_related("run", "made_by").get(pk=edit_id)
    run = _run_of(edit)
    change = Change.of(edit)
    ids, on = run.params["deals"], date.fromisoformat(run.params["on"])
    with recording(run) as progress:
        progress.total(len(ids))
        for some in batched(ids, BATCH):
            edit_some(edit=edit, deal_ids=some, values=change.values(), by=edit.made_by, on=on, despite=change.despite)
            progress.advance(len(some))
        note_edit(edit, by=edit.made_by)
        progress.count("changed", edit.changed)
        progress.count("not changed", edit.refused)
        progress.result(_("%(changed)s deals changed, %(refused)s not.") % _told(edit))


def _told(edit: BulkEdit) -> dict[str, int]:
    return {"changed": edit.changed, "refused": edit.refused, "kept": edit.kept}


def _run_of(edit: BulkEdit) -> Run:
    assert edit.run is not None
    return edit.run


@transaction.atomic
def start_undo(*, edit: BulkEdit, by: Any, on: date) -> Run | None:
    """Take an edit back at once (None), or a large one in the background: a run to watch. Raises AlreadyUndone."""
    if edit.changed <= AT_ONCE:
        undo_bulk_edit(edit_id=edit.pk, by=by, on=on)
        return None
    label = _("Undo: %(label)s") % {"label": edit.label}
    run = open_run(kind=UNDO_KIND, label=label, by=by, params={"edit": edit.pk, "on": on.isoformat()})
    jobs.enqueue("pipeline.bulk_undo", dedupe_key=f"bulk_undo:{edit.pk}", run=run, run_id=run.pk)
    return run


def work_undo(*, run_id: int) -> None:
    run = Run.objects.select_related("started_by").get(pk=run_id)
    with recording(run) as progress:
        edit = undo_bulk_edit(edit_id=run.params["edit"], by=run.started_by, on=date.fromisoformat(run.params["on"]))
        progress.result(_("%(changed)s deals are as they were; %(kept)s keep something.") % _told(edit))
