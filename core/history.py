"""What was a record before? Its history rows (pghistory) as lines of a timeline: who changed what from what to what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core.kernel import formats
from core.kernel.own_fields import OwnField, shown
from core.models import AuditEvent

SYSTEM = "Salesops"
# What hangs on records of any kind leaves these acts, told in the timeline of each.
HANGING = {
    "record.tagged": ("tag", _lazy("Tagged")),
    "record.untagged": ("tag-off", _lazy("Tag taken off")),
    "record.file_attached": ("paperclip", _lazy("File attached")),
    "record.file_removed": ("paperclip", _lazy("File deleted")),
    "record.file_restored": ("paperclip", _lazy("File brought back")),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline. changes: (label, before, after) as text; `before` is "" where nothing was.

    kind: change, contact (a call, e-mail, meeting, note), task; done_url ticks an open task off. url: of the record
    that the title names; facts stand beside who; of: the row itself, where a page offers to change it.
    """

    at: datetime
    icon: str
    title: str = ""
    who: str = ""
    changes: Sequence[tuple[str, str, str]] = ()
    body: str = ""
    kind: str = "change"
    done_url: str = ""
    url: str = ""
    facts: Sequence[str] = ()
    of: Any = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a line stands in a timeline: by instant, then by where it comes from, then by row. Sorts oldest first."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%f')}-{self.rank}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """A place written by str(); None for anything else."""
        at, _dash, rest = text.partition("-")
        rank, _dash, pk = rest.partition("-")
        try:
            when = datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
            return cls(when, int(rank[:9]), int(pk[:18]))
        except ValueError:
            return None


class Source(Protocol):
    """Where lines of a timeline come from. group: activities, changes, deals or files; rank is unlike the others'."""

    rank: int
    group: str

    def newest(self, before: Place | None, limit: int) -> list[tuple[Place, Happening | None]]:
        """The newest lines before a place, newest first; None where a row has nothing to tell."""


def earlier_than(rows: Any, before: Place | None, *, rank: int, at: str, pk: str) -> Any:
    """Rows of a source that stand before a place; `at` and `pk` name its fields."""
    if before is None:
        return rows
    same = Q(**{at: before.at})
    past = Q(**{f"{at}__lt": before.at})
    if rank < before.rank:
        return rows.filter(past | same)
    return rows.filter(past | (same & Q(**{f"{pk}__lt": before.pk}))) if rank == before.rank else rows.filter(past)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some lines, newest first; earlier is the place to go on from, "" at the end."""

    lines: list[Happening]
    earlier: str


def timeline_page(sources: Sequence[Source], *, before: str = "", limit: int) -> TimelinePage:
    """The newest lines of all sources before a place, in a number of queries that doesn't grow with them."""
    place = Place.read(before)
    rows = [row for source in sources for row in source.newest(place, limit + 1)]
    rows.sort(key=lambda row: row[0], reverse=True)
    shown = rows[:limit]
    return TimelinePage([line for _place, line in shown if line], str(shown[-1][0]) if len(rows) > limit else "")


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of fields of records of one model, from its history. `records`: rows, seen or not, by a queryset.

    own: the custom fields whose values are told; people(ids) gives the names of those they name.
    """

    rank: int
    group: str
    records: QuerySet[Any]
    fields: Sequence[str]
    is_titled: bool = False
    own: Sequence[OwnField] = ()
    people: Callable[[Iterable[Any]], Mapping[int, str]] = lambda ids: {}

    def newest(self, before: Place | None, limit: int) -> list[tuple[Place, Happening | None]]:
        model: Any = self.records.model
        history = model.events.rel.related_model
        later = history.objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id")).order_by("pgh_id")
        rows = history.objects.filter(pgh_obj__in=self.records.order_by().values("pk")).select_related("pgh_context")
        rows = earlier_than(rows, before, rank=self.rank, at="pgh_created_at", pk="pgh_id")
        rows = rows.annotate(next_id=Subquery(later.values("pgh_id")[:1])).order_by("-pgh_created_at", "-pgh_id")
        events = list(rows[:limit])
        if not events:
            return []
        return self._told(events, self._afters(history, events))

    def _afters(self, history: Any, events: Sequence[Any]) -> list[Any]:
        """What stood after each change: the next row of its history, or the record as it is."""
        known = {event.pgh_id: event for event in events}
        wanted = {event.next_id for event in events} - {None} - set(known)
        known |= {row.pgh_id: row for row in history.objects.filter(pgh_id__in=wanted)} if wanted else {}
        model: Any = self.records.model
        now = model._default_manager.in_bulk({event.pgh_obj_id for event in events})
        return [known[event.next_id] if event.next_id else now[event.pgh_obj_id] for event in events]

    def _told(self, events: Sequence[Any], afters: Sequence[Any]) -> list[tuple[Place, Happening | None]]:
        words = _Words(self.records.model, self.fields, [*events, *afters])
        owns = self._own_words(events, afters)
        titles: Mapping[int, Any] = {}
        if self.is_titled:
            titles = self.records.model._default_manager.in_bulk({event.pgh_obj_id for event in events})
        return [
            (Place(before.pgh_created_at, self.rank, before.pgh_id), self._line(before, after, words, owns, titles))
            for before, after in zip(events, afters, strict=True)
        ]

    def _line(
        self, before: Any, after: Any, words: _Words, people: Mapping[int, str], titles: Mapping[int, Any]
    ) -> Happening | None:
        changed = [name for name in self.fields if _raw(before, name) != _raw(after, name)]
        told = [(words.label(name), words.text(before, name), words.text(after, name)) for name in changed]
        told += _own_changes(self.own, before, after, people)
        if not told:
            return None
        record = titles.get(before.pgh_obj_id)
        title, url = (str(record), record.get_absolute_url()) if record is not None else ("", "")
        icon = _icon(changed) if changed else "arrows-exchange"
        return Happening(before.pgh_created_at, icon, title=title, who=words.who(before), changes=told, url=url)

    def _own_words(self, events: Sequence[Any], afters: Sequence[Any]) -> Mapping[int, str]:
        keys = [one.key for one in self.own if one.type == "person"]
        ids = {(row.custom or {}).get(key) for row in (*events, *afters) for key in keys} if keys else set()
        return self.people(ids - {None})


def _own_changes(
    own: Sequence[OwnField], before: Any, after: Any, people: Mapping[int, str]
) -> list[tuple[str, str, str]]:
    if not own or before.custom == after.custom:
        return []
    was, now = before.custom or {}, after.custom or {}
    currency = str(getattr(after, "currency_id", "") or "")
    told = []
    for one in own:
        if was.get(one.key) != now.get(one.key):
            texts = [shown(one, row.get(one.key), people, currency=currency)[:200] for row in (was, now)]
            told.append((one.label, texts[0], texts[1]))
    return told


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts on records that a timeline tells: act -> (icon, title). on: kind -> ids of records (rows or a queryset).

    this: the kind and id of the record looked at; lines of others name theirs.
    """

    rank: int
    group: str
    on: Mapping[str, Any]
    told: Mapping[str, tuple[str, Any]]
    this: tuple[str, int]

    def newest(self, before: Place | None, limit: int) -> list[tuple[Place, Happening | None]]:
        mine = Q()
        for kind, ids in self.on.items():
            mine |= Q(subject_kind=kind, subject_id__in=ids)
        rows = AuditEvent.objects.filter(mine, act__in=list(self.told))
        rows = earlier_than(rows, before, rank=self.rank, at="at", pk="pk").order_by("-at", "-pk")
        return [(Place(event.at, self.rank, event.pk), self._line(event)) for event in rows[:limit]]

    def _line(self, event: AuditEvent) -> Happening:
        line = _act(event, *self.told[event.act])
        if (event.subject_kind, event.subject_id) == self.this:
            return line
        return replace(line, title=f"{line.title}: {event.subject_label}")


