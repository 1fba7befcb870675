"""A company small enough to hold in one's head, made through the services. Tests get it as the fixture `company`.

    Vera Vogt, VP of Sales
      |-- Max Moreau, manager of West ---- Ana Alves, rep
      `-- Eva Egger, manager of East ----- Olga Orlov, rep (the outsider: she may not see what is Ana's)

    Oren Ops (sales ops), Ada Admin (admin): logins without a seat.

Everything is in force from SINCE on, so it holds on AS_OF as well as today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Account
from accounts.services import save_account
from core.models import Company
from core.selectors import the_company
from people.enums import Role, TeamKind
from people.models import Person, Position, Team, User
from people.services import create_user, report_to, seat
from pipeline.models import Opportunity, Product, Stage
from pipeline.services import create_deal

SINCE = date(2023, 1, 1)
AS_OF = date(2024, 8, 15)  # a Thursday in the third quarter


@dataclass(frozen=True, slots=True)
class Member:
    """A login with its person and seat (None for logins outside sales)."""

    user: User
    person: Person
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class SmallCompany:
    row: Company
    as_of: date
    west: Team
    east: Team
    vp: Member
    manager: Member
    rep: Member
    other_manager: Member
    outsider: Member
    ops: Member
    admin: Member

    def account(self, name: str = "Acme Robotics", *, owner: Member | None = None, **fields: Any) -> Account:
        """An account, the rep's unless said otherwise."""
        account = Account(name=name, owner=(owner or self.rep).person, **fields)
        return save_account(account=account, by=self.ops.user, on=self.as_of)

    def deal(self, name: str = "Acme pilot", *, owner: Member | None = None, **fields: Any) -> Opportunity:
        """A deal in `stage` (a name, "Discovery" by default), the rep's unless said otherwise; 1,000.00 USD."""
        stage = Stage.objects.get(process__is_default=True, name=fields.pop("stage", "Discovery"))
        given = {"amount": Decimal(1000), "currency_id": self.row.currency_id} | fields
        deal = Opportunity(name=name, stage=stage, owner=(owner or self.rep).person, **given)
        return create_deal(deal=deal, by=self.ops.user, on=self.as_of)

    def product(self, name: str = "Arm 6") -> Product:
        return Product.objects.get_or_create(name=name)[0]


def make_company() -> SmallCompany:
    regions = [Team.objects.create(name=name, kind=TeamKind.REGION) for name in ("West", "East")]
    west, east = (Team.objects.create(name=f"{region} 1", parent=region) for region in regions)
    vp = _member("Vera Vogt", Role.EXECUTIVE, title="VP of Sales", is_manager=True)
    manager = _member("Max Moreau", Role.MANAGER, title="Manager West", team=west, boss=vp, is_manager=True)
    other = _member("Eva Egger", Role.MANAGER, title="Manager East", team=east, boss=vp, is_manager=True)
    return SmallCompany(
        row=the_company(),
        as_of=AS_OF,
        west=west,
        east=east,
        vp=vp,
        manager=manager,
        rep=_member("Ana Alves", Role.REP, title="Rep West", team=west, boss=manager),
        other_manager=other,
        outsider=_member("Olga Orlov", Role.REP, title="Rep East", team=east, boss=other),
        ops=_member("Oren Ops", Role.SALES_OPS),
        admin=_member("Ada Admin", Role.ADMIN),
    )


def find_company() -> SmallCompany:
    """The company that was made in this database before."""
    west, east = (Team.objects.get(name=name) for name in ("West 1", "East 1"))
    return SmallCompany(
        row=the_company(), as_of=AS_OF, west=west, east=east,
        vp=_found("Vera Vogt"), manager=_found("Max Moreau"), rep=_found("Ana Alves"),
        other_manager=_found("Eva Egger"), outsider=_found("Olga Orlov"),
        ops=_found("Oren Ops"), admin=_found("Ada Admin"),
    )  # fmt: skip


def _found(name: str) -> Member:
    person = Person.objects.select_related("user").get(name=name)
    seat = person.occupancies.select_related("position").first()
    return Member(person.user, person, seat.position if seat else None)


def _member(name: str, role: Role, *, title: str = "", boss: Member | None = None, **of_seat: Any) -> Member:
    """A person with a login (first name @example.com) and, where a title is given, a seat below the boss's."""
    person = Person.objects.create(name=name)
    email = f"{name.split()[0].lower()}@example.com"
    user = create_user(email=email, password=None, roles=[role], by=None, on=SINCE, person=person)
    if not title:
        return Member(user, person)
    position = seat(person=person, title=title, since=SINCE, **of_seat)
    if boss is not None:
        report_to(position=position, manager=boss.position, since=SINCE)
    return Member(user, person, position)
