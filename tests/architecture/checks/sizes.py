"""Rule 3: nothing grows too long to read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.sources import Offence, files, text, tree

FUNCTION_LINES = 60
FILE_LINES = 500
TEMPLATE_LINES = 150
VIEW_LINES = 25
TASK_BODY_LINES = 6
EXEMPT = frozenset({"migrations", "golden"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def size_offences(root: Path) -> Iterator[Offence]:
    for path in files(root, ".py", ".js", ".css", ".html"):
        if EXEMPT & set(path.parts):
            continue
        limit = TEMPLATE_LINES if path.suffix == ".html" else FILE_LINES
        lines = len(text(path).splitlines())
        if lines > limit:
            yield Offence(path, limit, "3 sizes", f"{lines} lines, at most {limit}: split it by nouns")
        if path.suffix == ".py":
            yield from _functions(path)


def _functions(path: Path) -> Iterator[Offence]:
    limit = VIEW_LINES if _is_view(path) else FUNCTION_LINES
    for node in ast.walk(tree(path)):
        if not isinstance(node, Function):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > limit:
            yield Offence(path, node.lineno, "3 sizes", f"{node.name}() has {lines} lines, at most {limit}")
        body = _body_lines(node)
        if _is_task(path, node) and body > TASK_BODY_LINES:
            message = f"the task {node.name}() has {body} lines, at most {TASK_BODY_LINES}: one service call, no logic"
            yield Offence(path, node.lineno, "3 sizes", message)


def _is_view(path: Path) -> bool:
    return path.stem == "views" or path.parent.name == "views"


def _is_task(path: Path, node: Function) -> bool:
    names = {ast.unparse(one.func if isinstance(one, ast.Call) else one).split(".")[-1] for one in node.decorator_list}
    return bool(names & {"job", "shared_task", "task"}) or path.stem == "tasks" or path.parent.name == "tasks"


def _body_lines(node: Function) -> int:
    """Lines of the body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
