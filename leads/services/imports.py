"""Lead files: fields, the words other systems use for them, and how rows become leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.bulk import BY_EXTERNAL_ID, LoadPlan, Match
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind
from core.selectors import with_tags
from core.services import OwnColumns, own_specs, takes_own
from leads.models import Lead
from people.services.imports import PREFIX as PERSON

SPEC = KindSpec(
    "leads",
    "Leads",
    (
        FieldSpec(
            "external_id",
            "Lead ID",
            synonyms=("Prospect ID", "Record ID", "ID", "Record Id", "Lead - ID"),
            max_length=120,
        ),
        FieldSpec("name", "Name", synonyms=("Full name", "Lead name", "Contact name", "Lead - Name"), max_length=200),
        FieldSpec("first_name", "First name", synonyms=("Given name", "Firstname"), max_length=100),
        FieldSpec("last_name", "Last name", synonyms=("Surname", "Lastname"), max_length=100),
        FieldSpec(
            "company_name",
            "Company",
            synonyms=("Company name", "Account name", "Organization", "Account"),
            max_length=255,
        ),
        FieldSpec("title", "Job title", synonyms=("Title", "Position"), max_length=200),
        FieldSpec("email", "E-mail", f.EMAIL, synonyms=("Email", "Email address")),
        FieldSpec("phone", "Phone", synonyms=("Phone number", "Telephone", "Mobile"), max_length=40),
        FieldSpec("website", "Website", synonyms=("Web site", "Domain"), max_length=255),
        FieldSpec("source", "Source", synonyms=("Lead Source", "Original source", "LeadSource"), max_length=120),
        FieldSpec("campaign", "Campaign", synonyms=("Campaign name", "UTM campaign"), max_length=200),
        FieldSpec(
            "status",
            "Status",
            f.CHOICE,
            synonyms=("Lead status",),
            choices={
                "new": "new",
                "open": "new",
                "open not contacted": "new",
                "working": "working",
                "working contacted": "working",
                "contacted": "working",
                "qualified": "qualified",
                "unqualified": "unqualified",
                "closed not converted": "unqualified",
                "junk lead": "unqualified",
                "lost lead": "unqualified",
                "converted": "converted",
                "closed converted": "converted",
            },
        ),
        FieldSpec("converted", "Converted", f.BOOLEAN, synonyms=("Is converted", "Won")),
        FieldSpec("score", "Score", f.DECIMAL, synonyms=("Lead score", "HubSpot score")),
        FieldSpec("industry", "Industry", synonyms=("Sector", "Specialization", "Vertical"), max_length=120),
        FieldSpec(
            "employees", "Employees", f.INTEGER, synonyms=("Number of Employees", "No. of Employees", "Company size")
        ),
        FieldSpec("city", "City", synonyms=("Town",), max_length=120),
        FieldSpec("country", "Country", synonyms=("Country/Region",), max_length=120),
        FieldSpec(
            "owner",
            "Owner",
            f.REFERENCE,
            synonyms=("Lead owner", "Assigned to", "Contact owner", "Owner ID"),
            reference="people",
        ),
        FieldSpec(
            "created_on", "Created on", f.DATE, synonyms=("Created date", "Create date", "Created time", "Created")
        ),
    ),
    keys=("external_id", "email"),
)


_MATCHES = {
    "external_id": BY_EXTERNAL_ID,
    "email": Match(
        "nullif(lower(t.email), '')",
        "s.email",
        "t.external_id IS NULL OR s.external_id IS NULL OR s.external_id LIKE 'row:%'",
    ),
}


def plan(context: ImportContext) -> LoadPlan:
    skipped = ("owner", "first_name", "last_name", "converted")
    columns = {name for name in context.fields if name not in skipped} | {"name"}
    columns |= {"owner_id"} if "owner" in context.fields else set()
    columns |= {"status"} if "converted" in context.fields else set()

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        parts = " ".join(part for part in (clean.get("first_name"), clean.get("last_name")) if part)
        status = "converted" if clean.get("converted") else clean.get("status")
        return {
            **clean,
            "name": clean.get("name") or parts or None,
            "status": status,
            "owner_id": context.find("people", clean["owner"]) if clean.get("owner") else None,
        }

    known = [name for name in ("external_id", "email") if name in context.fields]
    blank = (
        "name",
        "company_name",
        "title",
        "email",
        "phone",
        "website",
        "source",
        "campaign",
        "industry",
        "city",
        "country",
    )
    return LoadPlan(
        model=Lead,
        matches=tuple(_MATCHES[name] for name in known),
        columns=tuple(sorted(columns)),
        defaults=dict.fromkeys(blank, "''") | {"status": "'new'", "extra": "'{}'::jsonb", "version": "1"},
        prepare=prepare,
    )


def records() -> Iterator[dict[str, Any]]:
    """Every lead that isn't archived."""
    direct = [
        f.name for f in SPEC.fields if f.name not in ("external_id", "first_name", "last_name", "owner", "converted")
    ]
    own = OwnColumns("lead")
    rows = Lead.objects.filter(archived_at=None).select_related("owner").order_by("pk")
    for row in with_tags(rows, "lead").iterator(chunk_size=2000):
        owner = row.owner
        yield (
            {name: getattr(row, name) for name in direct}
            | {
                "external_id": row.external_id or row.number,
                "owner": (owner.external_id or f"{PERSON}{owner.pk}") if owner else None,
            }
            | own.of(row)
        )


LEADS = ImportKind(
    *("leads", 50, SPEC, "lead", takes_own("lead", plan), records, "LEAD-", "inbox"),
    more_fields=lambda: own_specs("lead"),
)
