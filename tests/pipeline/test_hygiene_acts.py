"""Dismissals, questions to owners, and findings that follow a save at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Contact
from accounts.services import archive_contacts, save_account, save_contact
from core.kernel import formats
from core.models import AuditEvent, Notification
from leads.models import Lead
from leads.services import save_lead
from pipeline.models import Activity, DealScore, Dismissal, Finding, Opportunity, OwnerAsk
from pipeline.selectors import hygiene, hygiene_acts
from pipeline.services import change_deal
from pipeline.services.asks import ask_owners, take_back
from pipeline.services.dismissals import DismissalError, dismiss, lift
from pipeline.services.hygiene import check_records
from tests.small_company import AS_OF

LATER = AS_OF + timedelta(days=1)


def finding(key: str, **more: Any) -> Finding:
    return Finding.objects.get(rule__key=key, resolved_on=None, **more)


def set_aside(company: Any, *rows: Finding, until: date | None = None, by: Any = None) -> Any:
    who = (by or company.manager).user
    return dismiss(findings=[one.pk for one in rows], reason="Agreed\r\nwith them", until_on=until, by=who, on=AS_OF)


def test_what_is_set_aside_no_longer_lowers_the_score(company: Any) -> None:
    deal = company.deal(pushed_count=3)
    check_records(on=AS_OF)
    before = DealScore.objects.get(deal=deal).score
    event = set_aside(company, finding("pushed_often"))
    assert (event.act, event.reason) == ("hygiene.dismissed", "Agreed with them")
    assert DealScore.objects.get(deal=deal).score == before + 10
    assert "Pushed 3 times" not in hygiene.reasons_of(
        hygiene.failing_deals_for(company.rep.user, AS_OF).get().problems, AS_OF
    )
    assert "pushed_often" not in {one.rule.key for one in hygiene.rule_counts(company.ops.user, AS_OF)}
    assert hygiene_acts.dismissed_count(company.rep.user, AS_OF) == 1
    check_records(on=LATER)
    assert finding("pushed_often").is_dismissed
    assert lift(dismissals=[Dismissal.objects.get().pk], by=company.manager.user, on=AS_OF) == 1
    assert DealScore.objects.get(deal=deal).score == before
    assert Dismissal.objects.get().ended_why == "by_hand"


def test_it_comes_back_when_the_fact_changes(company: Any) -> None:
    deal = company.deal(pushed_count=3)
    check_records(on=AS_OF)
    set_aside(company, finding("pushed_often"))
    Opportunity.objects.filter(pk=deal.pk).update(pushed_count=4)
    check_records(on=LATER)
    assert not finding("pushed_often").is_dismissed
    assert (Dismissal.objects.get().ended_why, Dismissal.objects.get().ended_on) == ("fact", LATER)


def test_it_comes_back_when_its_day_has_come(company: Any) -> None:
    company.deal(pushed_count=3)
    check_records(on=AS_OF)
    set_aside(company, finding("pushed_often"), until=AS_OF + timedelta(days=2))
    check_records(on=LATER)
    assert finding("pushed_often").is_dismissed
    check_records(on=AS_OF + timedelta(days=2))
    assert not finding("pushed_often").is_dismissed
    assert Dismissal.objects.get().ended_why == "day"


def test_a_problem_that_went_and_came_again_is_a_new_one(company: Any) -> None:
    deal = company.deal()
    check_records(on=AS_OF)
    set_aside(company, finding("no_next_step"))
    for step, day in (("Call", LATER), ("", LATER + timedelta(days=1))):
        Opportunity.objects.filter(pk=deal.pk).update(next_step=step)
        check_records(on=day)
    assert not finding("no_next_step").is_dismissed
    assert Dismissal.objects.get().ended_why == "resolved"


def test_only_managers_of_the_owner_and_sales_ops_set_aside(company: Any) -> None:
    company.deal(), company.deal(owner=company.manager)
    check_records(on=AS_OF)
    mine, managers = (finding("no_next_step", owner=who.person) for who in (company.rep, company.manager))
    for who in (company.rep, company.outsider, company.other_manager, company.admin, company.vp):
        assert set_aside(company, mine, by=who) is None
    assert set_aside(company, managers, by=company.manager) is None
    assert set_aside(company, mine, by=company.manager) is not None
    assert set_aside(company, mine, by=company.ops) is None
    assert set_aside(company, managers, by=company.ops) is not None
    held = list(Dismissal.objects.values_list("pk", flat=True))
    assert lift(dismissals=held, by=company.rep.user, on=AS_OF) == 0
    assert lift(dismissals=held, by=company.ops.user, on=AS_OF) == 2


@pytest.mark.parametrize(("reason", "until", "field"), [(" ", None, "reason"), ("Fine", AS_OF, "until_on")])
def test_setting_aside_needs_a_reason_and_a_day_to_come(company: Any, reason: str, until: Any, field: str) -> None:
    company.deal()
    check_records(on=AS_OF)
    with pytest.raises(DismissalError) as error:
        dismiss(findings=[finding("no_next_step").pk], reason=reason, until_on=until, by=company.ops.user, on=AS_OF)
    assert error.value.field == field


def test_pages_of_dismissal(company: Any, signed_in: Any) -> None:
    deal = company.deal("Quiet <one>")
    check_records(on=AS_OF)
    with time_machine.travel(f"{AS_OF.isoformat()}T12:00:00+00:00"):
        client = signed_in(company.manager)
        to = client.post("/data-quality/", {"action": "dismiss", "pk": deal.pk}).url
        assert "Quiet &lt;one&gt;" in client.get(to).content.decode()
        chosen = {"finding": [finding("no_next_step").pk], "reason": "They asked us to wait"}
        assert "is-invalid" in client.post(to, {"finding": chosen["finding"]}).content.decode()
        page = client.post(to, chosen, follow=True).content.decode()
        assert "1 problem set aside." in page
        listed = reverse("pipeline:hygiene_dismissed")
        assert "They asked us to wait" in client.get(listed).content.decode()
        assert "They asked us to wait" not in signed_in(company.outsider).get(listed).content.decode()
        assert signed_in(company.rep).post(listed).status_code == 403
        client.post(listed, {"action": "lift", "pk": Dismissal.objects.get().pk})
    assert not finding("no_next_step").is_dismissed


def ask(company: Any, key: str, *, on: date = AS_OF, by: Any = None) -> Any:
    ids = Finding.objects.filter(rule__key=key, resolved_on=None).values_list("pk", flat=True)
    return ask_owners(findings=list(ids), by=(by or company.ops).user, on=on)


def test_an_owner_gets_one_task_for_a_check(company: Any) -> None:
    for number in range(3):
        company.deal(f"Deal {number}")
    company.deal(owner=company.outsider)
    orphan = company.deal()
    Opportunity.objects.filter(pk=orphan.pk).update(owner=None)
    check_records(on=AS_OF)
    done = ask(company, "no_next_step")
    assert (done.asks, done.records, done.ownerless) == (2, 4, 1)
    tasks = {task.owner_id: task for task in Activity.objects.filter(kind="task")}
    assert "(3 records)" in tasks[company.rep.person.pk].title
    assert tasks[company.outsider.person.pk].subject_kind == "opportunity"
    assert tasks[company.rep.person.pk].due_on == AS_OF + timedelta(days=7)
    told = Notification.objects.get(user=company.rep.user, kind="task_assigned")
    assert told.detail == f"Due {formats.day(AS_OF + timedelta(days=7))}, by {company.ops.user}"


def test_asked_again_only_what_is_new_or_late(company: Any) -> None:
    company.deal()
    check_records(on=AS_OF)
    ask(company, "no_next_step")
    again = ask(company, "no_next_step")
    assert (again.event, again.known) == (None, 1)
    company.deal("New")
    check_records(on=LATER)
    assert ask(company, "no_next_step", on=LATER).records == 1
    late = AS_OF + timedelta(days=9)
    assert ask(company, "no_next_step", on=late).records == 2
    question = OwnerAsk.objects.get()
    assert (question.times, question.due_on, question.items.count()) == (2, late + timedelta(days=7), 2)
    assert Activity.objects.filter(kind="task").count() == 1


def test_a_question_is_done_when_nothing_of_it_stands(company: Any) -> None:
    first, second = company.deal(), company.deal("Second")
    check_records(on=AS_OF)
    ask(company, "no_next_step")
    change_deal(deal_id=first.pk, values={"next_step": "Call"}, version=None, by=company.rep.user, on=AS_OF)
    (open_one,) = hygiene_acts.asks_for(company.ops.user, AS_OF)
    assert (open_one.records, open_one.left, open_one.done_on) == (2, 1, None)
    set_aside(company, finding("no_next_step", subject_id=second.pk))
    assert OwnerAsk.objects.get().done_on == AS_OF
    assert Activity.objects.get(kind="task").done_at is not None


def test_questions_are_taken_back_unless_answered(company: Any) -> None:
    company.deal(), company.deal(owner=company.outsider)
    check_records(on=AS_OF)
    event = ask(company, "no_next_step").event
    Activity.objects.filter(owner=company.outsider.person).update(done_at="2024-08-16T10:00Z")
    assert take_back(event_id=event.pk, by=company.ops.user) == 1
    assert OwnerAsk.objects.get().owner == company.outsider.person
    assert Activity.objects.filter(kind="task").count() == 1


def test_pages_of_questions(company: Any, signed_in: Any) -> None:
    company.deal("Mine of Ana"), company.deal("Second")
    check_records(on=AS_OF)
    ask(company, "no_next_step")
    page, listed = OwnerAsk.objects.get().get_absolute_url(), reverse("pipeline:hygiene_asks")
    with time_machine.travel(f"{AS_OF.isoformat()}T12:00:00+00:00"):
        assert "Mine of Ana" in signed_in(company.rep).get(page).content.decode()
        assert signed_in(company.outsider).get(page).status_code == 404
        assert "Ana Alves" in signed_in(company.ops).get(listed).content.decode()
        assert "Ana Alves" not in signed_in(company.outsider).get(listed).content.decode()
        assert signed_in(company.admin).get(listed).status_code == 404
    with time_machine.travel("2024-09-15T12:00:00+00:00"):
        assert "Ask again" in signed_in(company.ops).get(page).content.decode()
        signed_in(company.ops).post(page)
    assert OwnerAsk.objects.get().times == 2


@pytest.mark.parametrize("name", ["hygiene_asks", "hygiene_dismissed"])
def test_lists_ask_the_same_whatever_their_rows(company: Any, signed_in: Any, name: str) -> None:
    client, url = signed_in(company.ops), reverse(f"pipeline:{name}")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    def add(number: int) -> None:
        for who in (company.rep, company.outsider, company.manager)[:number]:
            company.deal(owner=who, pushed_count=3)
        check_records(on=AS_OF)
        ask(company, "no_next_step")
        set_aside(company, *Finding.objects.filter(rule__key="pushed_often", is_dismissed=False), by=company.ops)

    add(1)
    asked()
    one = asked()
    add(3)
    assert asked() == one


def test_a_saved_deal_is_checked_at_once(company: Any) -> None:
    check_records(on=AS_OF)
    deal = company.deal()
    assert finding("no_next_step").subject_id == deal.pk
    change_deal(deal_id=deal.pk, values={"next_step": "Call"}, version=None, by=company.rep.user, on=AS_OF)
    assert not Finding.objects.filter(rule__key="no_next_step", resolved_on=None).exists()
    assert DealScore.objects.get(deal=deal).score < 100


def test_saved_accounts_contacts_and_leads_are_checked_at_once(company: Any, run_jobs: Any) -> None:
    check_records(on=AS_OF)
    account = company.account()
    assert finding("account_profile").subject_id == account.pk
    account.industry, account.country = "retail", "France"
    save_account(account=account, by=company.rep.user, on=AS_OF)
    assert not Finding.objects.filter(rule__key="account_profile", resolved_on=None).exists()
    contact = save_contact(contact=Contact(name="Dan", account=account), by=company.rep.user)
    lead = save_lead(lead=Lead(name="Kim", company_name="K", phone="1"), by=company.ops.user, on=AS_OF)
    run_jobs()
    assert finding("contact_no_email").subject_id == contact.pk
    assert finding("lead_no_owner").subject_id == lead.pk


def test_twins_go_when_one_is_archived_or_changed(company: Any, run_jobs: Any) -> None:
    account = company.account()
    rows = [Contact.objects.create(name=f"Dan {n}", email="d@acme.example", account=account) for n in range(4)]
    check_records(on=AS_OF)
    assert Finding.objects.filter(rule__key="contact_duplicate", resolved_on=None).count() == 4
    rows[3].email = "other@acme.example"
    save_contact(contact=rows[3], by=company.rep.user)
    archive_contacts(contact_ids=[rows[0].pk], by=company.rep.user, at=AuditEvent.objects.latest("pk").at)
    run_jobs()
    assert not Finding.objects.filter(rule__key="contact_duplicate", resolved_on=None).exists()


FIELDS = st.fixed_dictionaries(
    {
        "next_step": st.sampled_from(["", "Call"]),
        "expected_close_on": st.sampled_from([None, AS_OF - timedelta(days=1), AS_OF, LATER]),
        "next_step_due_on": st.sampled_from([None, AS_OF - timedelta(days=1), AS_OF]),
        "pushed_count": st.integers(0, 5),
        "probability": st.sampled_from([None, 5, 36, 90]),
        "category": st.sampled_from(["commit", "pipeline"]),
        "amount": st.sampled_from([None, 0, 500]),
    }
)


def expected(deal: Opportunity) -> set[str]:
    """What a deal in Discovery (10 %) fails, in plain Python."""
    return {
        name
        for name, fails in {
            "overdue_close": deal.expected_close_on is not None and deal.expected_close_on < AS_OF,
            "undated": deal.expected_close_on is None,
            "no_next_step": deal.next_step == "",
            "next_step_overdue": deal.next_step_due_on is not None and deal.next_step_due_on < AS_OF,
            "pushed_often": deal.pushed_count >= 3,
            "amount_missing": not deal.amount,
            "probability_off": deal.probability is not None and abs(deal.probability - 10) > 25,
            "commit_early": deal.category == "commit",
            "no_account": True,
            "no_contact": True,
        }.items()
        if fails
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FIELDS, min_size=2, max_size=4), st.data())
def test_the_scan_finds_what_plain_python_finds(company: Any, rows: list[dict[str, Any]], data: st.DataObject) -> None:
    """After random edits, told of at once or not: the next scan and a scan from nothing say the same as Python."""
    Opportunity.objects.all().update(archived_at="2024-08-01T00:00Z")
    deals = [company.deal(f"Deal {n}", **fields) for n, fields in enumerate(rows)]
    check_records(on=AS_OF)
    for deal in deals:
        edit = data.draw(FIELDS)
        if data.draw(st.booleans()):
            change_deal(deal_id=deal.pk, values=edit, version=None, by=company.rep.user, on=AS_OF)
            assert found_on(deal) == expected(Opportunity.objects.get(pk=deal.pk))
        else:
            Opportunity.objects.filter(pk=deal.pk).update(**edit)
    check_records(on=AS_OF)
    for deal in Opportunity.objects.filter(pk__in=[deal.pk for deal in deals]):
        assert found_on(deal) == expected(deal)


def found_on(deal: Opportunity) -> set[str]:
    rows = Finding.objects.filter(subject_kind="opportunity", subject_id=deal.pk, resolved_on=None)
    return set(rows.values_list("rule__key", flat=True))
