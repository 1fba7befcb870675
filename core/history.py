"""What was a record before? Its history rows (pghistory) as lines of a timeline: who changed what from what to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from core.kernel import formats
from core.models import AuditEvent

SYSTEM = "Salesops"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline. changes: (label, before, after) as text; `before` is "" where nothing was.

    kind: change, contact (a call, e-mail, meeting, note), task; done_url ticks an open task off.
    """

    at: datetime
    icon: str
    title: str = ""
    who: str = ""
    changes: Sequence[tuple[str, str, str]] = ()
    body: str = ""
    kind: str = "change"
    done_url: str = ""


def changes_of(record: models.Model, fields: Sequence[str], *, limit: int) -> list[Happening]:
    """Changes of some fields of a record, newest first, in a number of queries that doesn't grow with them."""
    return changes_of_all([record], fields, limit=limit)


def changes_of_all(
    records: Sequence[models.Model], fields: Sequence[str], *, limit: int, is_titled: bool = False
) -> list[Happening]:
    """The newest `limit` changes of several records of one model; is_titled: each line names its record.

    History rows hold the values before each change; the record itself holds those after the last.
    """
    if not records:
        return []
    after: dict[Any, Any] = {record.pk: record for record in records}
    history: Any = type(records[0]).events.rel.related_model  # type: ignore[attr-defined]  # -- made by pghistory
    found = history.objects.filter(pgh_obj__in=list(after)).select_related("pgh_context")
    events = list(found.order_by("-pgh_created_at", "-pgh_id")[:limit])
    words = _Words(records[0], fields, [*events, *records])
    happened = []
    for before in events:
        now, titled = after[before.pgh_obj_id], after[before.pgh_obj_id] if is_titled else ""
        changed = [name for name in fields if _raw(before, name) != _raw(now, name)]
        if changed:
            told = [(words.label(name), words.text(before, name), words.text(now, name)) for name in changed]
            title = str(getattr(titled, "name", titled))
            happened.append(
                Happening(before.pgh_created_at, _icon(changed), title=title, who=words.who(before), changes=told)
            )
        after[before.pgh_obj_id] = before
    return happened


def acts_on(record: models.Model, told: Mapping[str, tuple[str, Any]], *, limit: int) -> list[Happening]:
    """Acts on a record that its timeline tells: act -> (icon, title). What they set and why is the body."""
    acts = AuditEvent.objects.filter(
        subject_kind=record._meta.model_name, subject_id=record.pk, act__in=list(told)
    ).order_by("-id")
    return [_act(event, *told[event.act]) for event in acts[:limit]]


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

    def __init__(self, record: models.Model, fields: Sequence[str], rows: Sequence[Any]) -> None:
        self.fields = {name: record._meta.get_field(name) for name in fields}
        self.names = {name: self._names(name, rows) for name in fields}
        self.logins = _logins(rows)

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
