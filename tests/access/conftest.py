from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.matrix import Matrix, read_matrix
from tests.access.world import World, small_world


@pytest.fixture(scope="session")
def matrix() -> Matrix:
    return read_matrix()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of a file: they ask, and take back what asking changed."""
    with django_db_blocker.unblock(), small_world() as made:
        yield made
