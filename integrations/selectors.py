"""Reads of imports: files, proposals, issues, reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from django.db.models import BooleanField, Case, Count, Q, QuerySet, When
from django.db.models.functions import Now
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import registry
from core.enums import RunState
from core.kernel.access import SignedIn
from core.kernel.fields import KindSpec
from core.kernel.typed import read_number
from core.models import Run
from integrations.enums import ImportState, Touched
from integrations.models import ApiToken, ImportFile, ImportIssue, ImportProposal
from integrations.policies import import_kinds_for, may_export_all, may_see_all_tokens

SHOWN, SHOWN_KEPT, SHOWN_COLUMNS, PROBLEM_ROWS = 200, 500, 6, 25
STEPS: dict[str, int] = {
    ImportState.UPLOADED: 3,
    ImportState.CHECKING: 4,
    ImportState.CHECKED: 4,
    ImportState.IMPORTING: 5,
}
TABS = (("error", _("Errors")), ("waiting", _("Waiting")), ("warning", _("Warnings")), ("info", _("Duplicates")))


def imports_for(user: SignedIn) -> QuerySet[ImportFile]:
    """Imports a person may see, with all that is in them: those of the kinds they may import."""
    rows = ImportFile.objects.select_related("uploaded_by__person", "check_run", "import_run", "undo_run")
    kinds = [kind.key for kind in import_kinds_for(user)]
    return rows.filter(kind__in=kinds) if kinds else rows.none()


def get_import_for(user: SignedIn, import_id: int) -> ImportFile:
    row = imports_for(user).filter(pk=import_id).first()
    if row is None:
        raise Http404("No such import.")
    return row


def get_proposal(import_file: ImportFile, proposal_id: str) -> ImportProposal:
    number = read_number(proposal_id)
    found = None if number is None else import_file.proposals.filter(pk=number).first()
    if found is None:
        raise Http404("No such proposal.")
    return found


def open_proposals_of(imports: Sequence[ImportFile]) -> dict[int, int]:
    """How many proposals of each import wait for a decision; imports without any aren't in it. One query."""
    waiting = ImportProposal.objects.filter(import_file__in=[row.pk for row in imports], is_accepted=False)
    return dict(waiting.order_by().values_list("import_file").annotate(n=Count("pk")))


def tokens_for(user: SignedIn) -> QuerySet[ApiToken]:
    """One's own tokens; all for admins."""
    rows = ApiToken.objects.select_related("user__person")
    return rows if may_see_all_tokens(user) else rows.filter(user=user.pk)


def listed_tokens(user: SignedIn, as_of: date) -> QuerySet[ApiToken]:
    """The list of tokens; `is_expired` by the database's clock."""
    over = Case(When(expires_at__lte=Now(), then=True), default=False, output_field=BooleanField())
    return tokens_for(user).annotate(is_expired=over)


def get_token_for(user: SignedIn, token_id: int) -> ApiToken:
    """Raises Http404 when there is no such token or it is somebody else's."""
    row = tokens_for(user).filter(pk=token_id).first()
    if row is None:
        raise Http404(_("No such token."))
    return row


def find_token(secret_hash: str, *, at: datetime, today: date) -> ApiToken | None:
    """The living token with a hash: not revoked, not expired, of a login that is let in and a person still here."""
    rows = ApiToken.objects.filter(secret_hash=secret_hash, revoked_at=None, expires_at__gt=at, user__is_active=True)
    gone = Q(user__person__left_on__lte=today)
    return rows.exclude(gone).select_related("user__person").first()


def exports_for(user: SignedIn) -> QuerySet[Run]:
    """Exports of all data a person may see and download: for admins, else none."""
    rows = Run.objects.filter(kind="export.all").select_related("started_by__person")
    return rows if may_export_all(user) else rows.none()


def report_of(import_file: ImportFile) -> dict[str, Any]:
    """What an import found and did, as plain values."""
    issues = import_file.issues.order_by("row_number")[:1000]
    return {
        "id": import_file.pk,
        "file": import_file.file_name,
        "kind": import_file.kind,
        "state": import_file.state,
        "mapping": {name: import_file.mapping.get(name, "") for name in import_file.shape["columns"]},
        "counts": {name: value for name, value in import_file.counts.items() if name != "columns"},
        "proposals": [_proposal(proposal) for proposal in import_file.proposals.all()],
        "issues": [_issue(issue) for issue in issues],
    }


