"""How a person keeps a list: saved views they see, in their order; their columns, density and first view."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from core.enums import Density, Sharing
from core.models import ListChoice, SavedView
from core.selectors.patience import close_if_left_open

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
    shared = Q(sharing=Sharing.TEAM, owner__in=user.teammate_ids(as_of))
    return _standing().filter(_open_to(user) | shared)


def _standing() -> QuerySet[SavedView]:
    return SavedView.objects.filter(archived_at=None).select_related("owner__person")


def _open_to(user: Any) -> Q:
    return Q(owner=user.pk) | Q(sharing=Sharing.ALL)


def _views_of(user: Any, table: str, as_of: date) -> list[SavedView]:
    """The views of one list that a login sees. Who sits near whom is asked only where somebody shares with a team."""
    of_list = _standing().filter(table=table)
    found = list(of_list.filter(_open_to(user) | Q(sharing=Sharing.TEAM)))
    if not any(_is_for_a_team(view, user) for view in found):
        return found
    near = set(user.teammate_ids(as_of).values_list("pk", flat=True))
    return [view for view in found if not _is_for_a_team(view, user) or view.owner_id in near]


def _is_for_a_team(view: SavedView, user: Any) -> bool:
    return view.sharing == Sharing.TEAM and view.owner_id != user.pk


def list_state(user: Any, table: str, as_of: date) -> ListState:
    """Two queries, however many views there are; three where somebody shares one with a team."""
    choices = {one.table: one for one in ListChoice.objects.filter(user=user.pk, table__in=(EVERY_LIST, table))}
    own, every = choices.get(table), choices.get(EVERY_LIST)
    place = {pk: number for number, pk in enumerate(own.view_order if own else ())}
    found = _views_of(user, table, as_of)
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


PATIENCE_MS = 120
_SUMS = """
(SELECT json_agg(json_build_array(code, number, amount) ORDER BY code) FROM (
  SELECT code, count(*) AS number, sum(amount)::text AS amount
  FROM ({rows}) counted(code, amount) GROUP BY code) sums)
"""


def quick_count(rows: QuerySet[Any], *, cap: int) -> int | None:
    """How many rows, counted to one above a cap; None when that takes the database longer than PATIENCE_MS."""
    return quick_counts([rows], cap=cap)[0]


def quick_sums(rows: QuerySet[Any], field: str, *, cap: int) -> tuple[int | None, list[tuple[str, Decimal]]]:
    """The same count, and by currency the exact sums of a field of the rows counted, in one statement."""
    try:
        sql, params = rows.order_by().values_list("currency_id", field)[: cap + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0, []
    found = _count_at_once([(_SUMS.format(rows=sql), tuple(params))], PATIENCE_MS)
    if found is None:
        return None, []
    told: list[tuple[str, int, str | None]] = found[0] or []
    sums = [(currency, Decimal(amount)) for currency, _rows, amount in told if amount is not None]
    return sum(number for _currency, number, _amount in told), sums


def quick_counts(lists: Sequence[QuerySet[Any]], *, cap: int) -> list[int | None]:
    """The same for several lists: in one statement, and where that takes too long one by one in as much time again."""
    asked = [_counting(rows, cap) for rows in lists]
    known = [one for one in asked if one is not None]
    found = _count_at_once(known, PATIENCE_MS)
    if found is None:
        each = PATIENCE_MS // len(known)
        found = [None] if len(known) == 1 else [(_count_at_once([one], each) or [None])[0] for one in known]
    numbers = iter(found)
    return [0 if one is None else next(numbers) for one in asked]


Counting = tuple[str, tuple[Any, ...]]


def _counting(rows: QuerySet[Any], cap: int) -> Counting | None:
    """The statement that counts, with its parameters; None where there can't be a row."""
    try:
        sql, params = rows.order_by().values("pk")[: cap + 1].query.sql_with_params()
    except EmptyResultSet:
        return None
    return f"(SELECT count(*) FROM ({sql}) counted)", tuple(params)


def _count_at_once(asked: Sequence[Counting], milliseconds: int) -> list[Any] | None:
    """What the statements give; None when it takes too long."""
    if not asked:
        return []
    limited = f"SET LOCAL statement_timeout = {milliseconds}; SELECT {', '.join(sql for sql, _params in asked)}"
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(limited, [value for _sql, params in asked for value in params])  # for each of the two by itself
        found = list(cursor.fetchone())
        if connection.savepoint_ids:  # else it ends with the transaction
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
        return found
    close_if_left_open()
    return None
