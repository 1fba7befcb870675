"""What was a record before? Its history rows (pghistory) as lines of a timeline: who changed what from what to what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from core.kernel import formats

SYSTEM = "Salesops"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline. changes: (label, before, after) as text; `before` is "" where nothing was.

    kind: change, contact (a call, e-mail, meeting, note), task.
    """

    at: datetime
    icon: str
    title: str = ""
    who: str = ""
    changes: Sequence[tuple[str, str, str]] = ()
    body: str = ""
    kind: str = "change"
    url: str = ""
    is_open_task: bool = False


def changes_of(record: models.Model, fields: Sequence[str], *, limit: int) -> list[Happening]:
    """Changes of some fields of a record, newest first, in a number of queries that doesn't grow with them.

    History rows hold the values before each change; the record itself holds those after the last.
    """
    events = list(
        record.events.select_related("pgh_context").order_by("-pgh_created_at", "-pgh_id")[:limit]  # type: ignore[attr-defined]  # -- made by pghistory
    )
    words = _Words(record, fields, events)
    happened, after = [], record
    for before in events:
        changed = [name for name in fields if _raw(before, name) != _raw(after, name)]
        if changed:
            told = [(words.label(name), words.text(before, name), words.text(after, name)) for name in changed]
            happened.append(Happening(before.pgh_created_at, _icon(changed), who=words.who(before), changes=told))
        after = before
    return happened


def _icon(changed: Sequence[str]) -> str:
    return "arrow-right" if changed[0] == "stage" else "arrows-exchange"


def _raw(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)


class _Words:
    """Labels and values of fields as people read them; each table they point to is asked once."""

    def __init__(self, record: models.Model, fields: Sequence[str], events: Sequence[Any]) -> None:
        self.fields = {name: record._meta.get_field(name) for name in fields}
        self.currency = str(getattr(record, "currency_id", "") or "")
        self.names = {name: self._names(name, (*events, record)) for name in fields}
        self.logins = _logins(events)

    def _names(self, name: str, rows: Iterable[Any]) -> dict[Any, str]:
        related = self.fields[name].related_model
        if not isinstance(related, type):
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
        return self._plain(value, name)

    def _plain(self, value: Any, name: str) -> str:
        if isinstance(value, datetime):
            return formats.day(value.date())
        if isinstance(value, date):
            return formats.day(value)
        if isinstance(value, Decimal) and name.endswith("amount"):
            return formats.exact_money(value, self.currency)
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return str(value)

    def who(self, event: Any) -> str:
        metadata = event.pgh_context.metadata if event.pgh_context else {}
        if metadata.get("import"):
            return _("Import %(number)s") % {"number": metadata["import"]}
        return str(metadata.get("who") or self.logins.get(str(metadata.get("user")), SYSTEM))


def _logins(events: Sequence[Any]) -> dict[str, str]:
    """E-mails of authors whose name wasn't kept with the change."""
    metadata = [event.pgh_context.metadata for event in events if event.pgh_context]
    ids = {one["user"] for one in metadata if one.get("user") and not one.get("who")}
    found = get_user_model()._default_manager.filter(pk__in=ids) if ids else ()
    return {str(user.pk): str(user.get_username()) for user in found}
