"""Rule 1 over imports: floors, staircase, doors, pure kernels, heavy libraries inside functions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture import floors
from tests.architecture.checks.sources import Offence, called, dotted, room_files, rooms_in, tree


@dataclass(frozen=True, slots=True)
class Edge:
    """`importer` (dotted, with file) imports `imported` (dotted)."""

    path: Path
    line: int
    importer: str
    imported: str


@dataclass(frozen=True, slots=True)
class Place:
    room: str
    step: str


def place(module: str) -> Place:
    parts = module.split(".")
    return Place(parts[0], parts[1] if len(parts) > 1 else "__init__")


def edges_of(root: Path) -> list[Edge]:
    """Every import statement of the rooms, also inside functions and under TYPE_CHECKING."""
    return [edge for path in room_files(root) for edge in _edges_in(path, root)]


def _edges_in(path: Path, root: Path) -> Iterator[Edge]:
    importer = dotted(path, root)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (Edge(path, node.lineno, importer, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(importer.split(".")[: -node.level] + ([node.module] if node.module else []))
            base = base if node.level else node.module or ""
            yield from (Edge(path, node.lineno, importer, f"{base}.{alias.name}") for alias in node.names)


def between_rooms(edges: Iterable[Edge], rooms: Iterable[str] = floors.ROOMS) -> Iterator[tuple[Edge, Place, Place]]:
    known = set(rooms)
    for edge in edges:
        source, target = place(edge.importer), place(edge.imported)
        if source.room in known and target.room in known:
            yield edge, source, target


def floor_offences(edges: Iterable[Edge]) -> Iterator[Offence]:
    for edge, source, target in between_rooms(edges):
        if source.room != target.room and floors.height(target.room) >= floors.height(source.room):
            why = f"{source.room} stands below or beside {target.room} and may not import {edge.imported}; register it"
            yield Offence(edge.path, edge.line, "1 floors", f"{why} from {target.room} (core.registry) instead")


def staircase_offences(edges: Iterable[Edge]) -> Iterator[Offence]:
    for edge, source, target in between_rooms(edges):
        if source.room != target.room or source.step == target.step or source.room == floors.FRAME:
            continue
        steps = floors.steps_of(source.room)
        if source.step in steps and target.step in steps and steps[target.step] >= steps[source.step]:
            message = f"{source.room}/{source.step} may not import {edge.imported}: {target.step} isn't a lower step"
            yield Offence(edge.path, edge.line, "1 staircase", message)


def door_offences(edges: Iterable[Edge]) -> Iterator[Offence]:
    for edge, source, target in between_rooms(edges):
        if source.room == target.room or target.room == floors.FRAME:
            continue
        if not floors.opens_to(target.room, target.step, source.step):
            message = (
                f"{source.room}/{source.step} may not use {edge.imported}: {target.step} isn't a door of {target.room}"
            )
            yield Offence(edge.path, edge.line, "1 doors", message)


def plan_offences(root: Path) -> Iterator[Offence]:
    """Files that the plan of a room doesn't know, and names that say nothing."""
    for room in rooms_in(root):
        steps = set(floors.steps_of(room)) | floors.NOT_STEPS
        for child in sorted((root / room).iterdir()):
            is_module = child.suffix == ".py" or (child / "__init__.py").exists()
            if is_module and child.stem not in steps and room != floors.FRAME:
                yield Offence(
                    child, 1, "1 plan", f"{child.name} isn't in the plan of a room (tests/architecture/floors.py)"
                )
    for path in room_files(root):
        if path.stem in floors.FORBIDDEN_NAMES and "backend" not in path.parts:  # Django asks a backend for base.py
            yield Offence(path, 1, "1 plan", f"the name {path.name} says nothing; name the file by its noun")


def kernel_import_offences(edges: Iterable[Edge]) -> Iterator[Offence]:
    """What a kernel may not import: other layers, libraries beyond the list, I/O, the clock."""
    for edge in edges:
        source, target = place(edge.importer), place(edge.imported)
        if source.room not in floors.ROOMS or source.step != "kernel":
            continue
        if not (target.step == "kernel" if target.room in floors.ROOMS else _is_pure(target.room)):
            yield Offence(
                edge.path, edge.line, "1 kernels", f"a kernel may not import {edge.imported}: pure calculation only"
            )


def _is_pure(library: str) -> bool:
    if library in sys.stdlib_module_names or library == "__future__":
        return library not in floors.IMPURE_STANDARD
    return library in floors.KERNEL_LIBRARIES | floors.KERNEL_HEAVY


def kernel_call_offences(root: Path) -> Iterator[Offence]:
    """What a kernel may not call: files, the terminal, the clock."""
    for path in room_files(root):
        if place(dotted(path, root)).step == "kernel":
            yield from _impure_calls(path)


def _impure_calls(path: Path) -> Iterator[Offence]:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if isinstance(node.func, ast.Name) and name in floors.IMPURE_CALLS:
            yield Offence(path, node.lineno, "1 kernels", f"a kernel may not call {name}(): no I/O")
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if owner in ("date", "datetime") and name in ("today", "now", "utcnow"):
            yield Offence(
                path, node.lineno, "1 kernels", f"a kernel may not read the clock ({owner}.{name}()): take as_of"
            )


def heavy_offences(root: Path) -> Iterator[Offence]:
    """Libraries that take seconds to load are imported inside the functions that need them."""
    for path in room_files(root):
        inside = {id(inner) for node in ast.walk(tree(path)) if _is_lazy(node) for inner in ast.walk(node)}
        for node in ast.walk(tree(path)):
            if id(node) in inside or not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in {name.split(".")[0] for name in names} & floors.HEAVY_LIBRARIES:
                yield Offence(
                    path, node.lineno, "1 heavy", f"import {name} inside the function that needs it (slow to load)"
                )


def _is_lazy(node: ast.AST) -> bool:
    is_typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return is_typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
