"""Account and contact files: fields, the words other systems use for them, and how rows become records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from accounts.enums import AccountType, Persona
from accounts.kernel.names import domain_of
from accounts.kernel.parents import circle_in
from accounts.models import Account, AccountOwnership, Contact
from accounts.services.vocabulary import COUNTRIES, INDUSTRIES
from core.bulk import BY_EXTERNAL_ID, STAGE, FactPlan, LoadPlan, LoadRefused, Match, copy_rows, hold
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from core.selectors import with_tags
from core.services import OwnColumns, own_specs, takes_own
from people.kernel.closure import DAWN
from people.models import Person
from people.services.imports import PREFIX as PERSON

_OWNER = (
    "Account owner",
    "Record owner",
    "Owner name",
    "Owner email",
    "Owner ID",
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
        FieldSpec(
            "owner", "Owner", f.REFERENCE, synonyms=("Contact owner", "Record owner", "Owner ID"), reference="people"
        ),
    ),
    keys=("external_id", "email", "name"),
)
_BLANK = "domain phone segment industry street city region postal_code country".split()
_TEXT_DEFAULTS = dict.fromkeys(_BLANK, "''")


_OWN_NAME = "t.external_id IS NULL OR s.external_id IS NULL OR s.external_id LIKE 'row:%'"
_SAME_NAME = Match("lower(t.name)", "lower(s.name)", _OWN_NAME)
ACCOUNT, CONTACT = "ACC-", "CON-"
OWNERSHIPS = FactPlan(AccountOwnership, "ownership", "account_id", "person_id")


def plan_accounts(context: ImportContext) -> LoadPlan:
    direct = {name for name in context.fields if name not in ("parent", "owner")} | {"name"}
    linked = {f"{name}_id" for name in ("parent", "owner") if name in context.fields}

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        owner = context.find("people", clean["owner"]) if clean.get("owner") else None
        domain = domain_of(clean["domain"])[:255] if clean.get("domain") else None
        return {**clean, "owner_id": owner, "domain": domain}

    return LoadPlan(
        model=Account,
        matches=(*((BY_EXTERNAL_ID,) if "external_id" in context.fields else ()), _SAME_NAME),
        columns=tuple(sorted(direct | linked)),
        extras={"parent": "text"},
        defaults=_TEXT_DEFAULTS | {"type": f"'{AccountType.PROSPECT}'", "extra": "'{}'::jsonb", "version": "1"},
        prepare=prepare,
        link=(lambda cursor: _link_parents(cursor, context)) if "parent" in context.fields else None,
        after=(lambda cursor: _own(cursor, context),) if "owner" in context.fields else (),
    )


def _link_parents(cursor: Any, context: ImportContext) -> None:
    """Parents by name, those that stand further down in the same file too. Raises LoadRefused for a circle."""
    cursor.execute(f"SELECT DISTINCT parent FROM {STAGE} WHERE parent IS NOT NULL")
    found = [(text, pk) for (text,) in cursor.fetchall() if (pk := context.find("accounts", text))]
    cursor.execute("CREATE TEMPORARY TABLE so_parents (text text, id bigint) ON COMMIT DROP")
    copy_rows(table="so_parents", columns=["text", "id"], rows=found)
    cursor.execute(
        f"""UPDATE {STAGE} s SET parent_id = p.id FROM so_parents p WHERE p.text = s.parent AND p.id <> s.id;
            DROP TABLE so_parents"""
    )
    _refuse_circle(cursor)


def _refuse_circle(cursor: Any) -> None:
    cursor.execute(
        f"""SELECT id, parent_id FROM {STAGE} WHERE parent_id IS NOT NULL UNION ALL
            SELECT t.id, t.parent_id FROM accounts_account t WHERE t.parent_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM {STAGE} s WHERE s.id = t.id AND s.parent_id IS NOT NULL)"""
    )
    above = dict(cursor.fetchall())
    over = circle_in(above)
    if over is not None:
        cursor.execute(f"SELECT name FROM {STAGE} WHERE id = %s", [over])
        name = (cursor.fetchone() or ("An account",))[0]
        raise LoadRefused(f"“{name}” would be its own parent through the accounts above it. Mend the column.")


def _own(cursor: Any, context: ImportContext) -> None:
    """Ownership over time in step with the owners of the file: a changed owner is one of today."""
    cursor.execute(f"SELECT id, owner_id FROM {STAGE} WHERE owner_id IS NOT NULL")
    hold(OWNERSHIPS, cursor.fetchall(), since=context.since, today=context.today, dawn=DAWN)


_MATCHES = {
    "external_id": BY_EXTERNAL_ID,
    "email": Match("lower(nullif(t.email, ''))", "s.email", _OWN_NAME),
    "name": _SAME_NAME,
}


def plan_contacts(context: ImportContext) -> LoadPlan:
    direct = {name for name in context.fields if name not in ("account", "owner", "first_name", "last_name")}
    linked = {f"{name}_id" for name in ("account", "owner") if name in context.fields}
    known: list[str] = [name for name in ("external_id", "email") if name in context.fields] or ["name"]

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
        matches=tuple(_MATCHES[name] for name in known),
        columns=tuple(sorted(direct | linked | {"name"})),
        defaults=blank | {"extra": "'{}'::jsonb", "version": "1"},
        prepare=prepare,
    )


def _names_of_accounts() -> Iterable[tuple[str, int]]:
    rows = Account.objects.filter(archived_at=None).order_by("-pk").values_list("pk", "name", "external_id")
    for pk, name, external_id in rows.iterator(chunk_size=20_000):
        yield name, pk
        yield external_id or f"{ACCOUNT}{pk}", pk


def account_records() -> Iterator[dict[str, Any]]:
    """Every account that isn't archived."""
    direct = [f.name for f in ACCOUNT_FIELDS.fields if f.name not in ("external_id", "parent", "owner")]
    own = OwnColumns("account")
    rows = Account.objects.filter(archived_at=None).select_related("parent", "owner").order_by("pk")
    for row in with_tags(rows, "account").iterator(chunk_size=2000):
        yield (
            {name: getattr(row, name) for name in direct}
            | {
                "external_id": _key(ACCOUNT, row),
                "parent": _key(ACCOUNT, row.parent),
                "owner": _key(PERSON, row.owner),
            }
            | own.of(row)
        )


