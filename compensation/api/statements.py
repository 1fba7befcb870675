"""Statements over the API: one's own, all of them with a pay role; figures to the cent, as on the page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from compensation.api.acting import SignedMoney
from compensation.lists.statements import STATEMENTS
from compensation.selectors import statement_lines, statements
from compensation.selectors.statement_lines import Group, Reader
from core.api.bodies import Body
from core.api.fields import Day, Flag, Id, Instant, Text
from core.api.problems import Invalid
from core.api.views import RecordApi
from core.kernel.money import from_minor

AFTER = {
    "name": "after",
    "in": "query",
    "required": False,
    "description": "The `next` of the page before.",
    "schema": {"type": "string", "maxLength": 40},
}


class Sum(Body):
    """A row of the summary; `is_sum`: what the rows before it come to."""

    label = Text(read_only=True, example="Commission")
    amount = SignedMoney(read_only=True, example="1400.00")
    is_sum = Flag(read_only=True)


class Summary(Body):
    """What the month comes to in one currency."""

    currency = Text(read_only=True, example="USD")
    earned = SignedMoney(read_only=True, example="1400.00")
    paid = SignedMoney(read_only=True, example="1120.00")
    draw_balance = SignedMoney(read_only=True, example="0.00")
    held_back = SignedMoney(read_only=True, example="280.00")
    parts = Sum(many=True, read_only=True)


class Statement(Body):
    """A payee's month of pay. `summaries` stand in the answer of one statement, and are empty in lists."""

    id = Id(read_only=True)
    payee = Text(source="payee.code", read_only=True, example="P0123456789ab")
    person_name = Text(source="payee", read_only=True)
    month = Day(source="period.starts_on", read_only=True)
    pays_on = Day(source="period.pays_on", read_only=True)
    sent_at = Instant(source="released_at", read_only=True)
    seen_at = Instant(read_only=True, allow_null=True)
    acknowledged_at = Instant(read_only=True, allow_null=True)
    summaries = Summary(many=True, read_only=True)


class StatementLine(Body):
    """What one credit earned by one component, and what became of it. `earned_in`: the month it belongs to."""

    id = Id(read_only=True)
    day = Day(read_only=True)
    source = Text(read_only=True, example="Corvid Foods")
    type = Text(read_only=True, example="Commission")
    earned_in = Day(read_only=True)
    currency = Text(read_only=True, example="USD")
    earned = SignedMoney(read_only=True, example="1000.00")
    moved = SignedMoney(read_only=True, example="-200.00")
    payable = SignedMoney(read_only=True, example="800.00")


class LinePage(Body):
    """Lines in the order of their days, and the place of those after them."""

    items = StatementLine(many=True, read_only=True)
    next = Text(read_only=True, allow_null=True)


class StatementsApi(RecordApi):
    resource, tag, noun, nouns = "pay", "statements", "statement", "statements"
    table, serializer_class = STATEMENTS, Statement
    answers = {"lines": (200, LinePage)}
    asks = {"lines": [AFTER]}
    tagged = frozenset({"retrieve"})
    texts = {
        "lines": (
            "List the lines of a statement",
            "Fifty a page, by credit and component; together they are what is paid.",
        )
    }

    def prepared(self, rows: Any) -> Any:
        for row in rows:
            row.summaries = []
        return rows

    def find(self, record_id: int) -> Any:
        found = statements.get_statement_for(self.request.user, record_id, self.as_of)
        month = statements.month_of_statement(found)
        versions = statements.versions_in(month)
        sums = statements.summaries_of(month, versions, statements.labels_of(versions))
        found.summaries = [_summary(one) for one in sums]  # type: ignore[attr-defined]  # -- shown by the serializer
        return found

    def lines(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        found = statements.get_statement_for(self.request.user, self.record_id, self.as_of)
        month = statements.month_of_statement(found)
        labels = statements.labels_of(statements.versions_in(month))
        reader = Reader(request.user, self.as_of)
        after = request.query_params.get("after", "")
        if after and not statement_lines.is_place(after):
            raise Invalid.of_parameter("after", _("This isn't the `next` of a page of lines."))
        page = statement_lines.lines_page(month, labels, reader, after=after)
        return Response(LinePage({"items": [_line(one) for one in page.groups], "next": page.after or None}).data)


def _summary(one: statements.Summary) -> dict[str, Any]:
    def whole(minor: int) -> Any:
        return from_minor(minor, one.currency)

    parts = [{"label": part.label, "amount": whole(part.amount), "is_sum": part.is_sum} for part in one.parts]
    sums = {"earned": one.earned, "paid": one.paid, "draw_balance": one.owed, "held_back": one.held}
    return {"currency": one.currency, "parts": parts} | {name: whole(value) for name, value in sums.items()}


def _line(one: Group) -> dict[str, Any]:
    sums = {"earned": one.earned, "moved": one.moved, "payable": one.payable}
    told = {"id": one.id, "day": one.day, "source": one.source.words, "type": one.kind, "earned_in": one.earned_in}
    return told | {"currency": one.plan_currency} | {
        name: from_minor(value, one.plan_currency) for name, value in sums.items()
    }  # fmt: skip
