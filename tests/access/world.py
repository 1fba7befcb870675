"""Who asks, and what there is to ask for: the small company, and more people around one rep's records.

Everyone in `PEOPLE` asks for the records of Ana Alves, rep in West. Each is signed in once; sessions stand in the
database, so that a test that is taken back leaves them as they were.

    with small_world() as world:
        world.client("manager").get(world.address(route))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import Contact
from accounts.services import save_contact
from compensation.models import PayPeriod, PayRun
from core.models import Attachment, Run, SavedView
from core.selectors import company_day
from integrations.services import start_import
from leads.models import Lead
from leads.services import save_lead
from orders.models import Contract, Order, OrderLine
from orders.services import save_contract, save_order
from people.enums import Role
from people.models import Delegation, OpenSession, Person, PersonPay, RecordShare, RoleGrant, User
from people.services import create_user, report_to, seat
from pipeline.enums import ActivityKind
from pipeline.models import Activity, Finding, HygieneRule
from tests.access.pay_month import pay_month
from tests.access.plan_records import plan_records
from tests.access.ranks import ranks
from tests.access.routes import Route, address, all_routes
from tests.access.samples import Samples
from tests.small_company import SINCE, Member, SmallCompany, make_company

BACKEND = "people.adapters.accounts.LoginBackend"
TODAY_UNTIL = timedelta(days=30)


# What belongs to the company or to logins, and is no record of a region: names of products, stages and checks.
OPEN_TO_ALL = {
    "core.Company", "core.Currency", "core.FiscalPeriod", "core.FxRate", "core.Job", "core.OutboxCursor",
    "people.Team", "people.Position", "people.Occupancy", "people.PositionTeam", "people.ReportingLine",
    "people.ReportingClosure", "people.User", "people.Person", "people.RoleGrant", "people.Delegation",
    "people.RecordShare", "pipeline.SalesProcess", "pipeline.Stage", "pipeline.StageCriterion", "pipeline.LossReason",
    "pipeline.Competitor", "pipeline.Product", "pipeline.ListPrice", "pipeline.HygieneRule", "pipeline.HygieneStandard",
    "pipeline.TotalsState", "pipeline.SnapshotNight", "quotas.Target", "core.Tag", "core.CustomField",
    "pipeline.OpportunitySnapshot", "orders.ProductCost", "territories.Territory", "territories.TerritoryAssignment",
    "compensation.Plan", "compensation.PlanVersion", "compensation.Assignment",
}  # fmt: skip


@dataclass
class World:
    company: SmallCompany
    users: dict[str, User | None]
    records: dict[str, Any]
    samples: Samples
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person, user in self.users.items():
            if user is not None:
                client = Client()
                client.force_login(user, backend=BACKEND)
                session = client.session
                just_now = {"method": "password", "at": time() + 3600, "reauthenticated": True}
                session["account_authentication_methods"] = [just_now]
                session["account_authentication_methods_user"] = str(user.pk)
                session.save()
                self.cookies[person] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def client(self, person: str, **options: Any) -> Client:
        """A new client of a person at an address of their own, without what earlier answers left on another."""
        place = f"10.0.0.{list(self.users).index(person)}"
        client = Client(raise_request_exception=False, REMOTE_ADDR=place, **options)
        if person in self.cookies:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[person]
        return client

    def value(self, route: Route, parameter: str) -> Any:
        """Ana's record for a parameter of an address; else a sample row, or a word that exists."""
        near = f"{route.parameters[0].removesuffix('_id')}.{parameter}"  # a file of the record that stands before it
        record = self.records.get(near) or self.records.get(parameter)
        return self.samples.value(route, parameter) if record is None else getattr(record, "pk", record)

    def address(self, route: Route) -> str:
        return address(route, self.value)


@contextmanager
def small_world() -> Iterator[World]:
    """The world while the block lasts; taken back at its end. Needs the database unblocked."""
    with transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def make_world() -> World:
    company = make_company()
    today = company_day(timezone.now())
    users = {"anonymous": None, "no_role": _login("Nora Norole", [])} | _people(company, today)
    _give_passwords([user for user in users.values() if user])
    records = _records(company, users, today)
    rows = {id(row): row for row in records.values() if isinstance(row, Model)}  # some parameters are words
    world = World(company, users, records, Samples(rows.values(), OPEN_TO_ALL))
    for route in all_routes():
        with suppress(LookupError):  # the test of the route says that it has no address
            world.address(route)  # makes the sample rows it needs
    return world


def _give_passwords(users: list[User]) -> None:
    for user in users:
        user.password = make_password("a password of everybody")
    User.objects.bulk_update(users, ["password"])


def _people(company: SmallCompany, today: date) -> dict[str, User | None]:
    former = _former_manager(company, today)
    teammate = _rep("Bea Brandt", company.manager, company.west)
    delegate = _rep("Dora Dahl", company.other_manager, company.east)
    shared = _rep("Sami Saar", company.other_manager, company.east)
    Delegation.objects.create(
        from_user=company.manager.user, to_user=delegate, valid_from=SINCE, valid_to=today + TODAY_UNTIL
    )
    offices = {role.value: _login(f"{role.value.title()} Office", [role]) for role in OFFICES}
    return {
        "owner": company.rep.user,
        "teammate": teammate,
        "manager": company.manager.user,
        "other_manager": company.other_manager.user,
        "former_manager": former,
        "delegate": delegate,
        "shared": shared,
        "executive": company.vp.user,
        "sales_ops": company.ops.user,
        **offices,
        "admin": company.admin.user,
    }


OFFICES = (Role.COMP_ADMIN, Role.FINANCE, Role.PLANNER, Role.MARKETING)


