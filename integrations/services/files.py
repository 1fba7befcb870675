"""A file on its way in: kept, described, mapped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, models, transaction

from core import audit, registry
from core.kernel import fields as f
from core.models import Currency
from core.selectors import the_company
from core.tabular import FileShape, TabularError, describe, rows
from integrations.enums import ImportState
from integrations.kernel import amounts, dates, words
from integrations.kernel.mapping import Guess, guess_mapping
from integrations.kernel.rows import Formats, Limits
from integrations.models import ImportFile, ImportMapping
from integrations.policies import import_kinds_for

FORMAT_ROWS = 20_000
CHUNK = 1 << 20


class ImportRefused(ValueError):
    """An import that can't go on; the message says what is wrong and how to mend it."""


def keep_upload(*, stream: BinaryIO, name: str) -> tuple[Path, str, int]:
    """Write an upload to the files folder; returns its path, SHA-256 and size. Refuses files above MAX_IMPORT_BYTES."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    partial = folder / f"upload-{id(stream)}-{Path(name).name[-60:]}.part"
    try:
        with partial.open("wb") as target:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > settings.MAX_IMPORT_BYTES:
                    limit = settings.MAX_IMPORT_BYTES / 1024**2
                    raise ImportRefused(f"The file is larger than {limit:,.0f} MB. Split it, or export fewer columns.")
                digest.update(chunk)
                target.write(chunk)
        kept = folder / digest.hexdigest()
        partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)
    return kept, digest.hexdigest(), size


def start_import(
    *, kind: str, stream: BinaryIO, name: str, by: Any = None, mapping: Mapping[str, str] | None = None
) -> ImportFile:
    """Keep and describe a file, and map its columns: as given, remembered or guessed. Raises ImportRefused.

    `by` has to be somebody who may import the kind; None is whoever keeps the machine.
    """
    known = registry.import_kinds if by is None else import_kinds_for(by)
    if kind not in [entry.key for entry in known]:
        raise ImportRefused(f"“{kind}” can't be imported. Known: {', '.join(entry.key for entry in known)}.")
    path, digest, size = keep_upload(stream=stream, name=name)
    try:
        shape = described(path)
        with transaction.atomic():
            row = ImportFile.objects.create(
                kind=kind,
                file_name=Path(name).name[:255],
                path=str(path),
                sha256=digest,
                size_bytes=size,
                shape=shape.as_json(),
                uploaded_by=by if getattr(by, "pk", None) else None,
            )
            chosen = dict(mapping) if mapping is not None else _remembered(row) or _guessed(row)
            set_mapping(import_file=row, mapping=chosen)
            audit.record(act="import.uploaded", actor=by, subject=row, detail={"kind": kind, "sha256": digest})
    except ImportRefused:
        _forget_upload(path)
        raise
    return row


def described(path: Path, *, sheet: str = "") -> FileShape:
    """What a file is. Raises ImportRefused when it can't be read as a table, or is one without rows."""
    try:
        shape = describe(path, sheet=sheet)
    except TabularError as error:
        raise ImportRefused(str(error)) from error
    if not shape.sample:
        raise ImportRefused("The file holds only names of columns, no rows. Check the filters of the export.")
    return shape


def _forget_upload(path: Path) -> None:
    """A refused file isn't kept, unless another import is of the same content."""
    if not ImportFile.objects.filter(path=str(path)).exists():
        path.unlink(missing_ok=True)


def use_sheet(*, import_file: ImportFile, sheet: str) -> None:
    """Read another sheet of the workbook, and map its columns anew. Raises ImportRefused when it holds no table."""
    import_file.shape = described(Path(import_file.path), sheet=sheet).as_json()
    import_file.state, import_file.counts = ImportState.UPLOADED, {}
    import_file.proposals.all().delete()
    import_file.issues.all().delete()
    import_file.save(update_fields=["shape", "state", "counts"])
    set_mapping(import_file=import_file, mapping=_remembered(import_file) or _guessed(import_file))


def shape_of(import_file: ImportFile) -> FileShape:
    return FileShape(**import_file.shape)


def guesses_for(import_file: ImportFile) -> list[Guess]:
    shape = import_file.shape
    return guess_mapping(registry.import_kinds[import_file.kind].spec, shape["columns"], shape["sample"])


def set_mapping(*, import_file: ImportFile, mapping: Mapping[str, str]) -> None:
    """Which column is which field. Raises ImportRefused for unknown names and a field given twice."""
    spec = registry.import_kinds[import_file.kind].spec
    known_fields = {field.name for field in spec.fields}
    used = [field for field in mapping.values() if field]
    if unknown := [name for name in mapping if name not in import_file.shape["columns"]]:
        raise ImportRefused(
            f"The file has no column “{unknown[0]}”. Columns: {', '.join(import_file.shape['columns'])}."
        )
    if unknown := [field for field in used if field not in known_fields]:
        raise ImportRefused(f"{spec.label} have no field “{unknown[0]}”. Fields: {', '.join(sorted(known_fields))}.")
    if twice := {field for field in used if used.count(field) > 1}:
        raise ImportRefused(f"Two columns are mapped to “{twice.pop()}”. Map only one of them.")
    import_file.mapping = {name: mapping.get(name, "") for name in import_file.shape["columns"]}
    try:
        import_file.options = {**import_file.options, **_formats(import_file)}
    except TabularError as error:
        raise ImportRefused(str(error)) from error
    import_file.save(update_fields=["mapping", "options"])


