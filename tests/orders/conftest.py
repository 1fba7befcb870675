from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import calls  # noqa: F401 -- calls of the API as a person
from tests.orders.desk import Desk


@pytest.fixture
def desk(company: Any) -> Desk:
    return Desk(company)
