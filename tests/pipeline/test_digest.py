"""The weekly mail: what it tells whom, once a week, by real SMTP, also when a worker dies in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.enums import RunState
from core.models import Company, NotificationChoice, Run
from people.models import Person, User
from pipeline.models import DigestMail, DigestPlan, Opportunity
from pipeline.selectors.digest import digest_of
from pipeline.services import digest
from pipeline.services.hygiene import check_records
from tests.small_company import AS_OF

MONDAY = datetime(2024, 8, 19, 8, tzinfo=UTC)
WEEK = MONDAY.date()


@pytest.fixture
def checked(company: Any) -> Any:
    """Two checks a week apart: Ana's deals got worse, Olga's stayed."""
    company.deal("Mine of Ana", next_step="Call"), company.deal("Far east", owner=company.outsider)
    check_records(on=AS_OF - timedelta(days=7))
    Opportunity.objects.filter(name="Mine of Ana").update(next_step="")
    check_records(on=AS_OF)
    return company


def told(mailbox: Any) -> dict[str, Any]:
    return {str(mail["To"]).split("@")[0]: mail for mail in mailbox()}


def body(mail: Any, kind: str = "plain") -> str:
    return str(mail.get_body((kind,)).get_content())


def test_everyone_reads_what_is_theirs(checked: Any, mailbox: Any) -> None:
    run = digest.send_week(at=MONDAY)
    mails = told(mailbox)
    assert set(mails) == {"ana", "max", "olga", "eva", "vera", "oren"}
    assert run.state == RunState.SUCCEEDED
    for kind in ("plain", "html"):
        assert "Mine of Ana" in body(mails["ana"], kind)
        assert "Far east" not in body(mails["ana"], kind)
        assert "West 1" in body(mails["max"], kind)
        assert "East 1" not in body(mails["max"], kind)
        assert {"West 1", "East 1"} <= {name for name in ("West 1", "East 1") if name in body(mails["oren"], kind)}
    assert "Fell: Ana Alves −15" in body(mails["max"])
    assert str(mails["ana"]["Subject"]).endswith("1 deal to fix")


def test_a_mail_goes_out_once_a_week(checked: Any, mailbox: Any) -> None:
    digest.send_week(at=MONDAY), digest.send_week(at=MONDAY + timedelta(days=2))
    assert len(mailbox()) == 6
    digest.send_week(at=MONDAY + timedelta(days=7))
    assert len(mailbox()) == 12


def test_a_worker_that_dies_between_mails_sends_none_twice(
    checked: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, sent = digest.message_of, []

    def dying(*args: Any, **kwargs: Any) -> Any:
        if len(sent) == 3:
            raise SystemExit
        sent.append(1)
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(digest, "message_of", dying)
        with pytest.raises(SystemExit):
            digest.send_week(at=MONDAY)
    assert len(mailbox()) == 3
    run = digest.send_week(at=MONDAY)
    assert (run.counts["known"], run.counts["sent"]) == (3, 3)
    assert len(mailbox()) == len({mail["Message-ID"] for mail in mailbox()}) == 6


def test_a_server_that_is_away_fails_the_run_and_is_tried_again(checked: Any, settings: Any) -> None:
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"host": "127.0.0.1", "port": 9}}}
    with pytest.raises(OSError, match="refused"):
        digest.send_week(at=MONDAY)
    assert Run.objects.get(kind=digest.KIND).state == RunState.FAILED
    assert not DigestMail.objects.filter(state="sent").exists()
    ended = Run.objects.get(kind=digest.KIND).ended_at
    Run.objects.filter(kind=digest.KIND).update(ended_at=MONDAY)
    assert ended is not None
    assert not digest.is_due(at=MONDAY + timedelta(minutes=5))
    assert digest.is_due(at=MONDAY + timedelta(minutes=40))


def test_it_is_due_on_its_weekday_in_the_companys_time_zone(checked: Any) -> None:
    Company.objects.update(time_zone="Pacific/Auckland")  # twelve hours ahead
    at = datetime(2024, 8, 18, 18, 59, tzinfo=UTC)
    assert not digest.is_due(at=at)
    assert digest.is_due(at=at + timedelta(minutes=1))
    assert digest.is_due(at=at + timedelta(days=3))
    digest.save_plan(plan=DigestPlan(weekday=4, hour=9), by=checked.ops.user)
    assert not digest.is_due(at=at + timedelta(days=3))
    assert digest.is_due(at=datetime(2024, 8, 22, 21, 0, tzinfo=UTC))
    digest.save_plan(plan=DigestPlan(is_on=False), by=checked.ops.user)
    assert not digest.is_due(at=at + timedelta(days=5))


def test_nothing_is_due_before_the_first_check_or_after_the_weeks_mails(company: Any, mailbox: Any) -> None:
    assert not digest.is_due(at=MONDAY)
    company.deal()
    check_records(on=AS_OF)
    assert digest.is_due(at=MONDAY)
    digest.send_week(at=MONDAY)
    assert not digest.is_due(at=MONDAY + timedelta(days=1))
    assert digest.is_due(at=MONDAY + timedelta(days=7))


def test_names_cant_break_a_header_or_the_page(checked: Any, mailbox: Any) -> None:
    Company.objects.update(name="Acme\r\nBcc: all@example.com")
    Person.objects.filter(pk=checked.rep.person.pk).update(name="<script>alert(1)</script>")
    Opportunity.objects.filter(name="Mine of Ana").update(name="<img src=x onerror=alert(1)>")
    digest.send_week(at=MONDAY)
    for mail in mailbox():
        assert mail["Bcc"] is None
        assert "<script" not in body(mail, "html")
        assert "<img" not in body(mail, "html")


def test_leaving_by_the_link(checked: Any, mailbox: Any) -> None:
    digest.send_week(at=MONDAY)
    mail = told(mailbox)["ana"]
    link = str(mail["List-Unsubscribe"]).strip("<>").split("localhost", 1)[1].split("/", 1)[1]
    client = Client(enforce_csrf_checks=True)
    assert client.get(f"/{link}").status_code == 200
    assert not NotificationChoice.objects.exists()
    assert client.post(f"/{link}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert NotificationChoice.objects.get(user=checked.rep.user).channel == "none"
    digest.send_week(at=MONDAY + timedelta(days=7))
    assert [str(one["To"]) for one in mailbox()].count("ana@example.com") == 1
    client.post(f"/{link}", {"back": "1"})
    assert NotificationChoice.objects.get(user=checked.rep.user).channel == "mail"
    assert client.get(f"/{link[:-3]}x/").status_code == 404


def test_nobody_without_deals_or_a_login_gets_it(checked: Any, mailbox: Any) -> None:
    User.objects.filter(pk=checked.outsider.user.pk).update(is_active=False)
    digest.send_week(at=MONDAY)
    assert not {"olga", "ada"} & set(told(mailbox))
    assert digest_of(checked.admin.user, WEEK) is None


def test_sales_ops_look_at_it_and_get_a_copy(checked: Any, signed_in: Any, mailbox: Any) -> None:
    page = reverse("pipeline:digest")
    with time_machine.travel(MONDAY):
        client = signed_in(checked.ops)
        assert "West 1" in client.get(page).content.decode()
        assert "West 1" in client.get(reverse("pipeline:digest_preview")).content.decode()
        assert "on its way" in client.post(page, {"copy": "1"}, follow=True).content.decode()
        assert str(mailbox()[0]["Subject"]).startswith("Copy: ")
        client.post(page, {"is_on": "on", "weekday": "2", "hour": "6"})
        assert "is-invalid" in client.post(page, {"weekday": "2", "hour": "44"}).content.decode()
        for who in (checked.manager, checked.rep, checked.vp, checked.admin):
            assert signed_in(who).get(page).status_code == 404
    plan = DigestPlan.objects.get()
    assert (plan.is_on, plan.weekday, plan.hour) == (True, 2, 6)
    assert not DigestMail.objects.exists()
