"""Opportunity files: fields, the words other systems use for them, and how rows become deals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.bulk import STAGE, LoadPlan
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from pipeline.enums import Category, DealType, Status
from pipeline.models import Competitor, LossReason, Opportunity, SalesProcess, Stage

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
                "open": "open",
                "in progress": "open",
                "active": "open",
            },
        ),
        FieldSpec(
            "amount",
            "Amount",
            f.MONEY,
            synonyms=(
                "Close value",
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
        FieldSpec("currency", "Currency", synonyms=("Deal - Currency", "Currency code", "ISO code", "Amount Currency")),
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
        FieldSpec("close_date", "Close date", f.DATE, synonyms=("Closing date", "CloseDate", "Closed date", "Close")),
        FieldSpec(
            "expected_close_on",
            "Expected close date",
            f.DATE,
            synonyms=("Deal - Expected close date", "Expected close", "Estimated close date"),
        ),
        FieldSpec("won_on", "Won on", f.DATE, synonyms=("Deal - Won time", "Won time", "Won date")),
        FieldSpec("lost_on", "Lost on", f.DATE, synonyms=("Deal - Lost time", "Lost time", "Lost date")),
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
    *("engaged_on", "created_on", "next_step", "next_step_due_on", "term_months"),
)
_REFERENCES = {
    "account": "accounts",
    "owner": "people",
    "product": "products",
    "loss_reason": "loss_reasons",
    "competitor": "competitors",
}


class _Stages:
    """Stages by id, and the default process's stage for an outcome."""

    def __init__(self) -> None:
        self.by_id = {stage.pk: stage for stage in Stage.objects.select_related("process")}
        process = SalesProcess.objects.get(is_default=True)
        ordered = sorted((s for s in self.by_id.values() if s.process_id == process.pk), key=lambda s: s.position)
        self.first_of = {status: next(s for s in ordered if s.status == status) for status in Status.values}

    def of(self, stage_id: int | None, outcome: str | None) -> Stage:
        stage = self.by_id.get(stage_id) if stage_id else None
        if stage is None or (outcome and outcome != stage.status):
            return self.first_of[outcome or Status.OPEN]
        return stage


def plan(context: ImportContext) -> LoadPlan:
    stages = _Stages()
    fields = context.fields
    dated = bool(fields & {"close_date", "expected_close_on", "won_on", "lost_on"})
    columns = {name for name in _DIRECT if name in fields} | {"name"}
    columns |= {f"{name}_id" for name in _REFERENCES if name in fields}
    columns |= {"currency_id"} if "currency" in fields else set()
    columns |= {"stage_id", "process_id", "status", "category"} if fields & {"stage", "outcome"} else set()
    columns |= {"expected_close_on", "closed_on"} if dated else set()

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        return _prepare(clean, context, stages)

    key = "external_id" if "external_id" in fields else "name"
    match = ("t.external_id", "s.external_id") if key == "external_id" else ("lower(t.name)", "lower(s.name)")
    return LoadPlan(
        model=Opportunity,
        match=match,
        columns=tuple(sorted(columns)),
        extras={"quantity": "numeric", "line_product_id": "bigint"},
        defaults=_defaults(context, stages),
        on_update=_on_update(columns),
        prepare=prepare,
        after=(_add_lines,),
    )


def _prepare(clean: dict[str, Any], context: ImportContext, stages: _Stages) -> dict[str, Any]:
    row = dict(clean)
    for name, kind in _REFERENCES.items():
        value = clean.get(name)
        row[f"{name}_id"] = context.find(kind, value) if value else None
    stage_id = context.find("stages", clean["stage"]) if clean.get("stage") else None
    stage = stages.of(stage_id, clean.get("outcome"))
    row |= {"stage_id": stage.pk, "process_id": stage.process_id, "status": stage.status}
    row["category"] = clean.get("category") or stage.category
    row |= _dates(clean, stage.status)
    row["currency_id"] = (clean.get("currency") or "").upper() or None
    row["name"] = clean.get("name") or _name(clean)
    row["line_product_id"] = row["product_id"]
    return row


