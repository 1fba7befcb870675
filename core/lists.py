"""The lists of the ground floor: runs, acts, rates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from core.enums import RunState
from core.models import AuditEvent, FxRate, Run
from core.selectors import audit_for, may_see_runs, runs_for
from core.tables import Column, Table

_TONES = {RunState.SUCCEEDED: "good", RunState.FAILED: "bad", RunState.STOPPED: "warn", RunState.RUNNING: "acc"}


class RunFilter(FilterSet):
    state = ChoiceFilter(choices=RunState.choices, label=_("State"))
    kind = CharFilter(label=_("Kind"), lookup_expr="startswith")

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()


class AuditFilter(FilterSet):
    act = CharFilter(label=_("Act"), lookup_expr="startswith")
    actor_label = CharFilter(label=_("Who"), lookup_expr="icontains")

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()


RUNS = Table(
    key="runs",
    title=_("Runs"),
    rows=lambda user, as_of: runs_for(user),
    may_see=may_see_runs,
    filterset=RunFilter,
    columns=(
        Column("label", _("What"), lambda r: r.label, is_link=True, sub=lambda r: r.kind),
        Column(
            "state", _("State"), lambda r: r.get_state_display(), kind="tag", tone=lambda r: _TONES.get(r.state, "")
        ),
        Column("result", _("Result"), lambda r: r.result or r.error, hide_sm=True),
        Column("by", _("Started by"), lambda r: str(r.started_by or _("Salesops")), hide_sm=True),
        Column(
            "started", _("Started"), lambda r: f"{r.started_at:%Y-%m-%d %H:%M}" if r.started_at else None, hide_sm=True
        ),
    ),
    empty_title=_("No run yet"),
    empty_reason=_("Imports, checks and nightly jobs appear here with their progress and result."),
)
AUDIT = Table(
    key="audit",
    title=_("Audit"),
    rows=lambda user, as_of: audit_for(user),
    may_see=lambda user: user.has_role("admin"),
    filterset=AuditFilter,
    columns=(
        Column("at", _("When"), lambda e: f"{e.at:%Y-%m-%d %H:%M:%S}"),
        Column("who", _("Who"), lambda e: e.actor_label),
        Column("act", _("Act"), lambda e: e.act),
        Column("what", _("What"), lambda e: e.subject_label),
        Column("why", _("Why"), lambda e: e.reason, hide_sm=True),
        Column("request", _("Request"), lambda e: e.request_id, hide_sm=True),
    ),
    empty_title=_("Nothing recorded yet"),
    empty_reason=_("Acts such as sign-ins, grants, imports and exports appear here."),
)
RATES = Table(
    key="rates",
    title=_("Exchange rates"),
    rows=lambda user, as_of: FxRate.objects.select_related("currency"),
    may_see=lambda user: user.has_role("admin", "sales_ops"),
    default_sort="-from",
    columns=(
        Column("currency", _("Currency"), lambda r: r.currency_id, sort="currency_id"),
        Column("kind", _("Kind"), lambda r: r.get_kind_display()),
        Column("rate", _("Rate"), lambda r: f"{r.rate.normalize():f}"),
        Column("from", _("From"), lambda r: r.valid_from, kind="date", sort="valid_from"),
        Column("to", _("To"), lambda r: r.valid_to, kind="date"),
        Column("source", _("Source"), lambda r: r.source, hide_sm=True),
    ),
    empty_title=_("No exchange rate yet"),
    empty_reason=_("Amounts in other currencies count once their plan rate is here."),
)
