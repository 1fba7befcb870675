"""Asking for a check, an import or an undo as a job, and doing what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import registry
from core.jobs import enqueue
from core.models import Run
from core.notify import notify
from core.runs import open_run
from integrations.enums import ImportState
from integrations.models import ImportFile
from integrations.services.files import ImportRefused, change_mapping
from integrations.services.importing import check_import, run_import, sentence
from integrations.services.proposing import fix_value
from integrations.services.undo import undo_import
from people.models import User


@transaction.atomic
def ask_for_check(*, import_file: ImportFile, by: Any) -> Run:
    """Check the file in the background; the run shows how far it is. Raises ImportRefused while something runs."""
    row = _locked(import_file)
    if row.stands not in (ImportState.UPLOADED, ImportState.CHECKED):
        raise ImportRefused("The file is imported. Upload it again to map it in another way.")
    run = _run("import.check", f"Check {row.file_name}", row, by)
    ImportFile.objects.filter(pk=row.pk).update(state=ImportState.CHECKING, check_run=run)
    enqueue("integrations.check_import", run=run, import_id=row.pk, run_id=run.pk)
    return run


@transaction.atomic
def map_and_check(
    *,
    import_file: ImportFile,
    by: Any,
    mapping: Mapping[str, str],
    orders: Mapping[str, str],
    convert_thousands: bool,
    since: date | None,
) -> Run:
    """Read the columns as chosen, and check the rows. Raises ImportRefused."""
    run = ask_for_check(import_file=import_file, by=by)
    import_file.refresh_from_db()
    change_mapping(
        import_file=import_file, mapping=mapping, orders=orders, convert_thousands=convert_thousands, since=since
    )
    return run


@transaction.atomic
def fix_and_check(*, import_file: ImportFile, field: str, value: str, target: str, by: Any) -> None:
    """Decide what a value means. Where the file isn't imported yet, its rows are checked again."""
    fix_value(import_file=import_file, field=field, value=value, target=target, by=by)
    if import_file.stands == ImportState.CHECKED:
        ask_for_check(import_file=import_file, by=by)


@transaction.atomic
def ask_for_import(*, import_file: ImportFile, by: Any) -> Run:
    """Import the file in the background. Raises ImportRefused when it isn't checked or something runs."""
    row = _locked(import_file)
    if row.stands == ImportState.UPLOADED:
        raise ImportRefused("Check the rows first: what the file implies has to be decided before it is imported.")
    run = _run("import", f"Import {row.file_name}", row, by)
    before = row.stands
    ImportFile.objects.filter(pk=row.pk).update(state=ImportState.IMPORTING, import_run=run)
    enqueue(
        *("integrations.run_import",),
        run=run,
        import_id=row.pk,
        run_id=run.pk,
        user_id=getattr(by, "pk", None),
        before=str(before),
    )
    return run


@transaction.atomic
def ask_for_undo(*, import_file: ImportFile, by: Any, even_changed: bool = False) -> Run:
    """Undo the import in the background. Raises ImportRefused when there is nothing to undo or something runs."""
    row = _locked(import_file)
    if row.stands not in (ImportState.IMPORTED, ImportState.UNDONE):
        raise ImportRefused("The file isn't imported, so there is nothing to undo.")
    _refuse_undo(row, by)
    run = _run("import.undo", f"Undo {row.file_name}", row, by)
    ImportFile.objects.filter(pk=row.pk).update(undo_run=run)
    enqueue(
        *("integrations.undo_import",),
        run=run,
        import_id=row.pk,
        run_id=run.pk,
        user_id=getattr(by, "pk", None),
        even_changed=even_changed,
    )
    return run


def _refuse_undo(row: ImportFile, by: Any) -> None:
    """Raises ImportRefused where the kind has a reason against this person."""
    kind = registry.import_kinds[row.kind]
    touched = row.records.filter(record_kind=kind.record_kind).values_list("record_id", flat=True)
    if by is not None and (refusal := kind.undo_refusal(by, touched)):
        raise ImportRefused(refusal)


def _locked(import_file: ImportFile) -> ImportFile:
    """The file under lock, so that of two clicks one is refused."""
    ImportFile.objects.select_for_update().get(pk=import_file.pk)
    row = ImportFile.objects.select_related("check_run", "import_run", "undo_run").get(pk=import_file.pk)
    if row.running is not None:
        raise ImportRefused(f"{row.running.label} is running. Wait until it ends, or stop it.")
    return row


def _run(kind: str, label: str, import_file: ImportFile, by: Any) -> Run:
    params = {"import": import_file.pk}
    given: dict[str, Any] = {"params": params, "input_hash": import_file.sha256, "is_walled": import_file.is_walled}
    return open_run(kind=kind, label=label, by=by, **given)


def check_by_id(*, import_id: int, run_id: int, today: date) -> None:
    import_file = ImportFile.objects.select_related("uploaded_by").get(pk=import_id)
    with (
        failing_state(import_id, ImportState.UPLOADED),
        telling(import_file, import_file.uploaded_by, only_failure=True),
    ):
        check_import(import_file=import_file, run=Run.objects.get(pk=run_id), today=today)


def import_by_id(*, import_id: int, run_id: int, user_id: int | None, before: str, today: date) -> None:
    by = User.objects.filter(pk=user_id or 0).first()
    import_file = ImportFile.objects.get(pk=import_id)
    with failing_state(import_id, before), telling(import_file, by):
        run_import(import_file=import_file, run=Run.objects.get(pk=run_id), by=by, today=today)


def undo_by_id(*, import_id: int, run_id: int, user_id: int | None, even_changed: bool) -> None:
    by = User.objects.filter(pk=user_id or 0).first()
    import_file, run = ImportFile.objects.get(pk=import_id), Run.objects.get(pk=run_id)
    undo_import(import_file=import_file, run=run, by=by, even_changed=even_changed)


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


@contextmanager
def telling(import_file: ImportFile, user: Any, *, only_failure: bool = False) -> Iterator[None]:
    """Tell who asked how the work on a file ended, once the work itself is kept or rolled back."""
    try:
        yield
    except Exception as error:
        if not getattr(error, "is_stop", False):
            _tell(import_file, user, "import_failed", _("%(file)s failed"), str(error))
        raise
    if not only_failure:
        _tell(import_file, user, "import_finished", _("%(file)s is imported"), _effect(import_file))


def _tell(import_file: ImportFile, user: Any, kind: str, title: str, detail: str) -> None:
    """Nobody else sees it: imports belong to those who may import."""
    notify(
        kind=kind,
        users=[user],
        title=title % {"file": import_file.file_name},
        detail=detail,
        url=import_file.get_absolute_url(),
        dedupe_key=f"import:{import_file.pk}",
    )


def _effect(import_file: ImportFile) -> str:
    import_file.refresh_from_db(fields=["counts"])
    return sentence(import_file.counts, done=True)
