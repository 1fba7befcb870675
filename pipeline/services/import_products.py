"""Product files (with a list price) and activity files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from core.bulk import BY_EXTERNAL_ID, STAGE, LoadPlan, Match, Refusal, touching
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from pipeline.enums import ActivityKind
from pipeline.models import Activity, Opportunity, Product
from pipeline.services.export_deals import ACTIVITY, DEAL, PRODUCT, activity_records, product_records

PRODUCT_FIELDS = KindSpec(
    "products",
    "Products",
    (
        FieldSpec(
            "external_id", "Product code", synonyms=("SKU", "Product ID", "Item number", "Code", "ID"), max_length=120
        ),
        FieldSpec("name", "Product name", synonyms=("Product", "Name", "Item", "Title"), required=True, max_length=200),
        FieldSpec(
            "family", "Family", synonyms=("Series", "Product family", "Category", "Group", "Line"), max_length=120
        ),
        FieldSpec("price", "List price", f.MONEY, synonyms=("Sales price", "Price", "Unit price", "Standard price")),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
        FieldSpec("is_recurring", "Recurring", f.BOOLEAN, synonyms=("Subscription", "Is recurring")),
        FieldSpec("is_active", "Active", f.BOOLEAN, synonyms=("Is active", "Enabled")),
    ),
    keys=("external_id", "name"),
)
ACTIVITY_FIELDS = KindSpec(
    "activities",
    "Activities",
    (
        FieldSpec(
            "external_id", "Activity ID", synonyms=("ID", "Record ID", "Activity - ID", "Task ID"), max_length=120
        ),
        FieldSpec(
            "kind",
            "Kind",
            f.CHOICE,
            synonyms=("Type", "Activity type", "Task type", "Activity - Type"),
            choices={
                **{value: value for value in ActivityKind.values},
                "e mail": "email",
                "phone call": "call",
                "to do": "task",
                "demo": "meeting",
                "lunch": "meeting",
            },
        ),
        FieldSpec("title", "What", synonyms=("Subject", "Title", "Activity - Subject", "Activity"), max_length=255),
        FieldSpec("body", "Notes", synonyms=("Description", "Comments", "Note", "Activity - Note", "Body")),
        FieldSpec(
            "happened_at",
            "When",
            f.DATETIME,
            synonyms=("Date", "Activity date", "Start", "Created date", "Timestamp", "On"),
        ),
        FieldSpec("due_on", "Due", f.DATE, synonyms=("Due date", "Activity - Due date", "Deadline")),
        FieldSpec(
            "done_at", "Done at", f.DATETIME, synonyms=("Completed at", "Completion date", "Marked as done time")
        ),
        FieldSpec("is_done", "Done", f.BOOLEAN, synonyms=("Completed", "Activity - Done", "Closed")),
        FieldSpec("owner", "Owner", f.REFERENCE, synonyms=("Assigned to", "Activity owner", "Rep"), reference="people"),
        FieldSpec(
            "account",
            "Account",
            f.REFERENCE,
            synonyms=("Account name", "Company", "Organization"),
            reference="accounts",
        ),
        FieldSpec(
            "opportunity",
            "Opportunity",
            f.REFERENCE,
            synonyms=("Opportunity ID", "Deal", "Deal ID", "Deal name", "Related to", "Regarding"),
            reference="opportunities",
        ),
    ),
    keys=("external_id",),
)


_SAME_NAME = f"""EXISTS (SELECT 1 FROM {STAGE} o WHERE o.name = s.name AND o.row_no > s.row_no)
  OR EXISTS (SELECT 1 FROM pipeline_product t WHERE t.name = s.name AND t.id IS DISTINCT FROM s.id)"""
_BY_NAME = Match(
    "lower(t.name)",
    "lower(s.name)",
    "t.external_id IS NULL OR s.external_id IS NULL OR s.external_id LIKE 'row:%'",
)


def plan_products(context: ImportContext) -> LoadPlan:
    columns = {name for name in context.fields if name not in ("price", "currency")} | {"name"}
    return LoadPlan(
        model=Product,
        matches=(*((BY_EXTERNAL_ID,) if "external_id" in context.fields else ()), _BY_NAME),
        columns=tuple(sorted(columns)),
        extras={"price": "numeric", "currency": "text"},
        defaults={"family": "''", "is_recurring": "false", "is_active": "true", "extra": "'{}'::jsonb"},
        prepare=lambda clean: clean,
        refusals=(Refusal("name", _SAME_NAME, "Another product has the same name. Names of products are unique."),),
        after=(lambda cursor: _price(cursor, context),) if "price" in context.fields else (),
    )


def _price(cursor: Any, context: ImportContext) -> None:
    """List prices in force: the first one since always, a changed one from today."""
    params = {"today": context.today, "currency": context.currency}
    current = "p.product_id = s.id AND p.currency_id = coalesce(s.currency, %(currency)s) AND p.valid_to IS NULL"
    other = f"{current} AND s.price IS NOT NULL AND p.price <> s.price"
    noted = "before, old.xmin::text::bigint AS stamp"
    ended = f"""UPDATE pipeline_listprice p SET valid_to = %(today)s FROM {STAGE} s
        WHERE {other} AND p.valid_from < %(today)s RETURNING p.id, jsonb_build_object('valid_to', NULL) AS {noted}"""
    gone = f"""DELETE FROM pipeline_listprice p USING {STAGE} s WHERE {other}
        RETURNING p.id, to_jsonb(p) AS before, p.xmin::text::bigint AS stamp"""
    begun = f"""INSERT INTO pipeline_listprice (product_id, currency_id, price, valid_from)
        SELECT s.id, coalesce(s.currency, %(currency)s), s.price,
               CASE WHEN EXISTS (SELECT 1 FROM pipeline_listprice p WHERE p.product_id = s.id
                 AND p.currency_id = coalesce(s.currency, %(currency)s)) THEN %(today)s ELSE DATE '1900-01-01' END
        FROM {STAGE} s WHERE s.price IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pipeline_listprice p WHERE {current})
        RETURNING id, NULL::jsonb AS before, NULL::bigint AS stamp"""
    for outcome, statement in (("updated", ended), ("removed", gone), ("created", begun)):
        cursor.execute(touching("list_price", outcome, statement), params)


def plan_activities(context: ImportContext) -> LoadPlan:
    columns = {name for name in context.fields if name not in ("owner", "account", "opportunity", "is_done")}
    columns |= {"kind", "title", "subject_kind", "subject_id", "account_id", "owner_id", "done_at", "happened_at"}

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        deal = context.find("opportunities", clean["opportunity"]) if clean.get("opportunity") else None
        account = context.find("accounts", clean["account"]) if clean.get("account") else None
        at = _instant(clean.get("happened_at"))
        return {
            **clean,
            "kind": clean.get("kind") or ActivityKind.NOTE,
            "title": clean.get("title") or (clean.get("body") or "")[:120] or "Activity",
            "subject_kind": "opportunity" if deal else "account" if account else None,
            "subject_id": deal or account,
            "account_id": account,
            "owner_id": context.find("people", clean["owner"]) if clean.get("owner") else None,
            "happened_at": at,
            "done_at": _instant(clean.get("done_at")) or (at if clean.get("is_done") else None),
        }

    return LoadPlan(
        model=Activity,
        matches=(BY_EXTERNAL_ID,),
        columns=tuple(sorted(columns)),
        defaults={"body": "''", "subject_kind": "''", "extra": "'{}'::jsonb"},
        prepare=prepare,
        after=(_touch,),
    )


def _instant(value: date | datetime | None) -> datetime | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(12))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _touch(cursor: Any) -> None:
    """Accounts of the deals named, and the last activity of each deal."""
    cursor.execute(
        f"""UPDATE pipeline_activity a SET account_id = o.account_id FROM {STAGE} s, pipeline_opportunity o
            WHERE a.id = s.id AND a.account_id IS NULL AND a.subject_kind = 'opportunity' AND o.id = a.subject_id;
            UPDATE pipeline_opportunity o SET last_activity_at = greatest(o.last_activity_at, last.at)
            FROM (SELECT s.subject_id AS id, max(s.happened_at) AS at FROM {STAGE} s
                  WHERE s.subject_kind = 'opportunity' GROUP BY 1) last
            WHERE o.id = last.id AND last.at IS NOT NULL"""
    )


def _names_of_products() -> Iterable[tuple[str, int]]:
    for pk, name, external_id in Product.objects.values_list("pk", "name", "external_id"):
        yield name, pk
        yield external_id or f"{PRODUCT}{pk}", pk


def _names_of_deals() -> Iterable[tuple[str, int]]:
    for pk, name, external_id in (
        Opportunity.objects.order_by("-pk").values_list("pk", "name", "external_id").iterator()
    ):
        yield name, pk
        yield external_id or f"{DEAL}{pk}", pk


REFERENCES = (
    ReferenceKind(
        "products", "Product", _names_of_products, lambda value, _c: Product.objects.create(name=value).pk, "product"
    ),
    ReferenceKind("opportunities", "Opportunity", _names_of_deals, None, "opportunity"),
)
PRODUCTS = ImportKind(
    *("products", 40, PRODUCT_FIELDS, "product", plan_products, product_records, PRODUCT),
    icon="box",
)
ACTIVITIES = ImportKind(
    *("activities", 70, ACTIVITY_FIELDS, "activity", plan_activities, activity_records, ACTIVITY),
    icon="activity",
)
