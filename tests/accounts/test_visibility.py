"""Whose accounts and contacts a person sees: the same whichever of the two ways they are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts import policies
from accounts.models import Contact
from people.models import User
from people.services import share_record
from tests.small_company import Member, SmallCompany

WAYS: dict[str, Callable[[User, Any], Any]] = {
    "visible_accounts": policies.visible_accounts,
    "editable_accounts": policies.editable_accounts,
    "visible_contacts": policies.visible_contacts,
    "editable_contacts": policies.editable_contacts,
}


def contact(name: str, owner: Member | None, account: Any) -> None:
    Contact.objects.create(name=name, owner=owner.person if owner else None, account=account)


def share(company: SmallCompany, record: Any, kind: str, *, to_edit: bool) -> None:
    share_record(kind=kind, record=record, person=company.rep.person, valid_from=company.as_of, valid_to=None,
                 by=company.ops.user, on=company.as_of, may_edit=to_edit, reason="")  # fmt: skip


@pytest.fixture
def owned(company: SmallCompany) -> SmallCompany:
    """Accounts and contacts that are the rep's by their owner, by a deal, by sharing, and that aren't."""
    own = company.account("Own")
    with_deal = company.account("Of a deal", owner=company.outsider)
    company.deal("With the outsider's account", account=with_deal)
    read, edit = company.account("Read", owner=company.outsider), company.account("Edit", owner=company.outsider)
    share(company, read, "account", to_edit=False)
    share(company, edit, "account", to_edit=True)
    stranger = company.account("Stranger", owner=company.outsider)
    company.deal("The outsider's", owner=company.outsider, account=stranger)
    lent = company.account("Of a shared deal", owner=company.outsider)
    share(company, company.deal("Lent", owner=company.outsider, account=lent), "opportunity", to_edit=True)
    for account in (own, with_deal, read, edit, stranger, lent):
        contact(f"At {account}", company.outsider, account)
    contact("Own one at a stranger", company.rep, stranger)
    contact("Nobody's", None, None)
    return company


def names(way: str, member: Member, company: SmallCompany) -> set[str]:
    return {row.name for row in WAYS[way](User.objects.get(pk=member.user.pk), company.as_of)}


EXPECTED = {
    "visible_accounts": {"Own", "Of a deal", "Read", "Edit", "Of a shared deal"},
    "editable_accounts": {"Own", "Of a deal", "Edit"},
    "visible_contacts": {
        *("At Own", "At Of a deal", "At Read", "At Edit", "At Of a shared deal", "Own one at a stranger"),
    },
    "editable_contacts": {"At Own", "At Of a deal", "At Edit", "Own one at a stranger"},
}


@pytest.mark.parametrize("small_line", [60, 0])
@pytest.mark.parametrize("way", WAYS)
def test_a_rep_sees_what_is_theirs(
    owned: SmallCompany, monkeypatch: pytest.MonkeyPatch, way: str, small_line: int
) -> None:
    monkeypatch.setattr(policies, "SMALL_LINE", small_line)
    assert names(way, owned.rep, owned) == EXPECTED[way]


@pytest.mark.parametrize("way", WAYS)
def test_both_ways_give_everybody_the_same(owned: SmallCompany, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    members = (owned.vp, owned.manager, owned.other_manager, owned.outsider, owned.ops, owned.admin)
    small = [names(way, member, owned) for member in members]
    monkeypatch.setattr(policies, "SMALL_LINE", 0)
    assert [names(way, member, owned) for member in members] == small
