"""What is personal about somebody who worked here: erased once they have left, under a number in the books."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.db.models import F, Func, JSONField, Q, Value
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent
from core.registry import PersonalRecord, PersonalTrace
from people.models import Invitation, OpenSession, Person, RecordShare, User


def _refusal(person: Person) -> str:
    """Somebody who works here has a name. Who left is erased once their login is shut."""
    if person.left_on is None:
        return _now("This person works here. Let them leave first.")
    if person.user is not None and person.user.is_active:
        return _now("The login is still open: it is shut on the day they leave.")
    return ""


PERSON = PersonalRecord(
    *("person", 30, _("Person"), Person, "PER-"), blanks={"email": "", "external_id": None}, refusal=_refusal
)


def _login(kind: str, record: Any) -> User | None:
    return record.user if kind == "person" else None


def _tell_login(kind: str, record: Any) -> list[dict[str, Any]]:
    user = _login(kind, record)
    if user is None:
        return []
    sessions: Any = OpenSession.objects.filter(user=user).values("method", "ip", "user_agent", "created_at")
    return [{"email": user.email, "last_login": user.last_login}, *sessions]


def _erase_login(kind: str, record: Any, pseudonym: str) -> int:
    """The row stays, since acts point to it; who it was doesn't."""
    user = _login(kind, record)
    if user is None:
        return 0
    gone = [rows.delete()[0] for rows in (
        OpenSession.objects.filter(user=user), Invitation.objects.filter(user=user),
        Authenticator.objects.filter(user_id=user.pk), SocialAccount.objects.filter(user_id=user.pk),
        AccessAttempt.objects.filter(username__iexact=user.email),
    )]  # fmt: skip
    erased = f"erased-{user.pk}@invalid.example"
    blank = {"email": erased, "password": make_password(None), "is_active": False}
    changed = User.objects.filter(pk=user.pk).exclude(email=erased).update(**blank)
    acts = AuditEvent.objects.filter(subject_kind="user", subject_id=user.pk).exclude(subject_label=pseudonym)
    mine = AuditEvent.objects.filter(actor=user).exclude(actor_label=pseudonym)
    return sum(gone) + changed + acts.update(subject_label=pseudonym) + mine.update(actor_label=pseudonym)


def _tell_shares(kind: str, record: Any) -> list[dict[str, Any]]:
    mine = Q(person=record) if kind == "person" else Q(kind=kind, record_id=record.pk)
    rows: Any = RecordShare.objects.filter(mine).values("kind", "record_id", "valid_from", "valid_to", "reason")
    return list(rows)


def _erase_shares(kind: str, record: Any, pseudonym: str) -> int:
    """Of a person also the name in acts of sharing and absence with them."""
    mine = Q(person=record) if kind == "person" else Q(kind=kind, record_id=record.pk)
    gone = RecordShare.objects.filter(mine).delete()[0]
    if kind != "person":
        return gone
    named = AuditEvent.objects.filter(detail__person=record.pk)
    name = Func(F("detail"), Value("{with}"), Value(pseudonym, JSONField()), function="jsonb_set",
                output_field=JSONField())  # fmt: skip
    return gone + named.exclude(detail__with=pseudonym).filter(detail__has_key="with").update(detail=name)


TRACES = (
    PersonalTrace("login", 60, _("Login and sessions"), _tell_login, _erase_login),
    PersonalTrace("shares", 70, _("Shares"), _tell_shares, _erase_shares),
)
