"""How long a statement may take: what no index serves ends in words, not in a page that never comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

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
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        close_if_left_open()
        if getattr(error.__cause__, "pgcode", "") != _QUERY_CANCELED:
            raise
        raise TooSlow from error


def close_if_left_open() -> None:
    """Part with a connection whose transaction the driver takes for ended while the server holds it open.

    A time limit that strikes as its statement ends is answered to the next one. If that is COMMIT, it isn't done, and
    every later statement of the connection would be refused.
    """
    held = connection.connection
    if held is not None and not connection.in_atomic_block and held.info.transaction_status:  # 0: none
        connection.close()
