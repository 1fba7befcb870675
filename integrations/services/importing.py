"""Checking and importing a file: one path. A check is the import, not committed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from core import audit, bulk, registry
from core.kernel import fields as f
from core.models import Run
from core.registry import ImportContext, ImportKind
from core.runs import Progress, RunFailed, recording
from core.selectors import the_company
from core.tabular import Row, TabularError, rows
from integrations.enums import ImportState, ProposalAction
from integrations.kernel import words
from integrations.kernel.rows import ERROR, WARNING, Column, Problem, compile_columns, parse_row
from integrations.models import ImportedRecord, ImportFile, ImportIssue, ImportProposal
from integrations.services.files import formats_of, remember_mapping, remembered_values, shape_of
from integrations.services.references import References, self_named

KEPT_ISSUES = 20_000
WAITING = "waiting"


class _NotKept(Exception):
    """Rolls a check back."""


@dataclass(slots=True)
class Tally:
    """What the reading of a file found."""

    rows: int = 0
    rejected: int = 0
    waiting: int = 0
    warned: int = 0
    issues: list[ImportIssue] = field(default_factory=list)
    unresolved: dict[tuple[str, str], int] = field(default_factory=dict)
    near: dict[tuple[str, str], int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    bad: dict[str, int] = field(default_factory=dict)


class Reader:
    """Rows of one file as clean values; keeps a tally. `decisions` are the accepted proposals."""

    def __init__(self, import_file: ImportFile, references: References, progress: Progress, *, assume: bool) -> None:
        self.file, self.references, self.progress, self.assume = import_file, references, progress, assume
        self.kind: ImportKind = registry.import_kinds[import_file.kind]
        self.shape = shape_of(import_file)
        self.columns = compile_columns(self.kind.spec, self.shape.columns, import_file.mapping, formats_of(import_file))
        self.fields = frozenset(column.spec.name for column in self.columns)
        self.needs_key = not self.fields & set(self.kind.spec.keys) and not self.fields & {"first_name", "last_name"}
        self.decisions = decisions_of(import_file)
        self.tally = Tally()
        self.own_names: set[str] = set()
        self.own_kind = self_named(self.kind.spec)
        self._hints: list[Column] = [c for c in self.columns if c.spec.reference]
        self._vocabularies = {
            c.spec.name: ({words.squashed(w) for w in c.spec.vocabulary}, c) for c in self.columns if c.spec.vocabulary
        }

    def read_own_names(self) -> None:
        """Names that the file's own rows bring, so that a parent or manager further down is no surprise."""
        named = [c for c in self.columns if c.spec.name in ("name", "external_id", "email")]
        if not self.own_kind or not any(c.spec.reference == self.own_kind for c in self.columns):
            return
        for row in rows(Path(self.file.path), self.shape):
            self.own_names.update(words.normal(str(row.values[c.index])) for c in named if row.values[c.index])

    def __iter__(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        for row in rows(Path(self.file.path), self.shape):
            self.tally.rows += 1
            if self.tally.rows % 2000 == 0:
                self.progress.advance(2000, note=f"row {row.number:,}")
            clean = self._clean(row)
            if clean is not None:
                yield row.number, hash(tuple(map(str, row.values))), clean

    def _clean(self, row: Row) -> dict[str, Any] | None:
        clean, problems = parse_row(self.columns, row.values)
        if row.surplus:
            text = f"The row has {row.surplus} more cells than the header. Check for a delimiter inside a value."
            problems.append(Problem("", "", "", "ragged", text))
        waiting = self._resolve(clean)
        self._note(row, problems, waiting)
        if any(problem.severity == ERROR for problem in problems):
            self.tally.rejected += 1
            return None
        if waiting and not self.assume:
            self.tally.waiting += 1
            return None
        if self.needs_key:
            clean["external_id"] = "row:" + hashlib.sha1("\x1f".join(map(str, row.values)).encode()).hexdigest()  # noqa: S324 -- an identity, not a secret
        return clean

    def _resolve(self, clean: dict[str, Any]) -> list[Problem]:
        """Apply decisions to references and near misses; returns a problem for each value nobody decided."""
        open_questions = []
        for column in self._hints:
            name, value = column.spec.name, clean.get(column.spec.name)
            if value is None:
                continue
            decided = self.decisions.get((name, value))
            if decided is not None:
                clean[name] = value = decided or None
            if value and not self._is_known(column.spec.reference, value):
                self.tally.unresolved[(name, value)] = self.tally.unresolved.get((name, value), 0) + 1
                text = f"{column.spec.label} “{value}” isn't known. Decide under Proposals."
                open_questions.append(Problem(column.name, name, value, "unresolved", text, WAITING))
        for name, (known, _column) in self._vocabularies.items():
            value = clean.get(name)
            if value and (name, value) in self.decisions:
                clean[name] = self.decisions[(name, value)] or None
            elif value and words.squashed(value) not in known:
                self.tally.near[(name, value)] = self.tally.near.get((name, value), 0) + 1
        return open_questions

    def _is_known(self, reference: str, value: str) -> bool:
        if reference == self.own_kind and words.normal(value) in self.own_names:
            return True
        return self.references.find(reference, value) is not None

    def _note(self, row: Row, problems: list[Problem], waiting: list[Problem]) -> None:
        for problem in (*problems, *waiting):
            self.tally.bad[problem.column] = self.tally.bad.get(problem.column, 0) + 1
            if len(self.tally.issues) < KEPT_ISSUES:
                self.tally.issues.append(
                    ImportIssue(
                        import_file=self.file,
                        row_number=row.number,
                        column=problem.column[:255],
                        value=problem.value[:500],
                        severity=problem.severity,
                        code=problem.code,
                        message=problem.message[:500],
                        suggestion=problem.suggestion[:200],
                        raw=[str(v) if v is not None else "" for v in row.values],
                    )
                )
        self.tally.warned += any(problem.severity == WARNING for problem in problems)


def decisions_of(import_file: ImportFile) -> dict[tuple[str, str], str]:
    """Decided values: (field, value in file) -> value to use; "" = leave blank. This file's win over remembered."""
    remembered = {(name, value): use for name, value, use in remembered_values(import_file)}
    accepted = import_file.proposals.filter(is_accepted=True)
    return remembered | {
        (p.field, p.value): ""
        if p.action == ProposalAction.BLANK
        else p.target
        if p.action == ProposalAction.USE
        else p.value
        for p in accepted
    }


def check_import(*, import_file: ImportFile, run: Run, today: date) -> None:
    """Read the whole file, list what it implies as proposals, count what an import would do; writes no record."""
    with recording(run) as progress:
        references = References()
        reader = _reader(import_file, references, progress, assume=True)
        for _row in reader:
            pass
        propose(import_file=import_file, reader=reader, references=references)
        counts = _counts(reader.tally)
        counts |= _tried(import_file, progress, today)
        ImportFile.objects.filter(pk=import_file.pk).update(
            counts=counts | {"columns": reader.tally.bad}, state=ImportState.CHECKED, check_run=run
        )
        import_file.issues.all().delete()
        ImportIssue.objects.bulk_create(reader.tally.issues, batch_size=2000)
        progress.counts |= {name: value for name, value in counts.items() if isinstance(value, int)}
        progress.result(_sentence(counts, done=False))


def run_import(*, import_file: ImportFile, run: Run, by: Any, today: date) -> None:
    """Import the file in one transaction. Rows with a mistake are left out and reported; undecided ones wait."""
    with recording(run) as progress:
        _refuse_wrong_state(import_file)
        with transaction.atomic():
            tally, loaded = _load(import_file, progress, today, by=by, assume=False)
            import_file.issues.all().delete()
            ImportIssue.objects.bulk_create([*tally.issues, *_losers(import_file, loaded)], batch_size=2000)
            counts = _counts(tally) | _outcome(loaded)
            ImportFile.objects.filter(pk=import_file.pk).update(
                counts=counts | {"columns": tally.bad}, state=ImportState.IMPORTED, import_run=run, undone_at=None
            )
            remember_mapping(import_file, decisions_of(import_file))
            registry.react_to_import(touched_kinds(import_file))
            audit.record(act="import.done", actor=by, subject=import_file, detail=counts)
        progress.counts |= counts
        progress.result(_sentence(counts, done=True), output_hash=import_file.sha256)


def touched_kinds(import_file: ImportFile) -> frozenset[str]:
    """Kinds of the records an import made or changed."""
    return frozenset(import_file.records.order_by().values_list("record_kind", flat=True).distinct())


def _refuse_wrong_state(import_file: ImportFile) -> None:
    if not Path(import_file.path).exists():
        raise RunFailed("The uploaded file is gone. Upload it again. Nothing was imported.")


def _tried(import_file: ImportFile, progress: Progress, today: date) -> dict[str, int]:
    """The counts of an import with every proposal accepted, rolled back."""
    counts: dict[str, int] = {}
    try:
        with transaction.atomic():
            _tally, loaded = _load(import_file, progress, today, by=None, assume=True)
            counts = _outcome(loaded)
            raise _NotKept
    except _NotKept:
        return counts


def _load(
    import_file: ImportFile, progress: Progress, today: date, *, by: Any, assume: bool
) -> tuple[Tally, bulk.Loaded]:
    kind = registry.import_kinds[import_file.kind]
    references = References()
    context = _context(import_file, references, today, by)
    bulk.say_who(user_id=context.user_id, detail={"import": import_file.pk})
    _create_missing(import_file, references, context, assume=assume)
    reader = _reader(import_file, references, progress, assume=assume)
    context.fields = reader.fields | ({"external_id"} if reader.needs_key else frozenset())
    plan = kind.plan(context)
    try:
        prepared = ((number, digest, plan.prepare(clean)) for number, digest, clean in reader)
        loaded = bulk.load(plan, prepared)
        _keep_touched(import_file, kind.record_kind)
    except TabularError as error:
        raise RunFailed(f"{error} Nothing was imported.") from error
    references.forget(reader.own_kind)
    if kind.finish:
        kind.finish(context)
    return reader.tally, loaded


def _keep_touched(import_file: ImportFile, record_kind: str) -> None:
    """What the load did to each record, with the values before: kept so that the import can be undone."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {ImportedRecord._meta.db_table}
                  (import_file_id, record_kind, record_id, row_number, outcome, before, version_after)
                SELECT %s, %s, record_id, row_no, outcome, before, version_after FROM {bulk.TOUCHED}""",
            [import_file.pk, record_kind],
        )


