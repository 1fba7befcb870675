"""Fixes: planned, shown before they are made, made by the rules of each record, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, jobs, registry
from core.kernel import formats
from core.models import AuditEvent
from core.registry import FixAsked, HygieneFix
from pipeline.models import BulkEdit, Finding, Opportunity
from pipeline.services.bulk_edits import edit_deals
from pipeline.services.findings import recheck

FIXED = "hygiene.fixed"
SUGGESTED = "suggested"  # instead of a fix by name: the first one suggested that fits each record


class NothingToUndo(ValueError):
    """An act that can't be taken back, or was already."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record as a fix would leave it. shown: (field, before, after) in words."""

    record: Any
    fix: HygieneFix
    values: Mapping[str, Any]
    shown: Sequence[tuple[str, str, str]]

    @property
    def words(self) -> str:
        return self.fix.says(self.record, self.values) if self.fix.says else str(self.fix.label)

    @property
    def mark(self) -> str:
        return f"{self.record.pk}:{self.record.version}"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a fix would do: changes, and the records it leaves alone with the reason."""

    changes: Sequence[Change] = ()
    skipped: Sequence[tuple[Any, str]] = ()


@dataclass(slots=True)
class Fixed:
    """What was done: how many, what was left alone and why, and where it is taken back (kind of act, id)."""

    count: int = 0
    skipped: list[tuple[Any, str]] = field(default_factory=list)
    edit: BulkEdit | None = None
    event: AuditEvent | None = None


def fixes_for(kind: str, checks: Sequence[str] | None = None) -> list[HygieneFix]:
    """The fixes of a kind of record, of some checks or of all, in order."""
    found = [fix for fix in registry.hygiene_fixes if fix.subject_kind == kind]
    return found if checks is None else [fix for fix in found if not fix.checks.isdisjoint(checks)]


def preview(
    *, kind: str, records: Sequence[Any], fix: str, asked: FixAsked, checks: Sequence[str] | None = None
) -> Preview:
    """What a fix, or the suggested ones, would change of these records; nothing is saved.

    A fix only touches records that fail a check of its own; what was dismissed is left alone. checks: only the fixes
    of these.
    """
    failing, twins = _standing(kind, [record.pk for record in records])
    asked = replace(asked, given=dict(asked.given) | {"twin_ids": twins})
    chosen = [one for one in fixes_for(kind, checks) if (one.is_suggested if fix == SUGGESTED else one.key == fix)]
    plans = {one.key: one.plan(_those(records, one, failing), asked) for one in chosen}
    changes, skipped = [], []
    for record in records:
        found = _first(record, chosen, plans)
        if isinstance(found, Change):
            changes.append(found)
        else:
            skipped.append((record, found))
    return Preview(changes, skipped)


def _those(records: Sequence[Any], fix: HygieneFix, failing: Mapping[int, Sequence[str]]) -> list[Any]:
    return [record for record in records if not fix.checks.isdisjoint(failing.get(record.pk, ()))]


def _first(record: Any, fixes: Sequence[HygieneFix], plans: Mapping[str, Any]) -> Change | str:
    """The first fix that fits a record, else why none does."""
    why = ""
    for fix in fixes:
        values = plans[fix.key].get(record.pk)
        if isinstance(values, Mapping):
            return Change(record, fix, values, [_shown(record, *one) for one in values.items()])
        why = why or values or ""
    return why or _("Nothing here that this mends.")


def _shown(record: Any, name: str, value: Any) -> tuple[str, str, str]:
    """A field with what it holds and what it would hold, in words."""
    own = record._meta.get_field(name)
    return str(own.verbose_name), _words(record, own, getattr(record, name)), _words(record, own, value)


def _words(record: Any, own: Any, value: Any) -> str:
    if value is None or value == "":
        return formats.NONE
    if own.choices:
        return str(dict(own.flatchoices).get(value, value))
    if own.name in ("amount", "annual_revenue"):
        return formats.exact_money(value, str(getattr(record, "currency_id", "")))
    if own.get_internal_type() == "DateField":
        return formats.day(value)
    if own.get_internal_type() == "DateTimeField":
        return _("Archived") if own.name == "archived_at" else str(value)
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


@transaction.atomic
def apply_fixes(*, kind: str, changes: Sequence[Change], seen: Mapping[int, int] | None, asked: FixAsked) -> Fixed:
    """Make the changes of a preview, each by its record's own rules; all of them are taken back by one act.

    seen: record id -> version that was looked at; one that was changed since is left alone. Without, all are made.
    """
    now: list[Change] = []
    late: list[Change] = []
    for change in changes:
        is_seen = seen is None or seen.get(change.record.pk) == change.record.version
        (now if is_seen else late).append(change)
    done = Fixed(skipped=[(change.record, _("It was changed since you looked at it.")) for change in late])
    if now and kind == "opportunity":
        _edit_deals(now, asked, done)
    elif now:
        _change_records(kind, now, asked, done)
    if done.count:
        jobs.enqueue("pipeline.hygiene_scores", dedupe_key="hygiene:scores")
    return done


def _edit_deals(changes: Sequence[Change], asked: FixAsked, done: Fixed) -> None:
    """Deals go by a bulk edit, which keeps what was there before."""
    wanted = {change.record.pk: change for change in changes}

    def values(deal: Opportunity) -> Mapping[str, Any] | None:
        change = wanted[deal.pk]
        return change.values if deal.version == change.record.version else None

    label = _("Data quality: %(what)s") % {"what": _label(changes)}
    edit = edit_deals(deal_ids=list(wanted), values=values, by=asked.by, on=asked.on, label=label)
    done.count, done.edit = edit.changed, edit
    refused = edit.rows.exclude(refusal="").values_list("deal_id", "refusal")
    done.skipped += [(wanted[pk].record, why) for pk, why in refused]


def _label(changes: Sequence[Change]) -> str:
    labels = {str(change.fix.label) for change in changes}
    return labels.pop() if len(labels) == 1 else _("suggested fixes")


def _change_records(kind: str, changes: Sequence[Change], asked: FixAsked, done: Fixed) -> None:
    """Records of other kinds are changed by their room; the audit event keeps what was there before."""
    editor = registry.record_editors[kind]
    editable = editor.editable(asked.by, asked.on).filter(pk__in=[change.record.pk for change in changes])
    may = set(editable.values_list("pk", flat=True))
    before: dict[str, Any] = {}
    for change in changes:
        told = _change(editor, change, asked) if change.record.pk in may else _("You may see this, but not change it.")
        if isinstance(told, str):
            done.skipped.append((change.record, told))
        else:
            before[str(change.record.pk)] = told
    if before:
        done.count = len(before)
        mended = frozenset(key for change in changes for key in change.fix.checks if "archived_at" not in change.values)
        recheck(kind=kind, ids=[int(pk) for pk in before], on=asked.on, also=mended)
        detail = {"before": before, "what": _label(changes)}
        done.event = audit.record(act=FIXED, actor=asked.by, subject_kind=kind, detail=detail)


def _change(editor: registry.RecordEditor, change: Change, asked: FixAsked) -> dict[str, Any] | str:
    """Values before and the version after, or why the record refuses."""
    record = change.record
    fields = {name: record._meta.get_field(name) for name in change.values}
    was = {own.attname: _plain(getattr(record, own.attname)) for own in fields.values()}
    try:
        with transaction.atomic():
            version = editor.change(
                record_id=record.pk, values=change.values, version=record.version, by=asked.by, on=asked.on
            )
    except ValueError as error:
        return str(error)
    return {"values": was, "version": version}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else str(value)


@transaction.atomic
def undo_fixes(*, event_id: int, asked: FixAsked) -> tuple[int, int]:
    """Take back fixes of one's own on accounts, contacts, leads; gives how many went back, and how many were kept.

    What was changed since stays. Raises NothingToUndo.
    """
    event = AuditEvent.objects.select_for_update().filter(pk=event_id, actor=asked.by, act=FIXED).first()
    if event is None or AuditEvent.objects.filter(act=f"{FIXED}.undone", subject_id=event.pk).exists():
        raise NothingToUndo(_("That was taken back already, or isn't yours."))
    kind, editor = event.subject_kind, registry.record_editors[event.subject_kind]
    may = set(editor.editable(asked.by, asked.on).filter(pk__in=event.detail["before"]).values_list("pk", flat=True))
    done = [pk for pk in event.detail["before"] if int(pk) in may and _put_back(editor, kind, pk, event, asked)]
    recheck(kind=kind, ids=[int(pk) for pk in done], on=asked.on)
    jobs.enqueue("pipeline.hygiene_scores", dedupe_key="hygiene:scores")
    audit.record(act=f"{FIXED}.undone", actor=asked.by, subject=event, detail={"count": len(done)})
    return len(done), len(event.detail["before"]) - len(done)


def _put_back(editor: registry.RecordEditor, kind: str, pk: str, event: AuditEvent, asked: FixAsked) -> bool:
    was = event.detail["before"][pk]
    fields = {own.attname: own for own in registry.record_kinds[kind].model._meta.concrete_fields}
    values = {name: fields[name].to_python(value) for name, value in was["values"].items()}
    try:
        with transaction.atomic():
            editor.change(record_id=int(pk), values=values, version=was["version"], by=asked.by, on=asked.on)
    except ValueError:
        return False
    return True


def _standing(kind: str, ids: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, int]]:
    """Record id -> keys of the checks it fails, and the record it may be the same as."""
    standing = Finding.objects.filter(subject_kind=kind, subject_id__in=ids, resolved_on=None, is_dismissed=False)
    failing: dict[int, list[str]] = {}
    twins: dict[int, int] = {}
    for pk, key, fact in standing.order_by("rule__position").values_list("subject_id", "rule__key", "fact"):
        failing.setdefault(pk, []).append(key)
        twins |= {pk: int(fact["of"])} if fact.get("of") else {}
    return failing, twins


def suggestion(record: Any, checks: Sequence[str], asked: FixAsked) -> Change | None:
    """The change offered for a click, of a record with what it fails; None where a person must decide."""
    fixes = [fix for fix in fixes_for("opportunity", checks) if fix.is_suggested]
    found = _first(record, fixes, {fix.key: fix.plan([record], asked) for fix in fixes})
    return found if isinstance(found, Change) else None
