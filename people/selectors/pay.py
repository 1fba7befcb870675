"""Reads of pay. Whatever people ask goes through `pay_for`; `pay_rows` is for rooms that calculate, not for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import Http404

from core.models import in_force_on
from people.models import Occupancy, PayRules, Person, PersonPay, ReportingClosure, User
from people.policies import sees_all_pay


def pay_rules() -> PayRules:
    """Who sees pay; as strict as it gets while nobody changed it."""
    return PayRules.objects.filter(pk=1).first() or PayRules(pk=1)


def pay_for(user: User, as_of: date) -> QuerySet[PersonPay]:
    """Pay over time of those whose pay a login may see on a day: its own; everyone's for comp admins and finance.

    Managers see their line of the day where the company says so. Those who merely see a person don't see their pay.
    """
    rows = PersonPay.objects.select_related("person")
    if sees_all_pay(user):
        return rows
    mine = Q(person__user=user.pk) if user.pk is not None else Q(pk=None)
    return rows.filter(mine | Q(person__in=line_whose_pay_is_seen(user, as_of)))


def line_whose_pay_is_seen(user: User, as_of: date) -> QuerySet[Person]:
    """Those who sit below a manager on a day, where managers see the pay of their line; else nobody."""
    return line_of_manager(user, as_of) if pay_rules().managers_see_pay else Person.objects.none()


def line_of_manager(user: User, as_of: date) -> QuerySet[Person]:
    """Those who sit below a manager's own seat on a day; nobody's for who only stands in for a manager."""
    person = user.person_or_none
    if person is None or not user.has_role("manager"):
        return Person.objects.none()
    seats = Occupancy.objects.filter(in_force_on(as_of), person=person).values("position")
    below = ReportingClosure.objects.filter(in_force_on(as_of), ancestor__in=seats, depth__gt=0).values("descendant")
    sitting = Occupancy.objects.filter(in_force_on(as_of), position__in=below)
    return Person.objects.filter(pk__in=sitting.values("person"))


def may_see_pay_of(user: User, person: Person, as_of: date) -> bool:
    """Whether a login sees the pay of a person on a day, set or not."""
    is_own = person.user_id is not None and person.user_id == user.pk
    return sees_all_pay(user) or is_own or line_whose_pay_is_seen(user, as_of).filter(pk=person.pk).exists()


def may_see_any_pay(user: User) -> bool:
    """Whether the list of pay is there for somebody; a person's own pay is a list of one."""
    return sees_all_pay(user) or user.person_or_none is not None


def pay_of(user: User, person: Person, as_of: date, *, on: date | None = None) -> PersonPay | None:
    """The pay of a person in force on a day (`as_of` unless said otherwise); None without any, or for other eyes."""
    return pay_for(user, as_of).filter(in_force_on(on or as_of), person=person).first()


def pay_history_of(user: User, person: Person, as_of: date) -> list[PersonPay]:
    """What a person's pay was, is and will be, newest first. Raises Http404 for those who may not see it."""
    if not may_see_pay_of(user, person, as_of):
        raise Http404("No such person.")
    return list(pay_for(user, as_of).filter(person=person).order_by("-valid_from"))


def get_pay_for(user: User, pay_id: int, as_of: date) -> PersonPay:
    """Raises Http404 when there is no such row or it is for other eyes."""
    row = pay_for(user, as_of).filter(pk=pay_id).first()
    if row is None:
        raise Http404("No such pay.")
    return row


class PayRow(NamedTuple):
    """Pay of a person over [valid_from, valid_to): amounts a year, in units of the currency."""

    valid_from: date
    valid_to: date | None
    ote: Decimal
    variable: Decimal
    currency: str


def pay_rows(person_ids: Collection[int]) -> dict[int, list[PayRow]]:
    """Dated pay by person, oldest first; people without any are left out. One query, for calculations.

    It asks nobody's rights: whoever shows what comes of it keeps the wall.
    """
    found: dict[int, list[PayRow]] = defaultdict(list)
    rows = PersonPay.objects.filter(person__among=person_ids).order_by("person", "valid_from")
    for person, *row in rows.values_list("person_id", *_COLUMNS):
        found[person].append(PayRow(*row))
    return dict(found)


_COLUMNS = ("valid_from", "valid_to", "ote", "variable", "currency_id")
