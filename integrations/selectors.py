"""Reads of imports: files, proposals, issues, reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from core import registry
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


def error_rows(import_file: ImportFile) -> tuple[list[str], Iterator[list[Any]]]:
    """Rows that were not taken, as in the file, with the reason in front: mend them and import the file again."""
    header = ["Row", "Problem", *import_file.shape["columns"]]
    issues = import_file.issues.exclude(severity="warning").order_by("row_number").iterator(chunk_size=2000)
    return header, ([issue.row_number, issue.message, *issue.raw] for issue in issues)


def page_of(import_file: ImportFile) -> dict[str, Any]:
    """What the import page shows: columns with their result, what will happen, proposals, problems."""
    spec = registry.import_kinds[import_file.kind].spec
    shape, bad = import_file.shape, import_file.counts.get("columns", {})
    columns = [
        {
            "index": index,
            "name": name,
            "values": ", ".join(
                str(row[index]) for row in shape["sample"][:3] if index < len(row) and row[index] not in ("", None)
            ),
            "field": import_file.mapping.get(name, ""),
            "bad": bad.get(name, 0),
            "order": import_file.options.get("date_orders", {}).get(name, ""),
            "uncertain": name in import_file.options.get("uncertain_dates", []),
        }
        for index, name in enumerate(shape["columns"])
    ]
    found = list(import_file.proposals.all()[:500])
    proposals = [{"row": p, "sentence": sentence_of(p)} for p in found]
    return {
        "import_file": import_file,
        "spec": spec,
        "columns": columns,
        "mapped": sum(bool(column["field"]) for column in columns),
        "fields": [(field.name, field.label) for field in spec.fields],
        "proposals": proposals,
        "open_proposals": sum(not p.is_accepted for p in found),
        "issues": import_file.issues.order_by("row_number")[:50],
        "issue_count": import_file.issues.count(),
        "step": _step(import_file),
        "ready": import_file.counts.get("created", 0)
        + import_file.counts.get("updated", 0)
        + import_file.counts.get("unchanged", 0),
    }


def _step(import_file: ImportFile) -> int:
    return {"uploaded": 3, "checking": 4, "checked": 4, "importing": 5}.get(import_file.state, 6)
