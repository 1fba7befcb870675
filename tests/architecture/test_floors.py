"""Rule 1: floors, staircase, doors, pure kernels, and no way around them."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from tests.architecture import floors
from tests.architecture.checks import imports, references
from tests.architecture.checks.sources import refuse, rooms_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def edges() -> list[imports.Edge]:
    return imports.edges_of(ROOT)


def test_floors(edges: list[imports.Edge]) -> None:
    refuse(imports.floor_offences(edges), ROOT)


def test_staircase(edges: list[imports.Edge]) -> None:
    refuse(imports.staircase_offences(edges), ROOT)


def test_doors(edges: list[imports.Edge]) -> None:
    refuse(imports.door_offences(edges), ROOT)


def test_kernels_only_compute(edges: list[imports.Edge]) -> None:
    refuse([*imports.kernel_import_offences(edges), *imports.kernel_call_offences(ROOT)], ROOT)


def test_heavy_libraries_wait(edges: list[imports.Edge]) -> None:
    refuse(imports.heavy_offences(ROOT), ROOT)


def test_rooms_follow_the_plan() -> None:
    refuse(imports.plan_offences(ROOT), ROOT)


def test_nothing_above_is_named() -> None:
    refuse([*references.code_offences(ROOT), *references.template_offences(ROOT)], ROOT)


def test_pointers_go_down() -> None:
    refuse(references.pointer_offences(references.model_pointers()), ROOT)


def test_lookups_go_down() -> None:
    refuse(references.reach_up_offences(ROOT, references.reverse_names()), ROOT)


def test_import_linter_and_settings_know_every_room() -> None:
    """lint-imports and Django work on the rooms that stand; a new room is added with its first file."""
    from django.conf import settings

    from salesops import urls

    built = rooms_in(ROOT)
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    assert sorted(config["importlinter"]["root_packages"].split()) == sorted(built)
    assert sorted(urls.ROOMS) == sorted(set(built) - {floors.FRAME})
    assert sorted(set(settings.INSTALLED_APPS) & set(floors.ROOMS)) == sorted(set(built) - {floors.FRAME})
    assert not {path.parent.name for path in ROOT.glob("*/apps.py")} - set(floors.ROOMS)


def test_the_page_about_the_house_is_true() -> None:
    """docs/house.md names every room and step of the table; docs/adr names every file beside the plan."""
    page = (ROOT / "docs/house.md").read_text()
    decisions = "\n".join(path.read_text() for path in (ROOT / "docs/adr").glob("*.md"))
    steps = [name for row in floors.STAIRCASE for name in row]
    extras = [name for rows in floors.EXTRA_STEPS.values() for _, names in rows for name in names]
    assert [name for name in (*floors.ROOMS, *steps) if f"`{name}" not in page] == []
    assert [name for name in extras if re.search(rf"[`/]{name}`", decisions) is None] == []
