"""Asking for a check, an import or an undo as a job, and doing what was asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core.jobs import enqueue
from core.models import Run
from core.runs import open_run
from integrations.enums import ImportState
from integrations.models import ImportFile
from integrations.services.importing import check_import, run_import
from integrations.services.undo import undo_import
from people.models import User


@transaction.atomic
def ask_for_check(*, import_file: ImportFile, by: Any) -> Run:
    """Check the file in the background; the run shows how far it is."""
    run = _run("import.check", f"Check {import_file.file_name}", import_file, by)
    ImportFile.objects.filter(pk=import_file.pk).update(state=ImportState.CHECKING, check_run=run)
    enqueue("integrations.check_import", run=run, import_id=import_file.pk, run_id=run.pk)
    return run


@transaction.atomic
def ask_for_import(*, import_file: ImportFile, by: Any) -> Run:
    """Import the file in the background."""
    run = _run("import", f"Import {import_file.file_name}", import_file, by)
    ImportFile.objects.filter(pk=import_file.pk).update(state=ImportState.IMPORTING, import_run=run)
    enqueue(
        "integrations.run_import", run=run, import_id=import_file.pk, run_id=run.pk, user_id=getattr(by, "pk", None)
    )
    return run


@transaction.atomic
def ask_for_undo(*, import_file: ImportFile, by: Any) -> Run:
    """Undo the import in the background."""
    run = _run("import.undo", f"Undo {import_file.file_name}", import_file, by)
    enqueue(
        "integrations.undo_import", run=run, import_id=import_file.pk, run_id=run.pk, user_id=getattr(by, "pk", None)
    )
    return run


def _run(kind: str, label: str, import_file: ImportFile, by: Any) -> Run:
    return open_run(kind=kind, label=label, by=by, params={"import": import_file.pk}, input_hash=import_file.sha256)


def check_by_id(*, import_id: int, run_id: int, today: date) -> None:
    with failing_state(import_id, ImportState.UPLOADED):
        check_import(import_file=ImportFile.objects.get(pk=import_id), run=Run.objects.get(pk=run_id), today=today)


def import_by_id(*, import_id: int, run_id: int, user_id: int | None, today: date) -> None:
    by = User.objects.filter(pk=user_id or 0).first()
    with failing_state(import_id, ImportState.CHECKED):
        run_import(import_file=ImportFile.objects.get(pk=import_id), run=Run.objects.get(pk=run_id), by=by, today=today)


def undo_by_id(*, import_id: int, run_id: int, user_id: int | None) -> None:
    by = User.objects.filter(pk=user_id or 0).first()
    undo_import(import_file=ImportFile.objects.get(pk=import_id), run=Run.objects.get(pk=run_id), by=by)


class failing_state:  # noqa: N801 -- used as a context manager, read as a verb
    """Puts an import back to the state before when its work fails; the failure goes on to the job."""

    def __init__(self, import_id: int, state: str) -> None:
        self.import_id, self.state = import_id, state

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is not None:
            ImportFile.objects.filter(pk=self.import_id).update(state=self.state)
            error.is_final = True  # type: ignore[attr-defined]  # -- core.jobs doesn't try a failed import again
