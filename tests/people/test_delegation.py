"""Approvals handed over for an absence: who decides, who doesn't, and what stays closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from people.enums import PAY_ROLES, Role
from people.models import Delegation, RoleGrant, User
from people.selectors import acts_for, deciders, standing_on_grant
from people.services import (
    DelegationError,
    UserError,
    approve_role,
    create_user,
    decline_role,
    delegate,
    grant_role,
    resume_delegation,
    stop_delegation,
)
from pipeline.policies import visible_opportunities
from tests.small_company import AS_OF, SINCE

DAY = timedelta(days=1)


@pytest.fixture
def second(company: Any) -> User:
    """Another admin, the one who goes away."""
    return create_user(email="zoe@example.com", password=None, roles=[Role.ADMIN], by=None, on=SINCE)


def away(who: User, to: User, *, by: User | None = None, days: int = 7, **given: Any) -> Delegation:
    span = {"valid_from": AS_OF, "valid_to": AS_OF + days * DAY, "on": AS_OF}
    return delegate(from_user=who, to_user=to, by=by or who, **span | given)


def asked(company: Any, role: str = Role.FINANCE, *, user: User | None = None, by: User | None = None) -> RoleGrant:
    who = user or company.rep.user
    return grant_role(user=who, role=role, valid_from=AS_OF, by=by or company.admin.user, on=AS_OF)


def test_the_delegate_decides_in_their_place_and_it_is_recorded_so(company: Any, second: User) -> None:
    away(second, company.vp.user)
    grant = asked(company)
    approve_role(grant=grant, by=company.vp.user, on=AS_OF)
    grant.refresh_from_db()
    assert (grant.is_pending, grant.approved_by) == (False, company.vp.user)
    act = AuditEvent.objects.get(act="role.approved")
    assert (act.actor, act.actor_label) == (company.vp.user, "Vera Vogt for zoe@example.com")
    assert act.detail["in_place_of"] == second.pk


def test_without_an_absence_nobody_stands_in(company: Any, second: User) -> None:
    with pytest.raises(UserError, match="second person"):
        approve_role(grant=asked(company), by=company.vp.user, on=AS_OF)


@pytest.mark.parametrize(("day", "may"), [(-1, False), (0, True), (6, True), (7, False)])
def test_on_its_days_only(company: Any, second: User, day: int, may: bool) -> None:
    away(second, company.vp.user)
    assert (standing_on_grant(company.vp.user, asked(company), AS_OF + day * DAY) is not None) is may


def test_no_chain(company: Any, second: User) -> None:
    """Zoe's decisions are Vera's; what Vera hands over is what waits for Vera herself."""
    away(second, company.vp.user)
    away(company.vp.user, company.manager.user)
    assert acts_for(company.manager.user, AS_OF) == [company.vp.user]
    assert standing_on_grant(company.manager.user, asked(company), AS_OF) is None


@pytest.mark.parametrize("role", PAY_ROLES)
def test_who_asked_or_gains_decides_by_no_detour(company: Any, second: User, role: str) -> None:
    """The admin who asks can't have it approved in his own place, nor through an absence that he set up for another."""
    own = asked(company, role)
    away(company.admin.user, company.vp.user)
    assert standing_on_grant(company.vp.user, own, AS_OF) is None
    set_up = away(second, company.vp.user, by=company.admin.user)
    assert standing_on_grant(company.vp.user, own, AS_OF) is None
    stop_delegation(delegation=set_up, by=second)
    away(second, company.vp.user)
    assert standing_on_grant(company.vp.user, own, AS_OF) is not None
    gains = asked(company, role, user=company.vp.user)
    assert standing_on_grant(company.vp.user, gains, AS_OF) is None


def test_the_absence_of_who_gains_decides_nothing(company: Any, second: User) -> None:
    grant = asked(company, user=second)
    away(second, company.vp.user)
    assert standing_on_grant(company.vp.user, grant, AS_OF) is None


def test_a_role_that_opens_pay_needs_a_delegate_of_trust(company: Any, second: User) -> None:
    away(second, company.other_manager.user)
    assert standing_on_grant(company.other_manager.user, asked(company), AS_OF) is None


def test_an_admin_who_lost_the_role_hands_over_nothing(company: Any, second: User) -> None:
    away(second, company.vp.user)
    RoleGrant.objects.filter(user=second).update(valid_to=AS_OF)
    assert standing_on_grant(company.vp.user, asked(company), timezone.localdate()) is None


