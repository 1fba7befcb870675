"""Cells to clean values: one compiled parser for each mapped column, problems in sentences."""

from __future__ import annotations

import re
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What a field can hold: the smallest and the largest number, the longest text (0 = any)."""

    low: Decimal | None = None
    high: Decimal | None = None
    length: int = 0


@dataclass(slots=True)
class Formats:
    """How the columns of one file are written, by column name; limits and currencies of the database, by field.

    `priced` are the columns of money that carry a currency; `home` is the company's currency.
    """

    date_orders: dict[str, str] = field(default_factory=dict)
    decimal_marks: dict[str, str] = field(default_factory=dict)
    convert_thousands: bool = False  # take `39.800` as 39,800 where the person said so
    priced: frozenset[str] = frozenset()
    home: str = ""
    currencies: frozenset[str] = frozenset()
    limits: dict[str, Limits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount with the currency written beside it."""

    amount: Decimal
    currency: str


Parse = Callable[[Any], Any]
_GUARDED = re.compile(r"'[=+\-@\uff1d\uff0b\uff0d\uff20]")  # how exports keep a text from being run as a formula
_NAME = 255  # the longest name of any record
_PERCENT = Limits(Decimal(0), Decimal(100))


@dataclass(slots=True)
class Column:
    index: int
    name: str
    spec: FieldSpec
    parse: Parse
    memo: dict[Any, Any] = field(default_factory=dict)
    name_of_field: str = ""

    def __post_init__(self) -> None:
        self.name_of_field = self.spec.name


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
            clean[column.name_of_field] = None
            continue
        try:
            result = column.memo[value]  # files repeat themselves: each distinct text is parsed once
        except (KeyError, TypeError):
            result = _parsed(column, value)
        if result.__class__ is CellProblem:
            problems.append(_problem(column, value, result))
            result = None
        clean[column.name_of_field] = result
    for column in columns:
        if column.spec.required and clean.get(column.spec.name) is None and not _is_told(problems, column):
            message = f"{column.spec.label} is missing. Fill in the column “{column.name}”."
            problems.append(Problem(column.name, column.spec.name, "", "missing", message))
    return clean, problems


def _is_told(problems: Sequence[Problem], column: Column) -> bool:
    return any(problem.field == column.spec.name and problem.severity == ERROR for problem in problems)


def _parsed(column: Column, value: Any) -> Any:
    """A value nobody met before, remembered with its result or what is wrong with it."""
    try:
        result = None if words.says_nothing(value) else column.parse(value)
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
    limits = formats.limits.get(spec.name, Limits())
    parsers: dict[str, Parse] = {
        f.DATE: lambda value: _date(value, order),
        f.DATETIME: lambda value: _datetime(value, order),
        f.MONEY: _money_parser(spec, column, mark, formats),
        f.DECIMAL: lambda value: _within(_number(value, mark, 9), spec, limits),
        f.PERCENT: lambda value: _within(_number(str(value).replace("%", ""), mark, 9), spec, _PERCENT),
        f.INTEGER: lambda value: int(_within(Decimal(_integer(value, mark)), spec, limits)),
        f.BOOLEAN: _boolean,
        f.EMAIL: _email,
        f.CHOICE: lambda value: _choice(value, spec),
        f.CURRENCY: lambda value: _currency(value, formats),
    }
    length = spec.max_length or (_NAME if spec.type == f.REFERENCE else limits.length)
    parse = parsers.get(spec.type) or (lambda value: _text(value, spec, length))
    return _checked(parse, spec) if spec.check else parse


def _checked(parse: Parse, spec: FieldSpec) -> Parse:
    """What a field asks beyond its type."""

    def checked(value: Any) -> Any:
        try:
            return spec.check(parse(value)) if spec.check else None
        except CellProblem:
            raise
        except ValueError as error:
            raise CellProblem("bad_value", f"{spec.label}: {error}") from error

    return checked


def _money_parser(spec: FieldSpec, column: str, mark: str, formats: Formats) -> Parse:
    limits, thousands = formats.limits.get(spec.name, Limits()), formats.convert_thousands

    def plain(value: Any) -> Decimal:
        return _within(_number(value, mark, 2, thousands=thousands), spec, limits)

    def priced(value: Any) -> Decimal | Priced:
        amount, sign = plain(value), amounts.currency_of(str(value), formats.home)
        return Priced(amount, _currency(sign, formats)) if sign and sign != formats.home else amount

    return priced if column in formats.priced else plain


def _within(number: Decimal, spec: FieldSpec, limits: Limits) -> Decimal:
    if limits.low is not None and number < limits.low:
        raise CellProblem("too_small", f"{spec.label} can't be less than {limits.low:,}.")
    if limits.high is not None and number > limits.high:
        raise CellProblem("too_large", f"{spec.label} can't be more than {limits.high:,}.")
    return number


def _currency(value: Any, formats: Formats) -> str:
    code = str(value).strip().upper()
    code = code if len(code) == 3 and code.isalpha() else amounts.currency_of(f"{value} 1", formats.home)
    if code not in formats.currencies:
        raise CellProblem("unknown_currency", f"“{value}” is no currency. Write an ISO code such as EUR.")
    return code


def _text(value: Any, spec: FieldSpec, length: int) -> str:
    """Line breaks stay in long texts, are spaces in short ones."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    text = " ".join(str(value).split()) if length else str(value).strip()
    if _GUARDED.match(text):
        text = text[1:]
    if length and len(text) > length:
        raise CellProblem("too_long", f"{spec.label} has {len(text)} characters; at most {length} fit.")
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
