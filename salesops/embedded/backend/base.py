"""Django's PostgreSQL backend that starts the embedded services at the first connection, not before."""

from __future__ import annotations

import sys
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django.db.utils import OperationalError
from django.utils.functional import cached_property

from salesops.embedded import home, lease
from salesops.embedded.postgres import PostgresFailed

# Commands that only ask the database whether migrations are consistent, and do without an answer.
WITHOUT_SERVICES = {"makemigrations"}
CARRIED_VERSION = 180000


class DatabaseWrapper(PostgresWrapper):
    @cached_property
    def pg_version(self) -> int:
        """Known of the carried server, so that checks of a command that needs no database don't start one to ask."""
        return CARRIED_VERSION if home.brings_postgres() else super().pg_version

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if home.brings_postgres() and len(sys.argv) > 1 and sys.argv[1] in WITHOUT_SERVICES:
            raise OperationalError("The embedded database isn't started for this command.")
        try:
            lease.take()
        except PostgresFailed as error:  # out of reach, as a server that went away while it is used
            raise OperationalError(str(error)) from error
        return super().get_new_connection(conn_params)
