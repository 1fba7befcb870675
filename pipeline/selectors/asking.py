"""What is asked of the cube, and by whom: the days, the filters, the deals that the asker may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.kernel.access import SignedIn
from core.kernel.periods import Period
from pipeline.policies import may_see_deals
from pipeline.selectors import sources


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: days [start, end), the as-of day, filters by split name, who asks (None = the whole company).

    A filter `position` limits to a seat's id and all below it by the line of each deal's date. seen_on: the day whose
    reporting line says what the asker may see, when that isn't the as-of day: access follows today's line, whatever
    day is asked about.
    """

    period: Period
    as_of: date
    user: SignedIn | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about some spans of days, by some splits. The question's own period isn't looked at.

    only: the names of the sums that are filled (won_*, lost_* and open_* ones), all when empty. top: only so many keys
    of each span, those with most bookings; 0 for all.
    """

    question: Question
    spans: Sequence[Period]
    splits: Sequence[str] = ()
    only: Sequence[str] = ()
    top: int = 0

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that its sums are made of; none when all are."""
        return tuple(sorted({name.split("_")[0] for name in self.only}))


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose deals somebody sees: of everybody (both None), of some owners, or what is seen from a seat."""

    owners: list[int] | None = None
    seat: int | None = None

    @property
    def is_nobody(self) -> bool:
        return self.owners == []


def seen_by(question: Question) -> Seen:
    """What the asker sees. From a seat where the reporting line of the as-of day decides, which totals know."""
    user = question.user
    if user is None:
        return Seen()
    if not may_see_deals(user):
        return Seen([])
    day = question.seen_on or question.as_of
    seat = getattr(user, "seat_id_on", None)
    if day == question.as_of and seat is not None and (place := seat(day)) is not None:
        return Seen(seat=place)
    return Seen(user.visible_owner_ids(day))


def owners_seen(question: Question) -> list[int] | None:
    """Ids of the owners whose deals the asker may see; None = all, unassigned ones too."""
    if question.user is None:
        return None
    if not may_see_deals(question.user):
        return []
    return question.user.visible_owner_ids(question.seen_on or question.as_of)


def filter_params(question: Question) -> dict[str, str]:
    """The filters' values as the parameters that pipeline.selectors.sources names."""
    return {f"filter_{name}": _key(name, value) for name, value in question.filters.items()}


def _key(name: str, value: str) -> str:
    """A filter's value; what can't be an id is nobody's."""
    is_id = name == sources.POSITION or sources.SPLITS[name].by_id
    return value if not is_id or (value.isascii() and value.isdigit() and len(value) < 19) else "-1"
