"""Rule 1: floors, staircase, doors, pure kernels, and no way around them."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from tests.architecture import floors
from tests.architecture.checks import imports, references
from tests.architecture.checks.sources import report, rooms_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def edges() -> list[imports.Edge]:
    return imports.edges_of(ROOT)


def test_floors(edges: list[imports.Edge]) -> None:
    assert report(imports.floor_offences(edges), ROOT) == ""


def test_staircase(edges: list[imports.Edge]) -> None:
    assert report(imports.staircase_offences(edges), ROOT) == ""


def test_doors(edges: list[imports.Edge]) -> None:
    assert report(imports.door_offences(edges), ROOT) == ""


def test_kernels_only_compute(edges: list[imports.Edge]) -> None:
    assert report([*imports.kernel_import_offences(edges), *imports.kernel_call_offences(ROOT)], ROOT) == ""


def test_heavy_libraries_wait(edges: list[imports.Edge]) -> None:
    assert report(imports.heavy_offences(ROOT), ROOT) == ""


def test_rooms_follow_the_plan() -> None:
    assert report(imports.plan_offences(ROOT), ROOT) == ""


def test_nothing_above_is_named() -> None:
    assert report([*references.code_offences(ROOT), *references.template_offences(ROOT)], ROOT) == ""


def test_pointers_go_down() -> None:
    assert report(references.pointer_offences(references.model_pointers()), ROOT) == ""


def test_lookups_go_down() -> None:
    assert report(references.reach_up_offences(ROOT, references.reverse_names()), ROOT) == ""


def test_import_linter_and_settings_know_every_room() -> None:
    """lint-imports and Django work on the rooms that stand; a new room is added with its first file."""
    from django.conf import settings

    built = rooms_in(ROOT)
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    assert sorted(config["importlinter"]["root_packages"].split()) == sorted(built)
    assert sorted(set(settings.INSTALLED_APPS) & set(floors.ROOMS)) == sorted(set(built) - {floors.FRAME})
    assert not {path.parent.name for path in ROOT.glob("*/apps.py")} - set(floors.ROOMS)
