"""The start page: what to do, where one stands; figures are the dashboard's, acts are taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from leads.models import Lead
from people.services import create_user
from pipeline.enums import ActivityKind
from pipeline.models import Activity, Opportunity
from pipeline.services import change_deal
from pipeline.services.hygiene import check_records
from quotas.models import Target
from tests.small_company import AS_OF, SINCE, Member, SmallCompany

SignIn = Callable[..., Client]
YESTERDAY = AS_OF - timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        yield


def task(member: Member, title: str = "Call the lawyer", due: date | None = AS_OF, deal: Any = None) -> Activity:
    about = {"subject_kind": "opportunity", "subject_id": deal.pk} if deal else {}
    return Activity.objects.create(kind=ActivityKind.TASK, owner=member.person, title=title, due_on=due, **about)


def page(client: Client, address: str = "/today/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def won(company: SmallCompany, name: str, amount: int, *, owner: Member | None = None) -> Opportunity:
    return company.deal(name, stage="Won", amount=Decimal(amount), owner=owner, closed_on=AS_OF - timedelta(days=20))


def test_each_role_starts_where_its_work_is(company: SmallCompany, signed_in: SignIn) -> None:
    finance = create_user(email="fin@example.com", password=None, roles=["finance"], by=None, on=SINCE)
    starts = {
        "/today/": (company.rep, company.manager, company.ops),
        "/dashboard/": (company.vp, finance),
    }
    for address, people in starts.items():
        for who in people:
            assert signed_in(who).get("/")["Location"] == address
    assert signed_in(company.rep).get("/?period=2023-Q1")["Location"] == "/dashboard/?period=2023-Q1"
    assert signed_in(company.admin).get("/").status_code == 302
    assert Client().get("/")["Location"].startswith("/auth/login/")


def test_the_page_is_for_who_works_with_deals(company: SmallCompany, signed_in: SignIn) -> None:
    parts = [reverse(f"reporting:{name}") for name in ("today_team", "today_health")]
    for who in (company.vp, company.admin):
        assert [signed_in(who).get(one).status_code for one in ("/today/", *parts)] == [404, 404, 404]
    assert [signed_in(company.rep).get(one).status_code for one in parts] == [404, 404]
    assert [signed_in(company.manager).get(one).status_code for one in parts] == [200, 404]
    assert [signed_in(company.ops).get(one).status_code for one in parts] == [404, 200]


def test_what_is_due_stands_in_order_and_only_mine(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal("Acme pilot", next_step="Send the terms", next_step_due_on=YESTERDAY)
    company.deal("Late one", expected_close_on=AS_OF - timedelta(days=3))
    task(company.rep, "Two days late", AS_OF - timedelta(days=2), deal)
    task(company.rep, "Of today", AS_OF)
    task(company.rep, "Next week", AS_OF + timedelta(days=3))
    task(company.outsider, "Of Olga", AS_OF)
    text = words(page(signed_in(company.rep)))
    places = [
        text.index(one) for one in ("Move the close date of Late one", "Two days late", "Send the terms", "Of today")
    ]
    assert places == sorted(places)
    assert "3 days past" in text
    assert re.search(r"To do 4 today ?, 1 more this week", text)
    assert "Of Olga" not in text
    assert "Coming up: Next week" in text


def test_a_task_on_a_record_out_of_sight_names_it_not(company: SmallCompany, signed_in: SignIn) -> None:
    hidden = company.deal("Secret of East", owner=company.outsider)
    task(company.rep, "Help out", AS_OF, hidden)
    text = page(signed_in(company.rep))
    assert "Help out" in text
    assert "Secret of East" not in text
    assert f"/opportunities/{hidden.pk}/" not in text


def test_a_task_is_ticked_off_put_off_and_both_are_taken_back(company: SmallCompany, signed_in: SignIn) -> None:
    row, client = task(company.rep), signed_in(company.rep)
    client.post(f"/today/tasks/{row.pk}/done/")
    row.refresh_from_db()
    assert row.done_at is not None
    text = page(client)
    assert "is-done" in text
    client.post(undo_in(text))
    row.refresh_from_db()
    assert row.done_at is None
    client.post(f"/today/tasks/{row.pk}/snooze/", {"until": "2024-08-19"})
    row.refresh_from_db()
    assert row.due_on == date(2024, 8, 19)
    client.post(undo_in(page(client)))
    row.refresh_from_db()
    assert row.due_on == AS_OF


def undo_in(text: str) -> str:
    found = re.search(r'<form method="post" action="([^"]+)">(?:<input[^>]+>)*<button type="submit" data-undo', text)
    assert found, "an Undo button"
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize("until", ["", "2024-08-14", "2031-01-01", "soon", "0000-00-00", "\x00"])
def test_a_day_that_cannot_be_is_said_and_nothing_changes(company: SmallCompany, signed_in: SignIn, until: str) -> None:
    row, client = task(company.rep), signed_in(company.rep)
    answer = client.post(f"/today/tasks/{row.pk}/snooze/", {"until": until}, follow=True)
    assert 'role="alert"' in answer.text
    row.refresh_from_db()
    assert row.due_on == AS_OF


def test_nobody_touches_tasks_and_deals_of_others(company: SmallCompany, signed_in: SignIn) -> None:
    row, deal = task(company.rep), company.deal()
    addresses = [f"/today/tasks/{row.pk}/{act}/" for act in ("done", "snooze", "due")]
    addresses += [f"/today/deals/{deal.pk}/{act}/" for act in ("next-step", "close-date", "fix", "back")]
    told = {"until": "2024-08-19", "next_step": "x", "expected_close_on": "2024-09-01"}
    for who in (company.outsider, company.manager, company.vp, company.ops):
        for address in addresses:
            assert signed_in(who).post(address, told).status_code == 404, address
    deal.refresh_from_db()
    row.refresh_from_db()
    assert (deal.next_step, deal.expected_close_on, row.done_at, row.due_on) == ("", None, None, AS_OF)


def test_a_next_step_is_written_in_place_and_taken_back(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal(expected_close_on=AS_OF + timedelta(days=9), next_step="Old", next_step_due_on=YESTERDAY)
    client = signed_in(company.rep)
    told = {"next_step": "Send the offer", "next_step_due_on": "2024-08-20", "version": deal.version}
    client.post(f"/today/deals/{deal.pk}/next-step/", told)
    deal.refresh_from_db()
    assert (deal.next_step, deal.next_step_due_on) == ("Send the offer", date(2024, 8, 20))
    address = undo_in(page(client))
    assert signed_in(company.outsider).post(address).status_code == 404
    client.post(address)
    deal.refresh_from_db()
    assert (deal.next_step, deal.next_step_due_on) == ("Old", YESTERDAY)


def test_of_two_who_edit_the_second_is_told_and_nothing_is_lost(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal(expected_close_on=AS_OF + timedelta(days=9))
    seen = deal.version
    client, address = signed_in(company.rep), f"/today/deals/{deal.pk}/next-step/"
    client.post(address, {"next_step": "First", "version": seen})
    answer = client.post(address, {"next_step": "Second", "version": seen}, follow=True)
    assert "was changed by someone else" in words(answer.text)
    deal.refresh_from_db()
    assert deal.next_step == "First"


def test_moving_a_close_date_counts_as_pushed_and_undo_takes_that_back_too(
    company: SmallCompany, signed_in: SignIn
) -> None:
    deal = company.deal(expected_close_on=YESTERDAY)
    client = signed_in(company.rep)
    client.post(f"/today/deals/{deal.pk}/close-date/", {"expected_close_on": "2024-09-01", "version": deal.version})
    deal.refresh_from_db()
    assert (deal.expected_close_on, deal.pushed_count) == (date(2024, 9, 1), 1)
    client.post(undo_in(page(client)))
    deal.refresh_from_db()
    assert (deal.expected_close_on, deal.pushed_count) == (YESTERDAY, 0)


def fix_form(text: str, deal: Opportunity) -> str:
    """The form that mends a deal, as it stands on the page."""
    found = re.search(
        rf'<form class="so-fix" method="post" action="/today/deals/{deal.pk}/fix/">.*?</form>', text, re.S
    )
    assert found, "a form that mends the deal"
    return found[0]


def test_a_finding_is_mended_by_a_click_and_taken_back_on_the_page(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal("Too sure", probability=90, next_step="Call")
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    assert "Take the stage&#x27;s 10%" in fix_form(page(client), deal)
    answer = client.post(f"/today/deals/{deal.pk}/fix/", {"version": deal.version})
    assert answer["Location"] == "/today/"
    text = page(client)
    assert "Too sure is fixed: Take the stage's 10%." in unescape(text)
    assert Opportunity.objects.get(pk=deal.pk).probability is None
    address = undo_in(text)
    assert signed_in(company.outsider).post(address).status_code == 404
    assert client.post(address)["Location"] == "/today/"
    assert "Taken back: 1." in page(client)
    assert Opportunity.objects.get(pk=deal.pk).probability == 90


def test_a_missing_next_step_is_written_where_it_is_told(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal("No plan")
    check_records(on=AS_OF)
    client = signed_in(company.rep)
    assert 'name="next_step"' in fix_form(page(client), deal)
    client.post(f"/today/deals/{deal.pk}/fix/", {"version": deal.version, "next_step": "Send the terms"})
    assert Opportunity.objects.get(pk=deal.pk).next_step == "Send the terms"
    client.post(undo_in(page(client)))
    assert Opportunity.objects.get(pk=deal.pk).next_step == ""


def test_a_deal_without_a_safe_change_leads_to_itself(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal("Bare", next_step="Call")
    check_records(on=AS_OF)
    text = page(signed_in(company.rep))
    assert f'href="{deal.get_absolute_url()}" aria-label="Look at Bare"' in text
    assert "so-fix" not in text


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"next_step": "x" * 10_000}, "at most 255 characters"),
        ({"version": "soon"}, "whole number"),
        ({"next_step": "\x00"}, "Null characters"),
        ({"version": "1"}, "changed since you looked"),
        ({"next_step": "Again"}, "Nothing here that this mends."),
    ],
)
def test_a_fix_that_cannot_be_is_said_and_nothing_changes(
    company: SmallCompany, signed_in: SignIn, told: dict[str, str], says: str
) -> None:
    deal = company.deal("Too sure", probability=90)
    change_deal(deal_id=deal.pk, values={"next_step": "Call"}, version=None, by=company.ops.user, on=AS_OF)
    check_records(on=AS_OF)
    answer = signed_in(company.rep).post(f"/today/deals/{deal.pk}/fix/", told, follow=True)
    assert answer.redirect_chain == [("/today/", 302)]
    assert says in unescape(words(answer.text))
    again = Opportunity.objects.get(pk=deal.pk)
    assert (again.probability, again.next_step) == (90, "Call")


def test_a_mended_deal_is_left_alone_the_second_time(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal("In order", next_step="Call")
    answer = signed_in(company.rep).post(f"/today/deals/{deal.pk}/fix/", follow=True)
    assert "Nothing here that this mends." in words(answer.text)


def test_an_undo_that_was_tampered_with_is_refused(company: SmallCompany, signed_in: SignIn) -> None:
    deal, other = company.deal(expected_close_on=YESTERDAY), company.deal("Other", expected_close_on=YESTERDAY)
    client = signed_in(company.rep)
    client.post(f"/today/deals/{deal.pk}/close-date/", {"expected_close_on": "2024-09-01"})
    address = unquote(undo_in(page(client)))
    for wrong in (f"{address}x", address.replace(f"/{deal.pk}/", f"/{other.pk}/"), address.split("?")[0]):
        assert client.post(wrong).status_code == 404


def test_where_i_stand_is_what_the_dashboard_says(company: SmallCompany, signed_in: SignIn) -> None:
    won(company, "Won one", 1200)
    company.deal("Open one", expected_close_on=AS_OF + timedelta(days=3), amount=Decimal(5000))
    client = signed_in(company.rep)
    text, board = words(page(client)), words(page(client, "/dashboard/"))
    assert "$1,200 booked" in text
    for figure in ("$5.00K", "$500"):
        assert (figure in text) == (figure in board)
    assert "1 deal " in text
    from core.models import FiscalPeriod
    from core.services import lay_out_periods

    lay_out_periods(company=company.row, first=2023, last=2025)
    quarter = FiscalPeriod.objects.get(key="2024-Q3")
    Target.objects.create(period=quarter, holder_kind="person", holder_id=company.rep.person.pk,
                          amount=Decimal(2400), currency_id="USD", valid_from=SINCE)  # fmt: skip
    text = words(page(client))
    assert "50.0% $1,200 of $2,400" in text
    assert "$1,200 to go." in text


def test_a_rank_needs_others_to_be_ranked_with(company: SmallCompany, signed_in: SignIn) -> None:
    from people.models import Person
    from people.services import report_to, seat

    won(company, "Mine", 300)
    assert "Rank by bookings" not in page(signed_in(company.rep))
    for name, amount in (("Bea Brandt", 900), ("Cara Conte", 100)):
        person = Person.objects.create(name=name)
        position = seat(person=person, title="Rep", since=SINCE, team=company.west)
        report_to(position=position, manager=company.manager.position, since=SINCE)
        won(company, name, amount, owner=Member(company.rep.user, person, position))
    text = words(page(signed_in(company.rep)))
    assert "Rank by bookings West 1 2 of 3" in text
    assert "Bea" not in text
    assert "900" not in text


def test_new_leads_nobody_touched(company: SmallCompany, signed_in: SignIn) -> None:
    lead = Lead.objects.create(name="Hollis Freight", owner=company.rep.person)
    Lead.objects.create(name="Of Olga", owner=company.outsider.person)
    touched = Lead.objects.create(name="Called already", owner=company.rep.person)
    Activity.objects.create(kind="call", title="Called", subject_kind="lead", subject_id=touched.pk)
    client = signed_in(company.rep)
    text = page(client, reverse("leads:new_leads"))
    assert lead.name in text
    assert "Called already" not in text
    assert "Of Olga" not in text
    listed = page(client, f"/leads/?status=new&owner={company.rep.person.pk}&untouched=1")
    assert lead.name in listed
    assert "Called already" not in listed


def test_a_managers_team_is_their_line_and_adds_up(company: SmallCompany, signed_in: SignIn) -> None:
    won(company, "Ana's", 700)
    won(company, "Olga's", 5000, owner=company.outsider)
    task(company.rep, due=YESTERDAY)
    text = words(page(signed_in(company.manager), reverse("reporting:today_team")))
    assert "Ana Alves Rep West $700" in text
    assert "Olga" not in text
    assert "Your line $700" in text


def test_deals_to_inspect_have_plain_reasons(company: SmallCompany, signed_in: SignIn) -> None:
    pushed = company.deal("Pushed one", expected_close_on=date(2024, 9, 20), next_step="x")
    Opportunity.objects.filter(pk=pushed.pk).update(pushed_count=3)
    company.deal("Unplanned", expected_close_on=AS_OF + timedelta(days=5))
    company.deal("In order", expected_close_on=date(2024, 9, 21), next_step="x")
    company.deal("Of East", expected_close_on=YESTERDAY, owner=company.outsider)
    text = words(page(signed_in(company.manager), reverse("reporting:today_team")))
    assert "Pushed 3×" in text
    assert "Unplanned" in text
    assert "No next step" in text
    assert "In order" not in text
    assert "Of East" not in text


def test_the_line_filter_shows_the_rows_of_a_line(company: SmallCompany, signed_in: SignIn) -> None:
    company.deal("Ana's deal")
    company.deal("Olga's deal", owner=company.outsider)
    text = page(signed_in(company.vp), f"/opportunities/?line={company.manager.person.pk}")
    assert "Ana&#x27;s deal" in text
    assert "Olga&#x27;s deal" not in text


def test_health_counts_what_got_worse(company: SmallCompany, signed_in: SignIn) -> None:
    from pipeline.services.hygiene import check_records, ensure_rules

    ensure_rules()
    company.deal("Old", next_step="")
    check_records(on=AS_OF - timedelta(days=8))
    company.deal("New", next_step="")
    check_records(on=AS_OF)
    text = words(page(signed_in(company.ops), reverse("reporting:today_health")))
    assert re.search(r"No next step 2 \+1", text), text[:3000]


ADDRESSES = ["/today/", "/today/team/", "/leads/untouched/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_three_rows_cost_as_many_queries_as_one(company: SmallCompany, signed_in: SignIn, address: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    both = create_user(email="both@example.com", password=None, roles=["rep", "manager"], by=None, on=SINCE)
    company.manager.person.user = both
    company.manager.person.save()
    client = signed_in(both)

    def rows(name: str) -> None:
        deal = company.deal(name, owner=company.manager, expected_close_on=AS_OF + timedelta(days=4), next_step="x",
                            next_step_due_on=YESTERDAY)  # fmt: skip
        company.deal(f"{name} late", owner=company.manager, expected_close_on=YESTERDAY)
        task(company.manager, name, AS_OF, deal)
        won(company, f"{name} won", 100, owner=company.rep)
        company.deal(f"{name} too sure", owner=company.manager, probability=90)
        check_records(on=AS_OF)
        Lead.objects.create(name=name, owner=company.manager.person)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(client, address)
        return len(asked)

    rows("one")
    cost()
    one = cost()
    rows("two")
    rows("three")
    assert cost() == one
