"""The lists of what fails a check, of the checks, of what was set aside and asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from core import registry
from core.registry import FixAsked, RecordKind
from core.tables import Act, BulkAction, Column, Table
from pipeline.enums import Severity
from pipeline.filters import AskFilter, FailingDealFilter, FindingFilter
from pipeline.models import HygieneRule
from pipeline.policies import may_create, may_keep_process, may_see_deals
from pipeline.selectors.deals import search_deals
from pipeline.selectors.hygiene import failing_deals_for, reason_of, reasons_of, standing_for
from pipeline.selectors.hygiene_acts import asks_for, dismissals_for, may_dismiss
from pipeline.services.hygiene_fixes import fixes_for, suggestion


def _suggestion(deal: Any) -> Act | None:
    """The fix that fits; where a person must decide, a task for the owner, if there is one to ask."""
    checks = [problem["key"] for problem in deal.problems]
    found = suggestion(deal, checks, FixAsked(on=deal.checked_as_of, by=None))
    if found:
        return Act(found.words, "fix" if deal.may_act else "", deal.pk, found.fix.icon)
    if deal.owner is None or deal.owner.left_on is not None:
        return Act(_("Choose an owner"))
    if "no_next_step" in checks and deal.may_act:
        return Act(_("Save the next step"), "step", deal.pk, "check", asks=_("Next step"))
    asked = _("Make a task") if deal.owner_id == deal.asker else _("Ask the owner")
    return Act(asked, "ask" if deal.may_act else "", deal.pk, "message")


def _problems(deal: Any) -> list[str]:
    return reasons_of(deal.problems, deal.checked_as_of)


def _failing_deals(user: Any, as_of: date) -> QuerySet[Any]:
    asker = getattr(user.person_or_none, "pk", 0)
    marks = {
        "checked_as_of": Value(as_of, DateField()),
        "may_act": Value(may_create(user), BooleanField()),
        "asker": Value(asker, BigIntegerField()),
    }
    return failing_deals_for(user, as_of).annotate(**marks)


def _deal_acts(user: Any) -> list[BulkAction]:
    if not may_create(user):
        return []
    return [
        BulkAction("fix", _("Fix…"), "wand", is_primary=True),
        BulkAction("ask", _("Ask owners"), "message"),
        BulkAction("close", _("Set close date…"), "calendar"),
    ]


def _dismissing(user: Any) -> list[BulkAction]:
    return [BulkAction("dismiss", _("Dismiss…"), "eye-off")] if may_dismiss(user) else []


FAILING_DEALS = Table(
    key="failing_deals",
    title=_("Deals to mend"),
    rows=_failing_deals,
    may_see=may_see_deals,
    search=search_deals,
    filterset=FailingDealFilter,
    default_sort="-risk",
    stacks=True,
    bulk=lambda user: [*_deal_acts(user), *_dismissing(user)],
    columns=(
        Column(
            "name", _("Opportunity"), lambda d: d.name, is_link=True, sub=lambda d: d.owner.name if d.owner else None
        ),
        Column(
            "problems",
            _("Problems"),
            lambda d: reasons_of(d.problems, d.checked_as_of),
            kind="tags",
            tone=lambda d: "warn",
        ),
        Column("amount", _("Amount"), lambda d: d.amount, kind="money", sort="amount"),
        Column("score", _("Score"), lambda d: d.hygiene.score, kind="number", sort="hygiene__score", hide_sm=True),
        Column("fix", _("Suggested fix"), _suggestion, kind="act"),
        Column("account", _("Account"), lambda d: d.account.name if d.account else None, is_hidden=True),
        Column("stage", _("Stage"), lambda d: d.stage.name, is_hidden=True),
        Column(
            "close", _("Close"), lambda d: d.expected_close_on, kind="date", sort="expected_close_on", is_hidden=True
        ),
        Column(
            "risk", _("Money × severity"), lambda d: d.hygiene.risk, kind="number", sort="hygiene__risk", is_hidden=True
        ),
    ),
    presets=(
        (_("Commit and best case"), "forecast=likely"),
        (_("Past close date"), "finding=overdue_close"),
        (_("Suggested fix"), "fix=1"),
    ),
    empty_title=_("Nothing to mend"),
    empty_reason=_("Every open deal you see passed the last check."),
)

_SEVERITY_TONES = {Severity.HIGH: "bad", Severity.MEDIUM: "warn", Severity.LOW: ""}


def _finding_acts(kind: str) -> list[BulkAction]:
    ask = BulkAction("ask", _("Ask owners"), "message")
    return [BulkAction("fix", _("Fix…"), "wand", is_primary=True), ask] if fixes_for(kind) else [ask]


def _finding_rows(kind: RecordKind) -> Callable[[Any, date], QuerySet[Any]]:
    def rows(user: Any, as_of: date) -> QuerySet[Any]:
        name = kind.model.objects.filter(pk=OuterRef("subject_id")).values("name")[:1]
        found = standing_for(user, as_of, kinds=[kind.key]).select_related("rule", "owner")
        return found.annotate(name=Subquery(name), checked_as_of=Value(as_of, DateField()))

    return rows


def findings_of(kind: RecordKind) -> Table:
    """The list of what stands against the records of one kind."""
    return Table(
        key=f"findings.{kind.key}",
        title=_("%(records)s to mend") % {"records": kind.label_plural},
        rows=_finding_rows(kind),
        may_see=may_see_deals,
        filterset=FindingFilter,
        columns=(
            Column("record", kind.label, lambda f: f.name or f"#{f.subject_id}", is_link=True),
            Column("rule", _("Check"), lambda f: f.rule.label, hide_sm=True),
            Column("reason", _("Problem"), lambda f: reason_of(f, f.checked_as_of)),
            Column("owner", _("Owner"), lambda f: f.owner.name if f.owner else None, hide_sm=True),
            Column(
                "severity",
                _("Severity"),
                lambda f: f.rule.get_severity_display(),
                kind="tag",
                tone=lambda f: _SEVERITY_TONES[f.rule.severity],
                hide_sm=True,
            ),
            Column("since", _("Since"), lambda f: f.found_on, kind="date", sort="found_on"),
        ),
        bulk=lambda user: [*(_finding_acts(kind.key) if may_create(user) else []), *_dismissing(user)],
        empty_title=_("Nothing to mend"),
        empty_reason=_("Every record you see passed the last check."),
    )


def _kind_of(rule: HygieneRule) -> Any:
    kind = registry.record_kinds.find(rule.subject_kind)
    return kind.label if kind else rule.subject_kind


def _numbers(rule: HygieneRule) -> list[str]:
    """The numbers of a check with what they mean."""
    check = registry.hygiene_checks.find(rule.key)
    if check is None:
        return []
    return [f"{label}: {rule.params.get(name, default)}" for name, (label, default) in check.numbers.items()]


RULES = Table(
    key="hygiene_rules",
    title=_("Checks"),
    rows=lambda user, as_of: HygieneRule.objects.all(),
    may_see=may_keep_process,
    default_sort="order",
    columns=(
        Column("label", _("Check"), lambda r: r.label, is_link=True, sort="label", sub=lambda r: r.owner_action),
        Column("on", _("On"), _kind_of, hide_sm=True),
        Column(
            "severity", _("Severity"), lambda r: r.get_severity_display(), kind="tag",
            tone=lambda r: _SEVERITY_TONES[r.severity],
        ),
        Column("numbers", _("Numbers"), _numbers, kind="tags", hide_sm=True),
        Column(
            "active", _("State"), lambda r: _("Checked") if r.is_active else _("Off"), kind="tag",
            tone=lambda r: "good" if r.is_active else "", icon=lambda r: "check" if r.is_active else "player-pause",
        ),
        Column("order", _("Order"), lambda r: r.position, kind="number", sort="position", is_hidden=True),
    ),
    empty_title=_("No check yet"),
    empty_reason=_("Checks are laid out when the installation starts."),
)  # fmt: skip


def _dismissed_rows(user: Any, as_of: date) -> QuerySet[Any]:
    """Dismissals with the name of the record, whatever its kind."""
    named = [
        When(
            finding__subject_kind=kind.key,
            then=Subquery(kind.model.objects.filter(pk=OuterRef("finding__subject_id")).values("name")[:1]),
        )
        for kind in registry.record_kinds
    ]
    named_so = Case(*named, output_field=CharField())
    return dismissals_for(user, as_of).annotate(checked_as_of=Value(as_of, DateField()), record_name=named_so)


DISMISSED = Table(
    key="dismissed",
    title=_("Set aside"),
    rows=_dismissed_rows,
    may_see=may_see_deals,
    columns=(
        Column(
            "record",
            _("Record"),
            lambda d: d.record_name or f"#{d.finding.subject_id}",
            is_link=True,
            sub=lambda d: d.finding.rule.label,
        ),
        Column("problem", _("Problem"), lambda d: reason_of(d.finding, d.checked_as_of)),
        Column("reason", _("Why it is not a problem"), lambda d: d.reason),
        Column("owner", _("Owner"), lambda d: d.finding.owner.name if d.finding.owner else None, hide_sm=True),
        Column("by", _("Set aside by"), lambda d: str(d.by) if d.by else None, hide_sm=True),
        Column("on", _("On"), lambda d: d.dismissed_on, kind="date", sort="dismissed_on", hide_sm=True),
        Column("until", _("Until"), lambda d: d.until_on, kind="date", sort="until_on"),
    ),
    bulk=lambda user: (
        [BulkAction("lift", _("Count again"), "arrow-back-up", is_primary=True)] if may_dismiss(user) else []
    ),
    empty_title=_("Nothing is set aside"),
    empty_reason=_("A problem that is none can be dismissed from the list of records to fix, with a reason."),
)

_ASK_STATES = {
    "done": (_("Done"), "good"),
    "late": (_("Overdue"), "bad"),
    "said": (_("Says done"), "warn"),
    "asked": (_("Asked"), "acc"),
}


def _ask_state(ask: Any) -> tuple[Any, str]:
    """The state of a question, with its tone."""
    if ask.done_on:
        return _ASK_STATES["done"]
    if ask.due_on < ask.checked_as_of:
        return _ASK_STATES["late"]
    return _ASK_STATES["said" if ask.task and ask.task.done_at else "asked"]


def _ask_rows(user: Any, as_of: date) -> QuerySet[Any]:
    return asks_for(user, as_of).annotate(checked_as_of=Value(as_of, DateField()))


ASKS = Table(
    key="hygiene_asks",
    title=_("Tasks for owners"),
    rows=_ask_rows,
    may_see=may_see_deals,
    filterset=AskFilter,
    default_sort="due",
    columns=(
        Column("rule", _("Check"), lambda a: a.rule.label, is_link=True, sub=lambda a: a.rule.owner_action),
        Column("owner", _("Owner"), lambda a: a.owner.name, sort="owner__name"),
        Column("state", _("State"), lambda a: _ask_state(a)[0], kind="tag", tone=lambda a: _ask_state(a)[1]),
        Column("left", _("Left"), lambda a: a.left, kind="number", sub=lambda a: _("of %(n)s") % {"n": a.records}),
        Column("asked", _("Asked"), lambda a: a.asked_on, kind="date", sort="asked_on", hide_sm=True),
        Column("times", _("Times"), lambda a: a.times, kind="number", hide_sm=True),
        Column("due", _("Due"), lambda a: a.due_on, kind="date", sort="due_on"),
        Column("by", _("By"), lambda a: str(a.asked_by) if a.asked_by else None, hide_sm=True),
    ),
    presets=((_("Open"), "state=open"), (_("Overdue"), "state=late"), (_("Done"), "state=done")),
    empty_title=_("Nobody was asked yet"),
    empty_reason=_("Ask owners from a check, a team or the records you choose: one task for each owner and check."),
)
