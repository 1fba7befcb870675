"""Searching a large table by text: each way to be found has an index of its own; one condition with OR has none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

FEW = 500


def found_by[Rows: QuerySet[Any]](rows: Rows, ways: Sequence[Q]) -> Rows:
    """The rows that are found by one of the ways.

    Where not many records of the table are found at all, they are found first, each way by its index. Where many are,
    reading rows in the order of a list meets enough of them soon.
    """
    records = rows.model._base_manager
    parts = [records.filter(way).order_by().values_list("pk", flat=True)[: FEW + 1] for way in ways]
    ids = list(parts[0].union(*parts[1:], all=True).order_by()[: FEW + 1]) if len(parts) > 1 else list(parts[0])
    return rows.filter(pk__in=ids) if len(ids) <= FEW else rows.filter(reduce(or_, ways))
