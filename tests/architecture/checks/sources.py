"""Reading the tree: which files are ours, and what a checker says about them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.architecture.floors import ROOMS

SKIPPED = frozenset({".git", ".venv", "node_modules", "var", "staticfiles", "__pycache__", "vendor", "locale"})


@dataclass(frozen=True, slots=True)
class Offence:
    path: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


def files(root: Path, *suffixes: str, under: Iterable[str] = ()) -> Iterator[Path]:
    """Files with one of the suffixes, relative to nothing, in a stable order; `under` limits to top folders."""
    for start in [root / part for part in under] if under else [root]:
        if not start.exists():
            continue
        for folder, below, names in start.walk():
            below[:] = sorted(name for name in below if name not in SKIPPED and not name.startswith("."))
            yield from (folder / name for name in sorted(names) if name.endswith(suffixes))


def rooms_in(root: Path) -> list[str]:
    return [room for room in ROOMS if (root / room / "__init__.py").exists()]


def room_files(root: Path, *, migrations: bool = False) -> Iterator[Path]:
    """Python files of the rooms that are built."""
    for path in files(root, ".py", under=rooms_in(root)):
        if migrations or "migrations" not in path.parts:
            yield path


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def tree(path: Path) -> ast.Module:
    return _parse(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2048)
def _parse(path: Path, stamp: int) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def dotted(path: Path, root: Path) -> str:
    """`pipeline/services/deals.py` -> `pipeline.services.deals`; a package's __init__ keeps that name."""
    return ".".join(path.relative_to(root).with_suffix("").parts)


def called(node: ast.Call) -> str:
    """The last part of what is called: `enqueue` for enqueue(...) and jobs.enqueue(...)."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def literal(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and called(node) in names)


def refuse(offences: Iterable[Offence | str], root: Path) -> None:
    """Fails with every offence on a line of its own, paths relative to the root."""
    __tracebackhide__ = True
    lines = sorted(str(offence).removeprefix(f"{root}/") for offence in offences)
    if lines:
        raise AssertionError("\n".join([f"{len(lines)} offences", *lines]))
