"""Large statements planned once a connection: their plans take longer than their rows.

A statement is kept by its text, so that each shape of question is planned once by every thread of the web server. What
it reads is chosen by index whatever the values are, so one plan serves all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from django.db import connection

_NAME = re.compile(r"%\((\w+)\)s")
_kept: dict[int, set[str]] = {}  # by the number of the server's process: it ends with the connection
MOST_KEPT = 200


def fetch(sql: str, params: Mapping[str, Any], types: Mapping[str, str]) -> list[Any]:
    """Rows of a statement with parameters %(name)s of the SQL types given, by name or by the part after the last _."""
    names = list(dict.fromkeys(_NAME.findall(sql)))
    name = f"so_{blake2b(sql.encode(), digest_size=12).hexdigest()}"
    with connection.cursor() as cursor:
        if name not in _of_connection():
            _prepare(cursor, name, sql, [_type(one, types) for one in names], names)
        values = ", ".join(["%s"] * len(names))
        cursor.execute(f"EXECUTE {name}({values})" if names else f"EXECUTE {name}", [params[one] for one in names])
        return list(cursor.fetchall())


def _of_connection() -> set[str]:
    connection.ensure_connection()
    pid = connection.connection.get_backend_pid()
    if pid not in _kept and len(_kept) > MOST_KEPT:
        _kept.clear()
    return _kept.setdefault(pid, set())


def _type(name: str, types: Mapping[str, str]) -> str:
    return types.get(name) or types.get(name.rsplit("_", 1)[-1]) or "text"


def _prepare(cursor: Any, name: str, sql: str, types: Sequence[str], names: Sequence[str]) -> None:
    places = {one: f"${number}" for number, one in enumerate(names, 1)}
    text = _NAME.sub(lambda found: places[found[1]], sql).replace("%%", "%")
    kept = _of_connection()
    if len(kept) >= MOST_KEPT:
        cursor.execute("DEALLOCATE ALL")
        kept.clear()
    cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = %s", [name])
    if not cursor.fetchone()[0]:
        arguments = f" ({', '.join(types)})" if types else ""
        cursor.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE {name}{arguments} AS {text}")
    kept.add(name)
