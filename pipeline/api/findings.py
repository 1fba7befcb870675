"""Findings of data quality over the API: read, set aside, counted again, mended; as on the page of data quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from core import selectors
from core.api.bodies import Body, Nothing
from core.api.fields import Choice, Day, Flag, Id, Text, Whole
from core.api.fields import exact as exact_amount
from core.api.problems import Invalid, NotNow
from core.api.views import RecordApi
from core.kernel.money import from_minor
from core.registry import FixAsked
from core.tables import Column, Table
from pipeline import policies
from pipeline.enums import Severity
from pipeline.filters import AnyFindingFilter
from pipeline.forms.hygiene import FixForm
from pipeline.selectors import hygiene, hygiene_acts
from pipeline.services import dismissals
from pipeline.services import hygiene_fixes as fixes

FINDINGS = Table(
    key="findings",
    title=_("Findings"),
    rows=lambda user, as_of: hygiene.findings_for(user, as_of).select_related("rule", "owner"),
    may_see=policies.may_see_deals,
    filterset=AnyFindingFilter,
    columns=(Column("since", _("Since"), lambda f: f.found_on, kind="date", sort="found_on"),),
)


class Aside(Body):
    """Why a finding was set aside, on which day, and the first day it counts again (null: until its fact changes)."""

    reason = Text(read_only=True)
    dismissed_on = Day(read_only=True)
    until_on = Day(read_only=True, allow_null=True)


class Finding(Body):
    """A check that fails on a record since a day. `at_stake` is in the reporting currency; `fixes` name what mends it.

    One that was set aside doesn't count; `dismissal` says why.
    """

    id = Id(read_only=True)
    rule = Text(source="rule.key", read_only=True, example="overdue_close")
    rule_name = Text(source="rule.label", read_only=True)
    severity = Choice(Severity.choices, source="rule.severity", read_only=True)
    subject_kind = Text(read_only=True, example="opportunity")
    subject_id = Id(read_only=True)
    owner_id = Id(read_only=True, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    found_on = Day(read_only=True)
    reason = Text(read_only=True, example="Quiet 26 days")
    at_stake = Text(read_only=True, allow_null=True, example="39800.00")
    currency = Text(read_only=True)
    owner_action = Text(source="rule.owner_action", read_only=True)
    is_dismissed = Flag(read_only=True)
    dismissal = Aside(read_only=True, allow_null=True)
    fixes = serializers.ListField(child=Text(), read_only=True)


class Dismiss(Body):
    """Why it isn't a problem, and the first day it counts again; without one, until its fact changes."""

    reason = Text(300, allow_blank=False, example="Agreed with the customer")
    until_on = Day(required=False, allow_null=True)


class Fix(Body):
    """Which of the finding's `fixes`, and what that fix asks for. Nothing: the suggested one."""

    fix = Text(40, required=False, example="close_later")
    version = Whole(1, required=False, help_text="The version of the record you looked at: another one is left alone.")
    next_step = Text(255, required=False, help_text="For `next_step`.")
    next_step_due_on = Day(required=False, allow_null=True, help_text="For `next_step`.")
    loss_reason_id = Id(required=False, help_text="For `loss_reason`.")


class Changed(Body):
    """A field with its value before and after, in words."""

    field = Text(read_only=True)
    label = Text(read_only=True)
    before = Text(read_only=True)
    after = Text(read_only=True)


class Fixed(Body):
    """What was done to the record. is_resolved: the finding is gone; what compares records waits for the night."""

    fix = Text(read_only=True)
    words = Text(read_only=True, example="Move close date to Dec 18")
    subject_kind = Text(read_only=True)
    subject_id = Id(read_only=True)
    changes = Changed(many=True, read_only=True)
    is_resolved = Flag(read_only=True)