def _reader(import_file: ImportFile, references: References, progress: Progress, *, assume: bool) -> Reader:
    reader = Reader(import_file, references, progress, assume=assume)
    reader.read_own_names()
    return reader


def _context(import_file: ImportFile, references: References, today: date, by: Any) -> ImportContext:
    def note_created(record_kind: str, ids: Any) -> None:
        ImportedRecord.objects.bulk_create(
            [
                ImportedRecord(
                    import_file=import_file, record_kind=record_kind, record_id=pk, outcome="created", version_after=1
                )
                for pk in ids
            ]
        )

    since = import_file.options.get("since")
    return ImportContext(
        import_id=import_file.pk,
        user_id=getattr(by, "pk", None),
        today=today,
        currency=str(import_file.options.get("currency") or the_company().currency_id),
        fields=frozenset(),
        find=references.find,
        created=note_created,
        since=date.fromisoformat(since) if since else None,
    )


def _create_missing(import_file: ImportFile, references: References, context: ImportContext, *, assume: bool) -> None:
    """Make the records whose creation was accepted, or all proposed ones when a check assumes so."""
    wanted = import_file.proposals.filter(action=ProposalAction.CREATE)
    for proposal in wanted if assume else wanted.filter(is_accepted=True):
        kind = registry.reference_kinds[proposal.reference_kind]
        if kind.create is None or references.find(kind.key, proposal.value) is not None:
            continue
        record_id = kind.create(proposal.value, context)
        references.add(kind.key, proposal.value, record_id)
        context.created(kind.record_kind, [record_id])


