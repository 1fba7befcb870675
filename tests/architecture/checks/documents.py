"""Rule 6: rooms, settings, commands and metrics are documented, links resolve, texts speak of the product."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.architecture.checks.sources import Offence, called, files, literal, room_files, rooms_in, text, tree

README_LINES = 40
_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NOT_OURS = (
    (re.compile(r"(?<![\w.])/(?:work|root|Users)/|(?<![\w.])/home/(?!salesops)\w"), "a path of somebody's machine"),
    (
        re.compile(r"\b(?:issue|ticket|pull request|PR)\s+#?\d+\b", re.IGNORECASE),
        "a number of a tracker; say what it is about",
    ),
    (re.compile(r"\b(?:TODO|FIXME|XXX)\b"), "a note to oneself"),
)
_SET_BY_US = frozenset({"DJANGO_SETTINGS_MODULE"})


def readme_offences(root: Path) -> Iterator[Offence]:
    for room in rooms_in(root):
        path = root / room / "README.md"
        if not path.exists():
            yield Offence(path, 1, "6 documents", f"{room} has no README: what it is for, its nouns, invariants, doors")
        elif len(text(path).splitlines()) > README_LINES:
            yield Offence(
                path, README_LINES, "6 documents", f"at most {README_LINES} lines; the rest belongs into docs/"
            )


def environment_names(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Names read from the environment: os.environ["X"], os.environ.get("X"), os.getenv("X")."""
    for path in room_files(root):
        for node in ast.walk(tree(path)):
            name = ""
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("os.environ", "environ"):
                name = literal(node.slice)
            elif isinstance(node, ast.Call) and node.args and called(node) in ("get", "getenv", "pop"):
                owner = ast.unparse(node.func)
                name = literal(node.args[0]) if "environ" in owner or owner == "os.getenv" else ""
            if name and name not in _SET_BY_US:
                yield path, node.lineno, name


def setting_offences(root: Path) -> Iterator[Offence]:
    page = root / "docs/deployment.md"
    written = text(page) if page.exists() else ""
    first = {name: (path, line) for path, line, name in reversed(list(environment_names(root)))}
    for name, (path, line) in first.items():
        if not _names(name, written):
            yield Offence(path, line, "6 documents", f"the setting {name} isn't described in docs/deployment.md")


def command_offences(root: Path) -> Iterator[Offence]:
    written = documentation(root)
    for room in rooms_in(root):
        for path in files(root / room / "management/commands", ".py"):
            if not path.stem.startswith("_") and not _shows(path.stem, written):
                yield Offence(path, 1, "6 documents", f"the command `{path.stem}` isn't described in docs/")


def metric_offences(root: Path, metrics: Iterable[str]) -> Iterator[Offence]:
    written = documentation(root)
    for name in metrics:
        if not _shows(name, written):
            yield Offence(root / "docs", 1, "6 documents", f"the metric `{name}` isn't described in docs/")


def documentation(root: Path) -> str:
    pages = [*files(root, ".md", under=("docs",)), root / "README.md"]
    return "\n".join(text(path) for path in pages if path.exists())


def _names(name: str, written: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", written) is not None


def _shows(name: str, written: str) -> bool:
    """The name as code: `win_rate`, `import_records KIND FILE`, manage.py nightly. A word of prose isn't enough."""
    return re.search(rf"(?:`|manage\.py )(?:python manage\.py )?{re.escape(name)}(?![\w-])", written) is not None


def link_offences(root: Path) -> Iterator[Offence]:
    for path in files(root, ".md"):
        for line, target in links(text(path)):
            if _OUTSIDE.match(target):
                continue
            name, _, anchor = unquote(target).partition("#")
            aim = (root / name.lstrip("/") if name.startswith("/") else path.parent / name) if name else path
            if not aim.exists():
                yield Offence(path, line, "6 documents", f"the link {target} leads nowhere")
            elif anchor and aim.suffix == ".md" and anchor not in anchors(text(aim)):
                yield Offence(path, line, "6 documents", f"the link {target} names a heading that isn't there")


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Numbered lines outside fenced code."""
    fenced = False
    for number, line in enumerate(source.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def links(source: str) -> Iterator[tuple[int, str]]:
    for number, line in prose(source):
        yield from ((number, target) for target in _LINK.findall(re.sub(r"`[^`]*`", "", line)))


def anchors(source: str) -> set[str]:
    """Headings as the addresses that code hosts make of them."""
    headings = [match[1] for _, line in prose(source) if (match := _HEADING.match(line))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def wording_offences(root: Path) -> Iterator[Offence]:
    """Texts speak of the product alone."""
    for path in files(root, ".md"):
        for number, line in enumerate(text(path).splitlines(), 1):
            for pattern, what in _NOT_OURS:
                if pattern.search(line):
                    yield Offence(
                        path, number, "6 documents", f"{what}: a text of the project speaks of the product alone"
                    )
