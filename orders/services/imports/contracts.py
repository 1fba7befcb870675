"""Files of contracts and of product costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from core.bulk import BY_EXTERNAL_ID, STAGE, LoadPlan, Match, Refusal, touching
from core.kernel import fields as f
from core.kernel.effective import day_after
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from core.selectors import with_tags
from core.services import OwnColumns, own_specs, takes_own
from orders.enums import ContractStatus
from orders.models import Contract, ProductCost
from orders.services.imports.columns import CONTRACT, COST, closed_days, found, names_of
from pipeline.services.export_deals import key_of as deal_key

CONTRACT_FIELDS = KindSpec(
    "contracts",
    "Contracts",
    (
        FieldSpec("external_id", "Contract ID", synonyms=("Contract number", "ID", "Record ID"), max_length=120),
        FieldSpec("name", "Contract name", synonyms=("Name", "Title", "Contract"), max_length=255),
        FieldSpec(
            "account", "Account", f.REFERENCE, synonyms=("Account name", "Customer", "Company"), reference="accounts"
        ),
        FieldSpec(
            "deal", "Opportunity", f.REFERENCE, synonyms=("Deal", "Deal ID"), reference="opportunities"
        ),
        FieldSpec(
            "status",
            "Status",
            f.CHOICE,
            synonyms=("Contract status", "State"),
            choices={
                **{value: value for value in ContractStatus.values},
                "active": "signed", "activated": "signed", "expired": "ended", "terminated": "cancelled",
                "canceled": "cancelled",
            },
        ),
        FieldSpec("signed_on", "Signed on", f.DATE, synonyms=("Signature date", "Signed", "Customer signed date")),
        FieldSpec("starts_on", "Starts on", f.DATE, synonyms=("Start date", "Contract start date", "From")),
        FieldSpec("last_day", "Last day", f.DATE, synonyms=("End date", "Contract end date", "Ends on", "Until")),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
        FieldSpec("value", "Value", f.MONEY, synonyms=("Contract value", "TCV", "Amount", "Total")),
        FieldSpec("recurring_amount", "Recurring, a year", f.MONEY, synonyms=("ARR", "ACV", "Annual value")),
        FieldSpec("renewal_months", "Renews for, months", f.INTEGER, synonyms=("Renewal term", "Term (months)")),
        FieldSpec("notice_days", "Notice, days", f.INTEGER, synonyms=("Notice period", "Owner expiration notice")),
        FieldSpec("auto_renews", "Renews by itself", f.BOOLEAN, synonyms=("Auto renewal", "Auto-renew")),
        FieldSpec("cancelled_on", "Cancelled on", f.DATE, synonyms=("Termination date", "Cancellation date")),
        FieldSpec("reason", "Reason", synonyms=("Cancellation reason", "Churn reason"), max_length=255),
    ),
    keys=("external_id",),
)  # fmt: skip
_DIRECT = (
    "external_id", "name", "signed_on", "starts_on", "value", "recurring_amount", "renewal_months", "notice_days",
    "auto_renews", "cancelled_on", "reason",
)  # fmt: skip
_SIGNED = (ContractStatus.SIGNED, ContractStatus.ENDED)


def plan_contracts(context: ImportContext) -> LoadPlan:
    fields = context.fields
    columns = {name for name in _DIRECT if name in fields} | {"name", "account_id", "starts_on", "value"}
    columns |= {"deal_id"} if "deal" in fields else set()
    columns |= {"ends_on"} if "last_day" in fields else set()
    columns |= {"currency_id"} if "currency" in fields else set()
    columns |= {"status", "signed_on"} if fields & {"status", "signed_on"} else set()
    late = Refusal("last_day", "s.ends_on <= s.starts_on", _("The contract ends before it starts."))
    return LoadPlan(
        model=Contract,
        matches=(BY_EXTERNAL_ID,),
        columns=tuple(sorted(columns)),
        defaults={
            **{"currency_id": f"'{context.currency}'", "status": "'draft'", "renewal_months": "12"},
            **{"notice_days": "30", "auto_renews": "false", "reason": "''", "version": "1"},
        },
        prepare=lambda clean: _contract(clean, context),
        refusals=(
            *((late,) if "ends_on" in columns else ()),
            *(
                closed_days("orders_contract", "signed_on", sorted(columns - {"name", "reason"}))
                if "signed_on" in columns
                else ()
            ),
        ),
    )


def _contract(clean: dict[str, Any], context: ImportContext) -> dict[str, Any]:
    """Staged values of one row; a signed contract without a day was signed on its first."""
    status, signed = clean.get("status"), clean.get("signed_on")
    status = status or (ContractStatus.SIGNED if signed else None)
    return {
        **clean,
        **found(context, clean, ("account", "account_id", "accounts"), ("deal", "deal_id", "opportunities")),
        "ends_on": day_after(clean.get("last_day")),
        "currency_id": clean.get("currency"),
        "status": str(status) if status else None,
        "signed_on": signed or (clean.get("starts_on") if status in _SIGNED else None),
    }


def contract_records() -> Iterator[dict[str, Any]]:
    own = OwnColumns("contract")
    rows = Contract.objects.select_related("account", "deal").order_by("pk")
    for row in with_tags(rows, "contract").iterator(chunk_size=2000):
        yield (
            {name: getattr(row, name) for name in _DIRECT if name != "external_id"}
            | {
                "external_id": row.external_id or row.number,
                "account": deal_key(row.account),
                "deal": deal_key(row.deal),
                "status": row.status,
                "last_day": row.last_day,
                "currency": row.currency_id,
                "reason": row.reason or None,
            }
            | own.of(row)
        )


COST_FIELDS = KindSpec(
    "product_costs",
    "Product costs",
    (
        FieldSpec("external_id", "Cost ID", synonyms=("ID", "Record ID"), max_length=120),
        FieldSpec(
            "product",
            "Product",
            f.REFERENCE,
            synonyms=("Product code", "SKU", "Item"),
            required=True,
            reference="products",
        ),
        FieldSpec("cost", "Unit cost", f.MONEY, synonyms=("Cost", "Standard cost", "COGS"), required=True),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
        FieldSpec("valid_from", "Valid from", f.DATE, synonyms=("From", "Since", "Start date"), required=True),
    ),
    keys=("external_id",),
)
_KEY = "product_id || ':' || {side}.currency_id || ':' || {side}.valid_from"


def plan_costs(context: ImportContext) -> LoadPlan:
    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        product = found(context, clean, ("product", "product_id", "products"))
        return {**clean, **product, "currency_id": clean.get("currency") or context.currency}

    by_day = Match(f"t.{_KEY.format(side='t')}", f"s.{_KEY.format(side='s')}")
    same = f"""EXISTS (SELECT 1 FROM {STAGE} o WHERE o.product_id = s.product_id AND o.currency_id = s.currency_id
        AND o.valid_from = s.valid_from AND o.row_no > s.row_no) OR EXISTS (SELECT 1 FROM orders_productcost t
        WHERE t.product_id = s.product_id AND t.currency_id = s.currency_id AND t.valid_from = s.valid_from
        AND t.id IS DISTINCT FROM s.id)"""
    words = _("Another cost of this product begins on the same day.")
    return LoadPlan(
        model=ProductCost,
        matches=(*((BY_EXTERNAL_ID,) if "external_id" in context.fields else ()), by_day),
        columns=("cost", "currency_id", "product_id", "valid_from"),
        prepare=prepare,
        refusals=(Refusal("valid_from", same, words),),
        link=_defer,
        after=(_end_costs,),
    )


def _defer(cursor: Any) -> None:
    """Costs overlap until each ends where the next begins."""
    cursor.execute("SET CONSTRAINTS one_product_cost DEFERRED")


def _end_costs(cursor: Any) -> None:
    cursor.execute(
        touching(
            "product_cost",
            "updated",
            f"""UPDATE orders_productcost t SET valid_to = x.until FROM (
                  SELECT c.id, lead(c.valid_from) OVER (PARTITION BY c.product_id, c.currency_id ORDER BY c.valid_from)
                    AS until FROM orders_productcost c
                  WHERE EXISTS (SELECT 1 FROM {STAGE} s WHERE s.product_id = c.product_id)) x
                WHERE t.id = x.id AND t.valid_to IS DISTINCT FROM x.until
                RETURNING t.id, jsonb_build_object('valid_to', old.valid_to) AS before,
                  old.xmin::text::bigint AS stamp""",
        )
    )
    cursor.execute("SET CONSTRAINTS one_product_cost IMMEDIATE")


def cost_records() -> Iterator[dict[str, Any]]:
    for row in ProductCost.objects.select_related("product").order_by("pk").iterator(chunk_size=2000):
        yield {
            "external_id": row.external_id or f"{COST}{row.pk}",
            "product": deal_key(row.product),
            "cost": row.cost,
            "currency": row.currency_id,
            "valid_from": row.valid_from,
        }


CONTRACTS = ImportKind(
    *("contracts", 80, CONTRACT_FIELDS, "contract", takes_own("contract", plan_contracts), contract_records, CONTRACT),
    icon="writing-sign",
    more_fields=lambda: own_specs("contract"),
)
COSTS = ImportKind(
    *("product_costs", 45, COST_FIELDS, "product_cost", plan_costs, cost_records, COST),
    icon="coin",
)
REFERENCES = (ReferenceKind("contracts", "Contract", names_of(Contract, CONTRACT, by_name=True), None, "contract"),)
