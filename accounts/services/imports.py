"""Account and contact files: fields, the words other systems use for them, and how rows become records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from accounts.enums import AccountType, Persona
from accounts.kernel.names import domain_of
from accounts.models import Account, Contact
from accounts.services.vocabulary import COUNTRIES, INDUSTRIES
from core.bulk import STAGE, LoadPlan
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind

_OWNER = (
    "Account owner",
    "Record owner",
    "Owner name",
    "Owner email",
    "Sales rep",
    "Company owner",
    "Organization - Owner",
)

ACCOUNT_FIELDS = KindSpec(
    "accounts",
    "Accounts",
    (
        FieldSpec(
            "external_id",
            "Account ID",
            synonyms=(
                "Company ID",
                "Record ID",
                "Record Id",
                "Organization - ID",
                "Customer ID",
                "ID",
                "Account Number",
            ),
            max_length=120,
        ),
        FieldSpec(
            "name",
            "Account name",
            synonyms=(
                "Account",
                "Company",
                "Company name",
                "Organization",
                "Organization - Name",
                "Customer",
                "Client",
            ),
            required=True,
            max_length=255,
        ),
        FieldSpec(
            "domain", "Web domain", synonyms=("Website", "Company Domain Name", "Domain", "URL", "Web site", "Homepage")
        ),
        FieldSpec(
            "parent",
            "Parent account",
            f.REFERENCE,
            synonyms=("Subsidiary of", "Parent", "Parent company", "Parent Account ID", "Ultimate parent"),
            reference="accounts",
        ),
        FieldSpec("owner", "Owner", f.REFERENCE, synonyms=_OWNER, reference="people"),
        FieldSpec(
            "type",
            "Type",
            f.CHOICE,
            synonyms=("Account type", "Relationship", "Lifecycle stage"),
            choices={
                "prospect": "prospect",
                "lead": "prospect",
                "opportunity": "prospect",
                "customer": "customer",
                "client": "customer",
                "customer direct": "customer",
                "customer channel": "customer",
                "former": "former",
                "former customer": "former",
                "churned": "former",
                "partner": "partner",
                "channel partner reseller": "partner",
            },
        ),
        FieldSpec(
            "industry", "Industry", synonyms=("Sector", "Vertical", "Branch"), max_length=120, vocabulary=INDUSTRIES
        ),
        FieldSpec(
            "segment", "Segment", synonyms=("Market segment", "Customer segment", "Tier", "Size class"), max_length=80
        ),
        FieldSpec(
            "annual_revenue",
            "Annual revenue",
            f.DECIMAL,
            synonyms=("Revenue", "AnnualRevenue", "Turnover", "Annual Revenue (USD)", "Sales volume"),
        ),
        FieldSpec(
            "employees",
            "Employees",
            f.INTEGER,
            synonyms=("NumberOfEmployees", "Number of Employees", "No. of Employees", "Headcount", "Company size"),
        ),
        FieldSpec("founded_year", "Founded", f.INTEGER, synonyms=("Year established", "Year founded", "Founded year")),
        FieldSpec("phone", "Phone", synonyms=("Phone number", "Telephone", "Main phone"), max_length=40),
        FieldSpec(
            "street",
            "Street",
            synonyms=("Billing Street", "Street Address", "Address", "Address line 1"),
            max_length=255,
        ),
        FieldSpec("city", "City", synonyms=("Billing City", "Town"), max_length=120),
        FieldSpec(
            "region",
            "State or region",
            synonyms=("Billing State/Province", "State", "State/Region", "Province"),
            max_length=120,
        ),
        FieldSpec(
            "postal_code",
            "Postal code",
            synonyms=("Billing Zip/Postal Code", "Zip", "Zip code", "Postcode"),
            max_length=20,
        ),
        FieldSpec(
            "country",
            "Country",
            synonyms=("Office location", "Billing Country", "Country/Region", "Location", "Headquarters"),
            max_length=120,
            vocabulary=COUNTRIES,
        ),
        FieldSpec("latitude", "Latitude", f.DECIMAL, synonyms=("Lat",)),
        FieldSpec("longitude", "Longitude", f.DECIMAL, synonyms=("Lon", "Lng", "Long")),
    ),
    keys=("external_id", "name"),
)
CONTACT_FIELDS = KindSpec(
    "contacts",
    "Contacts",
    (
        FieldSpec(
            "external_id", "Contact ID", synonyms=("Record ID", "Person - ID", "ID", "Record Id"), max_length=120
        ),
        FieldSpec("name", "Name", synonyms=("Full name", "Contact name", "Person - Name", "Contact"), max_length=200),
        FieldSpec("first_name", "First name", synonyms=("Given name", "Firstname"), max_length=100),
        FieldSpec("last_name", "Last name", synonyms=("Surname", "Lastname", "Family name"), max_length=100),
        FieldSpec(
            "email", "E-mail", f.EMAIL, synonyms=("Email", "Email address", "Person - Email - Work", "Work email")
        ),
        FieldSpec("phone", "Phone", synonyms=("Phone number", "Person - Phone - Work", "Work phone"), max_length=40),
        FieldSpec("mobile", "Mobile", synonyms=("Mobile phone", "Cell", "Mobile phone number"), max_length=40),
        FieldSpec("title", "Job title", synonyms=("Title", "Position", "Role at company"), max_length=200),
        FieldSpec(
            "persona",
            "Persona",
            f.CHOICE,
            synonyms=("Buying role", "Role", "Buyer persona"),
            choices={value.replace("_", " "): value for value in Persona.values},
        ),
        FieldSpec(
            "account",
            "Account",
            f.REFERENCE,
            synonyms=(
                "Account name",
                "Company",
                "Company name",
                "Person - Organization",
                "Associated Company",
                "Account ID",
            ),
            reference="accounts",
        ),
        FieldSpec("owner", "Owner", f.REFERENCE, synonyms=("Contact owner", "Record owner"), reference="people"),
    ),
    keys=("external_id", "email", "name"),
)
_BLANK = "domain phone segment industry street city region postal_code country".split()
_TEXT_DEFAULTS = dict.fromkeys(_BLANK, "''")


def plan_accounts(context: ImportContext) -> LoadPlan:
    key = "external_id" if "external_id" in context.fields else "name"
    direct = [name for name in context.fields if name not in ("parent", "owner")]
    columns = tuple(sorted({*direct, "name"} | ({"owner_id"} if "owner" in context.fields else set())))

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        owner = context.find("people", clean["owner"]) if clean.get("owner") else None
        domain = domain_of(clean["domain"]) if clean.get("domain") else None
        return {**clean, "owner_id": owner, "domain": domain, "parent": clean.get("parent")}

    match = ("t.external_id", "s.external_id") if key == "external_id" else ("lower(t.name)", "lower(s.name)")
    return LoadPlan(
        model=Account,
        match=match,
        columns=columns,
        extras={"parent": "text"},
        defaults=_TEXT_DEFAULTS | {"type": f"'{AccountType.PROSPECT}'", "extra": "'{}'::jsonb", "version": "1"},
        prepare=prepare,
        after=(_own, lambda cursor: _keep_parents(cursor, context)),
    )


def _own(cursor: Any) -> None:
    """Ownership rows in step with the owners loaded: a changed owner ends the old row today."""
    cursor.execute(
        f"""UPDATE accounts_accountownership o SET valid_to = CURRENT_DATE
            FROM {STAGE} s JOIN accounts_account a USING (id)
            WHERE o.account_id = a.id AND o.valid_to IS NULL AND o.person_id IS DISTINCT FROM a.owner_id
              AND o.valid_from < CURRENT_DATE;
            DELETE FROM accounts_accountownership o USING {STAGE} s, accounts_account a
            WHERE s.id = a.id AND o.account_id = a.id AND o.valid_to IS NULL
              AND o.person_id IS DISTINCT FROM a.owner_id;
            INSERT INTO accounts_accountownership (account_id, person_id, valid_from)
            SELECT a.id, a.owner_id, CASE WHEN s.new THEN DATE '1900-01-01' ELSE CURRENT_DATE END
            FROM {STAGE} s JOIN accounts_account a USING (id)
            WHERE a.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_accountownership o
              WHERE o.account_id = a.id AND o.valid_to IS NULL)"""
    )


def _keep_parents(cursor: Any, context: ImportContext) -> None:
    cursor.execute(f"SELECT id, parent FROM {STAGE} WHERE parent IS NOT NULL")
    context.notes["parents"] = cursor.fetchall()


def finish_accounts(context: ImportContext) -> None:
    """Parents, once every account of the file stands."""
    for account, parent in context.notes.get("parents", []):
        found = context.find("accounts", parent)
        if found and found != account:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE accounts_account SET parent_id = %s WHERE id = %s AND parent_id IS DISTINCT FROM %s",
                    [found, account, found],
                )


def plan_contacts(context: ImportContext) -> LoadPlan:
    key = next((name for name in CONTACT_FIELDS.keys if name in context.fields), "name")
    matches = {
        "external_id": ("t.external_id", "s.external_id"),
        "email": ("nullif(lower(t.email), '')", "lower(s.email)"),
        "name": ("lower(t.name)", "lower(s.name)"),
    }
    direct = {name for name in context.fields if name not in ("account", "owner", "first_name", "last_name")}
    linked = {f"{name}_id" for name in ("account", "owner") if name in context.fields}

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        parts = " ".join(part for part in (clean.get("first_name"), clean.get("last_name")) if part)
        return {
            **clean,
            "name": clean.get("name") or parts or clean.get("email") or "?",
            "account_id": context.find("accounts", clean["account"]) if clean.get("account") else None,
            "owner_id": context.find("people", clean["owner"]) if clean.get("owner") else None,
        }

    blank = dict.fromkeys(("title", "persona", "email", "phone", "mobile"), "''")
    return LoadPlan(
        model=Contact,
        match=matches[key],
        columns=tuple(sorted(direct | linked | {"name"})),
        defaults=blank | {"extra": "'{}'::jsonb", "version": "1"},
        prepare=prepare,
    )


def _names_of_accounts() -> Iterable[tuple[str, int]]:
    rows = Account.objects.filter(archived_at=None).order_by("-pk").values_list("pk", "name", "external_id")
    for pk, name, external_id in rows.iterator(chunk_size=20_000):
        yield name, pk
        if external_id:
            yield external_id, pk


def create_account(value: str, context: ImportContext) -> int:
    return Account.objects.create(name=value).pk


REFERENCES = (ReferenceKind("accounts", "Account", _names_of_accounts, create_account, "account"),)
ACCOUNTS = ImportKind("accounts", 20, ACCOUNT_FIELDS, "account", plan_accounts, icon="building", finish=finish_accounts)
CONTACTS = ImportKind("contacts", 30, CONTACT_FIELDS, "contact", plan_contacts, icon="address-book")
