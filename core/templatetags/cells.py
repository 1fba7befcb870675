"""The rows of a list. A page has hundreds of cells: written here, they take a tenth of the time of a template each."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.kernel import formats
from core.tables import Column, ListPage, Shown, cell
from core.templatetags.drawings import icon, tag

register = template.Library()
_CLASSES = {
    **{"date": "nowrap tnum", "datetime": "nowrap tnum", "money": "amt", "tags": "full", "act": "full"},
}
_NONE = format_html('<span class="muted">{}</span>', formats.NONE)


@register.simple_tag
def table_rows(page: ListPage) -> SafeString:
    """The rows of a list: links, values by their kind, and cells that are edited in place."""
    drawing = _Rows(page)
    return SafeString("".join([drawing.row(record) for record in page.objects]))


class _Rows:
    """What is the same in all rows of a page is found out once."""

    def __init__(self, page: ListPage) -> None:
        self.page, self.table, self.zone, self.year = page, page.table, page.zone, page.year
        self.heads = [(column, *_starts(column)) for column in page.columns]
        self.summed = page.table.summed
        self.select = escape(_("Select")) if page.actions else None
        self.tags: dict[tuple[str, str, str], SafeString] = {}

    def row(self, record: Any) -> str:
        cells = [self._cell(column, start, title, record) for column, start, title in self.heads]
        return f"<tr data-row{self._amount(record)}>{self._pick(record)}{''.join(cells)}</tr>\n"

    def _amount(self, record: Any) -> str:
        amount = self.summed.value(record) if self.summed else None
        if self.summed is None or amount is None:
            return ""
        return f' data-amount="{escape(amount)}" data-currency="{escape(self.summed.currency(record))}"'

    def _pick(self, record: Any) -> str:
        if self.select is None:
            return ""
        label = f"{self.select} {escape(record)}"
        box = '<td class="pick"><input class="form-check-input" type="checkbox" name="pk"'
        return f'{box} value="{record.pk}" aria-label="{label}"></td>'

    def _cell(self, column: Column, start: str, title: str, record: Any) -> str:
        shown = cell(column, record, zone=self.zone, year=self.year)
        inside: str = conditional_escape(
            _link(shown["text"], record, in_drawer=self.table.drawer)
            if column.is_link
            else self._value(column.kind, shown["text"], record)
        )
        edited = self.page.edit_url(column, record)
        if edited:
            inside = f'<a class="so-cell" href="{escape(edited)}" tabindex="-1" title="{title}">{inside}</a>'
        below = f'<span class="sub">{conditional_escape(shown["sub"])}</span>' if shown["sub"] else ""
        return f"{start}{' data-cell' if edited else ''}>{inside}{below}</td>"

    def _value(self, kind: str, text: Any, record: Any) -> Any:
        if kind == "tag" and isinstance(text, Shown):
            key = (str(text.text), text.tone, text.icon)
            if key not in self.tags:
                self.tags[key] = tag(*key)
            return self.tags[key]
        return _value(kind, text, record)


def _starts(column: Column) -> tuple[str, str]:
    """The beginning of a column's cells, and the words for the pointer on one that is edited."""
    names = ["num" if column.is_number else "", "hide-sm" if column.hide_sm else "", _CLASSES.get(column.kind, "")]
    return f'<td class="{" ".join(name for name in names if name)}"', escape(column.label)


def _link(text: Any, record: Any, *, in_drawer: bool) -> SafeString:
    opens = format_html(' data-drawer data-record="{}"', record.pk) if in_drawer else ""
    return format_html('<a class="name" href="{}"{}>{}</a>', record.get_absolute_url(), opens, text)


def _value(kind: str, text: Any, record: Any) -> Any:
    if text is None or text == formats.NONE:
        return "" if kind == "act" else _NONE
    if kind == "tags":
        return format_html(
            '<span class="so-tags">{}</span>', format_html_join("", "{}", ((tag(one.text, one.tone),) for one in text))
        )
    if kind == "tag":
        return tag(text.text, text.tone, text.icon)
    if kind == "clip":
        return format_html('<span class="clip" title="{}">{}</span>', text, text)
    return _act(text, record) if kind == "act" else text


def _act(act: Any, record: Any) -> Any:
    """A button, with a field where the act asks for a few words; the label alone where it can't be pressed."""
    if act.asks:
        return format_html(
            '<span class="so-row-ask"><label class="vh" for="{name}-{value}">{asks}: {record}</label>'
            '<input class="form-control" id="{name}-{value}" name="{name}_{value}" placeholder="{asks}" maxlength="255"'
            ' data-row-ask><button class="btn btn-sm btn-icon so-row-act" type="submit" name="{name}" value="{value}" '
            'aria-label="{act}: {record}">{icon}</button></span>',
            **{"name": act.name, "value": act.value, "asks": act.asks, "record": record},
            **{"act": act, "icon": icon(act.icon)},
        )
    if act.name:
        button = '<button class="btn btn-sm so-row-act" type="submit" name="{}" value="{}">{}{}</button>'
        return format_html(button, act.name, act.value, icon(act.icon), act)
    return str(act)
