"""Rule 4: models and migrations agree, and every hand-written step of a migration can be taken back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.sources import Offence, calls, files, rooms_in

_REVERSE = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}


def reverse_offences(root: Path) -> Iterator[Offence]:
    for path in files(root, ".py", under=rooms_in(root)):
        if "migrations" not in path.parts:
            continue
        for node in calls(path, *_REVERSE):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "noop":
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if len(node.args) < 2 and _REVERSE[name] not in {keyword.arg for keyword in node.keywords}:
                yield Offence(
                    path, node.lineno, "4 migrations", f"{name} without {_REVERSE[name]}: say how it is taken back"
                )


def missing_migrations() -> dict[str, list[str]]:
    """What makemigrations would write, by app; asks no database."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    return {app: [one.describe() for step in steps for one in step.operations] for app, steps in changes.items()}
