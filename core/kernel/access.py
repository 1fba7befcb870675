"""What core may ask the signed-in person: nothing but roles and the owners whose records are visible."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Protocol


class SignedIn(Protocol):
    """The part of people.User that core knows."""

    pk: Any
    is_authenticated: bool

    def has_role(self, *names: str) -> bool:
        """True when the person holds any of the roles today."""

    def visible_owner_ids(self, as_of: date) -> Collection[int] | Any | None:
        """Ids (or a subquery of ids) of people whose records are visible; None = everyone's, also unassigned."""
