"""Pay of a person: dated rows, who sees and sets them, what the services refuse, and what is said about it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from core.services import erase_personal_data, set_closed_through
from people.enums import Role
from people.models import PayRules, Person, PersonPay, User
from people.selectors import may_see_pay_of, pay_for, pay_of, pay_rows
from people.services import PayError, change_pay_rules, create_user, end_pay, leave, move_seat, set_pay
from tests.small_company import AS_OF, SINCE

JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)


@pytest.fixture
def comp(company: Any) -> User:
    """A comp admin with a person of their own."""
    person = Person.objects.create(name="Cora Comp")
    roles = [Role.COMP_ADMIN]
    return create_user(email="comp@example.com", password=None, roles=roles, by=None, on=SINCE, person=person)


@pytest.fixture
def finance(company: Any) -> User:
    return create_user(email="finance@example.com", password=None, roles=[Role.FINANCE], by=None, on=SINCE)


def pay(person: Any, since: date = JAN, ote: str = "200000", variable: str = "80000", by: Any = None) -> PersonPay:
    person = getattr(person, "person", person)
    row = PersonPay(person=person, valid_from=since, ote=Decimal(ote), variable=Decimal(variable), currency_id="USD")
    return set_pay(pay=row, by=by)


def spans(person: Any) -> list[tuple[int, date, date | None]]:
    rows = PersonPay.objects.filter(person=getattr(person, "person", person)).order_by("valid_from")
    return [(int(row.ote), row.valid_from, row.valid_to) for row in rows]


# --- dated rows ------------------------------------------------------------------------------------------------------


def test_a_new_row_ends_the_one_before_and_what_held_stays_told(company: Any, comp: User) -> None:
    pay(company.rep, JAN, "200000", by=comp)
    pay(company.rep, JUL, "220000", by=comp)
    assert spans(company.rep) == [(200_000, JAN, JUL), (220_000, JUL, None)]
    found = {day: pay_of(comp, company.rep.person, AS_OF, on=day) for day in (date(2023, 12, 31), JAN, JUL)}
    assert [row and int(row.ote) for row in found.values()] == [None, 200_000, 220_000]


def test_a_row_between_two_ends_where_the_later_begins(company: Any) -> None:
    pay(company.rep, JAN, "100", "10")
    pay(company.rep, JUL, "300", "10")
    pay(company.rep, date(2024, 4, 1), "200", "10")
    april = date(2024, 4, 1)
    assert spans(company.rep) == [(100, JAN, april), (200, april, JUL), (300, JUL, None)]


def test_a_row_of_the_same_day_replaces(company: Any, comp: User) -> None:
    pay(company.rep, JAN, "100", "10")
    pay(company.rep, JAN, "150", "10", by=comp)
    assert spans(company.rep) == [(150, JAN, None)]
    assert AuditEvent.objects.get(act="pay.set", actor=comp).detail == {"from": "2024-01-01", "replaced": True}


def test_pay_ends_and_may_begin_again(company: Any) -> None:
    row = pay(company.rep, JAN, "100", "10")
    end_pay(pay=row, on=JUL, by=None)
    assert spans(company.rep) == [(100, JAN, JUL)]
    pay(company.rep, date(2024, 9, 1), "200", "10")
    assert spans(company.rep) == [(100, JAN, JUL), (200, date(2024, 9, 1), None)]
    with pytest.raises(PayError, match="ended before"):
        end_pay(pay=row, on=date(2024, 8, 1), by=None)
    with pytest.raises(PayError, match="can't end before"):
        end_pay(pay=row, on=date(2023, 8, 1), by=None)
    end_pay(pay=row, on=JAN, by=None)
    assert spans(company.rep) == [(200, date(2024, 9, 1), None)]


def test_the_database_refuses_two_rows_a_day_and_more_variable_than_pay(company: Any) -> None:
    pay(company.rep, JAN)
    given = {"person": company.rep.person, "currency_id": "USD"}
    wrong = (
        {"valid_from": JUL, "ote": 1, "variable": 0},
        {"valid_from": date(2020, 1, 1), "valid_to": date(2021, 1, 1), "ote": 1, "variable": 2},
        {"valid_from": date(2020, 1, 1), "valid_to": date(2021, 1, 1), "ote": 1, "variable": -1},
        {"valid_from": date(2020, 1, 1), "valid_to": date(2020, 1, 1), "ote": 1, "variable": 1},
    )
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            PersonPay.objects.create(**given, **values)


@pytest.mark.parametrize(
    ("ote", "variable", "currency", "field"),
    [("100", "101", "USD", "variable"), ("100", "-1", "USD", "variable"), ("-1", "-2", "USD", "ote"),
     ("100.001", "1", "USD", "ote"), ("100", "1.5", "JPY", "variable")],
)  # fmt: skip
def test_amounts_that_cannot_be(company: Any, ote: str, variable: str, currency: str, field: str) -> None:
    row = PersonPay(person=company.rep.person, valid_from=JAN, ote=Decimal(ote), variable=Decimal(variable),
                    currency_id=currency)  # fmt: skip
    with pytest.raises(PayError) as caught:
        set_pay(pay=row, by=None)
    assert caught.value.field == field
    assert not PersonPay.objects.exists()


def test_closed_days_keep_their_pay(company: Any) -> None:
    row = pay(company.rep, JAN, "100", "10")
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=AS_OF)
    for since in (JAN, date(2024, 6, 30)):
        with pytest.raises(PayError, match="Books are closed through Jun 30, 2024") as caught:
            pay(company.rep, since, "200", "10")
        assert caught.value.field == "valid_from"
    with pytest.raises(PayError, match="Books are closed"):
        end_pay(pay=row, on=date(2024, 6, 30), by=None)
    pay(company.rep, JUL, "200", "10")
    assert spans(company.rep) == [(100, JAN, JUL), (200, JUL, None)]


def test_rows_for_calculations_come_in_one_query(company: Any, django_assert_num_queries: Any) -> None:
    pay(company.rep, JAN, "100", "40")
    pay(company.rep, JUL, "200", "80")
    pay(company.outsider, JAN, "300", "90")
    people = [company.rep.person.pk, company.outsider.person.pk, company.vp.person.pk]
    with django_assert_num_queries(1):
        found = pay_rows(people)
    assert {pk: [(*row[:2], int(row.ote), int(row.variable), row.currency) for row in rows]
            for pk, rows in found.items()} == {
        people[0]: [(JAN, JUL, 100, 40, "USD"), (JUL, None, 200, 80, "USD")],
        people[1]: [(JAN, None, 300, 90, "USD")],
    }  # fmt: skip
    assert pay_rows([]) == {}


def test_the_mix_is_told_to_a_tenth(company: Any) -> None:
    row = pay(company.rep, JAN, "150000", "50000")
    assert (row.fixed, row.variable_pct) == (100_000, Decimal("33.3"))
    assert PersonPay(ote=Decimal(0), variable=Decimal(0)).variable_pct is None


# --- who sees --------------------------------------------------------------------------------------------------------


def seen_by(user: User, as_of: date = AS_OF) -> set[str]:
    user = User.objects.get(pk=user.pk)
    return set(pay_for(user, as_of).values_list("person__name", flat=True))


EVERYONE = {"Vera Vogt", "Max Moreau", "Eva Egger", "Ana Alves", "Olga Orlov", "Oren Ops", "Ada Admin", "Cora Comp"}


@pytest.fixture
def paid(company: Any, comp: User) -> Any:
    for person in Person.objects.all():
        pay(person)
    return company


def managers_see(on: bool = True) -> None:
    change_pay_rules(rules=PayRules(managers_see_pay=on), by=None)


@pytest.mark.parametrize("is_on", [False, True])
def test_everyone_sees_their_own_and_two_roles_see_all(paid: Any, comp: User, finance: User, is_on: bool) -> None:
    if is_on:
        managers_see()
    assert seen_by(comp) == seen_by(finance) == EVERYONE
    own = {paid.rep: "Ana Alves", paid.vp: "Vera Vogt", paid.ops: "Oren Ops", paid.admin: "Ada Admin"}
    assert {member: seen_by(member.user) for member in own} == {member: {name} for member, name in own.items()}


def test_a_manager_sees_the_line_of_today_once_the_company_says_so_and_never_a_boss(paid: Any) -> None:
    assert seen_by(paid.manager.user) == {"Max Moreau"}
    managers_see()
    assert seen_by(paid.manager.user) == {"Max Moreau", "Ana Alves"}
    assert not may_see_pay_of(paid.manager.user, paid.vp.person, AS_OF)
    move_seat(position=paid.rep.position, since=JUL, changes={"reports_to": paid.other_manager.position},
              by=paid.ops.user)  # fmt: skip
    assert seen_by(paid.manager.user) == {"Max Moreau"}
    assert seen_by(paid.other_manager.user) == {"Eva Egger", "Olga Orlov", "Ana Alves"}
    managers_see(on=False)
    assert seen_by(paid.other_manager.user) == {"Eva Egger"}


def test_a_leaver_is_in_nobodys_line_any_more(paid: Any) -> None:
    managers_see()
    leave(person=paid.rep.person, on=JUL, by=paid.ops.user)
    assert seen_by(paid.manager.user) == {"Max Moreau"}


def test_a_role_that_sees_all_of_sales_opens_no_pay_beside_the_one_of_a_manager(paid: Any) -> None:
    """Whoever manages and also keeps sales sees the pay of their own line, not of all whose deals they see."""
    managers_see()
    user = paid.vp.user
    user.grants.create(role=Role.MANAGER, valid_from=SINCE)
    assert seen_by(user) == {"Vera Vogt", "Max Moreau", "Eva Egger", "Ana Alves", "Olga Orlov"}
    paid.manager.user.grants.create(role=Role.SALES_OPS, valid_from=SINCE)
    assert seen_by(paid.manager.user) == {"Max Moreau", "Ana Alves"}


def test_a_pay_role_that_waits_opens_nothing(paid: Any) -> None:
    for role in (Role.COMP_ADMIN, Role.FINANCE):
        paid.rep.user.grants.create(role=role, valid_from=SINCE, is_pending=True)
    assert seen_by(paid.rep.user) == {"Ana Alves"}


# --- who sets --------------------------------------------------------------------------------------------------------


def sent(since: str = "2024-01-01", ote: str = "200,000", variable: str = "80,000") -> dict[str, str]:
    return {"valid_from": since, "ote": ote, "variable": variable, "currency": "USD"}


def test_a_comp_admin_sets_and_ends_pay_on_its_page(company: Any, comp: User, signed_in: Any) -> None:
    client, address = signed_in(comp), reverse("people:pay_of", args=[company.rep.person.pk])
    assert client.post(address, sent()).status_code == 302
    row = PersonPay.objects.get()
    assert (row.ote, row.variable, row.currency_id, row.valid_from) == (200_000, 80_000, "USD", JAN)
    page = client.get(address).content.decode()
    assert "$200,000.00" in page and "$80,000.00" in page and "40.0%" in page
    end = reverse("people:pay_end", args=[row.pk])
    assert client.get(end).status_code == 200
    assert client.post(end, {"on": "2024-07-01"}).status_code == 302
    assert spans(company.rep) == [(200_000, JAN, JUL)]


def test_what_is_wrong_is_told_at_its_field(company: Any, comp: User, signed_in: Any) -> None:
    client, address = signed_in(comp), reverse("people:pay_of", args=[company.rep.person.pk])
    for values, field in (
        (sent(variable="300,000"), "variable"), (sent(ote="1.234.567"), "ote"),
        (sent(since="0024-01-01"), "valid_from"),
        (sent(ote="10.005"), "ote"),
    ):  # fmt: skip
        answer = client.post(address, values)
        assert answer.status_code == 200 and list(answer.context["form"].errors) == [field]
    assert not PersonPay.objects.exists()


def test_nobody_sets_their_own_pay(company: Any, comp: User, signed_in: Any) -> None:
    with pytest.raises(PayError, match="Another comp admin has to do it"):
        pay(comp.person, by=comp)
    row = pay(comp.person)
    with pytest.raises(PayError, match="Nobody sets their own pay"):
        end_pay(pay=row, on=JUL, by=comp)
    client, address = signed_in(comp), reverse("people:pay_of", args=[comp.person.pk])
    assert b"Nobody sets their own pay" in client.post(address, sent()).content
    assert b'name="ote"' not in client.get(address).content
    assert b"Nobody sets their own pay" in client.post(reverse("people:pay_end", args=[row.pk]), {"on": JUL}).content
    assert spans(comp.person) == [(200_000, JAN, None)]
    other = create_user(email="comp2@example.com", password=None, roles=[Role.COMP_ADMIN], by=None, on=SINCE)
    pay(comp.person, JUL, by=other)
    assert len(spans(comp.person)) == 2


def test_who_sees_pay_is_said_by_comp_admins(company: Any, comp: User, finance: User, signed_in: Any) -> None:
    address = reverse("people:pay_rules")
    for user in (company.admin, company.ops, company.vp, company.manager, finance):
        assert signed_in(user).post(address, {"managers_see_pay": "on"}).status_code == 404
    assert not PayRules.objects.exists()
    client = signed_in(comp)
    assert client.post(address, {"managers_see_pay": "on"}).status_code == 302
    assert PayRules.objects.get().managers_see_pay
    client.post(address, {})
    assert not PayRules.objects.get().managers_see_pay
    acts = AuditEvent.objects.filter(act="pay_rules.changed").order_by("id")
    assert [act.detail for act in acts] == [{"managers_see_pay": True}, {"managers_see_pay": False}]


# --- what is said about it -------------------------------------------------------------------------------------------


def test_the_acts_hold_days_and_no_amount(company: Any, comp: User) -> None:
    row = pay(company.rep, JAN, "187654", "61234", by=comp)
    end_pay(pay=row, on=JUL, by=comp)
    acts = AuditEvent.objects.filter(act__startswith="pay.").order_by("id")
    assert [(act.act, act.actor, act.subject_kind, act.subject_label, act.detail) for act in acts] == [
        ("pay.set", comp, "person", "Ana Alves", {"from": "2024-01-01"}),
        ("pay.ended", comp, "person", "Ana Alves", {"from": "2024-01-01", "to": "2024-07-01"}),
    ]
    assert str(row) == "Pay of Ana Alves"


def panel(client: Client, person: Person) -> str:
    answer = client.get(reverse("people:pay_of", args=[person.pk]), headers={"HX-Request": "true"})
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def test_a_persons_page_has_the_panel_where_pay_may_be_seen(company: Any, comp: User, signed_in: Any) -> None:
    person, today = company.rep.person, timezone.localdate()
    pay(person, today - timedelta(days=9))
    pay(person, today + timedelta(days=9), "210000")
    address = reverse("people:pay_of", args=[person.pk])
    for who, sees in ((company.rep, True), (comp, True), (company.manager, False), (company.vp, False)):
        client = signed_in(who)
        page = client.get(person.get_absolute_url())
        assert (page.status_code, address in page.content.decode()) == (200, sees)
        told = panel(client, person)
        assert ("To come" in told and "Now" in told and "<html" not in told) if sees else told == "404"
    column = reverse("core:record_panels", args=["person", person.pk, "side"])
    assert b"$210,000" in signed_in(company.rep).get(column, headers={"HX-Request": "true"}).content
    assert signed_in(company.manager).get(column, headers={"HX-Request": "true"}).status_code == 404


# --- personal data ---------------------------------------------------------------------------------------------------


def test_an_export_of_personal_data_tells_pay_to_those_who_may_see_it(company: Any, signed_in: Any) -> None:
    pay(company.rep, JAN, "187654", "61234")
    address = reverse("core:erasure_export", args=["person", company.rep.person.pk])
    told = signed_in(company.admin).get(address)
    assert "187654" not in told.content.decode()
    assert told.json()["left_out"] == ["Pay"] and "pay" not in told.json()
    assert (
        b"Not told here, nor in the file: Pay"
        in signed_in(company.admin).get(reverse("core:erasure", args=["person", company.rep.person.pk])).content
    )
    company.admin.user.grants.create(role=Role.COMP_ADMIN, valid_from=SINCE)
    told = signed_in(User.objects.get(pk=company.admin.user.pk)).get(address).json()
    assert (told["left_out"], told["pay"][0]["ote"]) == ([], "187654.0000")


def test_erasing_a_person_leaves_amounts_under_the_number(company: Any) -> None:
    row = pay(company.rep, JAN, by=None)
    PersonPay.objects.filter(pk=row.pk).update(external_id="HR-ana-alves")
    person = company.rep.person
    leave(person=person, on=JUL, by=company.ops.user)
    User.objects.filter(pk=person.user_id).update(is_active=False)
    erase_personal_data(kind="person", record_id=person.pk, reason="Asked", with_text=False, by=company.admin.user)
    row.refresh_from_db()
    assert (row.external_id, row.ote, str(row)) == (None, 200_000, f"Pay of Person {person.pk}")
    assert not AuditEvent.objects.filter(subject_label__contains="Ana Alves", act__startswith="pay.").exists()
