"""Somebody leaves: one act hands over, access ends on the day, and the act can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AccountOwnership, Contact
from core.models import AuditEvent, Run
from leads.models import Lead
from people.enums import Role
from people.models import Delegation, HandOver, Occupancy, OpenSession, Person, RecordShare, RoleGrant, User
from people.selectors import ending_with, holdings_of, usual_taker
from people.services import (
    Choice,
    LeaveError,
    UserError,
    begin_session,
    close_leavers,
    create_user,
    delegate,
    hand_over,
    let_go,
    share_record,
    undo_hand_over,
)
from pipeline.models import Activity, Opportunity
from pipeline.policies import visible_opportunities
from tests.small_company import AS_OF, SINCE

DAY = timedelta(days=1)
PARTS = ("deals", "accounts", "contacts", "leads", "tasks")


@pytest.fixture
def estate(company: Any) -> dict[str, Any]:
    """What is Ana's: one of each kind, and a won deal that stays hers."""
    ana = company.rep.person
    account = company.account("Acme Robotics")
    return {
        "deals": company.deal("Pilot", account=account),
        "accounts": account,
        "contacts": Contact.objects.create(name="Carla Conti", owner=ana, account=account),
        "leads": Lead.objects.create(name="Lena Lind", owner=ana, created_on=AS_OF),
        "tasks": Activity.objects.create(kind="task", title="Call back", owner=ana, due_on=AS_OF),
        "won": company.deal("Won one", stage="Won", closed_on=AS_OF),
    }


def everything_to(member: Any) -> list[Choice]:
    return [Choice(part, member.person) for part in PARTS]


def owners(estate: dict[str, Any]) -> dict[str, str]:
    return {name: type(row).objects.get(pk=row.pk).owner.name for name, row in estate.items()}


def test_all_in_one_act(company: Any, estate: Any) -> None:
    made = let_go(person=company.rep.person, on=AS_OF, choices=everything_to(company.manager), by=company.ops.user,
                  today=AS_OF)  # fmt: skip
    assert owners(estate) == dict.fromkeys(PARTS, "Max Moreau") | {"won": "Ana Alves"}
    assert made is not None and made.count == 5
    run = Run.objects.get(kind="people.hand_over")
    assert (run.state, run.counts) == ("succeeded", dict.fromkeys(PARTS, 1))
    spans = AccountOwnership.objects.filter(account=estate["accounts"]).order_by("valid_from")
    assert [(span.person.name, span.valid_to) for span in spans][-1] == ("Max Moreau", None)
    acts = set(AuditEvent.objects.filter(subject_kind="person").values_list("act", flat=True))
    assert {"person.left", "person.handed_over"} <= acts
    assert not Occupancy.objects.filter(person=company.rep.person, valid_to=None).exists()


def test_open_deals_count_where_they_were_until_they_are_handed_over(company: Any, estate: Any) -> None:
    let_go(person=company.rep.person, on=AS_OF, choices=[], by=company.ops.user, today=AS_OF)
    manager = User.objects.get(pk=company.manager.user.pk)
    assert estate["deals"] in visible_opportunities(manager, AS_OF + 30 * DAY)


def test_taken_back_but_for_what_went_on(company: Any, estate: Any) -> None:
    made = hand_over(person=company.rep.person, choices=everything_to(company.manager), by=company.ops.user, on=AS_OF)
    Lead.objects.filter(pk=estate["leads"].pk).update(owner=company.vp.person)
    done = undo_hand_over(hand_over=made, by=company.ops.user, on=AS_OF)
    assert owners(estate) == dict.fromkeys(PARTS, "Ana Alves") | {"leads": "Vera Vogt", "won": "Ana Alves"}
    assert [(part, name) for part, _pk, name in done.kept] == [("leads", "Lena Lind")]
    with pytest.raises(LeaveError, match="already"):
        undo_hand_over(hand_over=made, by=company.ops.user, on=AS_OF)


def test_one_by_one(company: Any, estate: Any) -> None:
    other = company.account("Beta")
    choice = Choice("accounts", company.vp.person, [other.pk])
    hand_over(person=company.rep.person, choices=[choice], by=company.ops.user, on=AS_OF)
    found = dict(Account.objects.values_list("name", "owner__name"))
    assert found == {"Acme Robotics": "Ana Alves", "Beta": "Vera Vogt"}


def test_ids_of_somebody_else_are_not_given_away(company: Any) -> None:
    theirs = company.account("Not Ana's", owner=company.outsider)
    choice = Choice("accounts", company.vp.person, [theirs.pk])
    hand_over(person=company.rep.person, choices=[choice], by=company.ops.user, on=AS_OF)
    assert Account.objects.get().owner == company.outsider.person


@pytest.mark.parametrize("taker", ["rep", "gone"])
def test_who_takes_it_has_to_stay_and_nothing_is_half_done(company: Any, estate: Any, taker: str) -> None:
    Person.objects.filter(pk=company.outsider.person.pk).update(left_on=AS_OF)
    to = company.rep.person if taker == "rep" else Person.objects.get(pk=company.outsider.person.pk)
    choices = [Choice("deals", company.manager.person), Choice("leads", to)]
    with pytest.raises(LeaveError, match="somebody who stays"):
        let_go(person=company.rep.person, on=AS_OF, choices=choices, by=company.ops.user, today=AS_OF)
    assert set(owners(estate).values()) == {"Ana Alves"}
    assert Person.objects.get(pk=company.rep.person.pk).left_on is None


