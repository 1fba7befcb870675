"""Writes of how a person keeps a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.enums import Density
from core.models import ListChoice, SavedView
from core.selectors.saved_views import EVERY_LIST


class ViewError(ValueError):
    """A change of a view that can't be; the message says why."""


def save_view(*, owner: Any, table: str, name: str, query: str, sharing: str) -> SavedView:
    """Keep a state of a list under a name; the same name of the same person is replaced."""
    view, _made = SavedView.objects.update_or_create(
        owner=owner, table=table, name=name, archived_at=None, defaults={"query": query, "sharing": sharing}
    )
    return view


def change_view(*, view: SavedView, name: str, sharing: str) -> SavedView:
    """Rename a view, or share it with others. Raises ViewError for a name the person has already."""
    view.name, view.sharing = name, sharing
    return _saved(view, ["name", "sharing"])


def overwrite_view(*, view: SavedView, query: str) -> SavedView:
    """Let a view hold another state of its list."""
    view.query = query
    return _saved(view, ["query"])


def delete_view(*, view: SavedView, at: datetime) -> None:
    """Take a view away from everyone; it can be brought back."""
    view.archived_at = at
    _saved(view, ["archived_at"])


def restore_view(*, view: SavedView) -> SavedView:
    """Raises ViewError when its name is taken again meanwhile."""
    view.archived_at = None
    return _saved(view, ["archived_at"])


def _saved(view: SavedView, fields: Sequence[str]) -> SavedView:
    try:
        with transaction.atomic():
            view.save(update_fields=fields)
    except IntegrityError as error:
        raise ViewError(_("You have a view “%(name)s” of this list already.") % {"name": view.name}) from error
    return view


def choose_columns(*, user: Any, table: str, columns: Sequence[str]) -> None:
    """Show these columns in this order from now on; none: the list's own."""
    _choose(user, table, columns=list(columns))


def choose_density(*, user: Any, density: str) -> None:
    """How close rows stand, in every list."""
    _choose(user, EVERY_LIST, density=Density(density))


def choose_first_view(*, user: Any, table: str, view: SavedView | None) -> None:
    """The view a list opens with; None: all rows."""
    _choose(user, table, default_view=view)


def order_views(*, user: Any, table: str, ids: Sequence[int]) -> None:
    _choose(user, table, view_order=list(ids))


def _choose(user: Any, table: str, **values: Any) -> None:
    ListChoice.objects.update_or_create(user_id=user.pk, table=table, defaults=values)
