"""Accounts handed over from a chosen day: past, today, to come; closed days, conflicts, who may, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AccountOwnership
from accounts.services import AccountError, RecordConflict, hand_over, save_account, take_back, take_over
from accounts.tasks import take_over_accounts
from core.models import AuditEvent, in_force_on
from core.services import set_closed_through
from tests.small_company import AS_OF, SINCE, SmallCompany

SignIn = Callable[..., Client]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        yield


@pytest.fixture
def account(company: SmallCompany) -> Account:
    made = company.account()
    AccountOwnership.objects.filter(account=made).update(valid_from=SINCE)
    return made


def rows(account: Account) -> list[tuple[str, date, date | None]]:
    found = AccountOwnership.objects.filter(account=account).order_by("valid_from")
    return [(row.person.name.split()[0], row.valid_from, row.valid_to) for row in found.select_related("person")]


def owner(account: Account) -> str:
    return str(Account.objects.select_related("owner").get(pk=account.pk).owner)


def give(company: SmallCompany, account: Account, to: Any, since: date, **more: Any) -> AuditEvent:
    more = {"by": company.ops.user, "on": AS_OF} | more
    return hand_over(account_id=account.pk, to=to.person, since=since, **more)[1]


@pytest.mark.parametrize("since", [AS_OF, AS_OF - 40 * DAY])
def test_from_today_or_the_past_the_owner_changes_now(company: SmallCompany, account: Account, since: date) -> None:
    give(company, account, company.manager, since)
    assert owner(account) == "Max Moreau"
    assert rows(account) == [("Ana", SINCE, since), ("Max", since, None)]


def test_a_day_to_come_changes_the_owner_when_it_has_come(company: SmallCompany, account: Account) -> None:
    since = AS_OF + 10 * DAY
    give(company, account, company.manager, since)
    assert owner(account) == "Ana Alves"
    assert rows(account) == [("Ana", SINCE, since), ("Max", since, None)]
    assert take_over(on=since - DAY) == 0
    take_over_accounts(on=(since - DAY).isoformat())
    assert owner(account) == "Max Moreau"
    assert (take_over(on=since), take_over(on=since + 30 * DAY)) == (0, 0)
    assert AuditEvent.objects.filter(act="account.handed_over", subject_id=account.pk).count() == 1


def test_a_night_that_was_missed_is_made_up_for(company: SmallCompany, account: Account) -> None:
    give(company, account, company.manager, AS_OF + DAY)
    assert take_over(on=AS_OF + 5 * DAY) == 1


def test_an_edit_leaves_what_is_planned_and_a_new_owner_replaces_it(company: SmallCompany, account: Account) -> None:
    since = AS_OF + 10 * DAY
    give(company, account, company.manager, since)
    account.refresh_from_db()
    account.city = "Basel"
    save_account(account=account, by=company.ops.user, on=AS_OF)
    assert rows(account) == [("Ana", SINCE, since), ("Max", since, None)]
    account.owner = company.outsider.person
    save_account(account=account, by=company.ops.user, on=AS_OF)
    assert rows(account) == [("Ana", SINCE, AS_OF), ("Olga", AS_OF, None)]


def test_days_that_cannot_be_are_refused(company: SmallCompany, account: Account) -> None:
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=AS_OF)
    for since in (date(2024, 6, 30), date(1, 1, 1), AS_OF + 400 * DAY, date(9999, 12, 31)):
        with pytest.raises(AccountError) as caught:
            give(company, account, company.manager, since)
        assert caught.value.field == "since"
    give(company, account, company.manager, date(2024, 7, 1))
    assert rows(account)[-1] == ("Max", date(2024, 7, 1), None)


def test_people_who_cannot_be_and_stale_pages_are_refused(company: SmallCompany, account: Account) -> None:
    with pytest.raises(AccountError, match="owns the account on that day already"):
        give(company, account, company.rep, AS_OF)
    company.manager.person.left_on = AS_OF - DAY
    company.manager.person.save()
    with pytest.raises(AccountError, match="has left by then"):
        give(company, account, company.manager, AS_OF)
    with pytest.raises(RecordConflict):
        give(company, account, company.outsider, AS_OF, version=account.version + 1)
    assert rows(account) == [("Ana", SINCE, None)]


def test_a_plan_is_given_up_by_handing_it_to_who_has_it(company: SmallCompany, account: Account) -> None:
    give(company, account, company.manager, AS_OF + 10 * DAY)
    give(company, account, company.rep, AS_OF)
    assert rows(account) == [("Ana", SINCE, None)]


def test_taken_back_all_is_as_it_was_unless_it_was_changed_since(company: SmallCompany, account: Account) -> None:
    for since in (AS_OF - 20 * DAY, AS_OF + 20 * DAY):
        event = give(company, account, company.manager, since)
        take_back(event=event, by=company.ops.user, on=AS_OF)
        assert (owner(account), rows(account)) == ("Ana Alves", [("Ana", SINCE, None)])
        with pytest.raises(AccountError, match="changed since"):
            take_back(event=event, by=company.ops.user, on=AS_OF)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["rep", "manager", "outsider"]), st.integers(-300, 300)), max_size=5))
def test_on_every_day_somebody_owns_it_as_the_last_word_says(
    company: SmallCompany, account: Account, acts: list[tuple[str, int]]
) -> None:
    """Whatever the order of hand-overs, the owner on a day is who the latest hand-over that covers it names."""
    AccountOwnership.objects.filter(account=account).delete()
    Account.objects.filter(pk=account.pk).update(owner=company.rep.person)
    AccountOwnership.objects.create(account=account, person=company.rep.person, valid_from=SINCE)
    said: dict[int, str] = dict.fromkeys(range(-310, 311), "rep")
    for name, days in acts:
        try:
            give(company, account, getattr(company, name), AS_OF + days * DAY)
        except AccountError:
            assert all(said[day] == name for day in range(days, 311))
        said |= dict.fromkeys(range(days, 311), name)
    for day in range(-310, 311, 31):
        held = AccountOwnership.objects.get(in_force_on(AS_OF + day * DAY), account=account)
        assert held.person == getattr(company, said[day]).person
    assert owner(account) == getattr(company, said[0]).person.name


def test_the_page_hands_over_and_the_notice_takes_it_back(
    company: SmallCompany, account: Account, signed_in: SignIn
) -> None:
    client, address = signed_in(company.manager), reverse("accounts:account_hand_over", args=[account.pk])
    assert address in client.get(account.get_absolute_url()).text
    told = {"owner": company.manager.person.pk, "since": "2024-09-01", "version": account.version}
    answer = client.post(address, told, follow=True)
    text = unescape(answer.text)
    assert "Acme Robotics is Max Moreau's from Sep 1, 2024." in text
    assert "from Sep 1, 2024" in text
    undo = reverse("accounts:hand_over_undo", args=[AuditEvent.objects.get(act="account.hand_over_planned").pk])
    assert undo in text
    for who in (company.rep, company.ops, company.outsider):
        assert signed_in(who).post(undo).status_code == 404
    assert "The hand-over is taken back." in client.post(undo, follow=True).text
    assert rows(account) == [("Ana", SINCE, None)]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"since": "soon"}, "Enter a valid date"),
        ({"since": ""}, "required"),
        ({"since": "9999-12-31"}, "Choose a day within a year"),
        ({"owner": "0"}, "Select a valid choice"),
        ({"owner": "x\x00"}, "Null characters"),
        ({"version": "7"}, "was changed by someone else"),
    ],
)
def test_what_cannot_be_is_said_on_the_form(
    company: SmallCompany, account: Account, signed_in: SignIn, told: dict[str, str], says: str
) -> None:
    address = reverse("accounts:account_hand_over", args=[account.pk])
    given_ = {"owner": company.manager.person.pk, "since": AS_OF.isoformat(), "version": account.version} | told
    answer = signed_in(company.ops).post(address, given_)
    assert (answer.status_code, says in answer.text) == (200, True)
    assert owner(account) == "Ana Alves"


def test_who_may_hand_over(company: SmallCompany, account: Account, signed_in: SignIn) -> None:
    address = reverse("accounts:account_hand_over", args=[account.pk])
    stated = {"rep": 200, "manager": 200, "ops": 200, "outsider": 404, "other_manager": 404, "vp": 403, "admin": 403}
    assert {who: signed_in(getattr(company, who)).get(address).status_code for who in stated} == stated
    told = {"owner": company.outsider.person.pk, "since": AS_OF.isoformat()}
    assert "Select a valid choice" in signed_in(company.rep).post(address, told).text
