"""Activities: logged in a line, changed, finished, handed over, deleted; the list; timelines and families."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.history import Place
from pipeline.enums import ActivityKind
from pipeline.models import Activity
from pipeline.selectors.accounts import family_of
from pipeline.selectors.timelines import timeline_for
from pipeline.services import change_deal, log_on
from tests.counting import queries

HX = {"HX-Request": "true"}


def log(client: Any, kind: str, record: Any, line: str, **more: Any) -> Any:
    return client.post(reverse("pipeline:activity_log", args=[kind, record.pk]), {"line": line, **more}, headers=HX)


def activity(company: Any, record: Any, title: str = "Spoke", kind: str = "call", **fields: Any) -> Activity:
    row = Activity(kind=kind, title=title, owner=company.rep.person, **fields)
    name = record._meta.model_name
    account = record.pk if name == "account" else getattr(record, "account_id", None)
    return log_on(activity=row, kind=name, record_id=record.pk, account_id=account, by=company.rep.user,
                  at=timezone.now())  # fmt: skip


def test_a_line_logs_what_happened_and_sets_what_comes_of_it(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    text = log(client, "opportunity", deal, "call 15m spoke with Ann, send quote tomorrow").content.decode()
    call, task = Activity.objects.order_by("pk")
    assert (call.kind, call.minutes, call.title, call.owner) == ("call", 15, "spoke with Ann", company.rep.person)
    assert (task.kind, task.title, task.done_at) == ("task", "send quote", None)
    assert task.due_on is not None and "spoke with Ann" in text and 'id="timeline"' in text
    deal.refresh_from_db()
    assert deal.last_activity_at == call.happened_at


def test_what_is_understood_is_shown_before_it_is_saved(company: Any, signed_in: Any) -> None:
    address = reverse("pipeline:activity_read")
    said = signed_in(company.rep).get(address, {"line": "call 15m <b>Ann</b>, send quote fri"}, headers=HX)
    text = said.content.decode()
    assert "15 min" in text and "send quote" in text and "<b>Ann</b>" not in text
    assert not Activity.objects.exists()
    assert b"How a line is read" in signed_in(company.rep).get(address).content


@pytest.mark.parametrize("line", ["", "   ", "x" * 1001, "send it 9999-12-31"])
def test_a_line_that_can_not_be_is_said(company: Any, signed_in: Any, line: str) -> None:
    answer = log(signed_in(company.rep), "account", company.account(), line)
    assert answer.status_code == 200 and b"form-error" in answer.content
    assert not Activity.objects.exists()


def test_an_activity_is_changed_deleted_and_brought_back(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    done = activity(company, deal)
    page = reverse("pipeline:activity", args=[done.pk])
    form = client.get(page).context["form"]
    sent = {"kind": "meeting", "title": "Met", "minutes": "30", "body": "Two lines\nof notes",
            "happened_on": "2024-01-05", "owner": form["owner"].value()}  # fmt: skip
    assert client.post(page, sent).status_code == 302
    done.refresh_from_db()
    assert (done.kind, done.title, done.minutes, done.happened_at.date()) == ("meeting", "Met", 30, date(2024, 1, 5))
    told = client.post(reverse("pipeline:activity_archive", args=[done.pk]), follow=True).content.decode()
    deal.refresh_from_db()
    assert deal.last_activity_at is None
    assert client.get(page).status_code == 404
    undo = re.search(r'action="(/activities/\d+/restore/)"', told)
    assert undo
    client.post(undo[1])
    deal.refresh_from_db()
    assert deal.last_activity_at == done.happened_at
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"happened_on": "2999-01-01"}, {"happened_on": "0001-01-01"}, {"title": ""}, {"title": "x" * 256},
     {"minutes": "-5"}, {"kind": "task"}, {"owner": "999999"}],
)  # fmt: skip
def test_what_an_activity_can_not_become_is_said_at_the_field(
    company: Any, signed_in: Any, wrong: dict[str, str]
) -> None:
    done = activity(company, company.deal())
    sent = {"kind": "call", "title": "Met", "happened_on": "2024-01-05", "owner": company.rep.person.pk} | wrong
    answer = signed_in(company.rep).post(reverse("pipeline:activity", args=[done.pk]), sent)
    assert answer.status_code == 200 and b"form-error" in answer.content
    done.refresh_from_db()
    assert done.title == "Spoke"


def test_a_task_is_done_opened_again_and_put_off_where_it_stands(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    task = activity(company, deal, "Send quote", "task", due_on=date(2024, 9, 1))
    client.post(reverse("pipeline:activity_due", args=[task.pk]), {"due_on": "2024-09-08"})
    task.refresh_from_db()
    assert task.due_on == date(2024, 9, 8)
    client.post(reverse("pipeline:activities"), {"done": task.pk})
    task.refresh_from_db()
    assert task.done_at
    client.post(reverse("pipeline:activity_done", args=[task.pk]))
    task.refresh_from_db()
    assert task.done_at is None
    client.post(reverse("pipeline:activity_due", args=[task.pk]), {"due_on": "soon"})
    task.refresh_from_db()
    assert task.due_on == date(2024, 9, 8)


def test_a_manager_hands_a_task_to_the_own_line_only(company: Any, signed_in: Any) -> None:
    task = activity(company, company.deal(), "Send quote", "task")
    page, client = reverse("pipeline:activity", args=[task.pk]), signed_in(company.manager)
    client.post(page, {"title": "Send quote", "owner": company.outsider.person.pk})
    task.refresh_from_db()
    assert task.owner == company.rep.person
    client.post(page, {"title": "Send quote", "owner": company.manager.person.pk})
    task.refresh_from_db()
    assert task.owner == company.manager.person


def test_who_may_not_see_the_record_finds_no_activity_of_it(company: Any, signed_in: Any) -> None:
    done, client = activity(company, company.deal(), "Secret words"), signed_in(company.outsider)
    assert client.get(reverse("pipeline:activity", args=[done.pk])).status_code == 404
    for name in ("activity_done", "activity_due", "activity_archive", "activity_restore"):
        assert client.post(reverse(f"pipeline:{name}", args=[done.pk])).status_code == 404
    listed = client.get(reverse("pipeline:activities")).content.decode()
    assert "Secret words" not in listed
    assert "Secret words" in signed_in(company.rep).get(reverse("pipeline:activities")).content.decode()


def test_an_account_does_not_hand_over_what_was_done_on_deals_out_of_sight(company: Any, signed_in: Any) -> None:
    account = company.account()
    company.deal("Shared way", account=account)
    theirs = company.deal("Theirs", account=account, owner=company.outsider)
    activity(company, theirs, "Secret words")
    address = reverse("pipeline:record_timeline", args=["account", account.pk])
    assert "Secret words" not in signed_in(company.rep).get(address).content.decode()
    assert "Secret words" in signed_in(company.ops).get(address).content.decode()
    figures = reverse("pipeline:account_figures", args=[account.pk])
    assert "$1,000" in signed_in(company.rep).get(figures, headers=HX).content.decode()
    assert "$2,000" in signed_in(company.ops).get(figures, headers=HX).content.decode()


def test_the_list_shows_mine_my_team_what_is_open_and_overdue(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    activity(company, deal, "Late task", "task", due_on=date(2024, 1, 1))
    activity(company, deal, "Open task", "task", due_on=date(2999, 1, 1))
    activity(company, deal, "A call")
    client, boss, page = signed_in(company.rep), signed_in(company.manager), reverse("pipeline:activities")

    def titles(who: Any, query: str) -> set[str]:
        text = who.get(f"{page}?{query}").content.decode()
        return {one for one in ("Late task", "Open task", "A call") if one in text}

    assert titles(client, "whose=mine") == titles(boss, "whose=team") == {"Late task", "Open task", "A call"}
    assert titles(boss, "whose=mine") == set()
    assert titles(client, "state=open") == {"Late task", "Open task"}
    assert titles(client, "state=overdue") == {"Late task"}
    assert titles(client, "kind=call") == {"A call"}
    exported = b"".join(client.get(f"{page}?format=csv&columns=title,record").streaming_content)
    assert b"A call,Acme pilot" in exported


def test_the_list_and_the_timeline_cost_the_same_with_one_and_with_three_rows(company: Any, signed_in: Any) -> None:
    account = company.account()
    deal, client = company.deal(account=account), signed_in(company.rep)
    pages = [reverse("pipeline:activities"), reverse("pipeline:record_timeline", args=["account", account.pk]),
             reverse("pipeline:deal", args=[deal.pk])]  # fmt: skip

    def more(number: int) -> None:
        activity(company, deal, f"Call {number}")
        values = {"amount": Decimal(1000 + number)}
        change_deal(deal_id=deal.pk, values=values, version=None, by=company.rep.user, on=company.as_of)

    more(1)
    one = [queries(client, page) for page in pages]
    more(2)
    more(3)
    assert [queries(client, page) for page in pages] == one


def test_show_earlier_tells_every_line_once_in_order(company: Any) -> None:
    account = company.account()
    deal = company.deal(account=account)
    for number in range(7):
        happened = datetime(2024, 1, 1 + number // 3, tzinfo=UTC)  # several at one instant
        activity(company, account, f"Call {number}", happened_at=happened)
        values = {"amount": Decimal(2000 + number)}
        change_deal(deal_id=deal.pk, values=values, version=None, by=company.rep.user, on=company.as_of)
    whole = timeline_for(company.rep.user, "account", account, company.as_of, limit=500)
    pages, before = [], ""
    while True:
        page = timeline_for(company.rep.user, "account", account, company.as_of, limit=3, before=before)
        pages += page.lines
        before = page.earlier
        if not before:
            break
    assert [(one.at, one.title, tuple(one.changes)) for one in pages] == [
        (one.at, one.title, tuple(one.changes)) for one in whole.lines
    ]
    amounts = [change for one in whole.lines for change in one.changes if change[0] == "Amount"]
    assert amounts[0] == ("Amount", "$2,005.00", "$2,006.00") and len(amounts) == 7


def test_a_place_reads_back_and_rubbish_is_none() -> None:
    place = Place(datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), 30, 7)
    assert Place.read(str(place)) == place
    for text in ("", "x", "20240101T000000.0", "20240101T000000.000000-a-b", "9" * 5000):
        assert Place.read(text) is None


def test_the_family_adds_up_exactly_over_what_may_be_seen(company: Any) -> None:
    top = company.account("Top")
    middle = company.account("Middle", parent=top)
    below = company.account("Below", parent=middle)
    company.account("Hidden", parent=top, owner=company.outsider)
    company.deal(account=top, amount=Decimal("0.10"))
    company.deal(account=below, amount=Decimal("0.20"))
    company.deal(account=below, amount=Decimal("7.00"), stage="Won")
    company.deal(account=below, amount=Decimal("99.00"), owner=company.outsider)
    family = family_of(company.rep.user, middle, company.as_of)
    told = [(one.account.name, one.level, one.open, one.won) for one in family.members]
    assert told == [
        ("Top", 0, [("USD", Decimal("0.3000"))], [("USD", Decimal("7.0000"))]),
        ("Middle", 1, [("USD", Decimal("0.2000"))], [("USD", Decimal("7.0000"))]),
        ("Below", 2, [("USD", Decimal("0.2000"))], [("USD", Decimal("7.0000"))]),
    ]
    assert family_of(company.rep.user, company.account("Alone"), company.as_of).members == []


def test_kinds_have_icons() -> None:
    from pipeline.selectors.activities import ICONS

    assert set(ICONS) == set(ActivityKind.values)