def _proposal(proposal: ImportProposal) -> dict[str, Any]:
    return {
        "field": proposal.field,
        "value": proposal.value,
        "rows": proposal.rows,
        "action": proposal.action,
        "target": proposal.target,
        "accepted": proposal.is_accepted,
        "sentence": sentence_of(proposal),
    }


def sentence_of(proposal: ImportProposal) -> str:
    """A proposal in words: “GTXPro” becomes “GTX Pro” in 1,480 rows (the same but for spaces)."""
    effect = {
        "use": f"becomes “{proposal.target}”",
        "create": f"is created as {proposal.field.replace('_', ' ')}",
        "blank": "is left blank",
    }[proposal.action]
    return f"{proposal.field}: “{proposal.value}” {effect} in {proposal.rows:,} rows ({proposal.reason})"


def _issue(issue: ImportIssue) -> dict[str, Any]:
    return {
        "row": issue.row_number,
        "column": issue.column,
        "value": issue.value,
        "severity": issue.severity,
        "code": issue.code,
        "message": issue.message,
        "suggestion": issue.suggestion,
    }


def error_rows(import_file: ImportFile) -> tuple[list[str], Iterator[list[Any]]]:
    """Rows that were not taken, as in the file, with the reason in front: mend them and import the file again."""
    header = ["Row", "Problem", *import_file.shape["columns"]]
    issues = import_file.issues.exclude(severity="warning").order_by("row_number").iterator(chunk_size=2000)
    return header, ([issue.row_number, issue.message, *issue.raw] for issue in issues)


def undo_effect(import_file: ImportFile) -> dict[str, int]:
    """How many records an undo would delete, give their values back, and (after an undo) was kept."""
    counted = dict(import_file.records.order_by().values_list("outcome").annotate(n=Count("pk")))
    return {
        "deleted": counted.get(Touched.CREATED, 0),
        "restored": counted.get(Touched.UPDATED, 0) + counted.get(Touched.REMOVED, 0),
    }


def kept_records(import_file: ImportFile) -> list[dict[str, Any]]:
    """Records that an undo left as they are, with why and where they can be seen; at most SHOWN_KEPT."""
    found = list(import_file.records.exclude(kept="").order_by("record_kind", "record_id")[:SHOWN_KEPT])
    rows = []
    for kind, records in groupby(found, key=lambda record: record.record_kind):
        ids = {record.record_id: record for record in records}
        model, shown = registry.record_models[kind].model, registry.record_kinds.find(kind)
        for pk, row in model._default_manager.in_bulk(ids).items():
            url = reverse(shown.url_name, args=[pk]) if shown else ""
            label = str(shown.label) if shown else kind.replace("_", " ").capitalize()
            rows.append({"kind": label, "name": str(row), "url": url, "why": ids[pk].get_kept_display()})
    return rows


def list_url(import_file: ImportFile) -> str:
    """Where the imported records are listed, or ""."""
    entry = registry.navigation.find(import_file.kind)
    return reverse(entry.url_name) if entry else ""


def page_of(import_file: ImportFile, *, show: str = "", after: int = 0) -> dict[str, Any]:
    """What the import page shows: how the file is read, its columns, what will happen, proposals, problems."""
    spec = registry.import_kinds[import_file.kind].spec
    shown = import_file.proposals.order_by("is_accepted", "-rows")[:SHOWN]
    proposals = [_shown(proposal, spec) for proposal in shown]
    undecided = import_file.proposals.filter(is_accepted=False).count()
    return {
        "import_file": import_file,
        "stands": import_file.stands,
        "spec": spec,
        "key": key_of(import_file),
        "columns": columns_of(import_file),
        "mapped": sum(bool(field) for field in import_file.mapping.values()),
        "fields": [(field.name, field.label) for field in spec.fields],
        "people_lines": import_file.kind in ("people", "accounts"),
        "effect": effect_of(import_file),
        "proposals": proposals,
        "proposal_count": import_file.proposals.count(),
        "open_proposals": undecided,
        "problems": problems_of(import_file, show=show, after=after),
        "step": STEPS.get(str(import_file.stands), 6),
        "list_url": list_url(import_file),
        "undo": undo_effect(import_file) if import_file.stands in (ImportState.IMPORTED, ImportState.UNDONE) else None,
        "kept": kept_records(import_file) if import_file.stands == ImportState.UNDONE else [],
    }


def _shown(proposal: ImportProposal, spec: KindSpec) -> dict[str, Any]:
    """A proposal as its line says it: which field, what becomes of which value, in how many rows and why."""
    kind = registry.reference_kinds.find(proposal.reference_kind)
    label = next((field.label for field in spec.fields if field.name == proposal.field), proposal.field)
    return {
        "row": proposal,
        "field": label,
        "kind": kind.label if kind else label,
        "creates": bool(kind and kind.create),
    }


