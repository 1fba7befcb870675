"""The language of conditions and amounts in a plan: sums, comparisons, a few functions, names. Nothing else.

A text is read with Python's own parser and then rebuilt from a short list of allowed parts, so nothing of it can call,
import or reach anything. Numbers are exact: 7.5% is 3/40.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

MOST_CHARACTERS, MOST_PARTS, MOST_DEPTH = 2_000, 400, 40
# (fewest, most values). `attainment`, `credited`, `quota` and `count` name a measure, and a span if wanted.
FUNCTIONS = {
    **{"min": (2, 20), "max": (2, 20), "abs": (1, 1), "floor": (1, 2), "ceil": (1, 2), "round": (1, 2)},
    **{"attainment": (1, 2), "credited": (1, 2), "quota": (1, 2), "count": (1, 2), "score": (1, 1)},
}
TO_STEPS = ("floor", "ceil", "round")  # down, up, or to the nearer multiple of the second value (1 without it)
OF_MEASURES = ("attainment", "credited", "quota", "count")
SPANS = ("month", "quarter", "half", "year", "plan")
LAST = "last_"  # the span before the one it is: last_quarter
ASKED_SPANS = (*SPANS, *(f"{LAST}{span}" for span in SPANS if span != "plan"))
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%")
_PLAIN = re.compile(r"[\d_]{1,18}(\.\d{1,15})?|\.\d{1,15}")
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


class FormulaError(ValueError):
    """What is wrong in a formula, and at which character (from 1)."""

    def __init__(self, message: str, at: int = 1) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic: + - * / of two."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """sign: < <= > >= == != in; `in` has a tuple of Text or Number on the right."""

    sign: str
    left: Node
    right: Node | tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class If:
    condition: Node
    yes: Node
    no: Node


Node = Number | Text | Name | Call | Operation | Comparison | All | Either | Not | If


def parse(text: str) -> Node:
    """The tree of a formula. Raises FormulaError, which says what isn't allowed and where.

    parse("attainment(bookings) >= 100% and margin >= 30%")
    """
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(f"A formula has at most {MOST_CHARACTERS:,} characters, this one {len(text):,}.")
    spelled = _PERCENT.sub(lambda found: f"({found[1]}/100)", text)
    try:
        tree = ast.parse(spelled.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = getattr(error, "offset", None) or 1
        raise FormulaError("This can't be read as a formula.", at) from error
    if sum(1 for _part in ast.walk(tree)) > MOST_PARTS:
        raise FormulaError(f"A formula has at most {MOST_PARTS} parts: split it into parameters.")
    return _node(tree.body, spelled.strip(), 0)


def names_in(node: Node) -> Iterator[str]:
    """The plain names a formula uses, in order, repeated ones too."""
    for part in walk(node):
        if isinstance(part, Name):
            yield part.name


def calls_in(node: Node) -> Iterator[Call]:
    for part in walk(node):
        if isinstance(part, Call):
            yield part


def walk(node: Node) -> Iterator[Node]:
    yield node
    for part in _children(node):
        yield from walk(part)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Call(name, args):
            return () if name in OF_MEASURES or name == "score" else args  # a measure and a span are no values
        case Operation(_, left, right):
            return left, right
        case Comparison(_, left, right):
            return (left, *right) if isinstance(right, tuple) else (left, right)
        case All(parts) | Either(parts):
            return parts
        case Not(part):
            return (part,)
        case If(condition, yes, no):
            return condition, yes, no
    return ()


def _node(part: ast.expr, source: str, depth: int) -> Node:
    if depth > MOST_DEPTH:
        raise FormulaError("This formula is nested too deeply.", part.col_offset + 1)
    match part:
        case ast.Constant():
            return _constant(part, source)
        case ast.Name(id=name):
            return Name(name)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return Operation("-", Number(Fraction(0)), _node(inner, source, depth + 1))
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return Not(_node(inner, source, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            sides = _node(left, source, depth + 1), _node(right, source, depth + 1)
            return Operation(_ARITHMETIC[type(op)], *sides)
        case ast.BoolOp(op=op, values=values):
            parts = tuple(_node(one, source, depth + 1) for one in values)
            return All(parts) if isinstance(op, ast.And) else Either(parts)
        case ast.IfExp(test=test, body=yes, orelse=no):
            return If(*(_node(one, source, depth + 1) for one in (test, yes, no)))
        case ast.Compare():
            return _comparison(part, source, depth)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, part, source, depth)
    if isinstance(part, ast.Tuple):
        said = f"“{_said(part, source)}” has a comma between values of no function: a number has a point, like 0.5."
        raise FormulaError(said, part.col_offset + 1)
    raise FormulaError(f"“{_said(part, source)}” isn't allowed in a formula.", part.col_offset + 1)


def _constant(part: ast.Constant, source: str) -> Node:
    if isinstance(part.value, str):
        return Text(part.value)
    if isinstance(part.value, bool) or not isinstance(part.value, int | float):
        raise FormulaError(f"“{_said(part, source)}” is neither a number nor a text.", part.col_offset + 1)
    said = _said(part, source)
    if not _PLAIN.fullmatch(said):
        raise FormulaError(
            f"“{said}” isn't a plain number of at most 15 digits before and after the point.", part.col_offset + 1
        )
    return Number(Fraction(said.replace("_", "")))


def _comparison(part: ast.Compare, source: str, depth: int) -> Node:
    sides, found = [part.left, *part.comparators], []
    for (left, right), op in zip(zip(sides, sides[1:], strict=False), part.ops, strict=True):
        seen = _node(left, source, depth + 1)
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
            among = tuple(_node(one, source, depth + 1) for one in right.elts)
            is_in = Comparison("in", seen, among)
            found.append(is_in if isinstance(op, ast.In) else Not(is_in))
        elif type(op) in _COMPARISONS:
            found.append(Comparison(_COMPARISONS[type(op)], seen, _node(right, source, depth + 1)))
        else:
            raise FormulaError("Compare with < <= > >= == != or: in (a, b).", part.col_offset + 1)
    return found[0] if len(found) == 1 else All(tuple(found))


def _call(name: str, args: list[ast.expr], part: ast.Call, source: str, depth: int) -> Node:
    if name not in FUNCTIONS:
        known = ", ".join(sorted(FUNCTIONS))
        raise FormulaError(f"There is no function “{name}”. There are: {known}.", part.col_offset + 1)
    fewest, most = FUNCTIONS[name]
    if not fewest <= len(args) <= most:
        raise FormulaError(f"{name}() takes {fewest} to {most} values, not {len(args)}.", part.col_offset + 1)
    found = tuple(_node(one, source, depth + 1) for one in args)
    if name in (*OF_MEASURES, "score") and not all(isinstance(one, Name) for one in found):
        raise FormulaError(f"{name}() takes the name of a measure.", part.col_offset + 1)
    return Call(name, found)


def _said(part: ast.expr, source: str) -> str:
    return (ast.get_source_segment(source, part) or "")[:80]