def test_a_shut_out_delegate_decides_nothing(company: Any, second: User) -> None:
    away(second, company.vp.user)
    User.objects.filter(pk=company.vp.user.pk).update(is_active=False)
    assert standing_on_grant(User.objects.get(pk=company.vp.user.pk), asked(company), AS_OF) is None


def test_it_opens_no_rows(company: Any) -> None:
    deal = company.deal()
    away(company.rep.user, company.outsider.user)
    assert deal not in visible_opportunities(User.objects.get(pk=company.outsider.user.pk), AS_OF)


def test_everybody_who_may_decide(company: Any, second: User) -> None:
    away(second, company.vp.user)
    found = deciders([company.admin.user, second], AS_OF, parties=[company.admin.user.pk])
    assert [(one.user, one.on_behalf_of) for one in found] == [(second, None), (company.vp.user, second)]
    assert deciders([second], AS_OF, parties=[second.pk, company.vp.user.pk]) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"valid_to": AS_OF}, "in the past"),
        ({"valid_from": AS_OF + 3 * DAY, "valid_to": AS_OF + 2 * DAY}, "in the past"),
        ({"to": "self"}, "themselves"),
        ({"by": "other"}, "Only an admin"),
    ],
)
def test_what_can_not_be(company: Any, given: dict[str, Any], words: str) -> None:
    rep, vp = company.rep.user, company.vp.user
    to = rep if given.pop("to", "") == "self" else vp
    by = company.outsider.user if given.pop("by", "") == "other" else rep
    with pytest.raises(DelegationError, match=words):
        away(rep, to, by=by, **given)


def test_one_delegate_at_a_time_and_a_way_back(company: Any) -> None:
    rep = company.rep.user
    first = away(rep, company.vp.user)
    with pytest.raises(DelegationError, match="already"):
        away(rep, company.manager.user)
    stop_delegation(delegation=first, by=rep)
    assert acts_for(company.vp.user, AS_OF) == []
    away(rep, company.manager.user)
    with pytest.raises(DelegationError, match="by now"):
        resume_delegation(delegation=first, by=rep, on=AS_OF)


def test_the_database_refuses_an_absence_without_end(company: Any) -> None:
    with pytest.raises(IntegrityError):
        Delegation.objects.create(from_user=company.rep.user, to_user=company.vp.user, valid_from=AS_OF)


def test_who_asked_takes_it_back_and_who_gains_does_not(company: Any) -> None:
    grant = asked(company)
    with pytest.raises(UserError, match="second person"):
        decline_role(grant=grant, by=company.rep.user, on=AS_OF)
    decline_role(grant=grant, by=company.admin.user, on=AS_OF)
    assert not RoleGrant.objects.filter(role=Role.FINANCE).exists()


def test_the_pages(company: Any, signed_in: Any, second: User) -> None:
    today = timezone.localdate()
    page, approvals = reverse("people:absence"), reverse("people:approvals")
    sent = {"to_user": company.vp.user.pk, "since": today, "until": today, "from_user": second.pk}
    assert b"decides what waits" in signed_in(second).post(page, sent, follow=True).content
    grant = grant_role(user=company.rep.user, role=Role.FINANCE, valid_from=today, by=company.admin.user, on=today)
    vera = signed_in(company.vp)
    assert b"Finance for Ana Alves" in vera.get(approvals).content
    assert b"In place of zoe@example.com" in vera.get(grant.get_absolute_url()).content
    assert signed_in(company.manager).get(grant.get_absolute_url()).status_code == 404
    vera.post(reverse("people:grant_decide", args=[grant.pk]), {"decision": "approve"})
    assert User.objects.get(pk=company.rep.user.pk).has_role(Role.FINANCE)
    one = Delegation.objects.get()
    end, resume = (reverse(f"people:absence_{act}", args=[one.pk]) for act in ("end", "resume"))
    assert vera.post(end).status_code == 404
    assert b"no longer decides" in signed_in(second).post(end, follow=True).content
    assert b"decides for" in signed_in(second).post(resume, follow=True).content


def test_only_admins_choose_who_is_away(company: Any, signed_in: Any) -> None:
    today = timezone.localdate()
    sent = {"from_user": company.manager.user.pk, "to_user": company.vp.user.pk, "since": today, "until": today}
    signed_in(company.rep).post(reverse("people:absence"), sent)
    assert Delegation.objects.get().from_user == company.rep.user