def key_of(import_file: ImportFile) -> str:
    """The label of the field by which rows find their record: the first mapped key, or "" when there is none."""
    spec = registry.import_kinds[import_file.kind].spec
    mapped = set(import_file.mapping.values())
    return next((spec.field_named(name).label for name in spec.keys if name in mapped), "")


def columns_of(import_file: ImportFile) -> list[dict[str, Any]]:
    """Each column of the file: first values, its field, how its dates are read, and what the check said."""
    bad, options = import_file.counts.get("columns", {}), import_file.options
    waiting = dict(
        import_file.proposals.filter(is_accepted=False).values_list("field").annotate(n=Count("pk")).order_by()
    )
    columns = []
    for index, name in enumerate(import_file.shape["columns"]):
        field = import_file.mapping.get(name, "")
        columns.append(
            {
                "index": index,
                "name": name,
                "values": _first_values(import_file, index),
                "field": field,
                "bad": bad.get(name, 0),
                "waiting": waiting.get(field, 0),
                "order": options.get("date_orders", {}).get(name, ""),
                "uncertain": name in options.get("uncertain_dates", []),
            }
        )
    return columns


def _first_values(import_file: ImportFile, index: int) -> str:
    found = (row[index] for row in import_file.shape["sample"] if index < len(row))
    return ", ".join(dict.fromkeys(str(value) for value in islice(filter(None, found), 3)))


def effect_of(import_file: ImportFile) -> dict[str, Any] | None:
    """The counts of the last check or import as a bar and lines; None before the first check."""
    counts = import_file.counts
    if "created" not in counts:
        return None
    ready = counts["created"] + counts["updated"] + counts["unchanged"]
    lost = counts["exact_duplicates"] + counts["conflicts"]
    waits = min(counts["waiting"], ready) if import_file.proposals.filter(is_accepted=False).exists() else 0
    return {
        **counts,
        "ready": ready,
        "lost": lost,
        "waits": waits,
        "now": ready - waits,
        "bar": [("accent", ready - waits), ("warn", waits), ("grey", lost), ("bad", counts["rejected"])],
    }


def problems_of(import_file: ImportFile, *, show: str, after: int) -> dict[str, Any]:
    """A page of issues as rows of the file, with the cell that is wrong; tabs by severity with their counts."""
    counts = dict(import_file.issues.order_by().values_list("severity").annotate(n=Count("pk")))
    issues = import_file.issues.filter(pk__gt=after).order_by("pk")
    issues = issues.filter(severity=show) if show in counts else issues
    found = list(issues[: PROBLEM_ROWS + 1])
    places = [i for i, name in enumerate(import_file.shape["columns"]) if import_file.mapping.get(name)][:SHOWN_COLUMNS]
    names = import_file.shape["columns"]
    return {
        "total": sum(counts.values()),
        "not_imported": sum(n for severity, n in counts.items() if severity != "warning"),
        "tabs": [{"key": key, "label": label, "count": counts.get(key, 0)} for key, label in TABS if counts.get(key)],
        "show": show if show in counts else "",
        "heads": [names[place] for place in places],
        "rows": [_problem(issue, import_file, places) for issue in found[:PROBLEM_ROWS]],
        "next": found[PROBLEM_ROWS - 1].pk if len(found) > PROBLEM_ROWS else 0,
        "is_later": bool(after),
    }


def _problem(issue: ImportIssue, import_file: ImportFile, places: list[int]) -> dict[str, Any]:
    names = import_file.shape["columns"]
    cells = [
        {"text": issue.raw[place] if place < len(issue.raw) else "", "is_bad": names[place] == issue.column}
        for place in places
    ]
    can_fix = issue.severity in ("error", "warning") and bool(issue.column and issue.value)
    return {"issue": issue, "cells": cells, "field": import_file.mapping.get(issue.column, "") if can_fix else ""}


def unfinished_imports(user: SignedIn, *, since: datetime, limit: int) -> list[ImportFile]:
    """Imports that wait for somebody, or whose last work failed since an instant; newest first."""
    waits = Q(state__in=[ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED, ImportState.IMPORTING])
    failed = Q(import_run__state=RunState.FAILED) | Q(check_run__state=RunState.FAILED)
    return list(imports_for(user).filter(waits | failed, created_at__gt=since).order_by("-pk")[:limit])
