"""Credits, quotas and people as rows of texts (a CSV file, a plan's cases) to records, and results back to rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from compensation.kernel.engine import Calculation
from compensation.kernel.grid import FIRST_YEAR, LAST_YEAR
from compensation.kernel.inputs import Belonging, Credit, InputError, Inputs, Opening, Person, Quota, gather
from compensation.kernel.plan import Plan
from compensation.kernel.settlement import EARNED, PAID, Settled, last_period
from core.kernel.money import from_minor

CREDIT_COLUMNS = ("credit_key", "payee", "on", "measure", "quota_credit", "commissionable", "currency")
QUOTA_COLUMNS = ("payee", "measure", "period", "amount", "currency")
PEOPLE_COLUMNS = ("payee", "plan_role", "valid_from", "valid_to", "manager", "ote", "variable")
OUT_COLUMNS = ("payee", "period", "component", "credit_key", "stage", "amount", "currency")
_OWN = frozenset(("credit_key", "payee", "on", "measure", "quota_credit", "commissionable", "currency"))
_MOST_DIGITS = 17
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?|\d+/[1-9]\d*")

Row = Mapping[str, Any]


def inputs_of(plan: Plan, credits: Sequence[Row], quotas: Sequence[Row] = (), people: Sequence[Row] = ()) -> Inputs:
    """Records of rows. Raises InputError that names the row (1 is the first one below the head) and the column."""
    persons = _each("people", people, _person)
    _refuse_circles(persons)
    return gather(
        _each("credits", credits, lambda row: _credit(plan, row)),
        _each("quotas", quotas, lambda row: _quota(plan, row)),
        persons,
        [one for one in _each("people", people, lambda row: _opening(plan, row)) if one.owed or one.below],
        [one for held in _each("people", people, _belongings) for one in held],
    )


def _refuse_circles(people: Sequence[Person]) -> None:
    """Raises InputError where somebody stands above themselves: a circle begins on the first day of one of its rows."""
    rows: dict[str, list[Person]] = {}
    for one in people:
        rows.setdefault(one.payee, []).append(one)
    for one in people:
        day, above, seen = one.valid_from, one.manager, {one.payee}
        while above and above not in seen:
            seen.add(above)
            held = [row for row in rows.get(above, ()) if row.valid_from <= day < (row.valid_to or date.max)]
            above = held[0].manager if held else ""
        if above == one.payee:
            raise InputError(f"people: {one.payee} stands above themselves from {day} on: mend “manager”.")


def _each[Record](what: str, rows: Sequence[Row], build: Callable[[Row], Record]) -> list[Record]:
    found = []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(build({str(key): "" if value is None else str(value).strip() for key, value in row.items()}))
        except InputError as error:
            raise InputError(f"{what}, row {number}: {error}") from error
    return found


def _credit(plan: Plan, row: Mapping[str, str]) -> Credit:
    pay = _minor(row, "commissionable", plan) if row.get("commissionable") else _minor(row, "quota_credit", plan)
    quota = _minor(row, "quota_credit", plan) if row.get("quota_credit") else pay
    return Credit(
        key=_text(row, "credit_key"),
        payee=_text(row, "payee"),
        on=_day(row, "on"),
        measure=_text(row, "measure"),
        quota=quota,
        pay=pay,
        source=row.get("source", ""),
        line=_whole(row, "line") if row.get("line") else 0,
        fx=_fx(plan, row),
        returns=row.get("returns", ""),
        fields={name: value for name, value in row.items() if name not in _OWN},
    )


def _fx(plan: Plan, row: Mapping[str, str]) -> Fraction:
    """What the credit's currency is worth in the plan's, between minor units."""
    currency = row.get("currency") or plan.currency
    if currency == plan.currency:
        return Fraction(1)
    if not row.get("rate"):
        raise InputError(f"“rate” is missing: {currency} must be worth something in {plan.currency}.")
    rate = _number(row, "rate")
    if rate <= 0:
        raise InputError("“rate” must be above zero.")
    return rate


def _quota(plan: Plan, row: Mapping[str, str]) -> Quota:
    currency = row.get("currency") or plan.currency
    if currency != plan.currency:
        raise InputError(f"“currency” is {currency}: quotas are in the plan's, {plan.currency}.")
    return Quota(_text(row, "payee"), _text(row, "measure"), _text(row, "period"), _not_negative(row, "amount"))


def _person(row: Mapping[str, str]) -> Person:
    valid_from = _day(row, "valid_from") if row.get("valid_from") else date(1900, 1, 1)
    valid_to = _day(row, "valid_to") if row.get("valid_to") else None
    if valid_to is not None and valid_to <= valid_from:
        raise InputError(f"“valid_to” is {valid_to}, the first day it no longer holds: give one after {valid_from}.")
    return Person(
        payee=_text(row, "payee"),
        role=row.get("plan_role", ""),
        valid_from=valid_from,
        valid_to=valid_to,
        manager=row.get("manager", ""),
        team=row.get("team", ""),
        ote=_not_negative(row, "ote") if row.get("ote") else Fraction(0),
        variable=_not_negative(row, "variable") if row.get("variable") else Fraction(0),
        accepted_on=_day(row, "accepted_on") if row.get("accepted_on") else None,
        left_on=_day(row, "left_on") if row.get("left_on") else None,
    )


def _belongings(row: Mapping[str, str]) -> list[Belonging]:
    """What the row says, between semicolons, that somebody belongs to in its days."""
    person, said = _person(row), row.get("groups", "")
    names = dict.fromkeys(name.strip() for name in said.split(";") if name.strip())
    return [Belonging(person.payee, name, person.valid_from, person.valid_to) for name in names]


def _opening(plan: Plan, row: Mapping[str, str]) -> Opening:
    """What the row says of before the plan; nothing where it is silent."""
    owed, below = (_minor(row, column, plan) if row.get(column) else 0 for column in ("owed", "below_zero"))
    if min(owed, below) < 0:
        raise InputError("“owed” and “below_zero” say how much is owed: they aren't negative.")
    return Opening(_text(row, "payee"), owed, -below)


def _text(row: Mapping[str, str], column: str) -> str:
    if not row.get(column):
        raise InputError(f"“{column}” is empty.")
    return row[column]


def _day(row: Mapping[str, str], column: str) -> date:
    text = _text(row, column)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"“{column}” is “{text[:40]}”, which is no day like 2026-01-31.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InputError(f"“{column}” is {text}: days are from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def _number(row: Mapping[str, str], column: str) -> Fraction:
    text = _text(row, column)
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        said = " Write it with a point: 1234.50, or 1,234.50." if "," in text else ""
        raise InputError(f"“{column}” is “{text[:40]}”, which is no number.{said}")
    return Fraction(text.replace(",", ""))


def _not_negative(row: Mapping[str, str], column: str) -> Fraction:
    amount = _number(row, column)
    if amount < 0:
        raise InputError(f"“{column}” is negative: it is zero or more.")
    return amount


def _whole(row: Mapping[str, str], column: str) -> int:
    number = _number(row, column)
    if number.denominator != 1:
        raise InputError(f"“{column}” is “{row[column]}”: a whole number is wanted.")
    return int(number)


def _minor(row: Mapping[str, str], column: str, plan: Plan) -> int:
    minor = _number(row, column) * 10**plan.digits
    if minor.denominator != 1:
        raise InputError(f"“{column}” is “{row[column]}”: {plan.currency} has {plan.digits} decimals.")
    if abs(minor) >= 10**_MOST_DIGITS:
        raise InputError(f"“{column}” is too large.")
    return int(minor)


def out_rows(calculation: Calculation, settled: Settled) -> Iterator[dict[str, str]]:
    """Every line that is due, every deposit, then each payment."""
    book, last = calculation.book, last_period(calculation.book)
    payees, labels, keys = book.staff.payees, _labels(calculation), book.credits.keys
    for name, lines in calculation.earned.items():
        columns = (lines.payee, lines.due, lines.credit, lines.amount)
        for payee, due, credit, earned in zip(*(column.tolist() for column in columns), strict=True):
            if earned and due <= last:
                key = str(keys[credit]) if credit >= 0 else ""
                yield _row(book.plan, payees[payee], labels[due], name, key, EARNED, earned)
    for one in settled.deposits:
        key = str(keys[one.credit]) if one.credit >= 0 else ""
        yield _row(book.plan, payees[one.payee], labels[one.period], one.component, key, one.stage, one.amount)
    for (payee, period), amount in settled.paid.items():
        if amount:
            yield _row(book.plan, payees[payee], labels[period], "", "", PAID, amount)


def _labels(calculation: Calculation) -> dict[int, str]:
    grid, span = calculation.book.grid, calculation.book.plan.pay_every
    return {at: grid.label_of(span, int(grid.units[span][at])) for at in range(len(grid))}


def _row(plan: Plan, payee: str, period: str, component: str, key: str, stage: str, amount: int) -> dict[str, str]:
    said: Decimal = from_minor(amount, plan.currency)
    values = (payee, period, component, key, stage, f"{said:f}", plan.currency)
    return dict(zip(OUT_COLUMNS, values, strict=True))
