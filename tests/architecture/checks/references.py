"""Rule 1 over what isn't an import: models, addresses, templates and jobs named in strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture import floors
from tests.architecture.checks.sources import Offence, called, files, literal, room_files, text, tree

_ADDRESS = re.compile(r"^([a-z_]+):[a-z_]+$")
_BY_NAME = ("get_model", "include", "import_module", "import_string", "enqueue")
_URL_TAG = re.compile(r"""\{%-?\s*url\s+['"]([a-z_]+):[^'"]+['"]""")
_TEMPLATE_TAG = re.compile(r"""\{%-?\s*(?:include|extends)\s+['"]([a-z_]+)/[^'"]+['"]""")


class Pointer(NamedTuple):
    """A relation of the model graph: app.Model.field -> app.Model."""

    room: str
    model: str
    field: str
    target_room: str
    target: str


def is_above(target: str, room: str) -> bool:
    """Whether `target` is a room that `room` may not know."""
    if target == room or target not in floors.ROOMS or room not in floors.ROOMS:
        return False
    return floors.height(target) >= floors.height(room)


def pointer_offences(pointers: Iterable[Pointer], *, user_model: str = "people.User") -> Iterator[Offence]:
    for one in pointers:
        target = f"{one.target_room}.{one.target}"
        if is_above(one.target_room, one.room) and target != user_model:
            message = f"{one.model}.{one.field} points up to {target}; keep (kind, id), or turn the pointer round"
            yield Offence(Path(one.room) / "models", 1, "1 model graph", message)


def model_pointers() -> list[Pointer]:
    """The relations of the installed rooms, many-to-many tables included."""
    from django.apps import apps

    found = []
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.app_label
        for field in model._meta.get_fields():
            related = field.related_model if field.concrete else None
            if related is not None:
                target = related._meta
                found.append(Pointer(label, model.__name__, field.name, target.app_label, target.object_name or ""))
    return [one for one in found if one.room in floors.ROOMS]


class Reverse(NamedTuple):
    """The name under which a lower room's rows could be asked for a higher room's (Account -> "opportunities")."""

    room: str
    name: str
    owner: str


def reverse_names() -> list[Reverse]:
    """Reverse relations that reach up, by the room they start in; names that also mean something below are left out."""
    from django.apps import apps

    found, below = [], set()
    for model in apps.get_models():
        room = model._meta.app_label
        for field in model._meta.get_fields(include_hidden=True):
            if field.auto_created and not field.concrete:
                owner = field.related_model._meta.app_label
                if is_above(owner, room):
                    found.append(Reverse(room, field.name, owner))
                    continue
            below.add((room, field.name))
    return [one for one in found if (one.room, one.name) not in below]


def reach_up_offences(root: Path, names: Iterable[Reverse]) -> Iterator[Offence]:
    """Lookups that follow such a relation: filter(opportunities__owner=...) in accounts."""
    above = {(one.room, one.name): one.owner for one in names}
    for path in room_files(root):
        room = path.relative_to(root).parts[0]
        for node in ast.walk(tree(path)):
            lookup = (
                node.arg if isinstance(node, ast.keyword) else literal(node) if isinstance(node, ast.Constant) else ""
            )
            name, mark, _ = (lookup or "").partition("__")
            if mark and name and (room, name) in above:
                message = (
                    f"{room} may not look up {lookup}: the relation belongs to {above[room, name]}, which stands above"
                )
                yield Offence(path, node.lineno, "1 references", message)


def code_offences(root: Path) -> Iterator[Offence]:
    """get_model("leads.Lead"), reverse("leads:lead"), url_name="leads:lead", enqueue("leads.score") from below."""
    for path in room_files(root):
        room = path.relative_to(root).parts[0]
        for node in ast.walk(tree(path)):
            named = _named_room(node)
            if is_above(named, room):
                yield Offence(
                    path,
                    node.lineno,
                    "1 references",
                    f"{room} may not name {named} (“{_words(node)}”): it stands above",
                )


def _named_room(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        match = _ADDRESS.match(node.value)
        return match[1] if match else ""
    if isinstance(node, ast.Call) and called(node) in _BY_NAME and node.args:
        return literal(node.args[0]).split(".")[0]
    return ""


def _words(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def template_offences(root: Path) -> Iterator[Offence]:
    """{% url %}, {% include %} and {% extends %} that reach up; base.html and the components count as core."""
    for path in files(root, ".html", ".txt", under=("templates",)):
        folder = path.relative_to(root / "templates").parts[0]
        room = folder if folder in floors.ROOMS else "core"
        for number, line in enumerate(text(path).splitlines(), 1):
            for named in _URL_TAG.findall(line) + _TEMPLATE_TAG.findall(line):
                if is_above(named, room):
                    yield Offence(
                        path, number, "1 references", f"a template of {room} may not name {named}: it stands above"
                    )
