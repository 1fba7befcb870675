"""A leaving taken back: all is as it was, but for what somebody changed since; and one that waits for its day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AccountOwnership, Contact
from core import jobs, registry
from core.models import AuditEvent
from core.services import start_due_nights
from integrations.models import ApiToken
from leads.models import Lead
from people.enums import Role
from people.models import Delegation, HandOver, Occupancy, OpenSession, Person, RecordShare, RoleGrant, User
from people.selectors import ending_with
from people.services import (
    Choice,
    LeaveError,
    begin_session,
    close_leavers,
    let_go,
    occupy,
    undo_hand_over,
)
from pipeline.models import Activity, Opportunity
from tests.api.conftest import make_caller
from tests.small_company import AS_OF, SmallCompany

DAY = timedelta(days=1)
PARTS = ("deals", "accounts", "contacts", "leads", "tasks")
OWNED = (Opportunity, Account, Contact, Lead, Activity)


def rows(model: Any, *but: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in ("updated_at", *but)}
        for row in model.objects.order_by("pk").values()
    ]


def state() -> dict[str, Any]:
    """Everything that a leaving may touch, as it stands."""
    kept: dict[str, Any] = {model.__name__: rows(model) for model in (RoleGrant, Occupancy, Delegation, RecordShare)}
    kept["AccountOwnership"] = rows(AccountOwnership, "id", "created_at")
    kept |= {model.__name__: dict(model.objects.values_list("pk", "owner")) for model in OWNED}
    kept["people"] = list(Person.objects.order_by("pk").values("pk", "left_on", "user__is_active"))
    return kept


def estate(company: SmallCompany) -> None:
    """One record of each kind, and dated access of every sort, begun and to come, given and taken."""
    ana, on = company.rep, AS_OF
    account = company.account("Acme Robotics")
    company.deal("Pilot", account=account)
    company.deal("Won one", stage="Won", closed_on=on)
    Contact.objects.create(name="Carla Conti", owner=ana.person, account=account)
    Lead.objects.create(name="Lena Lind", owner=ana.person, created_on=on)
    Activity.objects.create(kind="task", title="Call back", owner=ana.person, due_on=on)
    deal = company.deal("Olga's", owner=company.outsider)
    for begins in (on - 30 * DAY, on + 30 * DAY):
        RecordShare.objects.create(kind="opportunity", record_id=deal.pk + begins.day, person=ana.person,
                                   valid_from=begins, by=company.ops.user)  # fmt: skip
    for a, b, begins in ((ana, company.vp, on), (company.manager, ana, on + 20 * DAY), (company.vp, ana, on - DAY)):
        Delegation.objects.create(from_user=a.user, to_user=b.user, valid_from=begins, valid_to=on + 60 * DAY,
                                  made_by=a.user)  # fmt: skip
    RoleGrant.objects.create(user=ana.user, role=Role.MANAGER, valid_from=on + 90 * DAY)
    RoleGrant.objects.create(user=ana.user, role=Role.FINANCE, valid_from=on, is_pending=True,
                             granted_by=company.admin.user)  # fmt: skip


def go(company: SmallCompany, *, on: date, parts: Iterable[str] = PARTS, today: date = AS_OF) -> HandOver:
    choices = [Choice(part, company.manager.person) for part in parts]
    return let_go(person=company.rep.person, on=on, choices=choices, by=company.ops.user, today=today)


def take_back(company: SmallCompany, made: HandOver, on: date = AS_OF) -> HandOver:
    return undo_hand_over(hand_over=made, by=company.ops.user, on=on)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    after=st.integers(-40, 120),
    parts=st.sets(st.sampled_from(PARTS)),
    carried_out=st.booleans(),
    later=st.integers(0, 5),
    said_before=st.none() | st.integers(-40, 120),
)
def test_leaving_and_taking_it_back_changes_nothing(
    company: SmallCompany,
    after: int,
    parts: set[str],
    carried_out: bool,
    later: int,
    said_before: int | None,
) -> None:
    """Whatever the day, whatever is handed over, carried out already or not, and with another day said before."""
    with transaction.atomic():
        estate(company)
        before = state()
        if said_before is not None:
            go(company, on=AS_OF + said_before * DAY, parts=())
        on = max(AS_OF, AS_OF + after * DAY)
        made = go(company, on=AS_OF + after * DAY, parts=parts)
        if after > 0 and carried_out:
            assert close_leavers(on=on) == 1
        assert take_back(company, HandOver.objects.get(pk=made.pk), on + later * DAY).kept == []
        after_all = state()
        if later:  # who had an account for some days did have it on those days
            before.pop("AccountOwnership")
            after_all.pop("AccountOwnership")
        assert after_all == before
        transaction.set_rollback(True)


def test_what_was_changed_since_stays_and_is_named(company: SmallCompany) -> None:
    estate(company)
    made = go(company, on=AS_OF)
    occupy(position=company.rep.position, person=company.ops.person, since=AS_OF)  # type: ignore[arg-type]  # -- a seat
    RoleGrant.objects.filter(user=company.rep.user, role=Role.REP).update(valid_to=AS_OF - DAY)
    RoleGrant.objects.create(user=company.rep.user, role=Role.MANAGER, valid_from=AS_OF + 100 * DAY)
    Lead.objects.update(owner=company.vp.person)
    won = Opportunity.objects.get(name="Pilot")
    Opportunity.objects.filter(pk=won.pk).update(status="won", closed_on=AS_OF)
    done = take_back(company, made)
    kept = {(kind, name) for kind, _pk, name in done.kept}
    assert kept == {
        ("seat", "Rep West"), ("role", "Sales rep"), ("role", "Sales manager"), ("leads", "Lena Lind"),
        ("deals", "Pilot"),
    }  # fmt: skip
    assert Opportunity.objects.get(pk=won.pk).owner == company.manager.person
    assert Account.objects.get().owner == company.rep.person
    assert list(Occupancy.objects.filter(person=company.rep.person).values_list("valid_to", flat=True)) == [AS_OF]
    assert User.objects.get(pk=company.rep.user.pk).is_active
    act = AuditEvent.objects.get(act="person.leaving_undone")
    assert (act.actor, act.detail) == (company.ops.user, {"kept": 5})


def test_taken_back_once_and_not_by_oneself(company: SmallCompany) -> None:
    made = go(company, on=AS_OF + 30 * DAY)
    with pytest.raises(LeaveError, match="Somebody else"):
        undo_hand_over(hand_over=made, by=company.rep.user, on=AS_OF)
    take_back(company, made)
    with pytest.raises(LeaveError, match="already"):
        take_back(company, made)


def test_another_day_replaces_the_first(company: SmallCompany) -> None:
    estate(company)
    before = state()
    go(company, on=AS_OF + 10 * DAY)
    made = go(company, on=AS_OF + 20 * DAY)
    assert HandOver.objects.get() == made
    ends = RoleGrant.objects.filter(user=company.rep.user).values_list("valid_to", flat=True)
    assert set(ends) == {AS_OF + 20 * DAY}
    assert close_leavers(on=AS_OF + 10 * DAY) == 0
    take_back(company, made)
    assert state() == before


def test_who_left_for_good_and_leaves_again_keeps_the_first_hand_over(company: SmallCompany) -> None:
    estate(company)
    first = go(company, on=AS_OF, parts=["leads"])
    second = go(company, on=AS_OF + 5 * DAY, parts=["deals"])
    first.refresh_from_db()
    assert (first.leaves_on, first.count, second.count) == (None, 1, 0)
    assert User.objects.get(pk=company.rep.user.pk).is_active
    take_back(company, first)
    assert Lead.objects.get().owner == company.rep.person


# --- a day to come ----------------------------------------------------------------------------------------------------


def test_nothing_happens_before_the_day_and_all_of_it_on_the_day(company: SmallCompany) -> None:
    estate(company)
    begin_session(user=company.rep.user, session_key="k" * 32, method="password", ip=None, user_agent="")
    make_caller(company.rep)
    day = AS_OF + 10 * DAY
    go(company, on=day)
    for night, is_done in ((day - 2 * DAY, False), (day - DAY, True)):
        jobs.registered["people.close_leavers"](on=night.isoformat())
        owner = company.manager.person if is_done else company.rep.person
        assert Opportunity.objects.get(name="Pilot").owner == owner
        assert Lead.objects.get().owner == owner
        assert Opportunity.objects.get(name="Won one").owner == company.rep.person
        assert User.objects.get(pk=company.rep.user.pk).is_active is not is_done
        assert OpenSession.objects.filter(ended_at=None).exists() is not is_done
        assert ApiToken.objects.filter(revoked_at=None).exists() is not is_done
    row = HandOver.objects.get()
    assert row.closed_at is not None and row.planned == [] and row.count == 5
    assert set(RoleGrant.objects.filter(user=company.rep.user).values_list("valid_to", flat=True)) == {day}
    assert close_leavers(on=day + DAY) == 0


def test_the_night_does_it_by_the_clock(company: SmallCompany, run_jobs: Any) -> None:
    """A token works until the day, no minute longer, and is revoked in the night."""
    estate(company)
    today = timezone.localdate()
    day, caller = today + 3 * DAY, make_caller(company.rep)
    go(company, on=day, today=today)
    for moment, status, is_revoked in (
        (f"{day - DAY}T22:00:00Z", 200, False),
        (f"{day}T00:30:00Z", 401, False),
        (f"{day}T02:30:00Z", 401, True),
    ):
        with time_machine.travel(moment, tick=False):
            start_due_nights(at=timezone.now())
            run_jobs()
            answer = caller.get("me/")
        assert answer.status_code == status
        assert (answer["Content-Type"] == "application/problem+json") is (status == 401)
        assert ApiToken.objects.filter(revoked_at=None).exists() is not is_revoked
    assert Opportunity.objects.get(name="Pilot").owner == company.manager.person


def test_the_last_day_has_come_tokens_and_sessions_are_over_at_once(company: SmallCompany, client: Any) -> None:
    today, caller = timezone.localdate(), make_caller(company.rep)
    client.force_login(company.rep.user)
    client.session["sign_in"] = begin_session(
        user=company.rep.user, session_key=client.session.session_key, method="x", ip=None, user_agent=""
    ).pk
    assert (caller.get("me/").status_code, client.get("/opportunities/").status_code) == (200, 200)
    told = {str(label): count for label, count, _words in ending_with(company.rep.person, today)}
    assert told == {"Roles": 1, "Open sessions": 1, "API tokens": 1}
    made = go(company, on=today, today=today)
    answer = caller.get("me/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert client.get("/opportunities/").status_code == 302
    assert AuditEvent.objects.filter(act="token.revoked", actor=company.ops.user).count() == 1
    take_back(company, made, today)
    assert caller.get("me/").status_code == 401, "a revoked token stays so"
    assert make_caller(company.rep).get("me/").status_code == 200


def test_who_was_to_take_it_left_first(company: SmallCompany) -> None:
    """In place of somebody who isn't here any more, the nearest boss who is takes the records."""
    estate(company)
    go(company, on=AS_OF + 10 * DAY)
    let_go(person=company.manager.person, on=AS_OF + 5 * DAY, choices=[], by=company.ops.user, today=AS_OF)
    assert close_leavers(on=AS_OF + 10 * DAY) == 2
    assert Lead.objects.get().owner == company.vp.person


