"""How a person keeps a list: saved views they see, in their order; their columns, density and first view."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from core.enums import Density, Sharing
from core.models import ListChoice, SavedView

EVERY_LIST = "*"


@dataclass(frozen=True, slots=True)
class ListState:
    """What a person chose for a list. columns: keys in order, none for the list's own; views: in the person's order."""

    columns: Sequence[str]
    is_compact: bool
    views: Sequence[SavedView]
    first_view: SavedView | None


def views_for(user: Any, as_of: date) -> QuerySet[SavedView]:
    """A login's own views, and those that others share with everyone or with the login's team and line."""
    mine = Q(owner=user.pk) | Q(sharing=Sharing.ALL)
    shared = Q(sharing=Sharing.TEAM, owner__in=user.teammate_ids(as_of))
    return SavedView.objects.filter(mine | shared, archived_at=None).select_related("owner__person")


def list_state(user: Any, table: str, as_of: date) -> ListState:
    """Two queries, however many views there are."""
    choices = {one.table: one for one in ListChoice.objects.filter(user=user.pk, table__in=(EVERY_LIST, table))}
    own, every = choices.get(table), choices.get(EVERY_LIST)
    place = {pk: number for number, pk in enumerate(own.view_order if own else ())}
    found = list(views_for(user, as_of).filter(table=table))
    views = sorted(found, key=lambda view: (place.get(view.pk, len(place)), view.name, view.pk))
    first = own.default_view_id if own else None
    return ListState(
        columns=tuple(own.columns) if own else (),
        is_compact=bool(every and every.density == Density.COMPACT),
        views=views,
        first_view=next((view for view in views if view.pk == first), None),
    )


def get_view_for(user: Any, view_id: int, *, is_deleted: bool = False) -> SavedView:
    """One's own saved view, or one that was deleted. Raises Http404 for another's."""
    view = SavedView.objects.filter(pk=view_id, owner=user.pk, archived_at__isnull=not is_deleted).first()
    if view is None:
        raise Http404("No such view.")
    return view


def get_seen_view_for(user: Any, view_id: int, as_of: date) -> SavedView:
    """A view the person sees, own or shared. Raises Http404."""
    view = views_for(user, as_of).filter(pk=view_id).first()
    if view is None:
        raise Http404("No such view.")
    return view


PATIENCE_MS = 400


def quick_count(rows: QuerySet[Any], *, cap: int) -> int | None:
    """How many rows, counted to one above a cap; None when that takes the database longer than PATIENCE_MS."""
    try:
        sql, params = rows.order_by().values("pk")[: cap + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0
    limited = f"SET LOCAL statement_timeout = {PATIENCE_MS}; SELECT count(*) FROM ({sql}) counted"
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(limited, params)  # the limit holds for each of the two by itself
        found = int(cursor.fetchone()[0])
        if connection.savepoint_ids:  # else it ends with the transaction
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
        return found
    return None
