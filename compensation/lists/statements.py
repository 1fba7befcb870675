from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max, Min, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.enums import PayRunState
from compensation.filters.statements import StatementFilter
from compensation.models import PayeeResult, Statement
from core.kernel.money import from_minor
from core.tables import Column, Table

_TOLD = {"acknowledged": ("good", "check"), "seen": ("", "eye"), "new": ("acc", "mail")}


def _rows(user: Any, as_of: date) -> QuerySet[Statement]:
    """Statements with what their month paid: the payee's results of the runs that were posted, or sent."""
    results = PayeeResult.objects.filter(payee=OuterRef("payee"), run__period=OuterRef("period"))
    shown = results.filter(run__state=PayRunState.POSTED).order_by().values("payee")
    sums = {
        "paid_minor": shown.annotate(sum=Sum("paid_minor")).values("sum"),
        "currency_code": shown.annotate(code=Min("version__plan__currency")).values("code"),
        "other_currency": shown.annotate(code=Max("version__plan__currency")).values("code"),
    }
    return policies.visible_statements(user, as_of).annotate(**{name: Subquery(one) for name, one in sums.items()})


def _paid(row: Any) -> Any:
    """None where it isn't posted, or is in several currencies: the statement tells each."""
    if row.paid_minor is None or row.currency_code != row.other_currency:
        return None
    return from_minor(row.paid_minor, row.currency_code)


def _state(row: Statement) -> str:
    return "acknowledged" if row.acknowledged_at else "seen" if row.seen_at else "new"


_WORDS = {"acknowledged": _("Acknowledged"), "seen": _("Seen"), "new": _("To review")}

STATEMENTS = Table(
    key="statements",
    title=_("Statements"),
    rows=_rows,
    may_see=policies.may_have_statements,
    search=lambda rows, text: rows.filter(payee__person__name__icontains=text),
    filterset=StatementFilter,
    default_sort="-month",
    columns=(
        Column("month", _("Month"), lambda s: str(s.period), sort="period__starts_on", is_link=True),
        Column("person", _("Person"), lambda s: str(s.payee), sort="payee__person__name"),
        Column(
            "state",
            _("State"),
            lambda s: _WORDS[_state(s)],
            kind="tag",
            tone=lambda s: _TOLD[_state(s)][0],
            icon=lambda s: _TOLD[_state(s)][1],
        ),
        Column("sent", _("Sent"), lambda s: s.released_at, kind="datetime", sort="released_at", hide_sm=True),
        Column("pays_on", _("Paid on"), lambda s: s.period.pays_on, kind="date", hide_sm=True),
        Column("paid", _("Payout"), _paid, kind="exact", currency=lambda s: s.currency_code or ""),
    ),
    presets=((_("To review"), "reviewed=0"), (_("Acknowledged"), "reviewed=1")),
    empty_title=_("No statement yet"),
    empty_reason=_("A statement comes with each month of pay, once it is approved and sent."),
)