def propose(*, import_file: ImportFile, reader: Reader, references: References) -> None:
    """One list of what the file implies: misspelt values, missing records. Earlier decisions stay."""
    import_file.proposals.filter(is_accepted=False).delete()
    made = []
    for (name, value), count in sorted(reader.tally.unresolved.items()):
        spec = reader.kind.spec.field_named(name)
        near = words.near_miss(value, references.labels(spec.reference))
        creates = registry.reference_kinds[spec.reference].create is not None
        made.append(_proposal(import_file, spec, value, count, near, creates=creates))
    for (name, value), count in sorted(reader.tally.near.items()):
        spec = reader.kind.spec.field_named(name)
        near = words.near_miss(value, spec.vocabulary)
        if near is not None and near.target != value:
            made.append(_proposal(import_file, spec, value, count, near, creates=False))
    ImportProposal.objects.bulk_create(made, ignore_conflicts=True)


def _proposal(
    import_file: ImportFile, spec: f.FieldSpec, value: str, count: int, near: words.NearMiss | None, *, creates: bool
) -> ImportProposal:
    label = registry.reference_kinds[spec.reference].label if spec.reference else spec.label
    if near:
        action, target, reason = ProposalAction.USE, near.target, near.reason
    elif creates:
        action, target, reason = ProposalAction.CREATE, value, f"no {label.lower()} of this name"
    else:
        action, target, reason = ProposalAction.BLANK, "", f"no {label.lower()} of this name; it can't be made here"
    return ImportProposal(
        import_file=import_file,
        field=spec.name,
        reference_kind=spec.reference,
        value=value[:500],
        rows=count,
        action=action,
        target=target[:500],
        score=near.score if near else None,
        reason=reason,
    )


