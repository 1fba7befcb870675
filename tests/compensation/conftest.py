from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.compensation.pay_desk import PayDesk, desk_of


@pytest.fixture
def desk(company: Any, run_jobs: Callable[[], list[str]]) -> PayDesk:
    return desk_of(company, run_jobs)
