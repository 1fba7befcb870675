"""Where the shared data sets stand: $SALESOPS_SHARED, else the folder `shared` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def find_shared() -> Path | None:
    """The folder with the shared data sets, or None where there is none. Usable while tests are collected."""
    folder = Path(os.environ.get("SALESOPS_SHARED") or CHECKOUT.parent / "shared")
    return folder if folder.is_dir() else None


def require_shared(*parts: str) -> Path:
    """A path in the shared folder. Without it the test is skipped, in CI (CI=true) it fails: no silent gap there."""
    folder = find_shared()
    path = folder.joinpath(*parts) if folder else None
    if path is not None and path.exists():
        return path
    missing = f"{'/'.join(('shared', *parts))} isn't there: put it beside the checkout or name it by SALESOPS_SHARED."
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
