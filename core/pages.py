"""Answers that lists have in common: the page, or its export."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit
from core.htmx import PageRequest
from core.models import Attachment
from core.selectors import editable_ids
from core.services import TagError, tag_records
from core.tables import (
    Fields,
    Table,
    chosen_columns,
    column_choices,
    count_views,
    export_rows,
    filtered,
    list_page,
    row_page,
    state_of,
)
from core.tabular import safe_cell, write_xlsx


def list_answer(
    request: PageRequest, table: Table, *, as_of: date, template: str = "components/list.html", **context: Any
) -> HttpResponseBase:
    """The list as a page, or as CSV or Excel when the address ends with format=."""
    if not table.may_see(request.user):
        raise Http404("No such list.")
    kind = request.GET.get("format")
    if kind == "counts":
        tabs = count_views(request, table, as_of=as_of)
        return render(request, "components/view_tabs.html", {"tabs": tabs})
    if kind == "filters":
        return more_filters(request, table, as_of=as_of)
    if kind == "columns":
        return _columns(request, table, as_of)
    first = state_of(request, table, as_of).first_view if not request.GET and not request.POST else None
    if first is not None:
        return redirect(f"{request.path}?{first.query}&view={first.pk}")
    if kind in ("csv", "xlsx"):
        audit.record(
            act="list.exported", actor=request.user, detail={"list": table.key, "query": request.GET.urlencode()}
        )
        header, rows = export_rows(request, table, as_of=as_of)
        return csv_answer(table.key, header, rows) if kind == "csv" else xlsx_answer(table.key, header, rows)
    return render(request, template, {"table": list_page(request, table, as_of=as_of), **context})


def more_filters(request: PageRequest, table: Table, *, as_of: date) -> HttpResponseBase:
    """The filters that have no chip of their own: in the menu of the list, or as a page where there is no script."""
    _rows, form = filtered(request, table, as_of=as_of, fields=Fields.ALL)
    return _in_menu(request, {"part": "components/more_filters.html", "title": _("Filter"), "form": form})


def _columns(request: PageRequest, table: Table, as_of: date) -> HttpResponseBase:
    """The choice of columns and their order, in the same way."""
    chosen = chosen_columns(table, request.GET, state_of(request, table, as_of).columns)
    choices = column_choices(table, chosen)
    found = {"part": "components/columns.html", "title": _("Columns"), "table": table, "choices": choices}
    return _in_menu(request, found)


def _in_menu(request: PageRequest, found: dict[str, Any]) -> HttpResponseBase:
    return render(request, found["part"] if request.htmx else "components/menu_page.html", found)


def file_answer(attachment: Attachment) -> FileResponse:
    """A file as a download; nothing in it runs, whatever a browser thinks it is. Raises Http404 where it is lost."""
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise Http404(_("The file isn't in the store any more.")) from error
    answer = FileResponse(content, as_attachment=True, filename=attachment.name, content_type=attachment.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    answer["Cache-Control"] = "private, no-store"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def cell_answer(request: PageRequest, table: Table, pk: int, *, as_of: date) -> HttpResponseBase:
    """The row of a record after one of its cells was edited in place; empty where the record is out of sight by now."""
    return render(request, "components/table_row_answer.html", {"table": row_page(request, table, pk, as_of=as_of)})


def cell_form(request: PageRequest, form: Any, **found: Any) -> HttpResponseBase:
    """The field of a cell that is being edited; X-Refused says that what was sent couldn't be saved, the field why."""
    answer = render(request, "components/cell_edit.html", {"form": form, **found})
    if request.method == "POST":
        answer["X-Refused"] = "1"
    return answer


def chosen_ids(query: QueryDict) -> list[int]:
    """The records ticked in a list (`pk`), as ids; what isn't a number is passed over."""
    return [int(pk) for pk in query.getlist("pk") if pk.isdecimal() and len(pk) < 19]


def undoable(request: PageRequest, words: str, *, undo: str, ids: Sequence[int], back: str) -> HttpResponseBase:
    """Go back and say what was done, with an Undo button that posts the ids to an address."""
    tags = f"undo:{undo}?{urlencode({'pk': ids, 'to': back}, doseq=True)}" if ids else ""
    messages.success(request, words, extra_tags=tags)
    return redirect(back)


def undone(request: PageRequest, words: str, *, otherwise: str) -> HttpResponseBase:
    """What an Undo button that `undoable` made leads back to: the page it was pressed on, else another."""
    messages.success(request, words)
    return redirect(own_address(request, request.GET.get("to", ""), otherwise=otherwise))


def tag_chosen(request: PageRequest, *, kind: str, as_of: date, back: str) -> HttpResponseBase:
    """What the bulk act “Add tag” (core.tables.tag_action) does with the chosen records; can be undone."""
    ids = editable_ids(request.user, kind, chosen_ids(request.POST), as_of)
    try:
        tag, fresh = tag_records(kind=kind, record_ids=ids, text=request.POST.get("words", "")[:200], by=request.user)
    except TagError as error:
        messages.error(request, str(error))
        return redirect(back)
    words = ngettext("%(count)s record tagged %(tag)s.", "%(count)s records tagged %(tag)s.", len(fresh))
    undo = reverse("core:records_untag", args=[kind, tag.pk])
    return undoable(request, words % {"count": len(fresh), "tag": tag.name}, undo=undo, ids=fresh, back=back)


def own_address(request: PageRequest, address: str, *, otherwise: str = "/") -> str:
    """The address when it is a path of ours, else another."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if address.startswith(("/", "?")) and is_ours else otherwise


def csv_answer(name: str, header: list[str], rows: Iterator[list[Any]]) -> StreamingHttpResponse:
    """A CSV that starts to arrive at once, however long it is."""
    import csv

    class Echo:
        def write(self, text: str) -> str:
            return text

    writer = csv.writer(Echo())
    lines = (writer.writerow([safe_cell(value) for value in row]) for row in _chain(header, rows))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def xlsx_answer(name: str, header: list[str], rows: Iterator[list[Any]]) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xlsx"
        write_xlsx(path, header, rows)
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.xlsx")


def _chain(header: list[str], rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    yield list(header)
    yield from rows
