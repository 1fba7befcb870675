"""How long a list may take: an order that no index serves ends in words, not in a page that never comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

SORT_MS = 5_000
_QUERY_CANCELED = "57014"


class TooSlow(Exception):
    """A statement took longer than it may."""


@contextmanager
def at_most(milliseconds: int) -> Iterator[None]:
    """Statements inside may each take that long. Raises TooSlow; what surrounds it goes on as before."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(milliseconds)}")
            yield
            if connection.savepoint_ids:  # else it ends with the transaction
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != _QUERY_CANCELED:
            raise
        raise TooSlow from error
