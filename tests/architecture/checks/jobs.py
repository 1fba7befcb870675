"""Rule 7: every job that is asked for by name exists, in whichever process asks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.sources import Offence, called, calls, literal, room_files

_KNOWN = "import django; django.setup(); from core import jobs; print(*jobs.registered, sep='\\n')"


def registered_names(root: Path) -> set[str]:
    """Names given to the decorator @job("...")."""
    return {literal(node.args[0]) for path in room_files(root) for node in calls(path, "job") if node.args} - {""}


def asked_names(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Literal names given to enqueue(...), and the job of each nightly step."""
    for path in room_files(root):
        for node in calls(path, "enqueue", "NightlyStep"):
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            place = 0 if called(node) == "enqueue" else 3
            given = named.get("name" if place == 0 else "job") or (node.args[place] if len(node.args) > place else None)
            if literal(given):
                yield path, node.lineno, literal(given)


def job_offences(root: Path, registered: set[str]) -> Iterator[Offence]:
    for path, line, name in asked_names(root):
        if name not in registered:
            yield Offence(
                path, line, "7 jobs", f"“{name}” isn't a registered job: write @job(\"{name}\") in the room's tasks.py"
            )


def known_after_start(root: Path) -> set[str]:
    """Names that a fresh process knows once Django has started, as web, worker and commands all must."""
    answer = subprocess.run([sys.executable, "-c", _KNOWN], cwd=root, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise AssertionError(f"Django doesn't start:\n{answer.stderr}")
    return set(answer.stdout.split())