@pytest.fixture
def open_access(company: Any) -> User:
    """Ana has a share, an absence each way, a session and a role to come."""
    ana, on = company.rep, AS_OF
    deal = company.deal("Olga's", owner=company.outsider)
    share_record(kind="opportunity", record=deal, person=ana.person, valid_from=on, valid_to=None,
                 by=company.ops.user, on=on)  # fmt: skip
    for a, b in ((ana, company.vp), (company.manager, ana)):
        delegate(from_user=a.user, to_user=b.user, valid_from=on, valid_to=on + 60 * DAY, by=a.user, on=on)
    RoleGrant.objects.create(user=ana.user, role=Role.MANAGER, valid_from=on + 90 * DAY)
    begin_session(user=ana.user, session_key="k" * 32, method="password", ip=None, user_agent="")
    user: User = ana.user
    return user


def test_access_ends_on_the_day(company: Any, open_access: User) -> None:
    day = AS_OF + 10 * DAY
    let_go(person=company.rep.person, on=day, choices=[], by=company.ops.user, today=AS_OF)
    assert User.objects.get(pk=open_access.pk).is_active
    assert list(RoleGrant.objects.filter(user=open_access).values_list("role", "valid_to")) == [("rep", day)]
    assert RecordShare.objects.get().valid_to == day
    assert set(Delegation.objects.values_list("valid_to", flat=True)) == {day}
    assert close_leavers(on=day - DAY) == 0
    assert close_leavers(on=day) == 1
    assert not User.objects.get(pk=open_access.pk).is_active
    assert not OpenSession.objects.filter(ended_at=None).exists()
    assert close_leavers(on=day) == 0


def test_a_last_day_that_has_come_shuts_at_once(company: Any, open_access: User) -> None:
    let_go(person=company.rep.person, on=AS_OF, choices=[], by=company.ops.user, today=AS_OF)
    assert not User.objects.get(pk=open_access.pk).is_active
    assert not RoleGrant.objects.filter(user=open_access, valid_to=None).exists()


def test_the_last_admin_can_not_leave(company: Any) -> None:
    with pytest.raises(UserError, match="last admin"):
        let_go(person=company.admin.person, on=AS_OF + DAY, choices=[], by=company.ops.user, today=AS_OF)
    create_user(email="zoe@example.com", password=None, roles=[Role.ADMIN], by=None, on=SINCE)
    let_go(person=company.admin.person, on=AS_OF + DAY, choices=[], by=company.ops.user, today=AS_OF)


def test_what_is_told_before(company: Any, estate: Any, open_access: User) -> None:
    held = {one.part.key: one.count for one in holdings_of(company.rep.person)}
    assert {part: held[part] for part in PARTS} == dict.fromkeys(PARTS, 1)
    told = {str(label): count for label, count, _words in ending_with(company.rep.person, AS_OF)}
    assert told == {"Roles": 2, "Shares": 1, "Absences": 2, "Open sessions": 1}
    assert usual_taker(company.rep.person, AS_OF) == company.manager.person


def test_the_page(company: Any, signed_in: Any, estate: Any) -> None:
    ops, ana = signed_in(company.ops), company.rep.person
    page = reverse("people:person_leave", args=[ana.pk])
    shown = ops.get(page).content.decode()
    assert "Open deals (1)" in shown and "Max Moreau · PER-" in shown
    sent = {
        "on": timezone.localdate(),
        "to_deals": "Max Moreau",
        "to_accounts": f"Vera Vogt · PER-{company.vp.person.pk}",
    }
    answer = ops.post(page, sent, follow=True)
    assert b"2 records handed over" in answer.content
    assert Opportunity.objects.get(pk=estate["deals"].pk).owner == company.manager.person
    assert Lead.objects.get().owner == ana
    undo = reverse("people:hand_over_undo", args=[ana.pk, HandOver.objects.get().pk])
    assert b"Taken back" in ops.post(undo, follow=True).content
    assert b"taken back already" in ops.post(undo, follow=True).content


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"on": "someday"}, "on"), ({"on": "2026-01-01", "to_deals": "Nobody"}, "to_deals"), ({"on": ""}, "on")],
)
def test_bad_input_is_told_at_its_field(company: Any, signed_in: Any, estate: Any, sent: Any, field: str) -> None:
    page = reverse("people:person_leave", args=[company.rep.person.pk])
    answer = signed_in(company.ops).post(page, sent)
    assert answer.status_code == 200 and field in answer.context["form"].errors


def test_single_records_on_their_page(company: Any, signed_in: Any, estate: Any) -> None:
    page = reverse("people:leaver_part", args=[company.rep.person.pk, "accounts"])
    ops = signed_in(company.ops)
    assert b"Acme Robotics" in ops.get(page).content
    assert b"Tick what is to be handed over" in ops.post(page, {"to": "Vera Vogt"}).content
    ops.post(page, {"to": "Vera Vogt", "pk": [estate["accounts"].pk]})
    assert Account.objects.get().owner == company.vp.person
    assert ops.get(reverse("people:leaver_part", args=[company.rep.person.pk, "nonsense"])).status_code == 404


def test_an_admin_without_sales_hands_over_kinds_and_sees_no_names(company: Any, signed_in: Any, estate: Any) -> None:
    page = reverse("people:leaver_part", args=[company.rep.person.pk, "accounts"])
    assert b"Acme Robotics" not in signed_in(company.admin).get(page).content


def test_nobody_else(company: Any, signed_in: Any, estate: Any) -> None:
    for who in (company.rep, company.manager, company.vp):
        for name, more in (("person_leave", []), ("leaver_part", ["deals"])):
            address = reverse(f"people:{name}", args=[company.rep.person.pk, *more])
            assert signed_in(who).get(address).status_code == 403
