"""The weekly mail about clean data: made for each reader, sent once a week, also when a worker dies in between.

Each mail is a transaction of its own: its row is locked, the mail handed to the server, the row marked. Who finds a row
marked passes it over. A worker that dies after the server took a mail and before the mark sends it again with the same
Message-ID, by which mail programs know it for the same.
"""

from __future__ import annotations

import smtplib
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from core import audit
from core.enums import Channel, RunState
from core.kernel import formats
from core.models import NotificationChoice, Run
from core.runs import open_run, recording
from core.selectors import company_day, the_company
from people.models import User
from pipeline.enums import DigestState
from pipeline.models import DigestMail, DigestPlan, HygieneScore
from pipeline.selectors.digest import Digest, digest_of, digest_plan, digest_readers, monday_of

KIND, CHOICE = "pipeline.digest", "hygiene_digest"
SALT = "pipeline.digest"
AGAIN_AFTER = timedelta(minutes=30)
REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused, ValueError)


def is_due(*, at: datetime) -> bool:
    """Whether the mails of this week are to be sent: its weekday and hour have come where the company is.

    A week whose day passed while nothing ran is made up for until it ends; one that failed is tried again later.
    """
    plan = digest_plan()
    local = at.astimezone(the_company().zone)
    has_come = (local.weekday(), local.hour) >= (plan.weekday, plan.hour)
    if not plan.is_on or not has_come or not HygieneScore.objects.exists():
        return False
    runs = Run.objects.filter(kind=KIND, params__week=monday_of(local.date()).isoformat())
    if runs.exclude(state__in=[RunState.FAILED, RunState.STOPPED]).exists():
        return False
    return not runs.filter(ended_at__gt=at - AGAIN_AFTER).exists()


def send_week(*, at: datetime) -> Run:
    """Send this week's mails to all who want them; whoever has theirs gets no second."""
    on = company_day(at)
    week = monday_of(on)
    run = open_run(
        kind=KIND,
        label=f"Weekly digest of {formats.day(week)}",
        params={"week": week.isoformat(), "on": on.isoformat()},
    )
    with recording(run) as progress:
        readers = list(_wanting(on))
        progress.total(len(readers))
        for user in readers:
            progress.advance(0, note=user.email)
            progress.count(send_one(user=user, week=week, on=on, at=at))
            progress.advance()
        counts = progress.counts
        progress.result(
            _("%(sent)s mails sent, %(known)s had gone out before, %(empty)s had nothing to tell, %(failed)s failed.")
            % {name: f"{counts.get(name, 0):,}" for name in ("sent", "known", "empty", "failed")}
        )
    return run


def _wanting(on: date) -> list[User]:
    """Readers who didn't refuse the mail."""
    refused = NotificationChoice.objects.filter(kind=CHOICE).exclude(channel=Channel.MAIL).values("user")
    return list(digest_readers(on).exclude(pk__in=refused))


@transaction.atomic
def send_one(*, user: User, week: date, on: date, at: datetime) -> str:
    """One reader's mail of a week; gives what became of it: sent, known, empty or failed.

    An address the server refuses is noted on the row. Raises OSError when the server can't be reached: the week is
    tried again, those who have their mail are passed over.
    """
    DigestMail.objects.bulk_create([DigestMail(week=week, user=user)], ignore_conflicts=True)
    row = DigestMail.objects.select_for_update().get(week=week, user=user)
    if row.state == DigestState.SENT:
        return "known"
    digest = digest_of(user, on)
    if digest is None:
        row.delete()
        return "empty"
    try:
        message_of(digest, user=user).send()
    except REFUSED as error:
        row.state, row.error = DigestState.FAILED, _one_line(str(error))[:300]
        row.save(update_fields=["state", "error"])
        return "failed"
    row.state, row.sent_at, row.error = DigestState.SENT, at, ""
    row.save(update_fields=["state", "sent_at", "error"])
    return "sent"


def send_copy(*, user: User, on: date) -> bool:
    """Send a login its own mail of today, once more, as it would look; False where there is nothing to tell."""
    digest = digest_of(user, on)
    if digest is None:
        return False
    message = message_of(digest, user=user)
    message.subject = _("Copy: %(subject)s") % {"subject": message.subject}
    del message.extra_headers["Message-ID"]
    message.send()
    audit.record(act="digest.copy_sent", actor=user)
    return True


def message_of(digest: Digest, *, user: User) -> EmailMultiAlternatives:
    """The mail: plain text, and HTML with its styles inside. Names can't break out of a header: each is one line."""
    leave = f"{settings.SITE_URL}{reverse('pipeline:digest_leave', args=[token_of(user)])}"
    context = {"digest": digest, "site": settings.SITE_URL, "leave": leave, "company": the_company()}
    with override(user.locale):
        text = render_to_string("pipeline/mail/digest.txt", context)
        html = render_to_string("pipeline/mail/digest.html", context)
        subject = subject_of(digest)
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<digest-{digest.week.isoformat()}-{user.pk}@{host}>",
        "List-Unsubscribe": f"<{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    message = EmailMultiAlternatives(subject, text, None, [_one_line(user.email)], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def subject_of(digest: Digest) -> str:
    score = digest.overall or digest.own
    failing = score.failing if score is not None and score.score is not None else 0
    words = {"company": _one_line(the_company().name)[:80], "score": "–", "failing": f"{failing:,}"}
    if score is not None and score.score is not None:
        words["score"] = f"{score.score:.0f}"
    one = "%(company)s data quality: %(score)s of 100, %(failing)s deal to fix"
    many = "%(company)s data quality: %(score)s of 100, %(failing)s deals to fix"
    return ngettext(one, many, failing) % words


def _one_line(text: str) -> str:
    return " ".join(text.split())


def token_of(user: User) -> str:
    """What stands in a reader's link to leave: signed, good for that one purpose."""
    return signing.dumps(user.pk, salt=SALT)


def reader_of(token: str) -> User | None:
    """Whose link it is; None for one that isn't ours."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk).first()


@transaction.atomic
def choose(*, user: User, wants: bool, by: Any) -> None:
    """Whether a login gets the weekly mail: the same choice as on the page of notifications."""
    channel = Channel.MAIL if wants else Channel.NONE
    NotificationChoice.objects.update_or_create(user=user, kind=CHOICE, defaults={"channel": channel})
    audit.record(act="digest.wanted" if wants else "digest.refused", actor=by or user, subject=user)


@transaction.atomic
def save_plan(*, plan: DigestPlan, by: Any) -> DigestPlan:
    """When the mail goes out from now on."""
    plan.pk = 1
    DigestPlan.objects.update_or_create(
        pk=1, defaults={"is_on": plan.is_on, "weekday": plan.weekday, "hour": plan.hour}
    )
    detail = {"on": plan.is_on, "weekday": plan.weekday, "hour": plan.hour}
    audit.record(act="digest.planned", actor=by, subject=plan, detail=detail)
    return plan
