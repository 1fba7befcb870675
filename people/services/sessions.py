"""Who is signed in where: begun at a sign-in, seen now and then, ended by people, by time, by a new password."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit, jobs
from people.models import AccessRules, OpenSession, User
from people.selectors.sign_in import access_rules

KEPT = timedelta(days=90)
NOTICE_JOB = "people.mail_security_notice"


@transaction.atomic
def begin_session(*, user: User, session_key: str, method: str, ip: str | None, user_agent: str) -> OpenSession:
    """A browser has signed in. Old ended ones go."""
    OpenSession.objects.filter(session_key=session_key).delete()
    row = OpenSession.objects.create(
        user=user, session_key=session_key, method=method[:60], ip=ip or None, user_agent=user_agent[:300]
    )
    audit.record(act="user.signed_in", actor=user, subject=user, detail={"by": method, "address": ip or ""})
    return row


def see_session(*, session_id: int, at: datetime) -> bool:
    """Note that a session is in use. False when it has ended: by somebody, after too long without use, or too old."""
    row = OpenSession.objects.filter(pk=session_id, ended_at=None).first()
    if row is None:
        return False
    rules = access_rules()
    is_idle = at - row.last_seen_at > timedelta(hours=rules.idle_hours)
    is_old = at - row.created_at > timedelta(days=rules.longest_days)
    if is_idle or is_old:
        _close([row])
        return False
    OpenSession.objects.filter(pk=row.pk).update(last_seen_at=at)
    return True


@transaction.atomic
def end_sessions(*, user: User, by: Any, only: OpenSession | None = None, but_key: str | None = None) -> int:
    """Sign a user out: everywhere, of one session (`only`), or of all but one (`but_key`). Gives how many ended."""
    rows = OpenSession.objects.select_for_update().filter(user=user, ended_at=None).exclude(session_key=but_key or "")
    found = list(rows.filter(pk=only.pk) if only else rows)
    _close(found)
    if found:
        audit.record(act="user.sessions_ended", actor=by, subject=user, detail={"sessions": len(found)})
    return len(found)


def _close(rows: list[OpenSession]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in rows:
        store(row.session_key).delete()
    OpenSession.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=Now())


def session_left(*, session_key: str) -> None:
    """Somebody signed out by themselves."""
    OpenSession.objects.filter(session_key=session_key, ended_at=None).update(ended_at=Now())


def keep_session(*, session_id: int | None, session_key: str | None) -> None:
    """A browser that stays signed in has another key now: Django changes it with the password."""
    if session_id and session_key:
        OpenSession.objects.filter(pk=session_id).update(session_key=session_key)


def forget_sessions(*, at: datetime) -> int:
    """Remove sessions that ended or were last seen long ago."""
    return OpenSession.objects.filter(last_seen_at__lt=at - KEPT).delete()[0]


@transaction.atomic
def change_rules(*, rules: AccessRules, by: Any) -> AccessRules:
    """Save the company's rules for signing in. They hold for open sessions too, within minutes."""
    before = access_rules()
    names = ("second_factor_roles", "idle_hours", "longest_days", "invitation_days")
    changed = {name: getattr(rules, name) for name in names if getattr(rules, name) != getattr(before, name)}
    rules.pk = 1
    rules.save(force_insert=before._state.adding, force_update=not before._state.adding)
    audit.record(act="access_rules.changed", actor=by, subject_kind="accessrules", subject=None, detail=changed)
    return rules


@transaction.atomic
def unlock(*, user: User, by: Any) -> None:
    """Let somebody who typed a wrong password too often try again at once."""
    reset(username=user.email)
    audit.record(act="user.unlocked", actor=by, subject=user)


@transaction.atomic
def note_security_change(*, act: str, user: User, by: Any, ip: str) -> None:
    """A changed password, a second factor added or removed: recorded, and the person told by mail, whoever did it."""
    actor = by if getattr(by, "pk", None) else user
    audit.record(act=act, actor=actor, subject=user, detail={"address": ip})
    jobs.enqueue(NOTICE_JOB, user_id=user.pk, act=act, ip=ip)


@transaction.atomic
def remove_second_factors(*, user: User, by: Any, ip: str) -> int:
    """An admin helps somebody who lost their phone: all factors go, every session ends. Gives how many factors went."""
    gone, _by_model = Authenticator.objects.filter(user_id=user.pk).delete()
    if gone:
        note_security_change(act="second_factor.all_removed", user=user, by=by, ip=ip)
        end_sessions(user=user, by=by)
    return gone


def note_failure(*, email: str, ip: str, what: str) -> None:
    """A sign-in that failed. What was typed is kept only where it is the e-mail of a login: it may be a password."""
    user = User.objects.filter(email__iexact=email).first() if email else None
    told = {"what": what, "address": ip}
    label = None if user else _("an unknown e-mail")
    event = audit.record(act="user.sign_in_failed", subject=user, subject_kind="user", detail=told)
    if label:
        event.subject_label = label
        event.save(update_fields=["subject_label"])
