"""Opportunity files: fields, the words other systems use for them, and how rows become deals."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.bulk import BY_EXTERNAL_ID, STAGE, TOUCHED, LoadPlan, Match, Refusal, bare_fill, touching
from core.kernel import fields as f
from core.kernel import formats
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from core.services import hold_closed_through, own_specs, takes_own
from pipeline.enums import DealType, Status
from pipeline.models import Competitor, LossReason, Opportunity
from pipeline.services.closed_days import KEPT
from pipeline.services.export_deals import DEAL, deal_records
from pipeline.services.import_stages import Stages, create_stage, names_of_stages

SPEC = KindSpec(
    "opportunities",
    "Opportunities",
    (
        FieldSpec(
            "external_id",
            "Opportunity ID",
            synonyms=(
                "Deal - ID",
                "Deal ID",
                "Record ID",
                "Record Id",
                "Opportunity Number",
                "ID",
                "opp_id",
                "Deal Number",
            ),
            max_length=120,
        ),
        FieldSpec(
            "name",
            "Opportunity name",
            synonyms=("Deal name", "Deal - Title", "Opportunity", "Title", "Deal", "Topic", "Subject"),
            max_length=255,
        ),
        FieldSpec(
            "account",
            "Account",
            f.REFERENCE,
            synonyms=(
                "Account name",
                "Company",
                "Company name",
                "Associated Company",
                "Deal - Organization",
                "Customer",
                "Client",
                "Account ID",
                "Associated Company IDs",
                "Organization",
                "Potential Customer",
                "Prospect",
            ),
            reference="accounts",
        ),
        FieldSpec(
            "owner",
            "Owner",
            f.REFERENCE,
            synonyms=(
                "Opportunity owner",
                "Sales agent",
                "Deal owner",
                "Deal - Owner",
                "Sales rep",
                "Rep",
                "Owner email",
                "Owner name",
                "Salesperson",
                "Assigned to",
                "Owner ID",
                "Record owner",
                "Opportunity Owner Email",
            ),
            reference="people",
        ),
        FieldSpec(
            "stage",
            "Stage",
            f.REFERENCE,
            synonyms=("Deal stage", "Deal - Stage", "Sales stage", "Stage name", "StageName", "Pipeline stage"),
            reference="stages",
        ),
        FieldSpec(
            "outcome",
            "Result",
            f.CHOICE,
            synonyms=("Opportunity Result", "Status", "Deal - Status", "Deal status", "Outcome", "Won/Lost", "State"),
            choices={
                "won": "won",
                "win": "won",
                "closed won": "won",
                "lost": "lost",
                "loss": "lost",
                "closed lost": "lost",
                "gewonnen": "won",
                "verloren": "lost",
                "open": "open",
                "in progress": "open",
                "active": "open",
                "offen": "open",
            },
        ),
        FieldSpec(
            "amount",
            "Amount",
            f.MONEY,
            synonyms=(
                "Close value",
                "Est. Revenue",
                "Estimated revenue",
                "Deal - Value",
                "Value",
                "Deal value",
                "Opportunity Amount USD",
                "Opportunity Amount",
                "Deal amount",
                "ACV",
                "Revenue",
                "Total amount",
                "Amount in company currency",
            ),
        ),
        FieldSpec(
            "currency",
            "Currency",
            f.CURRENCY,
            synonyms=("Deal - Currency", "Currency code", "ISO code", "Amount Currency"),
        ),
        FieldSpec("recurring_amount", "Recurring, a year", f.MONEY, synonyms=("ARR", "Annual recurring revenue")),
        FieldSpec("one_off_amount", "One-off", f.MONEY, synonyms=("One-time amount", "Services amount", "NRR amount")),
        FieldSpec(
            "probability",
            "Probability",
            f.PERCENT,
            synonyms=("Probability (%)", "Deal - Probability", "Win probability"),
        ),
        FieldSpec(
            "category",
            "Forecast category",
            f.CHOICE,
            synonyms=("Forecast", "ForecastCategory", "Forecast Category Name"),
            choices={
                "omitted": "omitted",
                "pipeline": "pipeline",
                "best case": "best_case",
                "upside": "best_case",
                "commit": "commit",
                "closed": "closed",
            },
        ),
        FieldSpec(
            "type",
            "Type",
            f.CHOICE,
            synonyms=("Opportunity type", "Deal type", "Business type"),
            choices={
                "new": "new",
                "new business": "new",
                "new customer": "new",
                "newbusiness": "new",
                "expansion": "expansion",
                "existing business": "expansion",
                "existingbusiness": "expansion",
                "add on": "expansion",
                "upsell": "expansion",
                "existing customer upgrade": "expansion",
                "renewal": "renewal",
                "existing customer replacement": "renewal",
            },
        ),
        FieldSpec(
            "close_date",
            "Close date",
            f.DATE,
            synonyms=("Closing date", "CloseDate", "Closed date", "Close", "Actual close date"),
        ),
        FieldSpec(
            "expected_close_on",
            "Expected close date",
            f.DATE,
            synonyms=("Deal - Expected close date", "Expected close", "Estimated close date", "Est. close date"),
        ),
        FieldSpec("won_on", "Won on", f.DATE, synonyms=("Deal - Won time", "Won time", "Won date")),
        FieldSpec("lost_on", "Lost on", f.DATE, synonyms=("Deal - Lost time", "Lost time", "Lost date")),
        FieldSpec(
            "stage_since",
            "In stage since",
            f.DATE,
            synonyms=("Stage since", "Date entered stage", "Last stage change"),
        ),
        FieldSpec("engaged_on", "Engaged on", f.DATE, synonyms=("Engage date", "Engagement date", "Qualified date")),
        FieldSpec(
            "created_on",
            "Created on",
            f.DATE,
            synonyms=("Created date", "Create date", "Created", "Created time", "Deal - Deal created", "CreatedDate"),
        ),
        FieldSpec(
            "product",
            "Product",
            f.REFERENCE,
            synonyms=("Product name", "Main product", "Deal - Product name", "Supplies Subgroup", "Item", "SKU"),
            reference="products",
        ),
        FieldSpec("quantity", "Quantity", f.DECIMAL, synonyms=("Qty", "Deal - Product quantity", "Units")),
        FieldSpec("next_step", "Next step", synonyms=("NextStep", "Next steps", "Next action"), max_length=255),
        FieldSpec("next_step_due_on", "Next step due", f.DATE, synonyms=("Next step date", "Next activity date")),
        FieldSpec(
            "loss_reason",
            "Loss reason",
            f.REFERENCE,
            synonyms=("Lost reason", "Deal - Lost reason", "Closed lost reason", "Reason lost"),
            reference="loss_reasons",
        ),
        FieldSpec(
            "competitor",
            "Competitor",
            f.REFERENCE,
            synonyms=("Main competitor", "Primary competitor"),
            reference="competitors",
        ),
        FieldSpec(
            "source",
            "Source",
            synonyms=("Lead source", "Deal - Source", "Original source", "LeadSource"),
            max_length=120,
        ),
        FieldSpec(
            "term_months", "Contract term, months", f.INTEGER, synonyms=("Term", "Contract term", "Term (months)")
        ),
    ),
    keys=("external_id", "name"),
)
_DATES = {"close_date", "expected_close_on", "won_on", "lost_on"}
_DIRECT = (
    *(
        "external_id",
        "name",
        "amount",
        "recurring_amount",
        "one_off_amount",
        "probability",
        "category",
        "type",
        "source",
    ),
    *("stage_since", "engaged_on", "created_on", "next_step", "next_step_due_on", "term_months"),
)
_REFERENCES = (
    ("account", "account_id", "accounts"),
    ("owner", "owner_id", "people"),
    ("product", "product_id", "products"),
    ("loss_reason", "loss_reason_id", "loss_reasons"),
    ("competitor", "competitor_id", "competitors"),
)


def plan(context: ImportContext) -> LoadPlan:
    stages = Stages()
    fields = context.fields
    columns = {name for name in _DIRECT if name in fields} | {"name"}
    columns |= {column for name, column, _kind in _REFERENCES if name in fields}
    columns |= {"currency_id"} if "currency" in fields else set()
    columns |= {"stage_id", "process_id", "status", "category"} if fields & {"stage", "outcome"} else set()
    columns |= {"expected_close_on", "closed_on"} if fields & _DATES else set()

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        return _prepare(clean, context, stages)

    by_name = Match("lower(t.name)", "lower(s.name)")
    return LoadPlan(
        model=Opportunity,
        matches=(BY_EXTERNAL_ID if "external_id" in fields else by_name,),
        columns=tuple(sorted(columns)),
        extras={"quantity": "numeric", "line_product_id": "bigint"},
        defaults=_defaults(context, stages, columns),
        on_update=_on_update(columns),
        prepare=prepare,
        refusals=_closed_days(columns),
        after=(_add_lines,) if "product" in fields else (),
    )


def _closed_days(columns: set[str]) -> tuple[Refusal, ...]:
    """Rows that would change a deal of a closed day, or make one."""
    closed = hold_closed_through()
    if closed is None:
        return ()
    ours, day = sorted(columns & set(KEPT)), formats.day(closed)
    on = f"t.id = s.id AND t.status <> 'open' AND t.closed_on <= DATE '{closed.isoformat()}'"
    stands = f"SELECT 1 FROM pipeline_opportunity t WHERE {on}"
    differs = " OR ".join(f's."{name}" IS NOT NULL AND s."{name}" IS DISTINCT FROM t."{name}"' for name in ours)
    kept = _("Books are closed through %(day)s: a deal closed until then stays as it is.") % {"day": day}
    refusals = [Refusal("close_date", f"EXISTS ({stands} AND ({differs}))", kept)] if ours else []
    if {"status", "closed_on"} <= columns:
        late = _("Books are closed through %(day)s: a deal can't be closed until then any more.") % {"day": day}
        new = f"s.status <> 'open' AND s.closed_on <= DATE '{closed.isoformat()}' AND NOT EXISTS ({stands})"
        refusals.append(Refusal("close_date", new, late))
    return tuple(refusals)


def _prepare(clean: dict[str, Any], context: ImportContext, stages: Stages) -> dict[str, Any]:
    """Staged values of one row. A row that says nothing about its stage leaves the deal where it is."""
    row = dict(clean)
    for name, column, kind in _REFERENCES:
        value = clean.get(name)
        row[column] = context.find(kind, value) if value else None
    stage_id = context.find("stages", clean["stage"]) if clean.get("stage") else None
    stage = stages.of(stage_id, clean.get("outcome")) if stage_id or clean.get("outcome") else None
    if stage is not None:
        row |= {"stage_id": stage.pk, "process_id": stage.process_id, "status": stage.status}
        row["category"] = clean.get("category") or stage.category
    row |= _dates(clean, stage.status if stage else Status.OPEN)
    row["currency_id"] = clean.get("currency")
    row["name"] = clean.get("name") or _name(clean)
    row["line_product_id"] = row["product_id"]
    return row


def _name(clean: dict[str, Any]) -> str:
    parts = [part for part in (clean.get("account"), clean.get("product")) if part]
    return ": ".join(parts) if parts else f"Opportunity {clean.get('external_id') or ''}".strip()


def _dates(clean: dict[str, Any], status: str) -> dict[str, Any]:
    """A plain close date is the day of closing for closed deals and the expected day for open ones."""
    closed = clean.get("won_on") if status == Status.WON else clean.get("lost_on") if status == Status.LOST else None
    plain, expected = clean.get("close_date"), clean.get("expected_close_on")
    if status == Status.OPEN:
        return {"closed_on": None, "expected_close_on": expected or plain}
    if "expected_close_on" in clean:
        return {"closed_on": closed or plain, "expected_close_on": expected}
    return {"closed_on": closed or plain, "expected_close_on": closed or plain}


def _defaults(context: ImportContext, stages: Stages, columns: set[str]) -> dict[str, str]:
    first = stages.first_of[Status.OPEN]
    known = [f"s.{name}" for name in ("engaged_on", "closed_on") if name in columns]
    today = f"DATE '{context.today.isoformat()}'"
    return {
        "currency_id": f"'{context.currency}'",
        "type": f"'{DealType.NEW}'",
        "stage_id": str(first.pk),
        "process_id": str(first.process_id),
        "status": f"'{Status.OPEN}'",
        "category": f"'{first.category}'",
        "source": "''",
        "next_step": "''",
        "created_on": f"least({', '.join([*known, today])})",
        "pushed_count": "0",
        "extra": "'{}'::jsonb",
        "version": "1",
    }


def _on_update(columns: set[str]) -> dict[str, str]:
    if "expected_close_on" not in columns:
        return {}
    later = (
        "s.status = 'open' AND s.expected_close_on > t.expected_close_on"
        if "status" in columns
        else "s.expected_close_on > t.expected_close_on"
    )
    return {"pushed_count": f"t.pushed_count + CASE WHEN {later} THEN 1 ELSE 0 END"}


def _add_lines(cursor: Any) -> None:
    """One line item for the product a row names, at the deal's amount over the quantity, where there is none."""
    lines = f"""INSERT INTO pipeline_opportunityline (opportunity_id, product_id, quantity, unit_price)
        SELECT o.id, s.line_product_id, coalesce(nullif(s.quantity, 0), 1),
               coalesce(o.amount, 0) / coalesce(nullif(s.quantity, 0), 1)
        FROM {STAGE} s JOIN pipeline_opportunity o USING (id) WHERE s.line_product_id IS NOT NULL"""
    none_yet = f"""NOT EXISTS (SELECT 1 FROM pipeline_opportunityline l WHERE l.opportunity_id = o.id)
        AND EXISTS (SELECT 1 FROM {TOUCHED} d WHERE d.record_kind = 'opportunity' AND d.record_id = o.id
          AND d.before ? 'product_id' AND d.before ->> 'product_id' IS NULL)"""
    noted = "RETURNING id, NULL::jsonb AS before, NULL::bigint AS stamp"
    cursor.execute(f"SELECT count(*) FROM {STAGE} WHERE new")
    with bare_fill(cursor, "pipeline_opportunityline", cursor.fetchone()[0]):
        cursor.execute(f"{lines} AND s.new")  # gone with the deal, so not noted one by one
    cursor.execute(touching("line_item", "created", f"{lines} AND NOT s.new AND {none_yet} {noted}"))


REFERENCES = (
    ReferenceKind("stages", "Stage", names_of_stages, create_stage, "stage"),
    ReferenceKind(
        "loss_reasons",
        "Loss reason",
        lambda: LossReason.objects.values_list("name", "pk"),
        lambda value, _c: LossReason.objects.create(name=value).pk,
        "loss_reason",
    ),
    ReferenceKind(
        "competitors",
        "Competitor",
        lambda: Competitor.objects.values_list("name", "pk"),
        lambda value, _c: Competitor.objects.create(name=value).pk,
        "competitor",
    ),
)
OPPORTUNITIES = ImportKind(
    *("opportunities", 60, SPEC, "opportunity", takes_own("opportunity", plan), deal_records, DEAL),
    icon="layout-kanban",
    more_fields=lambda: own_specs("opportunity"),
)
