"""What people are told: in the transaction, once, in the way they chose, and only while they may see the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from core.enums import MailState
from core.models import Job, Notification, NotificationChoice
from core.notify import MAIL_JOB, notify
from core.selectors import channels_of, told_to, unread_count
from core.services import ChoiceError, choose_channels, mail_notifications, mark_read, mark_unread, tidy_up
from people.services import create_user
from pipeline.services import change_deal
from tests.small_company import SINCE, SmallCompany

SignIn = Callable[..., Client]
NOW = datetime.now(UTC)


def tell(company: SmallCompany, deal: Any, *, user: Any = None, **more: Any) -> int:
    given = {"title": f"{deal.name} is yours", "kind": "deal_handed", "subject": deal} | more
    return notify(users=[user or company.rep.user], **given)


@pytest.fixture
def deal(company: SmallCompany) -> Any:
    made = company.deal("Quartz pilot")
    Notification.objects.all().delete()
    return made


def test_it_is_told_in_the_transaction_and_a_rolled_back_one_tells_nobody(
    company: SmallCompany, deal: Any, mailbox: Callable[[], list[EmailMessage]], run_jobs: Callable[[], list[str]]
) -> None:
    choose_channels(user=company.rep.user, channels={"deal_handed": "mail"})
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(company, deal)
        raise RuntimeError
    assert not Notification.objects.exists()
    assert MAIL_JOB not in run_jobs()
    assert mailbox() == []


def test_mail_goes_to_who_chose_it_by_smtp_once(
    company: SmallCompany, deal: Any, mailbox: Callable[[], list[EmailMessage]], run_jobs: Callable[[], list[str]]
) -> None:
    choose_channels(user=company.rep.user, channels={"deal_handed": "mail"})
    assert (
        notify(kind="deal_handed", users=[company.rep.user, company.manager.user], title="It is\r\nyours", subject=deal)
        == 2
    )
    assert MAIL_JOB in run_jobs()
    (message,) = mailbox()
    assert message["To"] == "ana@example.com"
    assert message["Subject"] == "It is yours"
    text = message.get_content()
    assert f"/opportunities/{deal.pk}/" in text
    assert "/notifications/choices/" in text
    assert mail_notifications(at=NOW) == 0
    states = dict(Notification.objects.values_list("user__email", "mail_state"))
    assert states == {"ana@example.com": MailState.SENT, "max@example.com": MailState.NOT_ASKED}


def test_a_server_that_is_down_leaves_the_message_waiting(company: SmallCompany, deal: Any, settings: Any) -> None:
    choose_channels(user=company.rep.user, channels={"deal_handed": "mail"})
    tell(company, deal)
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"host": "127.0.0.1", "port": 9, "timeout": 1}}}
    assert mail_notifications(at=NOW) == 0
    assert Notification.objects.get().mail_state == MailState.WAITING
    assert mail_notifications(at=NOW + timedelta(days=3)) == 0
    assert Notification.objects.get().mail_state == MailState.NOT_ASKED, "a message two days late isn't sent any more"


def test_what_was_read_or_lies_out_of_sight_is_not_mailed(
    company: SmallCompany, deal: Any, mailbox: Callable[[], list[EmailMessage]], run_jobs: Callable[[], list[str]]
) -> None:
    for user in (company.rep.user, company.outsider.user):
        choose_channels(user=user, channels={"deal_handed": "mail"})
        tell(company, deal, user=user)
    mark_read(user=company.rep.user, at=NOW)
    run_jobs()
    assert mailbox() == []


def test_an_unread_one_of_the_same_key_is_renewed(company: SmallCompany, deal: Any) -> None:
    assert tell(company, deal, dedupe_key="k") == 1
    assert tell(company, deal, dedupe_key="k", title="Again") == 0
    assert Notification.objects.get().title == "Again"
    mark_read(user=company.rep.user, at=NOW)
    assert tell(company, deal, dedupe_key="k") == 1
    assert unread_count(company.rep.user) == 1


def test_reading_is_taken_back_unless_its_like_has_come(company: SmallCompany, deal: Any) -> None:
    tell(company, deal, dedupe_key="k")
    ids = mark_read(user=company.rep.user, at=NOW)
    assert mark_unread(user=company.rep.user, ids=ids) == 1
    mark_read(user=company.rep.user, at=NOW)
    tell(company, deal, dedupe_key="k")
    assert mark_unread(user=company.rep.user, ids=ids) == 0


def test_nobody_is_told_of_their_own_act_nor_who_wants_nothing_or_left(company: SmallCompany, deal: Any) -> None:
    assert tell(company, deal, by=company.rep.user) == 0
    choose_channels(user=company.rep.user, channels={"deal_handed": "none"})
    assert tell(company, deal) == 0
    company.manager.user.is_active = False
    company.manager.user.save()
    assert tell(company, deal, user=company.manager.user) == 0
    assert notify(kind="deal_handed", users=[None], title="x") == 0


def test_a_choice_is_one_of_those_offered(company: SmallCompany) -> None:
    for channels in ({"deal_handed": "pigeon"}, {"nothing": "app"}):
        with pytest.raises(ChoiceError):
            choose_channels(user=company.rep.user, channels=channels)


@pytest.mark.parametrize("place", ["/notifications/", "bell"])
def test_the_text_is_shown_only_while_the_record_is_in_sight(
    company: SmallCompany, deal: Any, signed_in: SignIn, place: str
) -> None:
    tell(company, deal, detail="By Zenobia")
    client = signed_in(company.rep)
    headers = {"HX-Request": "true", "HX-Target": "notes"} if place == "bell" else {}
    assert "Quartz pilot" in client.get("/notifications/", headers=headers).text
    row = Notification.objects.get()
    assert client.get(f"/notifications/{row.pk}/")["Location"] == f"/opportunities/{deal.pk}/"
    values = {"owner": company.outsider.person}
    change_deal(deal_id=deal.pk, values=values, version=deal.version, by=company.ops.user, on=company.as_of)
    text = client.get("/notifications/", headers=headers).text
    assert "Quartz" not in text
    assert "Zenobia" not in text
    assert "A deal is handed to you" in text
    assert client.get(f"/notifications/{row.pk}/")["Location"] == "/notifications/"


def test_a_hundred_notifications_cost_as_many_queries_as_one(
    company: SmallCompany, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(company.rep)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get("/notifications/").status_code == 200
        return len(asked)

    tell(company, company.deal("One"))
    client.get("/notifications/")
    one = cost()
    for number in range(30):
        tell(company, company.deal(f"Deal {number}"))
    assert cost() == one


def test_pages_belong_to_their_reader(company: SmallCompany, deal: Any, signed_in: SignIn) -> None:
    tell(company, deal)
    row = Notification.objects.get()
    rep, other = signed_in(company.rep), signed_in(company.outsider)
    assert 'data-unread="1"' in rep.get("/opportunities/").text
    assert "data-unread" not in other.get("/opportunities/").text
    assert other.get(f"/notifications/{row.pk}/").status_code == 404
    other.post("/notifications/read/", {"pk": row.pk})
    assert unread_count(company.rep.user) == 1
    rep.post("/notifications/read/", {"pk": row.pk})
    assert unread_count(company.rep.user) == 0
    assert "Everything is read" in rep.get("/notifications/?show=unread").text
    rep.post(f"/notifications/unread/?pk={row.pk}")
    assert unread_count(company.rep.user) == 1
    assert rep.get("/notifications/?show=nonsense&before=x").status_code == 200
    assert Client().get("/notifications/").status_code == 302


def test_choices_are_kept(company: SmallCompany, signed_in: SignIn) -> None:
    client = signed_in(company.rep)
    text = client.get("/notifications/choices/").text
    assert "A task is assigned to you" in text
    assert "A run failed" not in text, "reps aren't told of runs"
    told = {kind.key: channel for kind, channel in channels_of(company.rep.user)}
    client.post("/notifications/choices/", told | {"task_assigned": "none", "deal_handed": "mail"})
    kept = dict(NotificationChoice.objects.filter(user=company.rep.user).values_list("kind", "channel"))
    assert kept == told | {"task_assigned": "none", "deal_handed": "mail"}
    wrong = client.post("/notifications/choices/", {"task_assigned": "pigeon"})
    assert wrong.status_code == 200
    assert dict(NotificationChoice.objects.values_list("kind", "channel"))["task_assigned"] == "none"


def test_a_deal_handed_over_is_told_and_an_own_change_is_not(company: SmallCompany, deal: Any) -> None:
    by = company.manager.user
    change_deal(deal_id=deal.pk, values={"name": "Renamed"}, version=None, by=by, on=company.as_of)
    assert not Notification.objects.exists()
    values = {"owner": company.manager.person}
    change_deal(deal_id=deal.pk, values=values, version=None, by=by, on=company.as_of)
    assert not Notification.objects.exists()
    change_deal(deal_id=deal.pk, values={"owner": company.rep.person}, version=None, by=by, on=company.as_of)
    row = Notification.objects.get()
    assert (row.user, row.subject_kind, row.subject_id) == (company.rep.user, "opportunity", deal.pk)
    assert row.detail == "By Max Moreau"


def test_old_readings_go_at_night(company: SmallCompany, deal: Any) -> None:
    tell(company, deal)
    assert tidy_up(at=NOW + timedelta(days=365))["notifications"] == 0
    mark_read(user=company.rep.user, at=NOW)
    assert tidy_up(at=NOW + timedelta(days=89))["notifications"] == 0
    assert tidy_up(at=NOW + timedelta(days=91))["notifications"] == 1


def test_keepers_are_told_once_of_a_run_that_failed(company: SmallCompany) -> None:
    from core.enums import RunState
    from core.runs import open_run
    from reporting.services import has_failed_runs, tell_failed_runs

    run = open_run(kind="pipeline.hygiene", label="Data quality")
    type(run).objects.filter(pk=run.pk).update(state=RunState.FAILED, ended_at=NOW)
    other = open_run(kind="import", label="Import x.csv")
    type(run).objects.filter(pk=other.pk).update(state=RunState.FAILED, ended_at=NOW)
    assert has_failed_runs(NOW)
    assert tell_failed_runs(at=NOW) == 2, "sales ops and the admin"
    assert not has_failed_runs(NOW + timedelta(minutes=1))
    assert tell_failed_runs(at=NOW + timedelta(minutes=1)) == 0
    told = told_to(company.ops.user, list(Notification.objects.filter(user=company.ops.user)), as_of=company.as_of)
    assert [one.title for one in told] == ["Data quality failed"]


def test_a_login_without_a_role_has_its_own_page_too(db: None, signed_in: SignIn) -> None:
    nobody = create_user(email="new@example.com", password=None, roles=[], by=None, on=SINCE)
    assert signed_in(nobody).get("/notifications/").status_code == 200
    assert not Job.objects.filter(name=MAIL_JOB).exists()
