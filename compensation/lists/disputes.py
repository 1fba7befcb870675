from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import DateField, Value
from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.filters.disputes import DisputeFilter
from compensation.models import Dispute
from compensation.selectors.disputes import is_overdue, listed_disputes
from core.tables import Column, Table

TONES = {"raised": "acc", "in_review": "warn", "decided": "", "adjusted": "good", "closed": ""}
ICONS = {
    **{"raised": "message-exclamation", "in_review": "eye", "decided": "gavel", "adjusted": "adjustments-check"},
    **{"closed": "circle-check"},
}
OUTCOME_TONES = {"upheld": "good", "partly": "warn", "rejected": "bad"}


def _rows(user: Any, as_of: date) -> Any:
    return listed_disputes(user, as_of).annotate(asked_on=Value(as_of, DateField()))


def _search(rows: Any, text: str) -> Any:
    number = text.upper().removeprefix("D-")
    if number.isdecimal() and len(number) < 18:
        return rows.filter(pk=int(number))
    return rows.filter(title__icontains=text) | rows.filter(payee__person__name__icontains=text)


def _late(row: Any) -> Any:
    return _("Overdue") if is_overdue(row, row.asked_on) else None


def _outcome(row: Dispute) -> Any:
    return row.get_outcome_display() if row.outcome else None


DISPUTES = Table(
    key="disputes",
    title=_("Disputes"),
    rows=_rows,
    may_see=policies.may_have_statements,
    search=_search,
    filterset=DisputeFilter,
    columns=(
        Column("title", _("Dispute"), lambda d: d.title, sort="title", is_link=True, sub=lambda d: d.number),
        Column("person", _("Person"), lambda d: str(d.payee), sort="payee__person__name", hide_sm=True),
        Column("month", _("Month"), lambda d: str(d.period), sort="period__starts_on", hide_sm=True),
        Column("reason", _("Reason"), lambda d: d.get_reason_display(), hide_sm=True),
        Column(
            "state",
            _("State"),
            lambda d: d.get_state_display(),
            kind="tag",
            tone=lambda d: TONES[d.state],
            icon=lambda d: ICONS[d.state],
        ),
        Column("outcome", _("Outcome"), _outcome, hide_sm=True),
        Column("assignee", _("Assignee"), lambda d: str(d.assignee) if d.assignee else None, hide_sm=True),
        Column("due", _("Decision due"), lambda d: d.due_on, kind="date", sort="due_on"),
        Column("late", _("Overdue"), _late, kind="tag", tone=lambda d: "bad", icon=lambda d: "alert-circle"),
        Column("said", _("Comments"), lambda d: d.said, kind="number", is_hidden=True),
        Column("raised", _("Raised"), lambda d: d.created_at, kind="datetime", sort="created_at", is_hidden=True),
    ),
    presets=((_("Open"), "open=1"), (_("Overdue"), "late=1"), (_("Decided"), "open=0")),
    empty_title=_("No dispute"),
    empty_reason=_("A dispute is raised on a statement: open a line’s calculation, and say what is wrong."),
)
