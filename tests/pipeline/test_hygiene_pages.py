"""The data quality page as the right people see it, and what they can do there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Contact
from core import registry
from core.enums import RunState
from core.models import Run
from pipeline.models import Activity, BulkEdit, Finding, HygieneRule, Opportunity, OwnerAsk
from pipeline.selectors import hygiene as reads
from pipeline.services.hygiene import check_records, lay_out_rules
from pipeline.views.hygiene_parts import score_figure
from tests.small_company import AS_OF

PAGE = "/data-quality/"
POSTS = ("hygiene_run", "hygiene_undo", "hygiene_edit_undo")


@pytest.fixture(autouse=True)
def _on_that_day() -> Any:
    with time_machine.travel(f"{AS_OF.isoformat()}T12:00:00+00:00"):
        yield


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def rule(key: str) -> HygieneRule:
    return HygieneRule.objects.get(key=key)


def test_before_the_first_check(company: Any, signed_in: Any) -> None:
    for_ops, for_rep = (words(signed_in(who).get(PAGE)) for who in (company.ops, company.rep))
    assert "Nothing has been checked yet" in for_ops
    assert "Run the checks now" in for_ops
    assert "Nothing has been checked yet" in for_rep
    assert "Run the checks now" not in for_rep


def test_each_sees_the_own_line(company: Any, signed_in: Any) -> None:
    company.deal("Mine of Ana"), company.deal("Far east", owner=company.outsider)
    check_records(on=AS_OF)
    pages = {name: words(signed_in(getattr(company, name)).get(PAGE)) for name in ("rep", "manager", "outsider", "ops")}
    assert {name for name, page in pages.items() if "Mine of Ana" in page} == {"rep", "manager", "ops"}
    assert {name for name, page in pages.items() if "Far east" in page} == {"outsider", "ops"}
    assert {name for name, page in pages.items() if ">West 1</a>" in page} == {"rep", "manager", "ops"}
    assert "1 open deal<" in pages["rep"]
    assert "2 open deals<" in pages["ops"]


def test_executives_read_and_dont_act(company: Any, signed_in: Any) -> None:
    deal = company.deal(category="commit")
    check_records(on=AS_OF)
    client = signed_in(company.vp)
    page = words(client.get(PAGE))
    assert "Acme pilot" in page
    assert "Set forecast to Pipeline" in page
    assert "so-row-act" not in page
    assert client.post(PAGE, {"fix": deal.pk}).status_code == 403


@pytest.mark.parametrize("name", ["hygiene", "findings", "hygiene_rules", "hygiene_rule"])
def test_people_without_deals_find_nothing(company: Any, signed_in: Any, name: str) -> None:
    lay_out_rules()
    args = {"findings": ["account"], "hygiene_rule": [rule("stale").pk]}.get(name, [])
    assert signed_in(company.admin).get(reverse(f"pipeline:{name}", args=args)).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_acts_need_a_post_and_a_right(company: Any, signed_in: Any, name: str) -> None:
    lay_out_rules()
    args = [] if name == "hygiene_run" else [rule("probability_off").pk]
    url = reverse(f"pipeline:{name}", args=args)
    assert signed_in(company.ops).get(url).status_code == 405
    assert signed_in(company.admin).post(url).status_code == 404
    assert signed_in(company.vp).post(url).status_code == 404


def test_ops_start_a_check_and_watch_it(company: Any, signed_in: Any, run_jobs: Any) -> None:
    company.deal()
    answer = signed_in(company.ops).post(reverse("pipeline:hygiene_run"))
    run = Run.objects.get(kind="pipeline.hygiene")
    assert answer.url == run.get_absolute_url()
    assert run.started_by == company.ops.user
    run_jobs()
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert signed_in(company.rep).post(reverse("pipeline:hygiene_run")).status_code == 404


def test_the_number_of_a_check_opens_its_records(company: Any, signed_in: Any) -> None:
    company.deal("Without account"), company.deal("With", account=company.account("Bare"))
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    page = words(client.get(PAGE))
    assert f"{reverse('pipeline:deals')}?finding=no_account" in page
    assert f"{reverse('pipeline:findings', args=['account'])}?rule=account_profile" in page
    deals = words(client.get(reverse("pipeline:deals"), {"finding": "no_account"}))
    assert "Without account" in deals
    assert "1 of 1" in deals
    accounts = words(client.get(reverse("pipeline:findings", args=["account"]), {"rule": "account_profile"}))
    assert "Bare" in accounts
    assert "Missing industry, country" in accounts
    assert "Bare" not in words(signed_in(company.outsider).get(reverse("pipeline:findings", args=["account"])))


def test_counts_of_checks_are_those_of_the_records_one_sees(company: Any) -> None:
    company.deal(), company.deal(owner=company.manager), company.deal(owner=company.outsider)
    company.account(), company.account("East", owner=company.outsider)
    check_records(on=AS_OF)
    counts = {
        who: {c.rule.key: c.count for c in reads.rule_counts(getattr(company, who).user, AS_OF)}
        for who in ("rep", "manager", "ops", "admin")
    }
    assert [counts[who].get("no_account") for who in ("rep", "manager", "ops", "admin")] == [1, 2, 3, None]
    assert [counts[who].get("account_profile") for who in ("rep", "manager", "ops")] == [1, 1, 2]
    assert counts["admin"] == {}


def test_a_row_is_mended_and_put_back(company: Any, signed_in: Any) -> None:
    deal = company.deal(probability=90)
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    assert "Take the stage&#x27;s 10%" in words(client.get(PAGE))
    page = words(client.post(PAGE, {"fix": deal.pk}, follow=True))
    assert "1 record fixed." in page
    undo = reverse("pipeline:hygiene_edit_undo", args=[BulkEdit.objects.get().pk])
    assert undo in page
    assert Opportunity.objects.get(pk=deal.pk).probability is None
    assert signed_in(company.ops).post(undo).status_code == 404
    assert "Taken back: 1." in words(client.post(undo, follow=True))
    assert Opportunity.objects.get(pk=deal.pk).probability == 90
    assert "undone already" in words(client.post(undo, follow=True))


@pytest.mark.parametrize("way", ["button", "enter"])
def test_the_next_step_is_written_in_the_row(company: Any, signed_in: Any, way: str) -> None:
    deal = company.deal()
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    assert f'name="step_{deal.pk}"' in words(client.get(PAGE))
    pressed = {"step": deal.pk} if way == "button" else {"action": "fix"}
    client.post(PAGE, {f"step_{deal.pk}": "Call <Dan>", **pressed})
    assert Opportunity.objects.get(pk=deal.pk).next_step == "Call <Dan>"
    assert not Finding.objects.filter(rule__key="no_next_step", resolved_on=None).exists()
    assert "stays as it is" in words(client.post(PAGE, {"step": deal.pk, f"step_{deal.pk}": ""}, follow=True))


def test_suggested_fixes_are_those_that_fit(company: Any, signed_in: Any) -> None:
    ours, theirs = company.account("Ours"), company.account("Theirs", owner=company.manager)
    company.deal("By itself", probability=90), company.deal("Nothing to do")
    handed, stuck = company.deal("To hand", account=theirs), company.deal("Stuck", account=ours)
    orphan = company.deal("Orphan", account=ours)
    company.deal("Stranger")
    Opportunity.objects.filter(name__in=["Orphan", "Stranger"]).update(owner=None)
    check_records(on=AS_OF)
    client = signed_in(company.ops)
    page = words(client.get(PAGE, {"fix": "1"}))
    assert {
        name for name in ("By itself", "Orphan", "To hand", "Stuck", "Nothing to do", "Stranger") if name in page
    } == {
        "By itself",
        "Orphan",
    }
    Opportunity.objects.filter(pk__in=[handed.pk, stuck.pk]).update(owner=company.outsider.person)
    type(company.rep.person).objects.filter(pk=company.outsider.person.pk).update(left_on=AS_OF)
    type(company.rep.person).objects.filter(pk=company.rep.person.pk).update(left_on=AS_OF)
    check_records(on=AS_OF)
    page = words(client.get(PAGE, {"fix": "1"}))
    assert {name for name in ("By itself", "Orphan", "To hand", "Stuck") if name in page} == {"By itself", "To hand"}
    assert "Hand to Max Moreau" in page
    assert "Choose an owner" in words(client.get(PAGE))
    assert orphan.owner is not None


def test_nobody_mends_deals_of_another_line(company: Any, signed_in: Any) -> None:
    deal = company.deal(probability=90)
    check_records(on=AS_OF)
    client = signed_in(company.outsider)
    fixes = reverse("pipeline:hygiene_fixes", args=["opportunity"])
    assert "Acme pilot" not in words(client.get(fixes, {"pk": deal.pk}))
    for url in (PAGE, fixes):
        client.post(url, {"action": "fix", "fix": "suggested", "pk": f"{deal.pk}:1"})
    client.post(PAGE, {"ask": deal.pk})
    client.post(reverse("pipeline:rule_ask", args=[rule("probability_off").pk]), {"due_on": "2024-08-20"})
    assert Opportunity.objects.get(pk=deal.pk).probability == 90
    assert not Activity.objects.exists()


def test_what_changes_is_shown_and_then_done(company: Any, signed_in: Any) -> None:
    deals = [company.deal("Off", probability=90), company.deal("Also off", probability=80)]
    stays = company.deal("Stays")
    check_records(on=AS_OF)
    client = signed_in(company.manager)
    to = client.post(PAGE, {"action": "fix", "pk": [stays.pk, *(deal.pk for deal in deals)]}).url
    page = words(client.get(to))
    assert "Apply 2 fixes" in page
    assert "<del>90</del>" in page
    assert "Left as they are" in page
    assert Opportunity.objects.get(pk=deals[0].pk).probability == 90
    Opportunity.objects.filter(pk=deals[1].pk).update(version=5)
    marks = [f"{deal.pk}:1" for deal in deals]
    page = words(client.post(to.split("?")[0], {"fix": "suggested", "pk": marks}, follow=True))
    assert "1 record fixed." in page
    assert "changed since you looked" in page
    assert Opportunity.objects.get(pk=deals[0].pk).probability is None


def test_a_fix_that_asks_says_what_is_wrong_at_the_field(company: Any, signed_in: Any) -> None:
    company.deal()
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    url = reverse("pipeline:hygiene_fixes", args=["opportunity"])
    asked = {"rule": "no_next_step", "fix": "next_step"}
    assert "Fill in the fields above" in words(client.get(url, asked))
    assert "is-invalid" in words(client.get(url, asked | {"next_step": "", "next_step_due_on": "soon"}))
    page = words(client.get(url, asked | {"next_step": "<b>Call</b>", "next_step_due_on": "2024-08-20"}))
    assert "&lt;b&gt;Call&lt;/b&gt;" in page
    assert "Apply 1 fix" in page
    for bad in ({"pk": "x"}, {"pk": "9" * 60}, {"fix": "nothing"}, {"rule": "nothing"}):
        assert client.get(url, bad).status_code == 200
    assert client.get(reverse("pipeline:hygiene_fixes", args=["nothing"])).status_code == 404


def test_owners_are_asked_about_a_check_by_a_day(company: Any, signed_in: Any) -> None:
    company.deal(), company.deal(), company.deal(owner=company.outsider)
    check_records(on=AS_OF)
    client = signed_in(company.ops)
    url = reverse("pipeline:rule_ask", args=[rule("no_account").pk])
    assert "is-invalid" in words(client.post(url, {"due_on": "2020-01-01"}))
    page = words(client.post(url, {"due_on": "2024-08-20", "team": company.west.pk}, follow=True))
    assert "1 task for an owner about 2 records." in page
    task = Activity.objects.get()
    assert (task.owner, task.title) == (company.rep.person, "Name the account the deal is with (2 records)")
    assert OwnerAsk.objects.get().due_on.isoformat() == "2024-08-20"


def test_owners_of_chosen_records_are_asked(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    account = company.account()
    Contact.objects.create(name="Dan", account=account)
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    client.post(PAGE, {"action": "ask", "pk": [deal.pk, "x"]})
    finding = Finding.objects.get(rule__key="contact_no_email")
    client.post(reverse("pipeline:findings", args=["contact"]), {"action": "ask", "pk": [finding.pk]})
    tasks = Activity.objects.order_by("pk").values_list("subject_kind", "account_id")
    assert list(tasks) == [("opportunity", None), ("contact", account.pk)]


def test_ops_change_a_check(company: Any, signed_in: Any, run_jobs: Any) -> None:
    deal = company.deal(pushed_count=2)
    check_records(on=AS_OF)
    pushed = rule("pushed_often")
    url = pushed.get_absolute_url()
    client = signed_in(company.ops)
    assert "Times pushed" in words(client.get(url))
    sent = {"severity": "high", "owner_action": "Think again", "is_active": "on", "times": "2"}
    client.post(url, sent)
    run_jobs()
    pushed.refresh_from_db()
    assert (pushed.severity, pushed.params, pushed.owner_action) == ("high", {"times": 2}, "Think again")
    assert Finding.objects.get(rule=pushed, resolved_on=None).subject_id == deal.pk
    client.post(url, sent | {"is_active": ""})
    run_jobs()
    assert not Finding.objects.filter(rule=pushed, resolved_on=None).exists()
    assert "is-invalid" in words(client.post(url, sent | {"times": "many"}))
    assert signed_in(company.manager).get(url).status_code == 404


def test_export_gives_plain_words(company: Any, signed_in: Any) -> None:
    company.deal("Plain", probability=90)
    check_records(on=AS_OF)
    answer = signed_in(company.rep).get(PAGE, {"format": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "Plain" in text
    assert "No account; " in text
    assert "Take the stage's 10%" in text
    assert "<" not in text


def test_a_turned_or_narrowed_list_is_the_list_alone(company: Any, signed_in: Any) -> None:
    company.deal()
    check_records(on=AS_OF)
    answer = words(signed_in(company.rep, **{"HX-Request": "true"}).get(PAGE, {"fix": "1"}))
    assert answer.startswith("<section")
    assert "Score by week" not in answer


@pytest.mark.parametrize("who", ["rep", "ops"])
def test_queries_dont_grow_with_the_rows(company: Any, signed_in: Any, who: str) -> None:
    client = signed_in(getattr(company, who))
    account = company.account(owner=company.manager)
    urls = (PAGE, reverse("pipeline:findings", args=["opportunity"]), f"{PAGE}?by=person")

    def asked() -> list[int]:
        check_records(on=AS_OF)
        counts = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
        return counts

    owners = (company.rep, company.outsider, company.manager)
    company.deal(account=account, category="commit")
    one = asked()
    for number in range(3):
        company.deal(f"Deal {number}", owner=owners[number], account=account, category="commit", probability=90)
    assert asked() == one


def test_the_side_bar_counts_high_findings(company: Any) -> None:
    entry = registry.navigation["hygiene"]
    assert entry.count is not None
    assert entry.count(company.ops.user, AS_OF) is None
    company.deal(), company.deal(owner=company.outsider)
    check_records(on=AS_OF)
    high = Finding.objects.filter(rule__severity="high", resolved_on=None)
    assert entry.count(company.ops.user, AS_OF) == high.count() > 0
    assert entry.count(company.rep.user, AS_OF) == high.filter(owner=company.rep.person).count()
    with CaptureQueriesContext(connection) as queries:
        entry.count(company.ops.user, AS_OF)
    assert len(queries) <= 2


def test_score_by_week_is_drawn_from_the_second_week(company: Any, signed_in: Any) -> None:
    company.deal()
    check_records(on=AS_OF - timedelta(days=7))
    client = signed_in(company.rep)
    assert "The line begins next week" in words(client.get(PAGE))
    check_records(on=AS_OF)
    page = words(client.get(PAGE))
    assert 'data-for="hygiene-trend"' in page
    assert "The score fell from" in page or "The score is" in page


def test_a_team_may_have_an_expected_score_of_its_own(company: Any, signed_in: Any) -> None:
    company.deal(), company.deal(owner=company.outsider)
    check_records(on=AS_OF)
    client, url = signed_in(company.ops), reverse("pipeline:hygiene_standards")
    west, east = f"team_{company.west.pk}", f"team_{company.east.pk}"
    client.post(url, {"team_0": "70", west: "95", east: ""})
    assert reads.standards() == {0: 70, company.west.pk: 95}
    page = words(client.get(PAGE))
    assert "70 is expected" in page
    assert 'style="left:95.0%"' in page
    assert "is-invalid" in words(client.post(url, {"team_0": "", west: "101"}))
    assert signed_in(company.manager).get(url).status_code == 404


@pytest.mark.parametrize(("score", "shifts"), [(85, [-8, 8]), (84, [8, -8]), (60, [0, 0])])
def test_the_two_labels_at_the_end_of_the_score_keep_apart(score: int, shifts: list[int]) -> None:
    trend = [(AS_OF, Decimal(95)), (AS_OF + timedelta(days=7), Decimal(score))]
    figure = score_figure(trend, 85)
    assert figure is not None
    assert [label["yshift"] for label in figure["layout"]["annotations"]] == shifts