def remember_mapping(import_file: ImportFile, decisions: Mapping[tuple[str, str], str]) -> None:
    """The next file with the same headers is read the same way, and its known misspellings are mended the same way."""
    value_map = [[name, value, use] for (name, value), use in decisions.items() if value != use]
    ImportMapping.objects.update_or_create(
        kind=import_file.kind,
        headers_hash=_headers_hash(import_file),
        defaults={"mapping": import_file.mapping, "value_map": value_map},
    )


def remembered_values(import_file: ImportFile) -> list[tuple[str, str, str]]:
    """(field, value in file, value to use) decided for an earlier file with the same headers."""
    kept = ImportMapping.objects.filter(kind=import_file.kind, headers_hash=_headers_hash(import_file)).first()
    return [(name, value, use) for name, value, use in kept.value_map] if kept else []


def formats_of(import_file: ImportFile) -> Formats:
    """How the file's columns are written, and what the database can hold."""
    options = import_file.options
    kind = registry.import_kinds[import_file.kind]
    return Formats(
        date_orders=options.get("date_orders", {}),
        decimal_marks=options.get("decimal_marks", {}),
        convert_thousands=bool(options.get("convert_thousands")),
        priced=frozenset(options.get("priced", ())),
        home=str(the_company().currency_id),
        currencies=frozenset(Currency.objects.values_list("code", flat=True)),
        limits=_limits(registry.record_models[kind.record_kind].model),
    )


def _limits(model: type[models.Model]) -> dict[str, Limits]:
    """What the columns of a table can hold, by field."""
    found = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.DecimalField):
            most = Decimal(10) ** (field.max_digits - field.decimal_places) - 1
            found[field.name] = Limits(-most, most)
        elif isinstance(field, models.IntegerField):
            low, high = connection.ops.integer_field_range(field.get_internal_type())
            found[field.name] = Limits(Decimal(low or 0), Decimal(high or 0))
        elif isinstance(field, models.CharField) and field.max_length:
            found[field.name] = Limits(length=field.max_length)
    return found


def _formats(import_file: ImportFile) -> dict[str, Any]:
    """Date order, decimal mark and currency signs of each mapped column, decided over the first rows."""
    spec = registry.import_kinds[import_file.kind].spec
    shape = shape_of(import_file)
    typed = {name: spec.field_named(field).type for name, field in import_file.mapping.items() if field}
    found = _texts(import_file, shape, shape.columns)
    dated = {name for name, kind in typed.items() if kind in (f.DATE, f.DATETIME)}
    orders = {name: order for name, order in dates.orders_of(_dates_in(found)).items() if name in dated}
    numbers = [name for name, kind in typed.items() if kind in (f.MONEY, f.DECIMAL, f.PERCENT, f.INTEGER)]
    given = import_file.options.get("chosen_orders", {})
    return {
        "date_orders": {name: given.get(name, order.order) for name, order in orders.items()},
        "uncertain_dates": [name for name, order in orders.items() if not order.is_certain and name not in given],
        "decimal_marks": {name: amounts.decimal_mark_of(found[name]) for name in numbers},
        "priced": [n for n, kind in typed.items() if kind == f.MONEY and any(map(amounts.currency_of, found[n]))],
    }


def _dates_in(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Columns of dates, the ones that aren't imported too: what they write tells how the file writes days."""
    return {name: [value for value in values if dates.looks_like_date(value)] for name, values in found.items()}


def _texts(import_file: ImportFile, shape: FileShape, names: Iterable[str]) -> dict[str, list[str]]:
    """Distinct texts of columns in the first rows."""
    places = {name: shape.columns.index(name) for name in names}
    found: dict[str, dict[str, None]] = {name: {} for name in names}
    for row in islice(rows(Path(import_file.path), shape), FORMAT_ROWS):
        for name, place in places.items():
            value = row.values[place]
            if isinstance(value, str) and value:
                found[name][value] = None
    return {name: list(values) for name, values in found.items()}


def _guessed(import_file: ImportFile) -> dict[str, str]:
    return {guess.column: guess.field for guess in guesses_for(import_file)}


def _remembered(import_file: ImportFile) -> dict[str, str] | None:
    """The mapping of an earlier file with the same headers but for case and signs, or None."""
    kept = ImportMapping.objects.filter(kind=import_file.kind, headers_hash=_headers_hash(import_file)).first()
    if kept is None:
        return None
    fields = {words.normal(column): field for column, field in kept.mapping.items()}
    return {column: fields.get(words.normal(column), "") for column in import_file.shape["columns"]}


def _headers_hash(import_file: ImportFile) -> str:
    return headers_hash(import_file.shape["columns"])


def headers_hash(columns: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(words.normal(name) for name in columns).encode()).hexdigest()


def change_mapping(
    *,
    import_file: ImportFile,
    mapping: Mapping[str, str],
    orders: Mapping[str, str],
    convert_thousands: bool,
    since: date | None,
) -> None:
    """The mapping and the reading a person chose: date orders by column, thousands, first day of reporting lines."""
    import_file.options = {
        **import_file.options,
        "chosen_orders": {**import_file.options.get("chosen_orders", {}), **orders},
        "convert_thousands": convert_thousands,
        "since": since.isoformat() if since else "",
    }
    set_mapping(import_file=import_file, mapping=mapping)