def test_one_that_fails_keeps_nobody_else(company: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    estate(company)
    go(company, on=AS_OF + DAY)
    let_go(person=company.outsider.person, on=AS_OF + DAY, choices=[], by=company.ops.user, today=AS_OF)

    def fail(*given: Any) -> None:
        raise RuntimeError("a rule of the room")

    monkeypatch.setitem(registry.leaver_parts.entries, "leads", replace(registry.leaver_parts["leads"], give=fail))
    with pytest.raises(ExceptionGroup):
        close_leavers(on=AS_OF + DAY)
    assert Opportunity.objects.get(name="Pilot").owner == company.rep.person, "all or nothing"
    assert User.objects.get(pk=company.rep.user.pk).is_active
    assert not User.objects.get(pk=company.outsider.user.pk).is_active


def test_the_page_plans_and_takes_back(company: SmallCompany, signed_in: Any) -> None:
    estate(company)
    ops, ana = signed_in(company.ops), company.rep.person
    page, day = reverse("people:person_leave", args=[ana.pk]), timezone.localdate() + 30 * DAY
    answer = ops.post(page, {"on": day, "to_leads": f"Vera Vogt · PER-{company.vp.person.pk}"}, follow=True)
    shown = answer.content.decode()
    assert "Records are handed over on that day" in shown and f"Vera Vogt · PER-{company.vp.person.pk}" in shown
    assert Lead.objects.get().owner == ana
    undo = reverse("people:hand_over_undo", args=[ana.pk, HandOver.objects.get().pk])
    assert b"Taken back" in ops.post(undo, follow=True).content
    assert Person.objects.get(pk=ana.pk).left_on is None
    assert close_leavers(on=day) == 0
