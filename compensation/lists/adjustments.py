"""Lists of what people add to pay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.filters.runs import AdjustmentFilter, HoldFilter, PayEventFilter
from compensation.selectors import pay_lists
from core.kernel.money import from_minor
from core.tables import Column, Table

STATE_TONES = {"proposed": "warn", "approved": "good", "refused": "bad"}
STATE_ICONS = {"proposed": "hourglass", "approved": "circle-check", "refused": "circle-x"}
_STATE = Column(
    "state", _("State"), lambda r: r.get_state_display(), kind="tag",
    tone=lambda r: STATE_TONES[r.state], icon=lambda r: STATE_ICONS[r.state],
)  # fmt: skip

ADJUSTMENTS = Table(
    key="pay_adjustments",
    title=_("Adjustments"),
    rows=pay_lists.adjustments_for,
    may_see=policies.sees_all_pay,
    search=pay_lists.search_payees,
    filterset=AdjustmentFilter,
    columns=(
        Column("name", _("Adjustment"), lambda a: str(a.payee), is_link=True, sub=lambda a: a.number),
        Column("reason", _("Reason"), lambda a: a.reason, kind="clip", hide_sm=True),
        Column("plan", _("Plan"), lambda a: a.plan.name, hide_sm=True),
        Column("month", _("Month"), lambda a: f"{a.earned_in:%b %Y}", sort="earned_in", hide_sm=True),
        _STATE,
        Column("by", _("Proposed by"), lambda a: str(a.proposed_by or "Salesops"), hide_sm=True),
        Column("decided", _("Decided by"), lambda a: str(a.decided_by) if a.decided_by else None, is_hidden=True),
        Column("currency", _("Currency"), lambda a: a.plan.currency_id, is_hidden=True),
        Column("amount", _("Amount"), lambda a: from_minor(a.amount_minor, str(a.plan.currency_id)), kind="exact",
               sort="amount_minor", currency=lambda a: str(a.plan.currency_id)),
    ),
    presets=((_("Waiting"), "state=proposed"), (_("Approved"), "state=approved")),
    empty_title=_("No adjustment yet"),
    empty_reason=_("What is owed beside the plans is proposed by one person and approved by another."),
)  # fmt: skip

HOLDS = Table(
    key="credit_holds",
    title=_("Held credits"),
    rows=pay_lists.holds_for,
    may_see=policies.sees_all_pay,
    search=pay_lists.search_payees,
    filterset=HoldFilter,
    columns=(
        Column("name", _("Credit"), lambda h: h.reason, is_link=True, sub=lambda h: h.number),
        Column("payee", _("Payee"), lambda h: str(h.payee) if h.payee else _("Everybody")),
        Column("event", _("Event"), str, hide_sm=True, sub=lambda h: h.plan.name),
        Column(
            "state", _("State"), lambda h: _("Released") if h.released_at else _("Held"), kind="tag",
            tone=lambda h: "good" if h.released_at else "warn",
            icon=lambda h: "circle-check" if h.released_at else "hand-stop",
        ),
        Column("by", _("Held by"), lambda h: str(h.held_by or "Salesops"), hide_sm=True),
        Column("since", _("Since"), lambda h: h.created_at, kind="datetime", sort="created_at", hide_sm=True),
    ),
    presets=((_("Held"), "state=held"),),
    empty_title=_("No credit is held"),
    empty_reason=_("Credits of a deal are held from an exception of a pay run, while something is cleared up."),
)  # fmt: skip

PAY_EVENTS = Table(
    key="pay_events",
    title=_("Milestones and scores"),
    rows=pay_lists.events_for,
    may_see=policies.sees_all_pay,
    search=pay_lists.search_payees,
    filterset=PayEventFilter,
    columns=(
        Column("name", _("What"), lambda e: e.name, sort="name", is_link=True, sub=lambda e: e.number),
        Column("payee", _("Payee"), lambda e: str(e.payee)),
        Column("kind", _("Kind"), lambda e: e.get_kind_display(), hide_sm=True),
        Column("on", _("On"), lambda e: e.on, kind="date", sort="on", hide_sm=True),
        _STATE,
        Column("by", _("Entered by"), lambda e: str(e.entered_by or "Salesops"), hide_sm=True),
        Column("external_id", _("External ID"), lambda e: e.external_id, is_hidden=True),
        Column("note", _("Note"), lambda e: e.note, kind="clip", is_hidden=True),
        Column("amount", _("Number or amount"), lambda e: e.amount, kind="plain", sort="amount"),
    ),
    presets=((_("Waiting"), "state=proposed"), (_("Approved"), "state=approved")),
    empty_title=_("No milestone or score yet"),
    empty_reason=_("What plans pay for and no deal tells: entered here or imported, approved by a second person."),
)  # fmt: skip
