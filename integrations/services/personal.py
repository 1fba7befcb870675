"""What imports and exports keep about somebody: values before, rows of files, the files themselves."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import registry
from core.registry import PersonalTrace
from core.selectors import personal_words
from core.services import replacer, rows_with
from integrations.models import ImportedRecord, ImportFile, ImportIssue, ImportMapping, ImportProposal

READ_BYTES = 1 << 20


def _rows(kind: str, record: Any) -> Any:
    return ImportedRecord.objects.filter(record_kind=kind, record_id=record.pk)


def _tell(kind: str, record: Any) -> list[dict[str, Any]]:
    return list(_rows(kind, record).values("import_file__file_name", "row_number", "outcome", "before"))


def _erase(kind: str, record: Any, pseudonym: str) -> int:
    """An undo would bring back what was erased: the values before become blank as well."""
    blank = {**registry.personal_records[kind].blanks, "name": pseudonym}
    changed = 0
    for row in _rows(kind, record).filter(before__isnull=False):
        wiped = {name: blank.get(name, value) for name, value in (row.before or {}).items()}
        if wiped != row.before:
            changed += ImportedRecord.objects.filter(pk=row.pk).update(before=wiped)
    return changed


# --- uploaded files -------------------------------------------------------------------------------


def _uploads(kind: str, record: Any, *, read_files: bool = False) -> list[ImportFile]:
    """Uploads that made or changed the record, and those that name somebody otherwise, as owner for instance.

    read_files: look into every file that is kept, which takes its time.
    """
    words = personal_words(kind, record)
    touched = set(_rows(kind, record).values_list("import_file", flat=True))
    named = set(rows_with(ImportFile.objects.all(), ("shape",), words).values_list("pk", flat=True))
    known = ImportFile.objects.order_by("pk")
    return [row for row in known if row.pk in touched | named or (read_files and mentions(Path(row.path), words))]


def mentions(path: Path, words: Sequence[str]) -> bool:
    """Whether one of the words stands in a file, or in a member of an archive (a spreadsheet is one)."""
    if not words or not path.is_file():
        return False
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            return _found(stream, words)
    with zipfile.ZipFile(path) as archive:
        return any(_found(archive.open(name), words) for name in archive.namelist())


def _found(stream: IO[bytes], words: Sequence[str]) -> bool:
    wanted = [word.lower().encode() for word in words]
    return any(word in text for text in _windows(stream, max(map(len, wanted))) for word in wanted)


def _windows(stream: IO[bytes], overlap: int) -> Iterator[bytes]:
    """The stream in lower case, piece by piece, each with the end of the one before."""
    end = b""
    while piece := stream.read(READ_BYTES):
        text = end + piece.lower()
        yield text
        end = text[-overlap:]


def _tell_uploads(kind: str, record: Any) -> list[dict[str, Any]]:
    """Files behind a wall are told to nobody but those who may import them, and so not here; an erasure finds all."""
    rows = [row for row in _uploads(kind, record) if not row.is_walled]
    return [{"file": row.file_name, "at": row.created_at, "kind": row.kind} for row in rows]


def _erase_uploads(kind: str, record: Any, pseudonym: str) -> int:
    """The uploaded file and its sample go, since it is somebody's data as it came; what the import did stays told."""
    rows = _uploads(kind, record, read_files=True)
    for row in rows:
        ImportFile.objects.filter(pk=row.pk).update(shape={**row.shape, "sample": []})
    touched = _rows(kind, record).values_list("import_file", "row_number")
    here = Q(pk=None)
    for import_file, number in touched:
        here |= Q(import_file=import_file, row_number=number)
    words = personal_words(kind, record)
    issues = set(ImportIssue.objects.filter(here).values_list("pk", flat=True))
    issues |= set(rows_with(ImportIssue.objects.all(), ("value", "message", "raw"), words).values_list("pk", flat=True))
    _unlink_later(Path(row.path) for row in rows)
    emptied = ImportIssue.objects.filter(pk__in=issues).exclude(raw=[], value="")
    gone = emptied.update(raw=[], value="", suggestion="", message=str(_("Erased")))
    return len(rows) + gone + _erase_proposals(words, pseudonym)


def _erase_proposals(words: Sequence[str], pseudonym: str) -> int:
    """A name that was written nearly so, and what became of it, are forgotten."""
    if not words:
        return 0
    near = rows_with(ImportProposal.objects.all(), ("value", "target"), words).values("pk")
    changed = ImportProposal.objects.filter(pk__in=near).update(value=pseudonym, target=pseudonym)
    replaced = replacer(words, pseudonym)
    for row in rows_with(ImportMapping.objects.all(), ("value_map",), words):
        row.value_map = [entry for entry in row.value_map if replaced(entry) == entry]
        row.save(update_fields=["value_map"])
        changed += 1
    return changed


def _unlink_later(paths: Iterable[Path]) -> None:
    """Once the erasure is committed; the same content may have been uploaded twice."""
    for path in set(paths):
        transaction.on_commit(lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]  # -- bound early


# --- exports --------------------------------------------------------------------------------------


def _exports() -> list[Path]:
    return sorted((Path(settings.MEDIA_ROOT) / "exports").glob("export-*.zip"))


def _erase_exports(kind: str, record: Any, pseudonym: str) -> int:
    """Every kept export of all data holds everybody: they go, and can be made anew without the name."""
    kept = _exports()
    _unlink_later(kept)
    return len(kept)


TRACES = (
    PersonalTrace("imports", 80, _("Values before imports"), _tell, _erase),
    PersonalTrace("uploads", 82, _("Uploaded files that hold them"), _tell_uploads, _erase_uploads),
    PersonalTrace(
        *("exports", 84, _("Kept exports of all data")),
        tell=lambda kind, record: [{"file": path.name} for path in _exports()],
        erase=_erase_exports,
    ),
)
