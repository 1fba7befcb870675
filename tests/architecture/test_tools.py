"""Rule 2: ruff and mypy are configured as the house asks, and the clock is really out of reach."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
CLOCK = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "django.utils.timezone.now",
    "django.utils.timezone.localdate",
}
CLOCK_PLACES = {
    "**/views.py",
    "**/views/*.py",
    "**/api.py",
    "**/api/*.py",
    "**/tasks.py",
    "**/tasks/*.py",
    "**/management/commands/*.py",
    "people/middleware.py",
    "people/adapters/*.py",
    "core/context.py",
    "core/middleware.py",
    "core/runs.py",
    "core/jobs.py",
    "tests/**",
    "bench/**",
}
STRICT = {
    "core.*",
    "*.kernel.*",
    "*.services",
    "*.services.*",
    "*.selectors",
    "*.selectors.*",
    "*.policies",
    "*.policies.*",
}
STRICT_FLAGS = {
    "disallow_untyped_defs",
    "disallow_incomplete_defs",
    "disallow_any_generics",
    "disallow_untyped_decorators",
    "no_implicit_reexport",
    "strict_equality",
    "extra_checks",
}
FAMILIES = {"E", "F", "I", "UP", "B", "C4", "SIM", "PLE", "PLW", "DJ", "DTZ", "TID251", "S", "BLE", "RUF100", "PGH"}
SAMPLE = """from datetime import date, datetime

from django.utils import timezone

a = date.today()
b = datetime.now()
c = timezone.now()
"""


def test_ruff_keeps_the_families() -> None:
    assert sorted(FAMILIES - set(CONFIG["ruff"]["lint"]["select"])) == []


def test_the_clock_is_banned_but_for_its_places() -> None:
    lint = CONFIG["ruff"]["lint"]
    assert sorted(CLOCK - set(lint["flake8-tidy-imports"]["banned-api"])) == []
    assert {place for place, codes in lint["per-file-ignores"].items() if "TID251" in codes} == CLOCK_PLACES


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("pipeline/services/deals.py", 3),
        ("pipeline/selectors.py", 3),
        ("compensation/kernel/rates.py", 3),
        ("core/outbox.py", 3),
        ("pipeline/views.py", 0),
        ("pipeline/api/deals.py", 0),
        ("pipeline/management/commands/nightly.py", 0),
        ("core/jobs.py", 0),
    ],
)
def test_ruff_bites(path: str, found: int) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "concise", "-q"]
    answer = subprocess.run(
        [*command, "--stdin-filename", path, "-"], input=SAMPLE, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.stdout.count("TID251") == found, answer.stdout + answer.stderr


def test_mypy_is_strict_where_it_must_be() -> None:
    strict = next(part for part in CONFIG["mypy"]["overrides"] if part.get("disallow_untyped_defs"))
    assert sorted(STRICT - set(strict["module"])) == []
    assert sorted(flag for flag in STRICT_FLAGS if not strict.get(flag)) == []
    assert "mypy_django_plugin.main" in CONFIG["mypy"]["plugins"]


def test_mypy_reads_every_room() -> None:
    from tests.architecture.checks.sources import rooms_in

    assert sorted(CONFIG["mypy"]["packages"]) == sorted(rooms_in(ROOT))