def _act(event: AuditEvent, icon: str, title: Any) -> Happening:
    now = event.detail.get("now") or event.detail.get("unmet") or ()
    body = ". ".join(part for part in (", ".join(str(one) for one in now), event.reason) if part)
    return Happening(event.at, icon, title=str(title), who=event.actor_label, body=body)


def _icon(changed: Sequence[str]) -> str:
    return "arrow-right" if changed[0] == "stage" else "arrows-exchange"


def _raw(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)


class _Words:
    """Labels and values of fields as people read them; each table they point to is asked once."""

    def __init__(self, record: Any, fields: Sequence[str], rows: Sequence[Any]) -> None:
        self.fields = {name: record._meta.get_field(name) for name in fields}
        self.names = {name: self._names(name, rows) for name in fields}
        self.logins = _logins(rows)

    def _names(self, name: str, rows: Iterable[Any]) -> dict[Any, str]:
        related: Any = self.fields[name].related_model
        if related is None:
            return {}
        wanted = {_raw(row, name) for row in rows} - {None}
        return {key: str(row) for key, row in related._default_manager.in_bulk(wanted).items()} if wanted else {}

    def label(self, name: str) -> str:
        text = str(getattr(self.fields[name], "verbose_name", name))
        return text[:1].upper() + text[1:]

    def text(self, row: Any, name: str) -> str:
        value, field = _raw(row, name), self.fields[name]
        if value is None or value == "":
            return ""
        if self.names[name]:
            return self.names[name].get(value, _("a deleted record"))
        choices = dict(getattr(field, "flatchoices", ()))
        if value in choices:
            return str(choices[value])
        return self._plain(row, value, name)

    def _plain(self, row: Any, value: Any, name: str) -> str:
        if isinstance(value, datetime):
            return formats.day(value.date())
        if isinstance(value, date):
            return formats.day(value)
        if isinstance(value, Decimal) and name.endswith("amount") and hasattr(row, "currency_id"):
            return formats.exact_money(value, str(row.currency_id))
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return str(value)

    def who(self, event: Any) -> str:
        metadata = event.pgh_context.metadata if event.pgh_context else {}
        if metadata.get("import"):
            return _("Import %(number)s") % {"number": metadata["import"]}
        return str(metadata.get("who") or self.logins.get(str(metadata.get("user")), SYSTEM))


def _logins(rows: Sequence[Any]) -> dict[str, str]:
    """E-mails of authors whose name wasn't kept with the change."""
    contexts = [getattr(row, "pgh_context", None) for row in rows]
    metadata = [context.metadata for context in contexts if context]
    ids = {one["user"] for one in metadata if one.get("user") and not one.get("who")}
    found = get_user_model()._default_manager.filter(pk__in=ids) if ids else ()
    return {str(user.pk): str(user.get_username()) for user in found}
