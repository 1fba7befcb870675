"""Pages: the side bar, tiles, cards, commands, notices, decisions that wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.registry.register import everyone

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A line of the side bar. groups in order: home, revenue, operations, compensation, reports, foot.

    Entries of the group `settings` stand on the settings page with their `text`, those of `account` in the menu of
    one's own login. also: names of other addresses whose pages belong to the entry. count(user, as_of): the number
    beside the label.
    """

    key: str
    group: str
    order: int
    label: Any
    icon: str
    url_name: str
    may_see: Callable[[Any], bool] = everyone
    count: Callable[[Any, date], int | None] | None = None
    count_is_work: bool = False
    shortcut: str = ""
    text: Any = ""
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure of the dashboard. make(board) gives what components/kpi.html shows, or None for no tile at all.

    board.asked says what is asked (period, as_of, user, filters); the grid closes without tiles that aren't there.
    """

    key: str
    order: int
    label: Any
    make: Callable[[Any], Any]
    may_see: Callable[[Any], bool] = everyone


@dataclass(frozen=True, slots=True)
class TodayCard:
    """A card that a room adds to the start page, loaded from its own address (url_name takes nothing).

    column: main or side. The address answers with the card alone to htmx, with a page of it otherwise.
    """

    key: str
    order: int
    title: Any
    url_name: str
    may_see: Callable[[Any], bool] = everyone
    column: str = "side"


@dataclass(frozen=True, slots=True)
class Command:
    """What the palette offers to do without a record: a page that makes or brings in something."""

    key: str
    order: int
    label: Any
    icon: str
    url_name: str
    may_see: Callable[[Any], bool] = everyone
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """A kind of thing people are told (`task_assigned`): how it looks, how one hears of it unless one chose otherwise.

    label says when it comes ("A task is assigned to you") and stands for the text when its record can't be seen any
    more; tone: good, warn, bad, acc or none; act labels the button that opens its address; channel: app, mail or none.
    """

    key: str
    order: int
    label: Any
    icon: str
    group: str = "work"
    tone: str = ""
    act: Any = ""
    channel: str = "app"
    may_have: Callable[[Any], bool] = everyone


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a decision: what, who asked and why, where it is decided; in_place_of: who is away."""

    title: str
    detail: str
    url: str
    in_place_of: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """A kind of decision. waiting(user, as_of) gives what waits for a person, also in place of somebody away."""

    key: str
    order: int
    label: Any
    waiting: Callable[[Any, date], Sequence[Waiting]]


@dataclass(frozen=True, slots=True)
class SignInOffer:
    """Logins that the sign-in page offers by one click: logins() gives name, role, email and password of each.

    Only an invented company has any.
    """

    key: str
    logins: Callable[[], Sequence[dict[str, str]]]
