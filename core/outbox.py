"""What changed, in order, for consumers that fold it: the node aggregate, later incremental pay, webhooks, automation.

Rows carry the id of their transaction. A consumer takes rows with bound <= xid < the oldest transaction still open,
and moves its bound in the same transaction as its fold: ids commit out of order, transactions below the bound never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from core.models import OutboxCursor, OutboxEvent

_READY = """
SELECT id, subject_id, payload FROM core_outboxevent
WHERE topic = %s AND xid >= %s AND xid < %s ORDER BY xid, id
"""


def append(*, topic: str, subject_id: int, payload: dict[str, Any] | None = None) -> None:
    OutboxEvent.objects.create(topic=topic, subject_id=subject_id, payload=payload or {})


def append_many(*, topic: str, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
    events = [OutboxEvent(topic=topic, subject_id=subject_id, payload=payload) for subject_id, payload in rows]
    OutboxEvent.objects.bulk_create(events, batch_size=5000)


def consume(*, consumer: str, topic: str, fold: Callable[[Sequence[tuple[int, dict[str, Any]]]], None]) -> int:
    """Fold every row that is safe to read, once; returns how many. Two consumers of one name wait for each other."""
    with transaction.atomic():
        OutboxCursor.objects.get_or_create(consumer=consumer)
        cursor_row = OutboxCursor.objects.select_for_update().get(consumer=consumer)
        upto = oldest_open_xid()
        with connection.cursor() as cursor:
            cursor.execute(_READY, [topic, cursor_row.xid, upto])
            rows = [(subject_id, _payload(payload)) for _id, subject_id, payload in cursor.fetchall()]
        if rows:
            fold(rows)
        cursor_row.xid = upto
        cursor_row.save(update_fields=["xid"])
    return len(rows)


def oldest_open_xid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def forget_folded(*, topic: str, consumers: Sequence[str]) -> int:
    """Delete rows that every consumer of the topic has taken."""
    bounds = OutboxCursor.objects.filter(consumer__in=consumers).values_list("xid", flat=True)
    if len(bounds) < len(consumers):
        return 0
    return OutboxEvent.objects.filter(topic=topic, xid__lt=min(bounds)).delete()[0]


def _payload(value: Any) -> dict[str, Any]:
    import json

    return json.loads(value) if isinstance(value, str) else value
