"""Reads of imports: files, proposals, issues, reports."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from core.kernel.access import SignedIn
from integrations.models import ImportFile, ImportIssue, ImportProposal
from integrations.policies import may_import


def imports_for(user: SignedIn) -> QuerySet[ImportFile]:
    """Imports a person may see: all for those who may import, else none."""
    rows = ImportFile.objects.select_related("uploaded_by__person", "check_run", "import_run", "undo_run")
    return rows if may_import(user) else rows.none()


def get_import_for(user: SignedIn, import_id: int) -> ImportFile:
    row = imports_for(user).filter(pk=import_id).first()
    if row is None:
        raise Http404("No such import.")
    return row


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
