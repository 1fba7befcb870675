"""How many queries an address costs."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries(client: Any, address: str) -> int:
    """Queries of one GET, after a first one that fills the caches of the process."""
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return len(caught)
