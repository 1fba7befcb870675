"""Cells to clean values: one compiled parser for each mapped column, problems in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from integrations.kernel import amounts, dates, words

MEMO = 50_000
TRUE = {"true", "yes", "y", "1", "x", "ja", "oui", "won"}
FALSE = {"false", "no", "n", "0", "nein", "non"}
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    column: str
    field: str
    value: str
    code: str
    message: str
    severity: str = ERROR
    suggestion: str = ""


class CellProblem(ValueError):
    def __init__(self, code: str, message: str, suggestion: str = "", severity: str = ERROR) -> None:
        super().__init__(message)
        self.code, self.suggestion, self.severity = code, suggestion, severity


@dataclass(slots=True)
class Formats:
    """How the columns of one file are written, by column name: date order and decimal mark."""

    date_orders: dict[str, str] = field(default_factory=dict)
    decimal_marks: dict[str, str] = field(default_factory=dict)
    convert_thousands: bool = False  # take `39.800` as 39,800 where the person said so


Parse = Callable[[Any], Any]


@dataclass(slots=True)
class Column:
    index: int
    name: str
    spec: FieldSpec
    parse: Parse
    memo: dict[Any, Any] = field(default_factory=dict)


def compile_columns(
    spec: KindSpec, columns: Sequence[str], mapping: Mapping[str, str], formats: Formats
) -> list[Column]:
    """Parsers of the mapped columns. Raises KeyError for a field that the kind doesn't have."""
    compiled = []
    for index, name in enumerate(columns):
        target = mapping.get(name)
        if target:
            field_spec = spec.field_named(target)
            compiled.append(Column(index, name, field_spec, _parser(field_spec, name, formats)))
    return compiled


def parse_row(columns: Sequence[Column], values: Sequence[Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Clean values by field (None = blank) and what is wrong. A bad cell is None and named as a problem."""
    clean: dict[str, Any] = {}
    problems: list[Problem] = []
    for column in columns:
        value = values[column.index]
        if value is None or value == "":
            clean[column.spec.name] = None
            continue
        result = _remembered(column, value)
        if isinstance(result, CellProblem):
            problems.append(_problem(column, value, result))
            clean[column.spec.name] = None
        else:
            clean[column.spec.name] = result
    for column in columns:
        if column.spec.required and clean.get(column.spec.name) is None and not problems:
            message = f"{column.spec.label} is missing. Fill in the column “{column.name}”."
            problems.append(Problem(column.name, column.spec.name, "", "missing", message))
    return clean, problems


def _remembered(column: Column, value: Any) -> Any:
    """Files repeat themselves: each distinct text is parsed once."""
    try:
        return column.memo[value]
    except (KeyError, TypeError):
        pass
    try:
        result = None if words.is_blank(value) or words.is_placeholder(value) else column.parse(value)
    except CellProblem as problem:
        result = problem
    if isinstance(value, str) and len(column.memo) < MEMO:
        column.memo[value] = result
    return result


def _problem(column: Column, value: Any, problem: CellProblem) -> Problem:
    return Problem(
        column.name,
        column.spec.name,
        str(value)[:500],
        problem.code,
        str(problem),
        problem.severity,
        problem.suggestion,
    )


def _parser(spec: FieldSpec, column: str, formats: Formats) -> Parse:
    order = formats.date_orders.get(column, "ymd")
    mark = formats.decimal_marks.get(column, ".")
    parsers: dict[str, Parse] = {
        f.DATE: lambda value: _date(value, order),
        f.DATETIME: lambda value: _datetime(value, order),
        f.MONEY: lambda value: _number(value, mark, 2, thousands=formats.convert_thousands),
        f.DECIMAL: lambda value: _number(value, mark, 9),
        f.PERCENT: lambda value: _number(str(value).replace("%", ""), mark, 9),
        f.INTEGER: lambda value: _integer(value, mark),
        f.BOOLEAN: _boolean,
        f.EMAIL: _email,
        f.CHOICE: lambda value: _choice(value, spec),
    }
    return parsers.get(spec.type) or (lambda value: _text(value, spec))


def _text(value: Any, spec: FieldSpec) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    text = " ".join(str(value).split()) if spec.max_length else str(value).strip()
    if spec.max_length and len(text) > spec.max_length:
        raise CellProblem("too_long", f"{spec.label} has {len(text)} characters; at most {spec.max_length} fit.")
    return text


def _date(value: Any, order: str) -> date:
    try:
        return dates.parse_date(value, order)
    except dates.BadDate as error:
        raise CellProblem("bad_date", str(error)) from error


def _datetime(value: Any, order: str) -> datetime | date:
    if isinstance(value, datetime):
        return value
    text = str(value).strip().replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _date(value, order)


def _number(value: Any, mark: str, decimals: int, *, thousands: bool = False) -> Decimal:
    try:
        return amounts.parse_number(value, mark, max_decimals=decimals)
    except amounts.BadNumber as error:
        if thousands and error.suggestion:
            return Decimal(error.suggestion)
        raise CellProblem("bad_number", str(error), error.suggestion) from error


def _integer(value: Any, mark: str) -> int:
    number = _number(value, mark, 9)
    if number != number.to_integral_value():
        raise CellProblem("not_whole", "Enter a whole number.", str(round(number)))
    return int(number)


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise CellProblem("bad_boolean", "Enter yes or no.")


def _email(value: Any) -> str:
    text = str(value).strip().lower()
    name, _at, domain = text.partition("@")
    if not name or "." not in domain or " " in text:
        raise CellProblem("bad_email", "Enter an e-mail address such as name@company.com.", severity=WARNING)
    return text


def _choice(value: Any, spec: FieldSpec) -> str:
    found = spec.choices.get(words.normal(str(value)))
    if found is None:
        known = ", ".join(sorted(set(spec.choices.values())))
        raise CellProblem("unknown_choice", f"“{value}” is no {spec.label.lower()}. Known: {known}.", severity=WARNING)
    return found
