"""A record shared for a time: who sees it, who may share it, and what comes with it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from accounts.policies import editable_accounts, editable_contacts, visible_accounts, visible_contacts
from core.models import AuditEvent
from leads.models import Lead
from leads.policies import editable_leads, visible_leads
from people.models import Person, RecordShare, User
from people.selectors import may_share, viewers_of
from people.services import ShareError, resume_share, share_record, stop_share
from pipeline.models import OpportunitySplit, OpportunityTeamMember
from pipeline.policies import editable_opportunities, may_edit, visible_opportunities
from tests.small_company import AS_OF

DAY = timedelta(days=1)


def fresh(member: Any) -> User:
    """A login as the next request loads it: what was asked before is forgotten."""
    return User.objects.get(pk=member.user.pk)


def share(company: Any, kind: str, record: Any, *, to: Any = None, **given: Any) -> RecordShare:
    days = {"valid_from": AS_OF, "valid_to": None, "on": AS_OF}
    return share_record(
        kind=kind, record=record, person=(to or company.outsider).person, by=company.rep.user, **days | given
    )  # fmt: skip


def test_a_shared_deal_is_seen_with_its_account_and_nothing_else(company: Any) -> None:
    account = company.account("Acme Robotics")
    contact = Contact.objects.create(name="Carla Conti", account=account)
    deal, other = company.deal("Pilot", account=account), company.deal("Rollout", account=account)
    share(company, "opportunity", deal)
    user = fresh(company.outsider)
    assert list(visible_opportunities(user, AS_OF)) == [deal]
    assert other not in visible_opportunities(user, AS_OF)
    assert list(visible_accounts(user, AS_OF)) == [account]
    assert list(visible_contacts(user, AS_OF)) == [contact]
    for rows in (editable_opportunities, editable_accounts, editable_contacts):
        assert not rows(user, AS_OF).exists()


def test_a_deal_shared_to_be_changed_does_not_hand_over_its_account(company: Any) -> None:
    deal = company.deal(account=company.account())
    share(company, "opportunity", deal, may_edit=True)
    user = fresh(company.outsider)
    assert may_edit(user, deal, AS_OF)
    assert not editable_accounts(user, AS_OF).exists()


def test_a_shared_account_brings_its_contacts_not_its_deals(company: Any) -> None:
    account = company.account()
    contact = Contact.objects.create(name="Carla Conti", account=account)
    company.deal(account=account)
    share(company, "account", account, may_edit=True)
    user = fresh(company.outsider)
    assert list(editable_accounts(user, AS_OF)) == [account]
    assert list(editable_contacts(user, AS_OF)) == [contact]
    assert not visible_opportunities(user, AS_OF).exists()


@pytest.mark.parametrize("may_edit", [False, True])
def test_leads_and_contacts_alone(company: Any, may_edit: bool) -> None:
    lead = Lead.objects.create(name="Lena Lind", owner=company.rep.person, created_on=AS_OF)
    contact = Contact.objects.create(name="Carla Conti", owner=company.rep.person, account=company.account())
    share(company, "lead", lead, may_edit=may_edit)
    share(company, "contact", contact, may_edit=may_edit)
    user = fresh(company.outsider)
    assert list(visible_leads(user, AS_OF)) == [lead]
    assert list(visible_contacts(user, AS_OF)) == [contact]
    assert not visible_accounts(user, AS_OF).exists()
    assert editable_leads(user, AS_OF).exists() is may_edit
    assert editable_contacts(user, AS_OF).exists() is may_edit


def test_a_share_holds_on_its_days_only(company: Any) -> None:
    deal = company.deal()
    share(company, "opportunity", deal, valid_from=AS_OF + DAY, valid_to=AS_OF + 3 * DAY)
    user = fresh(company.outsider)
    seen = [visible_opportunities(user, AS_OF + n * DAY).exists() for n in range(5)]
    assert seen == [False, True, True, False, False]


def test_the_managers_of_who_it_is_shared_with_do_not_see_it(company: Any) -> None:
    deal = company.deal()
    share(company, "opportunity", deal)
    assert not visible_opportunities(fresh(company.other_manager), AS_OF).exists()


def test_team_and_splits_see_their_deal_and_do_not_change_it(company: Any) -> None:
    split, team, neither = company.deal("Split"), company.deal("Team"), company.deal("Neither")
    OpportunitySplit.objects.create(opportunity=split, person=company.outsider.person, percent=20)
    OpportunityTeamMember.objects.create(opportunity=team, person=company.outsider.person)
    user = fresh(company.outsider)
    assert set(visible_opportunities(user, AS_OF)) == {split, team}
    assert not may_edit(user, split, AS_OF)
    assert neither not in visible_opportunities(user, AS_OF)


def test_stop_at_once_and_take_it_back(company: Any) -> None:
    deal = company.deal()
    one = share(company, "opportunity", deal, valid_to=AS_OF + 9 * DAY)
    stop_share(share=one, record=deal, by=company.rep.user)
    assert not visible_opportunities(fresh(company.outsider), AS_OF).exists()
    with pytest.raises(ShareError, match="stopped already"):
        stop_share(share=one, record=deal, by=company.rep.user)
    with pytest.raises(ShareError, match="ended on"):
        resume_share(share=one, record=deal, by=company.rep.user, on=AS_OF + 9 * DAY)
    resume_share(share=one, record=deal, by=company.rep.user, on=AS_OF)
    assert visible_opportunities(fresh(company.outsider), AS_OF).exists()
    acts = AuditEvent.objects.filter(subject_kind="opportunity", subject_id=deal.pk, act__startswith="record.")
    assert list(acts.order_by("id").values_list("act", flat=True)) == [
        "record.shared", "record.share_stopped", "record.share_resumed",
    ]  # fmt: skip


def test_sharing_again_replaces_and_a_stopped_one_can_not_come_back_beside_it(company: Any) -> None:
    deal = company.deal()
    first = share(company, "opportunity", deal)
    share(company, "opportunity", deal, may_edit=True)
    assert RecordShare.objects.filter(stopped_at=None).count() == 1
    assert may_edit(fresh(company.outsider), deal, AS_OF)
    with pytest.raises(ShareError, match="anew"):
        resume_share(share=first, record=deal, by=company.rep.user, on=AS_OF)


@pytest.mark.parametrize(
    ("who", "given", "words"),
    [
        ("manager", {}, "sees it anyway"),
        ("ops", {}, "sees it anyway"),
        ("admin", {}, "no role that opens"),
        ("vp", {"may_edit": True}, "no role that changes"),
        ("outsider", {"valid_to": AS_OF}, "in the past"),
        ("outsider", {"valid_from": AS_OF + 5 * DAY, "valid_to": AS_OF + 2 * DAY}, "in the past"),
    ],
)
def test_what_would_have_no_effect_is_refused(company: Any, who: str, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ShareError, match=words):
        share(company, "opportunity", company.deal(), to=getattr(company, who), **given)
    assert not RecordShare.objects.exists()


def test_nobody_who_has_left(company: Any) -> None:
    Person.objects.filter(pk=company.outsider.person.pk).update(left_on=AS_OF)
    company.outsider.person.refresh_from_db()
    with pytest.raises(ShareError, match="has left"):
        share(company, "opportunity", company.deal())


def test_who_may_share(company: Any) -> None:
    deal = company.deal()
    share(company, "opportunity", deal, may_edit=True)
    may = {name: may_share(fresh(getattr(company, name)), "opportunity", deal, AS_OF)
           for name in ("rep", "manager", "ops", "vp", "outsider", "other_manager", "admin")}  # fmt: skip
    assert may == {"rep": True, "manager": True, "ops": True, "vp": False, "outsider": False,
                   "other_manager": False, "admin": False}  # fmt: skip


def test_who_sees_it_and_why(company: Any) -> None:
    deal = company.deal()
    OpportunityTeamMember.objects.create(opportunity=deal, person=company.other_manager.person, part="Advisor")
    share(company, "opportunity", deal, valid_to=date(2024, 9, 1), may_edit=True)
    told = [(viewer.person.name, viewer.why) for viewer in viewers_of("opportunity", deal, AS_OF)]
    assert told == [
        ("Ana Alves", "Owner"),
        ("Max Moreau", "Owner's line"),
        ("Vera Vogt", "Owner's line"),
        ("Eva Egger", "Advisor"),
        ("Olga Orlov", "Shared by Ana Alves until Aug 31, 2024, may change it"),
    ]


def test_the_list_of_viewers_takes_the_same_queries_for_one_and_three(company: Any) -> None:
    deal = company.deal()
    share(company, "opportunity", deal)
    OpportunityTeamMember.objects.create(opportunity=deal, person=Person.objects.create(name="Ada"))
    with CaptureQueriesContext(connection) as one:
        viewers_of("opportunity", deal, AS_OF)
    for name in ("Bea", "Cleo"):
        OpportunityTeamMember.objects.create(opportunity=deal, person=Person.objects.create(name=name))
        person = Person.objects.create(name=f"{name} too")
        share_record(kind="opportunity", record=deal, person=person, by=company.rep.user, valid_from=AS_OF,
                     valid_to=None, on=AS_OF)  # fmt: skip
    with CaptureQueriesContext(connection) as three:
        assert len(viewers_of("opportunity", deal, AS_OF)) == 9
    assert len(one) == len(three) <= 7


def test_the_page_shares_stops_and_undoes(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    page, mine = reverse("people:sharing_opportunity", args=[deal.pk]), signed_in(company.rep)
    sent = {"person": f"Olga Orlov · PER-{company.outsider.person.pk}", "since": timezone.localdate().isoformat()}
    answer = mine.post(page, sent, follow=True)
    assert b"is shared with Olga Orlov" in answer.content
    theirs = signed_in(company.outsider)
    assert theirs.get(deal.get_absolute_url()).status_code == 200
    assert theirs.get(reverse("pipeline:deal_edit", args=[deal.pk])).status_code == 403
    one = RecordShare.objects.get()
    stop, resume = (reverse(f"people:share_{act}", args=[one.pk]) for act in ("stop", "resume"))
    assert theirs.post(stop).status_code == 404
    assert theirs.post(page, sent).status_code == 403
    assert b"no longer sees" in mine.post(stop, follow=True).content
    assert theirs.get(deal.get_absolute_url()).status_code == 404
    assert b"Shared with Olga Orlov again" in mine.post(resume, follow=True).content
    assert theirs.get(deal.get_absolute_url()).status_code == 200


def test_a_stranger_learns_nothing(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    theirs = signed_in(company.outsider)
    gone = reverse("people:sharing_opportunity", args=[deal.pk + 1000])
    answers = [theirs.get(address) for address in (reverse("people:sharing_opportunity", args=[deal.pk]), gone)]
    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    "wrong", [{"since": "someday"}, {"until": "0000-00-00"}, {"person": "Nobody Atall"}, {"reason": "x" * 10_000}]
)
def test_bad_input_is_told_at_its_field(company: Any, signed_in: Any, wrong: dict[str, str]) -> None:
    page = reverse("people:sharing_opportunity", args=[company.deal().pk])
    sent = {"person": company.outsider.person.name, "since": timezone.localdate().isoformat()} | wrong
    answer = signed_in(company.rep).post(page, sent)
    assert answer.status_code == 200
    assert next(iter(wrong)) in answer.context["form"].errors
    assert not RecordShare.objects.exists()
