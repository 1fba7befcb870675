"""Statements: what a payee is told of a month, and any month of anybody for those who keep pay."""

from __future__ import annotations

import io
from typing import Any

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compensation import policies, services
from compensation.lists.statements import STATEMENTS
from compensation.selectors import statement_files, statements
from compensation.selectors.curves import curves_of
from compensation.selectors.places import Place, place_of_month, place_of_statement
from compensation.selectors.statement_lines import Reader, get_group
from compensation.selectors.statement_pages import lines_part_of, page_of
from compensation.selectors.telling import clause_texts, story_of
from compensation.views.answers import acted, found_if, today
from core import audit
from core.htmx import PageRequest
from core.pages import csv_answer, list_answer


def statement_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, STATEMENTS, as_of=today())


def _reader(request: PageRequest) -> Reader:
    return Reader(request.user, today())


def their_statement(request: PageRequest, statement_id: int) -> Place:
    return place_of_statement(statements.get_statement_for(request.user, statement_id, today()))


def any_month(request: PageRequest, payee_id: int, month_id: int) -> Place:
    return place_of_month(statements.get_month_for(request.user, payee_id, month_id))


@require_safe
def statement(request: PageRequest, statement_id: int) -> HttpResponseBase:
    place = their_statement(request, statement_id)
    services.mark_seen(statement=place.told, by=request.user, at=timezone.now())
    return _page(request, place)


@require_safe
def payee_period(request: PageRequest, payee_id: int, month_id: int) -> HttpResponseBase:
    return _page(request, any_month(request, payee_id, month_id))


def _page(request: PageRequest, place: Place) -> HttpResponseBase:
    asked = {name: request.GET.get(name, "")[:40] for name in ("after", "before")}
    context: dict[str, Any] = {"place": place, "as_of": today()}
    if request.htmx and any(asked.values()):
        part = lines_part_of(place, _reader(request), **asked)
        return render(request, "compensation/_statement_lines.html", context | {"page": part})
    return render(request, "compensation/statement.html", context | {"page": page_of(place, _reader(request), **asked)})


@require_safe
def statement_line(request: PageRequest, statement_id: int, line_id: int) -> HttpResponseBase:
    return _line(request, their_statement(request, statement_id), line_id)


@require_safe
def payee_line(request: PageRequest, payee_id: int, month_id: int, line_id: int) -> HttpResponseBase:
    return _line(request, any_month(request, payee_id, month_id), line_id)


def _line(request: PageRequest, place: Place, line_id: int) -> HttpResponseBase:
    """A line with its steps: opened in the table, closed again, or on a page of its own."""
    versions = statements.versions_in(place.month)
    labels = statements.labels_of(versions)
    group = get_group(place.month, line_id, labels, _reader(request))
    group.url = place.line_url(group.id)
    context: dict[str, Any] = {"line": group, "place": place, "as_of": today()}
    context["may_dispute"] = policies.may_raise_dispute(request.user, place.month.payee)
    if not (request.htmx and request.GET.get("open") == "0"):
        story = story_of(place.month, group, labels)
        context |= {"story": story, "clauses": clause_texts(story.steps)}
    template = "compensation/_statement_line.html" if request.htmx else "compensation/statement_line.html"
    return render(request, template, context)


@require_safe
def statement_rates(request: PageRequest, statement_id: int) -> HttpResponseBase:
    return _rates(request, their_statement(request, statement_id))


@require_safe
def payee_rates(request: PageRequest, payee_id: int, month_id: int) -> HttpResponseBase:
    return _rates(request, any_month(request, payee_id, month_id))


def _rates(request: PageRequest, place: Place) -> HttpResponseBase:
    """Curves of what tiers pay, and what is missing to the next: calculated anew, so after the page."""
    labels = statements.labels_of(statements.versions_in(place.month))
    context = {"curves": curves_of(place.month, labels), "place": place}
    template = "compensation/_statement_rates.html" if request.htmx else "compensation/statement_rates.html"
    return render(request, template, context)


@require_POST
def statement_acknowledge(request: PageRequest, statement_id: int) -> HttpResponseBase:
    found = statements.get_statement_for(request.user, statement_id, today())
    found_if(policies.owns_pay(request.user, found.payee))
    seen = request.POST.get("seen", "")[:64]

    def acknowledge() -> Any:
        return services.acknowledge_statement(statement=found, seen=seen, by=request.user, at=timezone.now())

    return acted(request, acknowledge, _("Acknowledged. You can still dispute a line."), found.get_absolute_url())


@require_safe
def statement_csv(request: PageRequest, statement_id: int) -> HttpResponseBase:
    return _csv(request, their_statement(request, statement_id))


@require_safe
def payee_csv(request: PageRequest, payee_id: int, month_id: int) -> HttpResponseBase:
    return _csv(request, any_month(request, payee_id, month_id))


def _csv(request: PageRequest, place: Place) -> HttpResponseBase:
    _noted(request, place, "csv")
    header, rows = statement_files.csv_rows(place.month, _reader(request))
    return csv_answer(place.file_name, header, rows)


@require_safe
def statement_pdf(request: PageRequest, statement_id: int) -> HttpResponseBase:
    return _pdf(request, their_statement(request, statement_id))


@require_safe
def payee_pdf(request: PageRequest, payee_id: int, month_id: int) -> HttpResponseBase:
    return _pdf(request, any_month(request, payee_id, month_id))


def _pdf(request: PageRequest, place: Place) -> HttpResponseBase:
    _noted(request, place, "pdf")
    content = statement_files.pdf_of(place.month, page_of(place, _reader(request)), _reader(request))
    name = f"{place.file_name}.pdf"
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type="application/pdf")


def _noted(request: PageRequest, place: Place, kind: str) -> None:
    """Pay that leaves the application is noted, whoever takes it."""
    detail = {"payee": place.month.payee.code, "period": place.month.period.number, "format": kind}
    audit.record(act="statement.exported", actor=request.user, detail=detail)
