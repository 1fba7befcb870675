"""Fixes: planned, shown, made by the rules of each record, and taken back unless somebody changed it since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.kernel.words import usual_spellings
from accounts.models import Contact
from accounts.services import save_account
from accounts.services.vocabulary import COUNTRIES
from core.models import AuditEvent
from core.registry import FixAsked
from leads.models import Lead
from people.models import Person
from pipeline.models import Activity, Finding, LossReason, Opportunity, OpportunityLine
from pipeline.selectors.hygiene import records_failing
from pipeline.services.bulk_edits import AlreadyUndone, undo_bulk_edit
from pipeline.services.deal_fixes import DEAL_FIXES
from pipeline.services.hygiene import check_records
from pipeline.services.hygiene_fixes import SUGGESTED, Fixed, NothingToUndo, apply_fixes, preview, undo_fixes
from tests.small_company import AS_OF

NOON = datetime(2024, 8, 15, 12, tzinfo=UTC)


def asked(who: Any, **given: Any) -> FixAsked:
    return FixAsked(on=AS_OF, at=NOON, by=who.user, given=given)


def looked_at(who: Any, kind: str, fix: str = SUGGESTED, *, rule: str = "", **given: Any) -> Any:
    ids = Finding.objects.filter(subject_kind=kind).values_list("subject_id", flat=True)
    records = records_failing(who.user, AS_OF, kind, ids=[] if rule else list(ids), rule=rule)
    return preview(kind=kind, records=records, fix=fix, asked=asked(who, **given))


def fixed(who: Any, kind: str, fix: str = SUGGESTED, *, rule: str = "", **given: Any) -> Fixed:
    found = looked_at(who, kind, fix, rule=rule, **given)
    return apply_fixes(kind=kind, changes=found.changes, seen=None, asked=asked(who, **given))


def standing(key: str) -> list[int]:
    return list(Finding.objects.filter(rule__key=key, resolved_on=None).values_list("subject_id", flat=True))


# What makes a deal fail a check, the fix, what it asks for, and the values afterwards.
CLOSED = {"stage": "Won", "closed_on": AS_OF + timedelta(days=30)}
MENDED = [
    ("overdue_close", {"expected_close_on": AS_OF - timedelta(days=9)}, "close_later", {},
     {"expected_close_on": AS_OF + timedelta(days=30)}),
    ("overdue_close", {"expected_close_on": AS_OF - timedelta(days=9)}, "close_month", {},
     {"expected_close_on": date(2024, 8, 31)}),
    ("undated", {}, "close_quarter", {}, {"expected_close_on": date(2024, 9, 30)}),
    ("no_next_step", {}, "next_step", {"next_step": " Call Dan ", "next_step_due_on": AS_OF + timedelta(days=3)},
     {"next_step": "Call Dan", "next_step_due_on": AS_OF + timedelta(days=3)}),
    ("next_step_overdue", {"next_step": "Call", "next_step_due_on": AS_OF - timedelta(days=2)}, "step_later", {},
     {"next_step_due_on": AS_OF + timedelta(days=7)}),
    ("next_step_overdue", {"next_step": "Call", "next_step_due_on": AS_OF - timedelta(days=2)}, "step_undated", {},
     {"next_step_due_on": None}),
    ("probability_off", {"probability": 90}, "stage_probability", {}, {"probability": None}),
    ("commit_early", {"category": "commit"}, "stage_category", {}, {"category": "pipeline"}),
    ("closed_in_future", CLOSED, "real_close", {}, {"closed_on": AS_OF}),
    ("engaged_after_close", {"stage": "Won", "closed_on": AS_OF, "engaged_on": AS_OF + timedelta(days=2)},
     "no_engagement", {}, {"engaged_on": None}),
]  # fmt: skip


@pytest.mark.parametrize(("check", "fields", "fix", "given", "after"), MENDED)
def test_each_fix_mends_its_check_and_goes_back(
    company: Any, check: str, fields: Mapping[str, Any], fix: str, given: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    deal = company.deal(**fields)
    other = company.deal("Fine", next_step="Call", expected_close_on=AS_OF + timedelta(days=50))
    check_records(on=AS_OF)
    before = Opportunity.objects.values(*after).get(pk=deal.pk)
    assert standing(check) == [deal.pk]
    done = fixed(company.rep, "opportunity", fix, rule=check, **given)
    assert done.count == 1
    assert Opportunity.objects.values(*after).get(pk=deal.pk) == after
    assert standing(check) == []
    assert done.edit is not None
    assert undo_bulk_edit(edit_id=done.edit.pk, by=company.rep.user, on=AS_OF).kept == 0
    assert Opportunity.objects.values(*after).get(pk=deal.pk) == before
    assert standing(check) == [deal.pk]
    assert Opportunity.objects.get(pk=other.pk).version == other.version
    with pytest.raises(AlreadyUndone):
        undo_bulk_edit(edit_id=done.edit.pk, by=company.rep.user, on=AS_OF)


def test_every_fix_of_deals_is_tried_above_or_below() -> None:
    tried = {fix for _check, _fields, fix, _given, _after in MENDED}
    assert tried | {"hand_over", "amount_of_lines", "loss_reason"} == {fix.key for fix in DEAL_FIXES}


def test_nothing_is_saved_by_looking(company: Any) -> None:
    deal = company.deal(probability=90)
    check_records(on=AS_OF)
    found = looked_at(company.rep, "opportunity")
    assert found.changes[0].shown == [("probability, %", "90", "–")]
    deal.refresh_from_db()
    assert (deal.probability, deal.version) == (90, 1)


def test_the_amount_is_the_sum_of_products(company: Any) -> None:
    deal, bare = company.deal(amount=None), company.deal("Bare", amount=None)
    OpportunityLine.objects.create(
        opportunity=deal, product=company.product(), quantity=Decimal(3), unit_price=Decimal("19.99")
    )
    check_records(on=AS_OF)
    done = fixed(company.rep, "opportunity", "amount_of_lines", rule="amount_missing")
    deal.refresh_from_db()
    assert deal.amount == Decimal("59.97")
    found = looked_at(company.rep, "opportunity", "amount_of_lines", rule="amount_missing")
    assert [(record.pk, why) for record, why in found.skipped] == [(bare.pk, "It has no products with a price.")]
    assert done.count == 1


@pytest.mark.parametrize("check", ["no_owner", "owner_left"])
def test_deals_without_anybody_go_to_the_accounts_owner(company: Any, check: str) -> None:
    deal = company.deal(account=company.account(owner=company.manager), owner=company.outsider)
    if check == "no_owner":
        Opportunity.objects.filter(pk=deal.pk).update(owner=None)
    else:
        Person.objects.filter(pk=company.outsider.person.pk).update(left_on=AS_OF)
    check_records(on=AS_OF)
    assert fixed(company.ops, "opportunity", "hand_over", rule=check).count == 1
    deal.refresh_from_db()
    assert deal.owner_id == company.manager.person.pk
    assert standing(check) == []


def test_a_lost_deal_gets_its_reason(company: Any) -> None:
    reason = LossReason.objects.first() or LossReason.objects.create(name="Price")
    deal = company.deal(stage="Lost", loss_reason=reason)
    Opportunity.objects.filter(pk=deal.pk).update(loss_reason=None)
    check_records(on=AS_OF)
    assert fixed(company.rep, "opportunity", "loss_reason", rule="lost_without_reason").count == 0
    assert fixed(company.rep, "opportunity", "loss_reason", rule="lost_without_reason", loss_reason=reason).count == 1
    deal.refresh_from_db()
    assert deal.loss_reason == reason


def test_what_was_changed_since_it_was_looked_at_stays(company: Any) -> None:
    deal = company.deal(probability=90)
    check_records(on=AS_OF)
    Opportunity.objects.filter(pk=deal.pk).update(version=7)
    found = looked_at(company.rep, "opportunity")
    done = apply_fixes(kind="opportunity", changes=found.changes, seen={deal.pk: 1}, asked=asked(company.rep))
    assert done.count == 0
    assert done.skipped[0][1] == "It was changed since you looked at it."


def test_nobody_fixes_records_of_another_line(company: Any) -> None:
    company.deal(probability=90), company.account("Dot", country="DE")
    company.account("Two", country="Germany"), company.account("Three", country="Germany")
    check_records(on=AS_OF)
    assert looked_at(company.outsider, "opportunity").changes == []
    assert looked_at(company.outsider, "account").changes == []
    mine = looked_at(company.ops, "account", "account_words").changes
    done = apply_fixes(kind="account", changes=mine, seen=None, asked=asked(company.outsider))
    assert (done.count, done.skipped[0][1]) == (0, "You may see this, but not change it.")


def test_words_take_the_spelling_of_most_and_go_back(company: Any) -> None:
    odd = company.account("Dot", country="DE", industry="Retail")
    company.account("Two", country="Germany", industry="Retail"), company.account("Three", country="Germany")
    check_records(on=AS_OF)
    assert standing("account_words") == [odd.pk]
    done = fixed(company.rep, "account", "account_words")
    odd.refresh_from_db()
    assert (odd.country, odd.industry) == ("Germany", "Retail")
    assert standing("account_words") == []
    assert done.event is not None
    assert undo_fixes(event_id=done.event.pk, asked=asked(company.rep)) == (1, 0)
    odd.refresh_from_db()
    assert odd.country == "DE"
    with pytest.raises(NothingToUndo):
        undo_fixes(event_id=done.event.pk, asked=asked(company.rep))


def test_an_account_changed_since_its_fix_is_kept(company: Any) -> None:
    parent = company.account("Parent", country="France", industry="retail", owner=company.manager)
    child, other = (company.account(name, parent=parent) for name in ("Child", "Other"))
    check_records(on=AS_OF)
    done = fixed(company.ops, "account", "account_of_parent")
    child.refresh_from_db()
    assert (child.country, child.industry, done.count) == ("France", "retail", 2)
    child.city = "Lyon"
    save_account(account=child, by=company.rep.user, on=AS_OF)
    assert done.event is not None
    assert undo_fixes(event_id=done.event.pk, asked=asked(company.ops)) == (1, 1)
    child.refresh_from_db(), other.refresh_from_db()
    assert (child.country, other.country) == ("France", "")


def test_of_two_twins_the_empty_one_is_archived(company: Any) -> None:
    used, empty = (Contact.objects.create(name=f"Dan {n}", email="dan@acme.example") for n in (1, 2))
    Contact.objects.filter(pk__in=[used.pk, empty.pk]).update(account=company.account())
    Activity.objects.create(kind="note", subject_kind="contact", subject_id=used.pk, title="Met")
    check_records(on=AS_OF)
    found = looked_at(company.rep, "contact", "contact_archive", rule="contact_duplicate")
    assert [change.record.pk for change in found.changes] == [empty.pk]
    assert found.skipped == [(used, "Something hangs on it: compare the two by hand.")]
    done = fixed(company.rep, "contact", "contact_archive", rule="contact_duplicate")
    assert set(Contact.objects.filter(archived_at=None).values_list("pk", flat=True)) == {used.pk}
    assert standing("contact_duplicate") == []
    assert done.event is not None
    undo_fixes(event_id=done.event.pk, asked=asked(company.rep))
    assert Contact.objects.filter(archived_at=None).count() == 2


def test_of_two_empty_twins_one_stays(company: Any) -> None:
    account = company.account()
    for number in (1, 2):
        Contact.objects.create(name=f"Dan {number}", email="dan@acme.example", account=account)
    check_records(on=AS_OF)
    assert fixed(company.rep, "contact", "contact_archive", rule="contact_duplicate").count == 1
    assert Contact.objects.filter(archived_at=None).count() == 1


def test_contacts_and_leads_find_their_account_by_domain(company: Any) -> None:
    account = company.account("Acme", domain="acme.example")
    contact = Contact.objects.create(name="Dan", email="dan@acme.example", owner=company.rep.person)
    free = Contact.objects.create(name="Eve", email="eve@gmail.com", owner=company.rep.person)
    lead = Lead.objects.create(name="Kim", email="kim@acme.example", phone="1")
    check_records(on=AS_OF)
    assert fixed(company.rep, "contact", "contact_account").count == 1
    contact.refresh_from_db(), free.refresh_from_db()
    assert (contact.account_id, free.account_id) == (account.pk, None)
    assert fixed(company.ops, "lead").count == 1
    lead.refresh_from_db()
    assert lead.owner_id == company.rep.person.pk
    assert fixed(company.ops, "lead").count == 1
    lead.refresh_from_db()
    assert lead.company_name == "Acme"
    assert AuditEvent.objects.filter(act="hygiene.fixed").count() == 3


@given(st.dictionaries(st.sampled_from(["Germany", "germany ", "DE", "Deutschland", "France", "FR", "Atlantis"]),
                       st.integers(1, 50), min_size=1))  # fmt: skip
def test_the_usual_spelling_is_one_that_most_have(counts: dict[str, int]) -> None:
    told = usual_spellings(counts, COUNTRIES)
    for value, usual in told.items():
        assert counts[usual] >= counts[value]
        assert usual not in told
    assert set(told) | set(told.values()) <= set(counts)


EDIT = st.fixed_dictionaries(
    {},
    optional={
        "probability": st.sampled_from([None, 90]),
        "category": st.sampled_from(["commit", "pipeline"]),
        "expected_close_on": st.sampled_from([None, AS_OF - timedelta(days=5), AS_OF + timedelta(days=5)]),
    },
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EDIT, min_size=1, max_size=4), st.sets(st.integers(0, 3)))
def test_undo_restores_all_but_what_was_changed_since(
    company: Any, edits: list[dict[str, Any]], touched: set[int]
) -> None:
    Opportunity.objects.all().update(archived_at=NOON)
    deals = [company.deal(f"Deal {n}", **fields) for n, fields in enumerate(edits)]
    check_records(on=AS_OF)
    names = ("probability", "category", "expected_close_on")
    before = {row["pk"]: row for row in Opportunity.objects.values("pk", *names)}
    done = fixed(company.rep, "opportunity")
    if done.edit is None:
        return
    after = {row["pk"]: row for row in Opportunity.objects.values("pk", *names)}
    late = {deals[n].pk for n in touched if n < len(deals)}
    Opportunity.objects.filter(pk__in=late).update(category="best_case", version=99)
    undo_bulk_edit(edit_id=done.edit.pk, by=company.rep.user, on=AS_OF)
    for row in Opportunity.objects.filter(pk__in=[deal.pk for deal in deals]).values("pk", *names):
        expected = dict(before[row["pk"]])
        if row["pk"] in late:
            expected["category"] = "best_case"
        assert row == expected, (before[row["pk"]], after[row["pk"]])
