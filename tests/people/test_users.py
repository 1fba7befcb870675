"""Logins: invitations, roles, pay roles that a second admin approves, and who keeps the keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.models import AuditEvent
from people.models import RoleGrant, User
from people.services import UserError, approve_role, create_user, set_active, set_roles
from tests.small_company import AS_OF, SINCE


@pytest.fixture
def second(company: Any) -> User:
    return create_user(email="second@example.com", password=None, roles=["admin"], by=None, on=SINCE)


def decide(client: Any, grant: RoleGrant, decision: str) -> Any:
    return client.post(reverse("people:grant_decide", args=[grant.pk]), {"decision": decision}, follow=True)


def test_a_pay_role_waits_for_another_admin(company: Any, signed_in: Any, second: User) -> None:
    asks, user = signed_in(company.admin), company.vp.user
    asks.post(user.get_absolute_url(), {"roles": ["executive", "finance"], "person": company.vp.person.pk})
    grant = RoleGrant.objects.get(role="finance")
    assert grant.is_pending
    assert not User.objects.get(pk=user.pk).has_role("finance")

    assert b"A second person has to approve this" in decide(asks, grant, "approve").content
    grant.refresh_from_db()
    assert grant.is_pending
    assert b"approved" in decide(signed_in(second), grant, "approve").content
    assert User.objects.get(pk=user.pk).has_role("finance", "executive")
    grant.refresh_from_db()
    assert (grant.granted_by, grant.approved_by) == (company.admin.user, second)
    assert AuditEvent.objects.filter(act="role.approved", actor=second).exists()


def test_who_gets_a_pay_role_can_not_approve_it(company: Any, second: User) -> None:
    set_roles(user=second, roles=["admin", "comp_admin"], by=company.admin.user, on=AS_OF)
    with pytest.raises(UserError):
        approve_role(grant=second.grants.get(role="comp_admin"), by=second, on=AS_OF)


def test_a_declined_role_was_never_in_force(company: Any, signed_in: Any, second: User) -> None:
    set_roles(user=company.vp.user, roles=["executive", "finance"], by=company.admin.user, on=AS_OF)
    decide(signed_in(second), RoleGrant.objects.get(role="finance"), "decline")
    assert not RoleGrant.objects.filter(role="finance").exists()


def test_nobody_else_decides(company: Any, signed_in: Any) -> None:
    set_roles(user=company.vp.user, roles=["executive", "finance"], by=company.admin.user, on=AS_OF)
    grant = RoleGrant.objects.get(role="finance")
    for who in (company.ops, company.vp, company.rep):
        address = reverse("people:grant_decide", args=[grant.pk])
        assert signed_in(who).post(address, {"decision": "approve"}).status_code == 404


def test_a_new_user_without_a_password_gets_a_link_by_mail(
    company: Any, signed_in: Any, mailbox: Any, run_jobs: Any
) -> None:
    client = signed_in(company.admin)
    client.post("/settings/users/new/", {"email": "nina@example.com", "roles": ["rep"]})
    user = User.objects.get(email="nina@example.com")
    assert not user.has_usable_password()
    run_jobs()
    (mail,) = mailbox()
    assert mail["To"] == "nina@example.com"
    assert "the link opens once" in mail.get_body().get_content()
    refused = client.post("/settings/users/new/", {"email": "NINA@example.com"})
    assert b"has a login already" in refused.content
    weak = client.post("/settings/users/new/", {"email": "x@example.com", "password": "12345"})
    assert weak.status_code == 200 and not User.objects.filter(email="x@example.com").exists()


def test_a_user_is_shut_out_at_once_and_let_in_again(company: Any, signed_in: Any) -> None:
    rep, admin = signed_in(company.rep), signed_in(company.admin)
    address = reverse("people:user_sign_in", args=[company.rep.user.pk])
    admin.post(address, {"allow": "0"})
    assert rep.get("/opportunities/").status_code == 302
    admin.post(address, {"allow": "1"})
    assert signed_in(company.rep).get("/opportunities/").status_code == 200


def test_somebody_always_keeps_users(company: Any, second: User) -> None:
    with pytest.raises(UserError, match="Somebody else"):
        set_active(user=company.admin.user, is_active=False, by=company.admin.user, on=AS_OF)
    set_active(user=second, is_active=False, by=company.admin.user, on=AS_OF)
    with pytest.raises(UserError, match="last admin"):
        set_roles(user=company.admin.user, roles=["sales_ops"], by=None, on=AS_OF)
    with pytest.raises(UserError, match="last admin"):
        set_active(user=company.admin.user, is_active=False, by=second, on=AS_OF)


def test_roles_end_on_their_day_and_stay_on_record(company: Any) -> None:
    set_roles(user=company.rep.user, roles=["manager"], by=company.admin.user, on=AS_OF)
    held = company.rep.user.grants.order_by("role").values_list("role", "valid_from", "valid_to")
    assert list(held) == [("manager", AS_OF, None), ("rep", SINCE, AS_OF)]