def _former_manager(company: SmallCompany, today: date) -> User:
    """Led Ana until yesterday, and leads nobody since."""
    person = Person.objects.create(name="Fritz Falk")
    position = seat(person=person, title="Manager before", since=SINCE, team=company.west, is_manager=True)
    user = _login("Fritz Falk", [Role.MANAGER], person)
    rep, manager = company.rep.position, company.manager.position
    assert rep and manager
    report_to(position=rep, manager=position, since=SINCE)
    report_to(position=rep, manager=manager, since=today)
    return user


def _rep(name: str, boss: Member, team: Any) -> User:
    person = Person.objects.create(name=name)
    user = _login(name, [Role.REP], person)
    report_to(position=seat(person=person, title=f"Rep {name}", since=SINCE, team=team), manager=boss.position,
              since=SINCE)  # fmt: skip
    return user


def _login(name: str, roles: list[Role], person: Person | None = None) -> User:
    email = f"{name.split()[0].lower()}@example.com"
    return create_user(email=email, password=None, roles=roles, by=None, on=SINCE, person=person)


def _records(company: SmallCompany, users: dict[str, Any], today: date) -> dict[str, Any]:
    """Ana's records by the parameter that names them in addresses; those shared with Sami are said so."""
    by, on, rep = company.ops.user, company.as_of, company.rep
    account = company.account("Ana's account")
    deal = company.deal("Ana's deal", account=account)
    contact = save_contact(contact=Contact(name="Ana's contact", account=account, owner=rep.person), by=by)
    lead = save_lead(lead=Lead(name="Ana's lead", owner=rep.person), by=by, on=on)
    shared = {"account": account, "opportunity": deal, "contact": contact, "lead": lead}
    for kind, record in shared.items():
        share = RecordShare.objects.create(
            kind=kind, record_id=record.pk, person=users["shared"].person, valid_from=SINCE, by=company.manager.user
        )
    task = Activity.objects.create(
        kind=ActivityKind.TASK, subject_kind="opportunity", subject_id=deal.pk, account=account, owner=rep.person,
        title="Ana's task",
    )  # fmt: skip
    cash = _quote_to_cash(company, deal)
    shared |= cash
    files = {f"{kind}.attachment_id": _file_on(kind, record) for kind, record in shared.items()}
    rule, _made = HygieneRule.objects.get_or_create(
        key="no_next_step", defaults={"label": "No next step", "severity": "medium", "subject_kind": "opportunity"}
    )
    finding = Finding.objects.create(
        rule=rule, subject_kind="opportunity", subject_id=deal.pk, owner=rep.person, found_on=on
    )
    run = Run.objects.create(kind="test", label="Ana's run", started_by=rep.user)
    view = SavedView.objects.create(owner=rep.user, table="pipeline.deals", name="Ana's view")
    file = BytesIO(b"Account,Country\nImported account,Germany\n")
    upload = start_import(kind="accounts", stream=file, name="accounts.csv", by=by)
    waiting = RoleGrant.objects.create(user=rep.user, role=Role.FINANCE, valid_from=today, is_pending=True)
    browser = OpenSession.objects.create(user=rep.user, session_key="anas-other-browser")
    pay = PersonPay.objects.create(
        person=rep.person, ote=200_000, variable=80_000, currency_id=deal.currency_id, valid_from=SINCE
    )
    return {
        "deal_id": deal, "account_id": account, "contact_id": contact, "lead_id": lead, "activity_id": task,
        "record_id": account, "attachment_id": files["account.attachment_id"], "finding_id": finding,
        "run_id": run, "view_id": view, "grant_id": waiting, "person_pay_id": pay,
        "person_id": rep.person, "position_id": rep.position, "user_id": rep.user, "team_id": company.west,
        "stage_id": deal.stage, "import_id": upload, "share_id": share, "delegation_id": Delegation.objects.get(),
        "session_id": browser, "contract_id": cash["contract"], "order_id": cash["order"], **files,
        **plan_records(rep.person, SINCE), **pay_month(rep.person, deal, users), **_pay(),
        **ranks(rep.person, users["comp_admin"]),
    }  # fmt: skip


def _quote_to_cash(company: SmallCompany, deal: Any) -> dict[str, Any]:
    """A contract and an order of Ana's deal; what hangs on them are sample rows."""
    by, on = company.ops.user, company.as_of
    given = {"account": deal.account, "deal": deal, "currency_id": deal.currency_id}
    contract = Contract(name="Ana's contract", starts_on=on, value=1000, **given)
    order = Order(name="Ana's order", deal=deal, ordered_on=on, currency_id=deal.currency_id)
    line = OrderLine(product=company.product(), quantity=Decimal(1), unit_price=Decimal(1000))
    return {
        "contract": save_contract(contract=contract, by=by, on=on),
        "order": save_order(order=order, lines=[line], by=by, on=on),
    }


def _pay() -> dict[str, Any]:
    """A month that Ana is paid for, and its run, calculated."""
    period = PayPeriod.objects.create(starts_on=SINCE, ends_on=SINCE + timedelta(days=29), pays_on=SINCE)
    record = Run.objects.create(kind="compensation.pay_run", label="A pay run", state="succeeded")
    totals = {"USD": {"earned": 100, "paid": -100}}
    run = PayRun.objects.create(period=period, run=record, state="calculated", payees=1, totals=totals)
    return {"period_id": period, "pay_period_id": period, "pay_run_id": run}


def _file_on(kind: str, record: Any) -> Attachment:
    return Attachment.objects.create(
        record_kind=kind, record_id=record.pk, name="Ana's file.txt", content_type="text/plain", size_bytes=4,
        sha256="0" * 64, uploaded_by_label="Ana", file=ContentFile(b"text", name="x"),
    )  # fmt: skip