class FindingsApi(RecordApi):
    resource, noun, nouns = "findings", "finding", "findings"
    table, serializer_class = FINDINGS, Finding
    tagged = frozenset({"retrieve", "dismiss", "restore"})
    bodies = {"dismiss": Dismiss, "restore": Nothing, "fix": Fix}
    answers = {"fix": (200, Fixed)}
    texts = {
        "dismiss": ("Set a finding aside", "It doesn't count any more. For the managers of its owner and sales ops."),
        "restore": ("Let a finding that was set aside count again", ""),
        "fix": (
            "Mend a finding by one of its fixes",
            "One safe change by the rules of the record. Why it can't be made is said in a 409.",
        ),
    }

    def may_write(self, user: Any) -> bool:
        return policies.may_create(user)

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        aside = hygiene_acts.dismissals_of(rows)
        for row in rows:
            row.dismissal = aside.get(row.pk)
            row.fixes = [one.key for one in fixes.fixes_for(row.subject_kind, [row.rule.key])]
            row.reason = hygiene.reason_of(row, self.as_of)
            amount, currency = row.at_stake_minor, row.currency
            row.at_stake = None if amount is None else exact_amount(from_minor(amount, currency), currency)
        return rows

    def dismiss(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        finding = self.find(self.record_id)
        if not hygiene_acts.may_judge(request.user, finding, self.as_of):
            raise PermissionDenied(_now("The managers of its owner and sales ops set it aside, nobody their own."))
        _serializer, values = self.sent()
        if finding.is_dismissed:
            raise NotNow(_now("It was set aside already."))
        self._set_aside(finding, values["reason"], values.get("until_on"))
        return self.answer(self.find(finding.pk))

    def _set_aside(self, finding: Any, reason: str, until_on: date | None) -> None:
        """Raises Invalid for what can't be, NotNow where it is gone by now."""
        by, on = self.request.user, self.as_of
        try:
            done = dismissals.dismiss(findings=[finding.pk], reason=reason, until_on=until_on, by=by, on=on)
        except dismissals.DismissalError as error:
            raise Invalid.of_fields({error.field: [str(error)]}) from error
        if done is None:
            raise NotNow(_now("It is gone by now, or was set aside."))

    def restore(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        finding = self.find(self.record_id)
        said = finding.dismissal is not None and finding.dismissal.by_id == request.user.pk
        if not said and not hygiene_acts.may_judge(request.user, finding, self.as_of):
            raise PermissionDenied(_now("Who set it aside, the managers of its owner and sales ops take that back."))
        self.sent()
        if finding.dismissal is None:
            raise NotNow(_now("It counts: nobody set it aside."))
        dismissals.lift(dismissals=[finding.dismissal.pk], by=request.user, on=self.as_of)
        return self.answer(self.find(finding.pk))

    def fix(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        finding = self.find(self.record_id)
        kind, subject_id = finding.subject_kind, finding.subject_id
        if not selectors.may_edit_record(request.user, kind, subject_id, self.as_of):
            raise PermissionDenied
        _serializer, values = self.sent()
        if finding.is_dismissed:
            raise NotNow(_now("It was set aside. Restore it first."))
        version = values.pop("version", None)
        key, given = self._asked(finding, values.pop("fix", fixes.SUGGESTED), values)
        with transaction.atomic():  # a refusal leaves nothing of the attempt
            change = self._made(finding, key, given, version)
        return Response(Fixed(self._told(finding, change)).data)

    def _asked(self, finding: Any, key: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The fix, and what it asks for as its form reads it. Raises Invalid, NotNow."""
        offered = fixes.fixes_for(finding.subject_kind, [finding.rule.key])
        suggested = [fixes.SUGGESTED] if any(one.is_suggested for one in offered) else []
        known = [*suggested, *(one.key for one in offered)]
        if key == fixes.SUGGESTED and not suggested:
            keys = ", ".join(known)
            raise NotNow(_now("No fix is suggested. Name one of: %(keys)s.") % {"keys": keys} if known else _nothing())
        if key not in known:
            raise Invalid.of_fields({"fix": [_now("One of: %(words)s.") % {"words": ", ".join(known)}]})
        typed = {name.removesuffix("_id"): value for name, value in values.items() if value is not None}
        form = FixForm({**typed, "fix": key}, kind=finding.subject_kind, checks=[finding.rule.key])
        errors = {name: [_now("This fix doesn't ask for it.")] for name in typed if name not in form.asks}
        if errors := errors | ({} if form.is_complete else form.lacking):
            named = {f"{name}_id" if f"{name}_id" in Fix._declared_fields else name: errors[name] for name in errors}
            raise Invalid.of_fields(named)
        return form.chosen()

    def _made(self, finding: Any, key: str, given: Mapping[str, Any], version: int | None) -> fixes.Change:
        """Makes the change of the finding's record. Raises NotNow with the reason why it stays as it is."""
        user, as_of, kind = self.request.user, self.as_of, finding.subject_kind
        asked = FixAsked(on=as_of, at=self.now, by=user, given=given)
        records = hygiene.records_failing(user, as_of, kind, ids=[finding.subject_id])
        found = fixes.preview(kind=kind, records=records, fix=key, asked=asked, checks=[finding.rule.key])
        seen = None if version is None else {finding.subject_id: version}
        done = fixes.apply_fixes(kind=kind, changes=found.changes, seen=seen, asked=asked)
        if not done.count:
            raise NotNow(next((why for _record, why in [*found.skipped, *done.skipped]), _nothing()))
        return found.changes[0]

    def _told(self, finding: Any, change: fixes.Change) -> dict[str, Any]:
        changes = [
            {"field": name, "label": label, "before": before, "after": after}
            for name, (label, before, after) in zip(change.values, change.shown, strict=True)
        ]
        finding.refresh_from_db(fields=["resolved_on"])
        return {
            "fix": change.fix.key, "words": change.words, "subject_kind": finding.subject_kind,
            "subject_id": finding.subject_id, "changes": changes, "is_resolved": finding.resolved_on is not None,
        }  # fmt: skip


def _nothing() -> str:
    return _now("Nothing here that a fix mends.")
