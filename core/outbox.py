"""What changed, in order, for consumers that fold it: the node aggregate, later incremental pay, webhooks, automation.

Rows carry the id of their transaction. A consumer takes rows with bound <= xid < the oldest transaction still open,
and moves its bound in the same transaction as its fold: ids commit out of order, transactions below the bound never do.

Tables watched by `core_outbox_watch` (see the migrations of their rooms) leave rows by trigger, whoever writes them:
one for each subject, or a single one with subject 0, "everything", when a statement touched more than 5,000.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from core.models import OutboxCursor, OutboxEvent

EVERYTHING = 0
_READY = """
SELECT topic, subject_id, payload FROM core_outboxevent
WHERE topic = ANY(%s) AND xid >= %s AND xid < %s ORDER BY xid, id
"""


class Event(NamedTuple):
    """One row of the outbox; subject_id EVERYTHING stands for all subjects of the topic."""

    topic: str
    subject_id: int
    payload: dict[str, Any]


def append(*, topic: str, subject_id: int, payload: dict[str, Any] | None = None) -> None:
    OutboxEvent.objects.create(topic=topic, subject_id=subject_id, payload=payload or {})


def consume(*, consumer: str, topics: Sequence[str], fold: Callable[[Sequence[Event]], None]) -> int:
    """Fold every row that is safe to read, once; returns how many. Two consumers of one name wait for each other."""
    with transaction.atomic():
        cursor_row = _locked(consumer)
        upto = oldest_open_xid()
        with connection.cursor() as cursor:
            cursor.execute(_READY, [list(topics), cursor_row.xid, upto])
            events = [Event(topic, subject_id, _payload(payload)) for topic, subject_id, payload in cursor.fetchall()]
        if events:
            fold(events)
        _move(cursor_row, upto)
    return len(events)


def skip_to_now(*, consumer: str) -> None:
    """Take every row that is safe to read as done. Whatever the caller reads afterwards holds their changes."""
    with transaction.atomic():
        _move(_locked(consumer), oldest_open_xid())


def is_waiting(*, consumer: str, topics: Sequence[str]) -> bool:
    """Whether there are rows the consumer has not taken."""
    bound = OutboxCursor.objects.filter(consumer=consumer).values_list("xid", flat=True).first() or 0
    return OutboxEvent.objects.filter(topic__in=topics, xid__gte=bound).exists()


def oldest_open_xid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def forget_folded(*, topics: Sequence[str], consumers: Sequence[str]) -> int:
    """Delete rows that every consumer of the topics has taken."""
    bounds = OutboxCursor.objects.filter(consumer__in=consumers).values_list("xid", flat=True)
    if len(bounds) < len(consumers):
        return 0
    return OutboxEvent.objects.filter(topic__in=topics, xid__lt=min(bounds)).delete()[0]


def _locked(consumer: str) -> OutboxCursor:
    OutboxCursor.objects.get_or_create(consumer=consumer)
    return OutboxCursor.objects.select_for_update().get(consumer=consumer)


def _move(cursor_row: OutboxCursor, xid: int) -> None:
    cursor_row.xid = max(cursor_row.xid, xid)
    cursor_row.save(update_fields=["xid"])


def _payload(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value
