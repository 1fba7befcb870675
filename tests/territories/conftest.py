from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import calls  # noqa: F401 -- calls of the API as a person
from tests.territories.atlas import Atlas


@pytest.fixture
def atlas(company: Any) -> Atlas:
    return Atlas(company)
