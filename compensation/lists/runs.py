"""Lists of pay periods, of a run's payees and of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.filters.runs import LedgerFilter, PeriodFilter, ResultFilter, RunFilter
from compensation.models import PayPeriod, PayRun
from compensation.selectors import pay_lists, runs
from core.kernel import formats
from core.kernel.money import from_minor
from core.tables import Column, Table

RUN_TONES = {"started": "acc", "calculated": "acc", "submitted": "warn", "approved": "good", "posted": "good"}
RUN_ICONS = {
    **{"started": "loader", "calculated": "calculator", "submitted": "hourglass", "approved": "circle-check"},
    **{"posted": "lock", "replaced": "arrow-back-up"},
}
PERIOD_TONES = {"open": "acc", "locked": "good"}
PERIOD_ICONS = {"open": "pencil", "locked": "lock"}


def _standing(period: Any) -> PayRun | None:
    return period.standing[0] if period.standing else None


def _stands(period: PayPeriod) -> Any:
    run = _standing(period)
    return run.get_state_display() if run else _("Not calculated")


def _paid(period: Any) -> str | None:
    """What a period pays by all its runs, in the currencies that whoever looks is told of."""
    paid = runs.paid_by_currency(period.standing)
    return ", ".join(formats.exact_money(amount, currency) for currency, amount in paid) or None


PERIODS = Table(
    key="pay_periods",
    title=_("Pay runs"),
    rows=runs.periods_for,
    may_see=policies.sees_runs,
    filterset=PeriodFilter,
    default_sort="-month",
    columns=(
        Column("month", _("Month"), str, sort="starts_on", is_link=True, sub=lambda p: p.number),
        Column(
            "state", _("State"), lambda p: p.get_state_display(), kind="tag",
            tone=lambda p: PERIOD_TONES[p.state], icon=lambda p: PERIOD_ICONS[p.state],
        ),
        Column("run", _("Run"), _stands, hide_sm=True, sub=lambda p: r.number if (r := _standing(p)) else ""),
        Column("people", _("People"), lambda p: r.payees if (r := _standing(p)) else None, kind="number", hide_sm=True),
        Column("from", _("From"), lambda p: p.starts_on, kind="date", is_hidden=True),
        Column("pays_on", _("Paid on"), lambda p: p.pays_on, kind="date", sort="pays_on", hide_sm=True),
        Column("locked", _("Locked"), lambda p: p.locked_at, kind="datetime", is_hidden=True),
        Column("paid", _("Payout"), _paid, kind="number"),
    ),
    presets=((_("Open"), "state=open"), (_("Locked"), "state=locked")),
    empty_title=_("No pay period yet"),
    empty_reason=_("Months open by themselves once a plan is published, or with the button above."),
)  # fmt: skip

RUNS = Table(
    key="pay_runs",
    title=_("Runs of all periods"),
    rows=runs.runs_for,
    may_see=policies.sees_all_pay,
    filterset=RunFilter,
    columns=(
        Column("number", _("Run"), lambda r: r.number, is_link=True, sub=lambda r: str(r.period)),
        Column(
            "state", _("State"), lambda r: r.get_state_display(), kind="tag",
            tone=lambda r: RUN_TONES.get(r.state, ""), icon=lambda r: RUN_ICONS[r.state],
        ),
        Column("by", _("Prepared by"), lambda r: str(r.prepared_by or "Salesops"), hide_sm=True),
        Column("people", _("People"), lambda r: r.payees, kind="number", hide_sm=True),
        Column("lines", _("Lines"), lambda r: r.lines, kind="number", hide_sm=True),
        Column("posted", _("Posted"), lambda r: r.posted_at, kind="datetime", hide_sm=True),
        Column(
            "paid", _("Payout"),
            lambda r: ", ".join(formats.exact_money(a, c) for c, a in runs.paid_by_currency([r])) or None,
        ),
    ),
    empty_title=_("No run yet"),
    empty_reason=_("A run is started on the page of its period."),
)  # fmt: skip


def _currency(row: Any) -> str:
    return str(row.version.plan.currency_id)


def _amount(row: Any, minor: int) -> Decimal:
    return from_minor(minor, _currency(row))


RESULTS = Table(
    key="run_payees",
    title=_("Payees"),
    rows=pay_lists.results_for,
    may_see=policies.sees_all_pay,
    search=pay_lists.search_payees,
    filterset=ResultFilter,
    default_sort="-paid",
    columns=(
        Column("name", _("Payee"), lambda r: str(r.payee), is_link=True, sub=lambda r: r.payee.code),
        Column("plan", _("Plan"), lambda r: r.version.plan.name, sort="version__plan__name", hide_sm=True,
               sub=lambda r: f"v{r.version.number}"),
        Column("employee", _("Employee ID"), lambda r: r.payee.person.external_id if r.payee.person else None,
               is_hidden=True),
        Column("earned", _("Earned"), lambda r: _amount(r, r.earned_minor), kind="exact", sort="earned_minor",
               currency=_currency, hide_sm=True),
        Column("held", _("Held back"), lambda r: _amount(r, r.held_minor), kind="exact", sort="held_minor",
               currency=_currency, hide_sm=True),
        Column("owed", _("Draw balance"), lambda r: _amount(r, r.owed_minor), kind="exact", sort="owed_minor",
               currency=_currency, is_hidden=True),
        Column("before", _("Last month"), lambda r: _amount(r, getattr(r, "before_minor", 0)), kind="exact",
               currency=_currency, hide_sm=True),
        Column("change", _("Change"), lambda r: _amount(r, getattr(r, "change_minor", 0)), kind="exact",
               currency=_currency, hide_sm=True),
        Column("currency", _("Currency"), _currency, is_hidden=True),
        Column("paid", _("Paid"), lambda r: _amount(r, r.paid_minor), kind="exact", sort="paid_minor",
               currency=_currency),
    ),
    presets=(
        (_("Paid nothing"), "paid=none"),
        (_("More than last month"), "changed=more"),
        (_("Less than last month"), "changed=less"),
        (_("Held back"), "held=1"),
    ),
    empty_title=_("Nobody is paid by this run"),
    empty_reason=_("People are on a run once they are on a published plan."),
)  # fmt: skip


def payees_of(run: PayRun, before: PayPeriod | None) -> Table:
    """The list of one run, compared with the period before."""

    def rows(user: Any, as_of: date) -> Any:
        return pay_lists.results_of(run, before, user, as_of)

    changes = [replace(one, sort="change_minor") if one.key == "change" else one for one in RESULTS.columns]
    title = _("Payees of %(period)s") % {"period": run.period}
    return replace(RESULTS, rows=rows, title=title, columns=tuple(changes))


LEDGER = Table(
    key="pay_ledger",
    title=_("Ledger"),
    rows=pay_lists.ledger_for,
    may_see=policies.sees_all_pay,
    search=pay_lists.search_payees,
    filterset=LedgerFilter,
    columns=(
        Column("payee", _("Payee"), lambda e: str(e.payee), sub=lambda e: e.payee.code),
        Column("plan", _("Plan"), lambda e: e.plan.name, hide_sm=True, sub=lambda e: e.component.key),
        Column("stage", _("What"), lambda e: e.get_stage_display()),
        Column("period", _("Paid in"), lambda e: e.period.number, hide_sm=True),
        Column("earned_in", _("Earned in"), lambda e: e.earned_in, kind="date", hide_sm=True),
        Column("run", _("Run number"), lambda e: e.run_id, kind="plain", is_hidden=True),
        Column("credit", _("Credit"), lambda e: e.credit_id or None, kind="plain", is_hidden=True),
        Column("currency", _("Currency"), lambda e: e.plan.currency_id, is_hidden=True),
        Column("amount", _("Amount"), lambda e: from_minor(e.amount_minor, str(e.plan.currency_id)), kind="exact",
               currency=lambda e: str(e.plan.currency_id)),
    ),
    presets=((_("Paid"), "stage=12"), (_("Of earlier months"), "late=1")),
    empty_title=_("Nothing is posted yet"),
    empty_reason=_("Lines of a run become entries when it is posted; they are never changed afterwards."),
)  # fmt: skip
