"""The lists of the ground floor: runs, acts, rates."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, NumberFilter

from core import registry
from core.enums import FieldType, RateKind, RunState
from core.kernel import formats
from core.models import AuditEvent, Currency, CustomField, FxRate, Run
from core.selectors import (
    audit_for,
    custom_fields_for,
    kinds_with_fields,
    may_keep_fields,
    may_see_audit,
    may_see_runs,
    rates_for,
    runs_for,
    tags_for,
)
from core.tables import Column, Table

_TONES = {RunState.SUCCEEDED: "good", RunState.FAILED: "bad", RunState.STOPPED: "warn", RunState.RUNNING: "acc"}
_ICONS = {
    RunState.QUEUED: "clock",
    RunState.RUNNING: "loader",
    RunState.SUCCEEDED: "circle-check",
    RunState.FAILED: "alert-circle",
    RunState.STOPPED: "player-stop",
}


class RunFilter(FilterSet):
    state = ChoiceFilter(choices=RunState.choices, label=_("State"))
    kind = CharFilter(label=_("Kind begins with"), lookup_expr="startswith")
    since = DateFilter(field_name="created_at", lookup_expr="date__gte", label=_("Since"))

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()


DAY = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditFilter(FilterSet):
    act = CharFilter(label=_("Code of the act begins with"), lookup_expr="startswith")
    who = CharFilter(field_name="actor_label", label=_("Who"), lookup_expr="icontains")
    since = DateFilter(field_name="at", lookup_expr="date__gte", label=_("Since"), widget=DAY)
    until = DateFilter(field_name="at", lookup_expr="date__lte", label=_("Until"), widget=DAY)
    kind = CharFilter(field_name="subject_kind", label=_("Kind of record"))
    record = NumberFilter(field_name="subject_id", label=_("Record number"), min_value=1, max_value=2**62)
    request_id = CharFilter(label=_("Request"))

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()


class RateFilter(FilterSet):
    currency = ModelChoiceFilter(queryset=Currency.objects.filter(rates__isnull=False).distinct(), label=_("Currency"))
    kind = ChoiceFilter(choices=RateKind.choices, label=_("Kind"))

    class Meta:
        model = FxRate
        fields: tuple[str, ...] = ()


def _took(run: Run) -> str | None:
    """How long a run took, in words."""
    if not run.started_at or not run.ended_at:
        return None
    return formats.duration((run.ended_at - run.started_at).total_seconds())


def _detail(event: AuditEvent) -> Any:
    return formats.told(event.detail) if event.detail else ""


def _what_sub(event: AuditEvent) -> str:
    return " ".join(str(part) for part in (event.subject_kind, event.subject_id) if part)


RUNS = Table(
    key="runs",
    title=_("Runs"),
    rows=lambda user, as_of: runs_for(user),
    may_see=may_see_runs,
    filterset=RunFilter,
    search=lambda rows, text: rows.filter(label__icontains=text),
    columns=(
        Column("label", _("What"), lambda r: r.label, is_link=True, sub=lambda r: r.kind),
        Column(
            "state",
            _("State"),
            lambda r: r.get_state_display(),
            kind="tag",
            tone=lambda r: _TONES.get(r.state, ""),
            icon=lambda r: _ICONS[r.state],
        ),
        Column("result", _("Result"), lambda r: r.result or r.error, kind="clip", hide_sm=True),
        Column("by", _("Started by"), lambda r: str(r.started_by or "Salesops"), hide_sm=True),
        Column("started", _("Started"), lambda r: r.started_at, kind="datetime", sort="started_at", hide_sm=True),
        Column("took", _("Took"), _took, hide_sm=True),
    ),
    presets=((_("Running"), "state=running"), (_("Failed"), "state=failed")),
    empty_title=_("No run yet"),
    empty_reason=_("Imports, checks and nightly jobs appear here with their progress and result."),
)


def _audit_text(rows: Any, text: str) -> Any:
    """What, why and who hold a text; an act by its name."""
    return rows.filter(
        Q(subject_label__icontains=text) | Q(reason__icontains=text) | Q(actor_label__icontains=text) | Q(act=text)
    )


AUDIT = Table(
    key="audit",
    title=_("Audit"),
    rows=lambda user, as_of: audit_for(user),
    may_see=may_see_audit,
    stacks=True,
    filterset=AuditFilter,
    search=_audit_text,
    presets=(
        (_("Signing in"), "act=user."),
        (_("Roles"), "act=role."),
        (_("Sharing"), "act=record."),
        (_("Exports"), "act=list.exported"),
    ),
    columns=(
        Column("at", _("When"), lambda e: e.at, kind="datetime"),
        Column("who", _("Who"), lambda e: e.actor_label),
        Column("act", _("Act"), lambda e: formats.act_words(e.act), is_link=True, sub=lambda e: e.act),
        Column("what", _("What"), lambda e: e.subject_label, sub=_what_sub, hide_sm=True),
        Column("why", _("Why"), lambda e: e.reason, kind="clip", hide_sm=True),
        Column("detail", _("Detail"), _detail, kind="clip", hide_sm=True),
        Column("record", _("Record number"), lambda e: e.subject_id, kind="plain", is_hidden=True),
        Column("request", _("Request"), lambda e: e.request_id, is_hidden=True),
        Column("code", _("Code of the act"), lambda e: e.act, is_hidden=True),
    ),
    empty_title=_("Nothing recorded yet"),
    empty_reason=_("Acts such as sign-ins, grants, imports and exports appear here."),
)
RATES = Table(
    key="rates",
    title=_("Exchange rates"),
    rows=lambda user, as_of: rates_for(user),
    may_see=lambda user: user.has_role("admin", "sales_ops"),
    filterset=RateFilter,
    default_sort="-from",
    columns=(
        Column("currency", _("Currency"), lambda r: r.currency_id, sort="currency_id", sub=lambda r: r.currency.name),
        Column("kind", _("Kind"), lambda r: r.get_kind_display()),
        Column("from", _("From"), lambda r: r.valid_from, kind="date", sort="valid_from"),
        Column("to", _("Until before"), lambda r: r.valid_to, kind="date", hide_sm=True),
        Column("source", _("Source"), lambda r: r.source, hide_sm=True),
        Column("rate", _("Rate"), lambda r: r.rate, kind="plain", sort="rate"),
    ),
    empty_title=_("No exchange rate yet"),
    empty_reason=_("Amounts in other currencies count once their plan rate is here."),
)


class CustomFieldFilter(FilterSet):
    record_kind = ChoiceFilter(
        choices=lambda: [(kind.key, kind.label_plural) for kind in kinds_with_fields()], label=_("On")
    )
    type = ChoiceFilter(choices=FieldType.choices, label=_("Type"))
    archived = ChoiceFilter(choices=[("1", _("Archived"))], label=_("Archive"), method="by_archived")

    class Meta:
        model = CustomField
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("archived") else rows.filter(archived_at=None)

    def by_archived(self, rows: Any, name: str, value: str) -> Any:
        return rows.exclude(archived_at=None)


def _kind_label(key: str) -> str:
    kind = registry.record_kinds.find(key)
    return str(kind.label_plural) if kind else key


CUSTOM_FIELDS = Table(
    key="custom_fields",
    title=_("Fields of your company"),
    rows=lambda user, as_of: custom_fields_for(user),
    may_see=may_keep_fields,
    filterset=CustomFieldFilter,
    search=lambda rows, text: rows.filter(label__icontains=text),
    default_sort="kind",
    columns=(
        Column("label", _("Field"), lambda f: f.label, sort="label", is_link=True, sub=lambda f: f.help_text),
        Column("kind", _("On"), lambda f: _kind_label(f.record_kind), sort="record_kind"),
        Column("type", _("Type"), lambda f: f.get_type_display(), hide_sm=True),
        Column("required", _("Required"), lambda f: _("Yes") if f.is_required else None, hide_sm=True),
        Column(
            "choices",
            _("Choices"),
            lambda f: ", ".join(one["label"] for one in f.choices if not one.get("off")),
            kind="clip",
            hide_sm=True,
        ),
        Column("key", _("Key"), lambda f: f.key, is_hidden=True),
    ),
    presets=((_("Archived"), "archived=1"),),
    empty_title=_("No field of your own yet"),
    empty_reason=_("Add what your company keeps about accounts, contacts, leads or deals beyond the usual."),
)
TAGS = Table(
    key="tags",
    title=_("Tags"),
    rows=lambda user, as_of: tags_for(user),
    may_see=may_keep_fields,
    search=lambda rows, text: rows.filter(name__icontains=text),
    default_sort="name",
    columns=(
        Column("name", _("Tag"), lambda t: t.name, sort="name", is_link=True),
        Column("tone", _("Colour"), lambda t: t.get_tone_display(), kind="tag", tone=lambda t: t.tone, hide_sm=True),
        Column("kinds", _("On"), lambda t: ", ".join(_kind_label(key) for key in t.use_kinds if key), hide_sm=True),
        Column("uses", _("Records"), lambda t: t.use_count, kind="number"),
    ),
    empty_title=_("No tag yet"),
    empty_reason=_("Tags appear here once somebody puts one on a record."),
)
