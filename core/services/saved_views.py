"""How a person keeps a list."""

from __future__ import annotations

from typing import Any

from core.models import SavedView


def save_view(*, owner: Any, table: str, name: str, query: str, is_shared: bool) -> SavedView:
    """Keep a state of a list under a name; the same name of the same person is replaced."""
    view, _made = SavedView.objects.update_or_create(
        owner=owner, table=table, name=name, defaults={"query": query, "is_shared": is_shared}
    )
    return view


def delete_view(*, view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).delete()