def contact_records() -> Iterator[dict[str, Any]]:
    """Every contact that isn't archived."""
    direct = ("name", "email", "phone", "mobile", "title", "persona")
    own = OwnColumns("contact")
    rows = Contact.objects.filter(archived_at=None).select_related("account", "owner").order_by("pk")
    for row in with_tags(rows, "contact").iterator(chunk_size=2000):
        yield (
            {name: getattr(row, name) for name in direct}
            | {
                "external_id": _key(CONTACT, row),
                "account": _key(ACCOUNT, row.account),
                "owner": _key(PERSON, row.owner),
            }
            | own.of(row)
        )


def _key(prefix: str, record: Account | Contact | Person | None) -> str | None:
    if record is None:
        return None
    return record.external_id or f"{prefix}{record.pk}"


def create_account(value: str, context: ImportContext) -> int:
    return Account.objects.create(name=value).pk


REFERENCES = (ReferenceKind("accounts", "Account", _names_of_accounts, create_account, "account"),)
ACCOUNTS = ImportKind(
    *("accounts", 20, ACCOUNT_FIELDS, "account", takes_own("account", plan_accounts), account_records, ACCOUNT),
    icon="building",
    more_fields=lambda: own_specs("account"),
)
CONTACTS = ImportKind(
    *("contacts", 30, CONTACT_FIELDS, "contact", takes_own("contact", plan_contacts), contact_records, CONTACT),
    icon="address-book",
    more_fields=lambda: own_specs("contact"),
)
