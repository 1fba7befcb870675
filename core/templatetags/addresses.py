"""Addresses and filters: the state of a page lives in its query string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField, Form
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.forms import LongChoice
from core.selectors import own_facts
from core.tables import ENDINGS, OPEN_CHIPS

register = template.Library()
PAGE = ("after", "before")  # a new filter or sort starts at the first page again


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: its form field, the words of its value, and the address without it."""

    field: BoundField
    words: str
    remove: str
    names: tuple[str, ...]

    @property
    def label(self) -> Any:
        return self.field.label


@register.simple_tag(takes_context=True)
def url_with(context: template.Context, **changes: Any) -> str:
    """The query string of this page with some values changed; None takes one away."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def kept_fields(context: template.Context, *without: str) -> SafeString:
    """The query of this page as hidden inputs of a GET form, without some names and without the place in the pages."""
    request: HttpRequest = context["request"]
    gone = {*PAGE, "format", *without}
    pairs = ((name, value) for name, values in request.GET.lists() if name not in gone for value in values)
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.simple_tag(takes_context=True)
def kept_without(context: template.Context, chip: Chip) -> SafeString:
    return kept_fields(context, *chip.names)


@register.simple_tag(takes_context=True)
def kept_more(context: template.Context, chips: list[Chip]) -> SafeString:
    """The hidden inputs of one form for several filters."""
    return kept_fields(context, *(name for chip in chips for name in chip.names))


@register.simple_tag(takes_context=True)
def filter_chips(context: template.Context, form: Form | None, is_more: bool = False) -> list[Chip]:
    """Filters of a list: the first few and all in force as chips of their own; the rest (is_more) behind “Filter”."""
    if form is None:
        return []
    request: HttpRequest = context["request"]
    chips = [_chip(request, field) for field in form if not field.is_hidden]
    shown = [chip for number, chip in enumerate(chips) if number < OPEN_CHIPS or chip.words]
    return [chip for chip in chips if chip not in shown] if is_more else shown


def _chip(request: HttpRequest, field: BoundField) -> Chip:
    names = tuple(f"{field.html_name}{ending}" for ending in ENDINGS)
    held = {name: [value for value in request.GET.getlist(name) if value] for name in names}
    query = request.GET.copy()
    for name in (*names, *PAGE):
        query.pop(name, None)
    return Chip(field, _words(field, held), f"?{query.urlencode()}", names)


def _words(field: BoundField, held: dict[str, list[str]]) -> str:
    own = field.html_name
    low = next((held[own + end][0] for end in ("_min", "_after", "_0") if held[own + end]), "")
    high = next((held[own + end][0] for end in ("_max", "_before", "_1") if held[own + end]), "")
    if low and high:
        return f"{low} – {high}"
    if low or high:
        return _("from %(low)s") % {"low": low} if low else _("to %(high)s") % {"high": high}
    return ", ".join(_label(field, value) for value in held[own])


def _label(field: BoundField, value: str) -> str:
    if isinstance(field.field, LongChoice):
        return str(field.field.prepare_value(value) or value)
    for key, label in getattr(field.field, "choices", ()):
        if str(key) == value:
            return str(label)
    return value


@register.simple_tag
def undo_of(message: Any) -> str:
    """Where a message's Undo button posts to: services say so by extra_tags="undo:/address/"."""
    return next(
        (word.removeprefix("undo:") for word in str(message.extra_tags or "").split() if word.startswith("undo:")), ""
    )


@register.simple_tag
def described(field: BoundField) -> SafeString:
    """The input of a form field in the design's class, tied to its hint and errors and marked when it is wrong."""
    kind = getattr(field.field.widget, "input_type", "")
    by_kind = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select"}
    classes = field.field.widget.attrs.get("class") or by_kind.get(kind, "form-control")
    seen = field.as_hidden(only_initial=True) if field.field.show_hidden_initial else ""
    return format_html(
        "{}{}", field.as_widget(attrs={"class": f"{classes} is-invalid" if field.errors else classes}), seen
    )


@register.simple_tag(takes_context=True)
def clash_of(context: template.Context, field: BoundField) -> str:
    """What somebody else saved in a field while this form was open (core.forms.VersionedForm.beside)."""
    return dict(context.get("clashes") or ()).get(field.name, "")


@register.filter
def in_column(panels: Sequence[Any], column: str) -> list[Any]:
    """Panels that stand in a column of a record's page."""
    return [panel for panel in panels if panel.column == column]


@register.filter
def address_for(panel: Any, record_id: int) -> str:
    """Where a panel of a record's page is loaded from (core.registry.Panel)."""
    return str(panel.address(record_id))


@register.simple_tag
def own_facts_of(record: Any, record_kind: str) -> list[tuple[Any, str]]:
    """(field, words) of the custom fields of a record, in order; at most two queries."""
    return own_facts(record, record_kind)
