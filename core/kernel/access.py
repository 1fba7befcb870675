"""What rooms may ask the signed-in person: roles, the owners whose records are visible, what is shared with them."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol


class SignedIn(Protocol):
    """The part of people.User that core knows."""

    pk: Any

    @property
    def is_authenticated(self) -> bool:
        """True for whoever signed in."""

    def has_role(self, *names: str) -> bool:
        """True when the person holds any of the roles today."""

    def visible_owner_ids(self, as_of: date) -> list[int] | None:
        """Ids of people whose records are visible; None = everyone's, also unassigned."""

    def teammate_ids(self, as_of: date) -> Any:
        """A subquery of ids of logins that share a team or the reporting line with this one on a day."""

    def shared_ids(self, kind: str, as_of: date, *, to_edit: bool = False) -> frozenset[int]:
        """Ids of a kind's records shared with the person, whoever owns them; to_edit: only those they may change."""
