"""Rows of a file as clean values, with a tally of what was found on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import registry
from core.runs import Progress
from core.tabular import Row, rows
from integrations.kernel import words
from integrations.kernel.rows import ERROR, WARNING, Column, Priced, Problem, compile_columns, parse_row
from integrations.models import ImportFile
from integrations.services.files import formats_of, shape_of
from integrations.services.issues import IssueLog
from integrations.services.references import Names, References, self_named

WAITING = "waiting"
SHOWN_EVERY = 1000
Key = tuple[str, str]  # field and value in the file


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a value becomes: decided ones, and proposals nobody took yet. "" leaves the cell blank."""

    taken: Mapping[Key, str] = field(default_factory=dict)
    proposed: Mapping[Key, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A cell that names nothing known; `use` is what was proposed for it, if something was."""

    value: str
    use: str | None = None


@dataclass(slots=True)
class Tally:
    """What the reading of a file found. `unresolved` and `near` count rows by field and value."""

    rows: int = 0
    rejected: int = 0
    waiting: int = 0
    warned: int = 0
    unresolved: dict[Key, int] = field(default_factory=dict)
    near: dict[Key, int] = field(default_factory=dict)
    bad: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {"rows": self.rows, "rejected": self.rejected, "waiting": self.waiting, "warnings": self.warned}


class Reader:
    """Iterates (row number, hash of the row, clean values).

    With `assume` proposals count as taken, so that a check can say what an import would do; rows that need one are
    counted as waiting all the same.
    """

    def __init__(
        self, import_file: ImportFile, references: References, decisions: Decisions, progress: Progress, *, assume: bool
    ) -> None:
        self.file, self.references, self.decisions = import_file, references, decisions
        self.progress, self.assume = progress, assume
        self.kind = registry.import_kinds[import_file.kind]
        self.spec = self.kind.spec  # with the fields of the company, as they stand now
        self.shape = shape_of(import_file)
        formats = formats_of(import_file)
        self.columns = compile_columns(self.spec, self.shape.columns, import_file.mapping, formats)
        self.fields = frozenset(column.spec.name for column in self.columns)
        if formats.priced and any(field.name == "currency" for field in self.spec.fields):
            self.fields |= {"currency"}
        self.tally, self.issues = Tally(), IssueLog(import_file)
        self.own_kind = self_named(self.spec)
        self.own = self._own_names()
        self._keys = [name for name in self.spec.keys if name in self.fields]
        self._odd = [c.spec.name for c in self.columns if c.spec.reference or c.spec.vocabulary]
        self._priced = [c.spec.name for c in self.columns if c.name in formats.priced]
        decided = {field for field, _value in decisions.taken}
        for column in self.columns:
            if column.spec.reference or column.spec.vocabulary or column.spec.name in decided:
                self._wrap(column)

    def _own_names(self) -> Names | None:
        """Names that the file's own rows bring, so that a parent or manager further down is no surprise."""
        if not self.own_kind or not any(c.spec.reference == self.own_kind for c in self.columns):
            return None
        return Names((label, 0) for label in self.own_labels())

    def own_labels(self) -> Iterator[str]:
        named = [c.index for c in self.columns if c.spec.name in ("name", "external_id", "email")]
        whole = {c.spec.name: c.index for c in self.columns if c.spec.name in ("first_name", "last_name")}
        for row in rows(Path(self.file.path), self.shape):
            yield from (str(row.values[index]) for index in named if row.values[index])
            if whole:
                yield " ".join(str(row.values[index] or "") for index in whole.values())

    def _wrap(self, column: Column) -> None:
        """Decisions are taken where a distinct text is parsed, which is once."""
        spec, parse = column.spec, column.parse
        known = {words.squashed(word) for word in spec.vocabulary}

        def decided(value: Any) -> Any:
            fix = self.decisions.taken.get((spec.name, str(value)))
            if fix is not None:
                return parse(fix) if fix else None
            clean = parse(value)
            if spec.reference and clean is not None:
                return self._named(spec.name, spec.reference, clean)
            if known and isinstance(clean, str) and words.squashed(clean) not in known:
                return self._spelled(spec.name, clean)
            return clean

        column.parse = decided

    def _named(self, name: str, reference: str, value: str) -> str | Undecided | None:
        """What a cell names. A check has made what proposals would make, and still tells which rows wait."""
        if self.assume and (name, value) in self.decisions.proposed:
            return Undecided(value, self.decisions.proposed[(name, value)])
        use = self.decisions.taken.get((name, value), value)
        if not use or self._is_known(reference, use):
            return use or None
        return Undecided(value)

    def _spelled(self, name: str, value: str) -> str | Undecided | None:
        use = self.decisions.taken.get((name, value))
        if use is not None:
            return use or None
        return Undecided(value, self.decisions.proposed.get((name, value), value))

    def _is_known(self, reference: str, value: str) -> bool:
        if reference == self.own_kind and self.own is not None and self.own.find(value) is not None:
            return True
        return self.references.find(reference, value) is not None

    def __iter__(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        for row in rows(Path(self.file.path), self.shape):
            self.tally.rows += 1
            if self.tally.rows % SHOWN_EVERY == 0:
                self.progress.advance(SHOWN_EVERY, note=f"row {row.number:,}")
            clean = self._clean(row)
            if clean is not None:
                yield row.number, hash(tuple(row.values)), clean

    def _clean(self, row: Row) -> dict[str, Any] | None:
        clean, problems = parse_row(self.columns, row.values)
        if row.surplus:
            text = f"The row has {row.surplus} more cells than the header. Check for a delimiter inside a value."
            problems.append(Problem("", "", "", "ragged", text))
        waits = self._settle(clean, problems)
        if problems:
            self._note(row, problems)
            if any(problem.severity == ERROR for problem in problems):
                self.tally.rejected += 1
                return None
        if waits:
            self.tally.waiting += 1
            if not self.assume:
                return None
        if not any(clean.get(name) for name in self._keys) and not clean.get("external_id"):
            clean["external_id"] = "row:" + hashlib.sha1("\x1f".join(map(str, row.values)).encode()).hexdigest()  # noqa: S324 -- an identity, not a secret
        return clean

    def _settle(self, clean: dict[str, Any], problems: list[Problem]) -> bool:
        """Plain values for cells that carry more; whether the row waits for a decision."""
        waits = False
        for name in self._odd:
            value = clean[name]
            if value.__class__ is Undecided:
                waits |= self._undecided(clean, name, value, problems)
        for name in self._priced:
            value = clean[name]
            if value.__class__ is Priced:
                clean[name] = value.amount
                clean["currency"] = clean.get("currency") or value.currency
        return waits

    def _undecided(self, clean: dict[str, Any], name: str, cell: Undecided, problems: list[Problem]) -> bool:
        spec, key = self.spec.field_named(name), (name, cell.value)
        if not spec.reference:  # a near miss of a free text: taken as it is until somebody says otherwise
            self.tally.near[key] = self.tally.near.get(key, 0) + 1
            clean[name] = (cell.use if self.assume else cell.value) or None
            return False
        self.tally.unresolved[key] = self.tally.unresolved.get(key, 0) + 1
        clean[name] = cell.use or None
        column = next(c.name for c in self.columns if c.spec.name == name)
        text = f"{spec.label} “{cell.value}” isn't known. Decide under Proposals."
        problems.append(Problem(column, name, cell.value, "unresolved", text, WAITING))
        return True

    def _note(self, row: Row, problems: list[Problem]) -> None:
        for problem in problems:
            self.tally.bad[problem.column] = self.tally.bad.get(problem.column, 0) + 1
            self.issues.add(row.number, problem, row.values)
        self.tally.warned += any(problem.severity == WARNING for problem in problems)
