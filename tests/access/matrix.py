"""matrix.toml read, asked and shown.

Run as a program it writes docs/permissions.md: `python -m tests.access.matrix`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.access.routes import Route

TABLE = Path(__file__).with_name("matrix.toml")
PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANSWERS = ("yes", "go", "404", "403", "login")
# What a write may answer to somebody who is allowed: done, sent on, or told what is wrong with what was sent.
DONE_OR_TOLD = frozenset({200, 201, 202, 204, 302, 303, 400, 409, 412, 415, 422, 428})


@dataclass(frozen=True, slots=True)
class Right:
    """Who is let in, by a word of ANSWERS for each person; those who aren't named get `otherwise`."""

    name: str
    why: str
    answers: Mapping[str, str]
    otherwise: str

    def of(self, person: str) -> str:
        return self.answers.get(person, "login" if person == "anonymous" else self.otherwise)


class Line(NamedTuple):
    """One route: the right that each of its methods asks for, and single people with another answer."""

    rights: Mapping[str, Right]
    but: Mapping[str, str]

    def of(self, person: str, method: str) -> str:
        return self.but.get(person) or self.rights[method].of(person)


@dataclass(frozen=True, slots=True)
class Matrix:
    people: Mapping[str, str]
    rights: Mapping[str, Right]
    lines: Mapping[str, Line]

    def unruled(self, routes: Iterable[Route]) -> list[str]:
        return sorted({route.name for route in routes} - set(self.lines))

    def stale(self, routes: Iterable[Route]) -> list[str]:
        """Lines of routes that are gone, and rights that no line asks for."""
        asked = {right.name for line in self.lines.values() for right in line.rights.values()}
        return sorted(set(self.lines) - {route.name for route in routes}) + sorted(set(self.rights) - asked)


def read_matrix(text: str | None = None) -> Matrix:
    """Raises ValueError for a word that means nothing: a person, a group, an answer, a right."""
    table = tomllib.loads(TABLE.read_text() if text is None else text)
    people, groups = table["people"], table.get("groups", {})
    rights = {name: _right(name, row, people, groups) for name, row in table["rights"].items()}
    lines = {name: _line(name, row, rights, people, groups) for name, row in table["routes"].items()}
    return Matrix(people, rights, lines)


def _right(name: str, row: dict[str, Any], people: Mapping[str, str], groups: Mapping[str, str]) -> Right:
    given = {key: value for key, value in row.items() if key not in ("why", "else")}
    if row.get("else") not in ANSWERS or not row.get("why"):
        raise ValueError(f"“{name}” needs `why`, and `else` as one of {ANSWERS}")
    return Right(name, row["why"], _answers(name, given, people, groups), row["else"])


def _answers(
    name: str, given: Mapping[str, str], people: Mapping[str, str], groups: Mapping[str, str]
) -> dict[str, str]:
    """{person: answer} of {answer: "people and groups"}; nobody twice."""
    answers: dict[str, str] = {}
    for answer, words in given.items():
        for word in _named(words, groups):
            if answer not in ANSWERS or word not in people or word in answers:
                raise ValueError(f"“{name}”: “{answer}” for “{word}” is unknown, or said twice")
            answers[word] = answer
    return answers


def _named(words: str, groups: Mapping[str, str]) -> Iterator[str]:
    for word in words.split():
        yield from _named(groups[word], groups) if word in groups else (word,)


def _line(
    name: str, row: dict[str, Any], rights: Mapping[str, Right], people: Mapping[str, str], groups: Mapping[str, str]
) -> Line:
    asked = {method: row[method] for method in row if method in METHODS}
    unknown = [right for right in asked.values() if right not in rights]
    if unknown or not asked or set(row) - {*METHODS, "but"}:
        raise ValueError(f"“{name}”: no such right, no method, or a word too many: {unknown or row}")
    but = _answers(name, row.get("but", {}), people, groups)
    return Line({method: rights[right] for method, right in asked.items()}, but)


def wrong_answer(stated: str, method: str, status: int, location: str, login_url: str) -> bool:
    """Whether an answer isn't the one that is stated."""
    to_login = status == 401 or (status == 302 and location.startswith(login_url))
    if stated == "login":
        return not to_login
    if stated in ("403", "404"):
        return str(status) != stated
    if stated == "go":
        return status not in (301, 302, 303) or to_login
    return to_login or status not in ({200} if method == "GET" else DONE_OR_TOLD)


SIGNS = {"yes": "✓", "go": "→", "404": "–", "403": "×", "login": "⚿"}


def as_page(matrix: Matrix) -> str:
    """The matrix as a document: who the people are, one table of rights, one of addresses."""
    people = list(matrix.people)
    parts = [
        "# Who may do what",
        "Made from [`tests/access/matrix.toml`](../tests/access/matrix.toml) by `python -m tests.access.matrix`; don't "
        "edit it here. The tests ask every address as every person with real rows, and fail for one without a line.",
        "✓ let in · → sent to another page · – not found (it isn't told whether the record exists) · × forbidden · "
        "⚿ asked to sign in. How it is guarded and tested: [security](security.md).",
        "## People",
        _table(("who", "is"), [(name.replace("_", " "), words) for name, words in matrix.people.items()]),
        "## Rights",
        _table(
            ("right", *(name.replace("_", " ") for name in people)),
            [(right.name, *(SIGNS[right.of(one)] for one in people)) for right in matrix.rights.values()],
        ),
        "### What they mean",
        _table(("right", "meaning"), [(right.name, right.why) for right in matrix.rights.values()]),
        "## Addresses",
        _table(("address", "asks for", "but"), [_address_row(name, line) for name, line in matrix.lines.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _address_row(name: str, line: Line) -> tuple[str, str, str]:
    by_right: dict[str, list[str]] = {}
    for method, right in line.rights.items():
        by_right.setdefault(right.name, []).append(method)
    asks = "; ".join(f"{', '.join(methods)}: {right}" for right, methods in by_right.items())
    but = "; ".join(f"{person.replace('_', ' ')} {SIGNS[answer]}" for person, answer in line.but.items())
    return f"`{name}`", asks, but


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(as_page(read_matrix()))
