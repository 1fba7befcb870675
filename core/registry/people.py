"""People: what is known about somebody, and what a leaver hands over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.registry.register import everyone

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """A kind of record about one human being (a contact, a lead, a person), whose data can be told and erased.

    blanks: what each personal field becomes; the field `name` becomes a pseudonym, such as “Contact 12”.
    refusal(record): why it can't be erased now, "" when it can. search: fields that a text is looked for in.
    stays: what of such a record is kept, and why: pairs of words.
    """

    key: str
    order: int
    label: Any
    model: Any
    prefix: str
    blanks: Mapping[str, Any]
    search: Sequence[str] = ("name", "email")
    refusal: Callable[[Any], str] = lambda record: ""
    stays: Sequence[tuple[Any, Any]] = ()


@dataclass(frozen=True, slots=True)
class PersonalTrace:
    """What a room keeps elsewhere about such a record.

    tell(kind, record) gives it as plain data; erase(kind, record, pseudonym) takes it away and gives how many rows.
    is_text: words somebody wrote, erased only when asked for. may_tell: whom it is told to besides being an admin.
    """

    key: str
    order: int
    label: Any
    tell: Callable[[str, Any], Sequence[Mapping[str, Any]]]
    erase: Callable[[str, Any, str], int]
    is_text: bool = False
    may_tell: Callable[[Any], bool] = everyone


@dataclass(frozen=True, slots=True)
class LeaverPart:
    """Records that are somebody's, and go to others when they leave.

    rows(person) are those to be handed over, `owner` their pointer to the person; give(ids, to, by, on) hands some over
    by the rules of their room, also back. record_kind: where only who sees a record may pick it out.
    """

    key: str
    order: int
    label: Any
    icon: str
    rows: Callable[[Any], QuerySet[Any]]
    give: Callable[[Sequence[int], Any, Any, date], None]
    record_kind: str = ""
    owner: str = "owner"


@dataclass(frozen=True, slots=True)
class LeaverEnd:
    """What else of somebody's access ends for good when they leave; an undo doesn't bring it back.

    count(user) is how many are open, end(user, by) ends them in the transaction of the leaving and gives how many.
    """

    key: str
    order: int
    label: Any
    words: Any
    count: Callable[[Any], int]
    end: Callable[[Any, Any], int]
