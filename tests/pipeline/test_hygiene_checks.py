"""Each check with a record that fails it and one that doesn't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Contact
from core import registry
from core.models import FxRate
from leads.models import Lead
from people.models import Person
from pipeline.models import Finding, HygieneRule, LossReason, Opportunity, OpportunityContact, Stage, StageCriterion
from pipeline.services.hygiene import check_records
from tests.small_company import AS_OF

EARLIER, LATER = AS_OF - timedelta(days=40), AS_OF + timedelta(days=40)


def failing(key: str, on: date = AS_OF) -> dict[int, dict[str, Any]]:
    """Ids of the records that fail a check now, with their fact."""
    check_records(on=on)
    standing = Finding.objects.filter(rule__key=key, resolved_on=None)
    return dict(standing.values_list("subject_id", "fact"))


def reason(key: str, fact: dict[str, Any], as_of: date = AS_OF) -> str:
    return registry.hygiene_checks[key].reason(fact, as_of)


# A deal that nothing stands against.
CLEAN: dict[str, Any] = {
    "expected_close_on": LATER,
    "next_step": "Send the offer",
    "next_step_due_on": LATER,
    "last_activity_at": datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=ZoneInfo("UTC")),
}


@pytest.fixture
def clean(company: Any) -> Callable[..., Opportunity]:
    """clean(**changes) -> a deal that fails no check but for the changes."""
    account = company.account(industry="Robots", country="US")
    contact = Contact.objects.create(name="Bea Buyer", account=account, email="bea@acme.com", persona="decision_maker")

    def make(**changes: Any) -> Opportunity:
        product = company.product()
        deal = company.deal(**{**CLEAN, "account": account, "product": product, **changes})
        OpportunityContact.objects.create(opportunity=deal, contact=contact)
        return deal

    return make


def test_a_clean_deal_fails_nothing(clean: Callable[..., Opportunity]) -> None:
    clean()
    clean(stage="Negotiation")
    clean(stage="Won", closed_on=EARLIER)
    check_records(on=AS_OF)
    assert not Finding.objects.filter(subject_kind="opportunity").exists()


# key, what makes a deal fail, what lets it pass, what is said
DEALS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("overdue_close", {"expected_close_on": EARLIER}, {"expected_close_on": AS_OF}, "Close date passed 40 days ago"),
    ("undated", {"expected_close_on": None}, {}, "No close date"),
    ("no_next_step", {"next_step": ""}, {}, "No next step"),
    ("next_step_overdue", {"next_step_due_on": EARLIER}, {"next_step_due_on": AS_OF}, "Next step overdue by 40 days"),
    (
        "stale",
        {"last_activity_at": datetime(2024, 7, 24, 12, tzinfo=ZoneInfo("UTC"))},
        {"last_activity_at": datetime(2024, 7, 25, 12, tzinfo=ZoneInfo("UTC"))},
        "Quiet 22 days",
    ),
    ("stale", {"last_activity_at": None, "created_on": EARLIER}, {"last_activity_at": None}, "Quiet 40 days"),
    ("pushed_often", {"pushed_count": 3}, {"pushed_count": 2}, "Pushed 3 times"),
    ("amount_missing", {"amount": None}, {}, "Amount missing"),
    ("missing_for_stage", {"stage": "Proposal", "product": None}, {"product": None}, "Missing main product"),
    ("probability_off", {"probability": 80}, {"probability": 30}, "Probability 80%, stage says 10%"),
    ("commit_early", {"category": "commit"}, {"category": "commit", "stage": "Negotiation"}, "Commit in Discovery"),
    ("no_account", {"account": None}, {}, "No account"),
    ("no_account", {"account": None, "stage": "Won"}, {"stage": "Won"}, "No account"),
    (
        "closed_in_future",
        {"stage": "Won", "closed_on": LATER},
        {"stage": "Won", "closed_on": AS_OF},
        "Closed on Sep 24, 2024, which is to come",
    ),
    (
        "engaged_after_close",
        {"stage": "Won", "closed_on": EARLIER, "engaged_on": AS_OF},
        {"stage": "Won", "closed_on": EARLIER, "engaged_on": EARLIER},
        "Engaged on Aug 15, 2024, after it closed",
    ),
]


@pytest.mark.parametrize(("key", "bad", "good", "words"), DEALS)
def test_checks_of_a_deal_by_its_own_fields(
    clean: Callable[..., Opportunity], key: str, bad: dict[str, Any], good: dict[str, Any], words: str
) -> None:
    fails, _passes = clean(**bad), clean(**good)
    found = failing(key)
    assert set(found) == {fails.pk}
    assert reason(key, found[fails.pk]) == words


def test_zero_is_told_from_blank_and_lost_deals_need_no_amount(clean: Callable[..., Opportunity]) -> None:
    zero, blank = clean(amount=Decimal(0), stage="Won"), clean(amount=None)
    clean(amount=None, stage="Lost", loss_reason=LossReason.objects.first())
    found = failing("amount_missing")
    assert {pk: reason("amount_missing", fact) for pk, fact in found.items()} == {
        zero.pk: "Amount is zero",
        blank.pk: "Amount missing",
    }


def test_days_of_activity_are_the_companys(company: Any, clean: Callable[..., Opportunity]) -> None:
    """23:30 UTC is the next day in Auckland: 21 days ago there, 22 days ago in UTC."""
    deal = clean(last_activity_at=datetime(2024, 7, 24, 23, 30, tzinfo=ZoneInfo("UTC")))
    assert set(failing("stale")) == {deal.pk}
    company.row.time_zone = "Pacific/Auckland"
    company.row.save()
    assert not failing("stale")


def test_criteria_of_stages_left_behind_ask_for_their_fields(clean: Callable[..., Opportunity]) -> None:
    stage = Stage.objects.get(name="Discovery")
    StageCriterion.objects.create(stage=stage, label="Source known", kind="field", field="source")
    StageCriterion.objects.create(stage=stage, label="No such field", kind="field", field="sauce")
    StageCriterion.objects.create(stage=stage, label="Ticked by hand", kind="check")
    clean()
    later, _told = clean(stage="Evaluation"), clean(stage="Evaluation", source="Fair")
    found = failing("missing_for_stage")
    assert {pk: reason("missing_for_stage", fact) for pk, fact in found.items()} == {later.pk: "Missing source"}


def test_what_a_check_of_its_own_says_is_not_said_twice(clean: Callable[..., Opportunity]) -> None:
    deal = clean(stage="Negotiation", account=None, amount=None)
    assert not failing("missing_for_stage")
    HygieneRule.objects.filter(key="no_account").update(is_active=False)
    assert reason("missing_for_stage", failing("missing_for_stage")[deal.pk]) == "Missing account"


def test_lost_needs_a_reason(clean: Callable[..., Opportunity]) -> None:
    reason_known = LossReason.objects.first()
    without, _with = (clean(stage="Lost", loss_reason=reason_known) for _ in range(2))
    Opportunity.objects.filter(pk=without.pk).update(loss_reason=None)
    assert set(failing("lost_without_reason")) == {without.pk}


def test_closed_needs_a_day(clean: Callable[..., Opportunity]) -> None:
    without, _with = clean(stage="Won"), clean(stage="Won")
    Opportunity.objects.filter(pk=without.pk).update(closed_on=None)
    assert set(failing("closed_undated")) == {without.pk}


def test_contacts_and_who_decides(company: Any, clean: Callable[..., Opportunity]) -> None:
    user = Contact.objects.create(name="Uma User", persona="user")
    clean(stage="Proposal")
    nobody, no_buyer, early = clean(stage="Proposal"), clean(stage="Proposal"), clean()
    OpportunityContact.objects.filter(opportunity__in=[nobody, no_buyer, early]).delete()
    OpportunityContact.objects.create(opportunity=no_buyer, contact=user)
    OpportunityContact.objects.create(opportunity=early, contact=user)
    assert set(failing("no_contact")) == {nobody.pk}
    assert set(failing("no_buyer")) == {no_buyer.pk}


def test_owners(company: Any, clean: Callable[..., Opportunity]) -> None:
    orphan, stranded, _kept = clean(), clean(owner=company.outsider), clean()
    Opportunity.objects.filter(pk=orphan.pk).update(owner=None)
    Person.objects.filter(pk=company.outsider.person.pk).update(left_on=EARLIER)
    assert set(failing("no_owner")) == {orphan.pk}
    found = failing("owner_left")
    assert {pk: reason("owner_left", fact) for pk, fact in found.items()} == {stranded.pk: "Owner left 40 days ago"}


def test_numbers_are_those_of_the_rule(clean: Callable[..., Opportunity]) -> None:
    deal = clean(pushed_count=1)
    assert not failing("pushed_often")
    HygieneRule.objects.filter(key="pushed_often").update(params={"times": 1})
    assert set(failing("pushed_often")) == {deal.pk}


def test_a_check_that_is_off_finds_nothing(clean: Callable[..., Opportunity]) -> None:
    clean(expected_close_on=None)
    assert failing("undated")
    HygieneRule.objects.filter(key="undated").update(is_active=False)
    assert not failing("undated")


def test_archived_deals_are_left_alone(clean: Callable[..., Opportunity]) -> None:
    deal = clean(expected_close_on=None)
    Opportunity.objects.filter(pk=deal.pk).update(archived_at="2024-08-01T00:00Z")
    assert not failing("undated")


def test_money_at_stake_is_open_money_at_the_plan_rate(clean: Callable[..., Opportunity]) -> None:
    FxRate.objects.create(currency_id="EUR", rate=Decimal("1.1"), valid_from=EARLIER)
    changes = {"account": None, "amount": Decimal("100.05")}
    euro, won = clean(currency_id="EUR", **changes), clean(stage="Won", **changes)
    unknown = clean(currency_id="JPY", **changes)
    check_records(on=AS_OF)
    stakes = Finding.objects.filter(rule__key="no_account").values_list("subject_id", "at_stake_minor")
    assert dict(stakes) == {euro.pk: 11006, won.pk: None, unknown.pk: None}  # 100.05 x 1.1 = 110.055 -> 110.06


def test_accounts(company: Any) -> None:
    bare, full = company.account("Bare"), company.account("Full", industry="Robots", country="US")
    assert {k: reason("account_profile", f) for k, f in failing("account_profile").items()} == {
        bare.pk: "Missing industry, country"
    }
    type(full).objects.filter(pk=full.pk).update(owner=None)
    assert set(failing("account_no_owner")) == {full.pk}


def test_doubled_accounts_point_to_each_other(company: Any) -> None:
    first, second = company.account("Acme Inc", country="US"), company.account("ACME", country="US")
    company.account("Acme", country="France")
    found = failing("account_duplicate")
    assert {pk: fact["of"] for pk, fact in found.items()} == {first.pk: second.pk, second.pk: first.pk}
    assert reason("account_duplicate", found[first.pk]) == "May be the same as ACME"


def test_contacts(company: Any) -> None:
    account = company.account()
    rows = [("Bea", "Bea@acme.com"), ("Bea B.", "bea@ACME.com"), ("Cid", "cid@acme.com"), ("Third Bea", "bea@acme.com")]
    first, second, _other, third = (Contact.objects.create(name=n, email=e, account=account) for n, e in rows)
    found = failing("contact_duplicate")
    assert {pk: fact["of"] for pk, fact in found.items()} == {
        first.pk: second.pk, second.pk: first.pk, third.pk: first.pk
    }  # fmt: skip
    homeless = Contact.objects.create(name="Dan")
    assert set(failing("contact_no_email")) == set(failing("contact_no_account")) == {homeless.pk}


def test_leads(company: Any) -> None:
    person = company.rep.person
    full = {"owner": person, "company_name": "Acme", "email": "lea@acme.com"}
    good = Lead.objects.create(name="Lea", **full)
    twin = Lead.objects.create(name="Lea L.", **{**full, "email": "LEA@acme.com"})
    bare = Lead.objects.create(name="Leo")
    Lead.objects.create(name="Closed", status="unqualified")
    assert {pk: fact["of"] for pk, fact in failing("lead_duplicate").items()} == {good.pk: twin.pk, twin.pk: good.pk}
    for key in ("lead_no_owner", "lead_no_company", "lead_unreachable"):
        assert set(failing(key)) == {bare.pk}, key


def test_every_check_has_words_and_an_action() -> None:
    for check in registry.hygiene_checks:
        assert str(check.label)
        assert str(check.owner_action)
        assert check.severity in ("high", "medium", "low")
        assert registry.record_kinds.find(check.subject_kind), check.key