def accept_proposals(*, import_file: ImportFile, by: Any, only: list[int] | None = None) -> int:
    """Accept all proposals of a file, or those with the given ids."""
    waiting = import_file.proposals.filter(is_accepted=False)
    count = (waiting if only is None else waiting.filter(pk__in=only)).update(is_accepted=True)
    if count:
        audit.record(act="import.proposals_accepted", actor=by, subject=import_file, detail={"count": count})
    return count


def decide(*, proposal: ImportProposal, action: str, target: str, by: Any) -> None:
    """Take another decision than the proposed one. Raises ValueError when the target isn't known."""
    must_exist = action == ProposalAction.USE and proposal.reference_kind
    if must_exist and References().find(proposal.reference_kind, target) is None:
        raise ValueError(f"There is no “{target}”. Choose an existing name, or create it.")
    proposal.action, proposal.target, proposal.is_accepted = action, target, True
    proposal.save(update_fields=["action", "target", "is_accepted"])


def _losers(import_file: ImportFile, loaded: bulk.Loaded) -> list[ImportIssue]:
    """Rows that lost against a later row of the same key, kept in the report."""
    numbers = dict.fromkeys(loaded.exact_duplicates, "exact_duplicate")
    numbers |= dict.fromkeys(loaded.conflicting, "conflict")
    if not numbers:
        return []
    texts = {
        "exact_duplicate": "The same row stands again further down; it was taken once.",
        "conflict": "A later row has the same key and other values; the later one was taken.",
    }
    issues: list[ImportIssue] = []
    for row in rows(Path(import_file.path), shape_of(import_file)):
        code = numbers.get(row.number)
        if code and len(issues) < KEPT_ISSUES:
            raw = [str(v) if v is not None else "" for v in row.values]
            issues.append(
                ImportIssue(
                    import_file=import_file,
                    row_number=row.number,
                    severity="info",
                    code=code,
                    message=texts[code],
                    raw=raw,
                )
            )
    return issues


def _counts(tally: Tally) -> dict[str, Any]:
    return {"rows": tally.rows, "rejected": tally.rejected, "waiting": tally.waiting, "warnings": tally.warned}


def _outcome(loaded: bulk.Loaded) -> dict[str, int]:
    return {
        "created": loaded.created,
        "updated": loaded.updated,
        "unchanged": loaded.unchanged,
        "exact_duplicates": len(loaded.exact_duplicates),
        "conflicts": len(loaded.conflicting),
    }


def _sentence(counts: dict[str, Any], *, done: bool) -> str:
    would = "" if done else "would be "
    parts = [f"{counts['created']:,} {would}created", f"{counts['updated']:,} {would}updated"]
    parts.append(f"{counts['unchanged']:,} unchanged")
    parts += [
        f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("waiting", "rejected", "conflicts") if counts[name]
    ]
    return f"{counts['rows']:,} rows: {', '.join(parts)}."