def _name(clean: dict[str, Any]) -> str:
    parts = [part for part in (clean.get("account"), clean.get("product")) if part]
    return ": ".join(parts) if parts else f"Opportunity {clean.get('external_id') or ''}".strip()


def _dates(clean: dict[str, Any], status: str) -> dict[str, Any]:
    """A plain close date is the day of closing for closed deals and the expected day for open ones."""
    closed = clean.get("won_on") if status == Status.WON else clean.get("lost_on") if status == Status.LOST else None
    plain = clean.get("close_date")
    if status == Status.OPEN:
        return {"closed_on": None, "expected_close_on": clean.get("expected_close_on") or plain}
    return {"closed_on": closed or plain, "expected_close_on": clean.get("expected_close_on") or closed or plain}


def _defaults(context: ImportContext, stages: _Stages) -> dict[str, str]:
    first = stages.first_of[Status.OPEN]
    known = [f"s.{name}" for name in ("engaged_on", "closed_on") if name in _dated(context)]
    today = f"DATE '{context.today.isoformat()}'"
    return {
        "currency_id": f"'{context.currency}'",
        "type": f"'{DealType.NEW}'",
        "stage_id": str(first.pk),
        "process_id": str(first.process_id),
        "status": f"'{Status.OPEN}'",
        "category": f"'{Category.PIPELINE}'",
        "source": "''",
        "next_step": "''",
        "created_on": f"least({', '.join([*known, today])})",
        "pushed_count": "0",
        "extra": "'{}'::jsonb",
        "version": "1",
    }


def _dated(context: ImportContext) -> set[str]:
    fields = set(context.fields)
    return fields | ({"closed_on"} if fields & {"close_date", "won_on", "lost_on", "expected_close_on"} else set())


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
    """One line item for the product a file names, priced at the deal's amount over the quantity."""
    cursor.execute(
        f"""INSERT INTO pipeline_opportunityline (opportunity_id, product_id, quantity, unit_price)
            SELECT o.id, s.line_product_id, coalesce(nullif(s.quantity, 0), 1),
                   coalesce(o.amount, 0) / coalesce(nullif(s.quantity, 0), 1)
            FROM {STAGE} s JOIN pipeline_opportunity o USING (id)
            WHERE s.line_product_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM pipeline_opportunityline l WHERE l.opportunity_id = o.id)"""
    )


def _names_of_stages() -> Iterable[tuple[str, int]]:
    """Stage names; words of other systems for won and lost name the default process's closed stages."""
    default = SalesProcess.objects.get(is_default=True)
    closed = Stage.objects.filter(process=default).exclude(status=Status.OPEN)
    aliases = {Status.WON: ("Closed Won", "Win", "closedwon"), Status.LOST: ("Closed Lost", "Loss", "closedlost")}
    for stage in closed:
        for word in aliases[Status(stage.status)]:
            yield word, stage.pk
    yield from Stage.objects.order_by("-process__is_default", "-pk").values_list("name", "pk")


def create_stage(value: str, context: ImportContext) -> int:
    """A new open stage of the default process, before the closed ones, at the probability of the one before it."""
    process = SalesProcess.objects.get(is_default=True)
    last = Stage.objects.filter(process=process, status=Status.OPEN).order_by("-position").first()
    stage = Stage.objects.create(
        process=process,
        name=value,
        position=(last.position + 1) if last else 1,
        probability=last.probability if last else 10,
        category=Category.PIPELINE,
    )
    return stage.pk


REFERENCES = (
    ReferenceKind("stages", "Stage", _names_of_stages, create_stage, "stage"),
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
OPPORTUNITIES = ImportKind("opportunities", 60, SPEC, "opportunity", plan, icon="layout-kanban")
