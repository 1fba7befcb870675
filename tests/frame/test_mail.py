"""Mail leaves by SMTP; the catcher keeps it, and admins read it on a page."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client

from salesops.embedded import mail_catcher
from tests.small_company import SmallCompany

Mailbox = Callable[[], list[EmailMessage]]


def test_a_message_arrives_as_it_was_sent(mailbox: Mailbox) -> None:
    message = EmailMultiAlternatives("Überfällig: 3 deals", "Plain €", "Salesops <so@example.com>", ["ana@example.com"])
    message.attach("deals.csv", "a,b\n", "text/csv")
    assert message.send() == 1
    [kept] = mailbox()
    assert (kept["Subject"], kept["To"], kept["From"]) == (
        "Überfällig: 3 deals",
        "ana@example.com",
        "Salesops <so@example.com>",
    )
    body = kept.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Plain €"
    assert [part.get_filename() for part in kept.iter_attachments()] == ["deals.csv"]


def test_the_link_of_a_forgotten_password_comes_by_mail(
    company: SmallCompany, client: Client, mailbox: Mailbox, run_jobs: Callable[[], object]
) -> None:
    user = company.rep.user
    user.set_password("a long password, ten")
    user.save()
    assert client.post("/auth/password/reset/", {"email": user.email}).status_code == 302
    run_jobs()
    [kept] = mailbox()
    assert kept["To"] == user.email
    assert "/auth/password/reset/key/" in kept.get_content()


def test_admins_read_caught_mail(company: SmallCompany, signed_in: Callable[..., Client], mailbox: Mailbox) -> None:
    send_mail("Night of Aug 14", "All well.", None, ["ops@example.com"])
    page = signed_in(company.admin).get("/mailbox/")
    assert "Night of Aug 14" in page.content.decode()
    assert signed_in(company.rep).get("/mailbox/").status_code in (403, 404)


def test_the_oldest_go(mailbox: Mailbox, tmp_path: Path, monkeypatch: object) -> None:
    folder = tmp_path / "mail"
    for number in range(mail_catcher.KEEP):
        (folder / f"{number:019d}-aaaaaa.eml").write_text("Subject: old\n\n")
    send_mail("new", "", None, ["ops@example.com"])
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == mail_catcher.KEEP
    assert names[0] == "0000000000000000001-aaaaaa.eml"
