"""What is personal about somebody who worked here: erased once they have left, under a number in the books."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.hashers import make_password
from django.db.models import F, Func, JSONField, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import registry
from core.models import Attachment, AuditEvent
from core.registry import PersonalRecord, PersonalTrace
from core.services import rename
from people.models import HandOver, Invitation, OpenSession, Person, PersonPay, RecordShare, User
from people.policies import sees_all_pay


def _refusal(person: Person) -> str:
    """Somebody who works here has a name. Who left is erased once their login is shut."""
    if person.left_on is None:
        return _now("This person works here. Let them leave first.")
    if person.user is not None and person.user.is_active:
        return _now("The login is still open: it is shut on the day they leave.")
    return ""


PERSON = PersonalRecord(
    *("person", 30, _("Person"), Person, "PER-"), blanks={"email": "", "external_id": None}, refusal=_refusal,
    stays=(
        (_("Deals, splits and targets under the number"), _("Sums of deals and of pay must not change afterwards.")),
        (_("Seats, roles and reporting lines, with their days"), _("They decide who was credited and who saw what.")),
        (_("Pay under the number, with its days"), _("What was earned is counted with it and has to be provable.")),
        (_("What they decided and approved"), _("Approvals of pay have to be provable.")),
    ),
)  # fmt: skip


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
        AccessLog.objects.filter(username__iexact=user.email),
        AccessFailureLog.objects.filter(username__iexact=user.email),
        EmailAddress.objects.filter(user_id=user.pk),
    )]  # fmt: skip
    erased = f"erased-{user.pk}@invalid.example"
    blank = {"email": erased, "password": make_password(None), "is_active": False}
    changed = User.objects.filter(pk=user.pk).exclude(email=erased).update(**blank)
    acts = AuditEvent.objects.filter(subject_kind="user", subject_id=user.pk).exclude(subject_label=pseudonym)
    mine = AuditEvent.objects.filter(actor=user).exclude(actor_label=pseudonym)
    files = Attachment.objects.filter(uploaded_by=user).exclude(uploaded_by_label=pseudonym)
    return (
        sum(gone)
        + changed
        + acts.update(subject_label=pseudonym)
        + mine.update(actor_label=pseudonym)
        + files.update(uploaded_by_label=pseudonym)
        + _erase_in_place_of(user, str(record), pseudonym)
    )


def _erase_in_place_of(user: User, name: str, pseudonym: str) -> int:
    """Acts that others did in their place are told as “Vera Vogt for Ana Alves”."""
    theirs = AuditEvent.objects.filter(detail__in_place_of=user.pk)
    return rename(theirs, ("actor_label",), [name], pseudonym)


def _tell_shares(kind: str, record: Any) -> list[dict[str, Any]]:
    mine = Q(person=record) if kind == "person" else Q(kind=kind, record_id=record.pk)
    rows: Any = RecordShare.objects.filter(mine).values("kind", "record_id", "valid_from", "valid_to", "reason")
    return list(rows)


def _erase_shares(kind: str, record: Any, pseudonym: str) -> int:
    """The shares with their reasons, in the acts too; of a person the name in acts of sharing and absence with them."""
    mine = Q(person=record) if kind == "person" else Q(kind=kind, record_id=record.pk)
    gone = RecordShare.objects.filter(mine).delete()[0]
    acts = AuditEvent.objects.filter(act__startswith="record.share", subject_kind=kind, subject_id=record.pk)
    gone += acts.exclude(reason="").update(reason="")
    if kind != "person":
        return gone
    named = AuditEvent.objects.filter(detail__person=record.pk)
    name = Func(F("detail"), Value("{with}"), Value(pseudonym, JSONField()), function="jsonb_set",
                output_field=JSONField())  # fmt: skip
    return gone + named.exclude(detail__with=pseudonym).filter(detail__has_key="with").update(detail=name)


def _hand_overs(kind: str, record: Any) -> Any:
    """What a person handed over; for others, hand-overs whose undo left the record and names it."""
    if kind == "person":
        return HandOver.objects.filter(person=record)
    parts = [part.key for part in registry.leaver_parts if part.record_kind == kind]
    named = Q(pk=None)
    for part in parts:
        named |= Q(kept__contains=[[part, record.pk]])
    return HandOver.objects.filter(named)


def _tell_hand_overs(kind: str, record: Any) -> list[dict[str, Any]]:
    return list(_hand_overs(kind, record).values("made_at", "leaves_on", "moves", "kept"))


def _erase_hand_overs(kind: str, record: Any, pseudonym: str) -> int:
    """What could be taken back holds reasons that people wrote; what was kept holds names of records."""
    rows = _hand_overs(kind, record)
    if kind == "person":
        return int(rows.exclude(ended={}, kept=[]).update(ended={}, kept=[], undone_at=Coalesce("undone_at", Now())))
    changed = 0
    for row in rows:
        kept = [[part, pk, pseudonym if pk == record.pk else name] for part, pk, name in row.kept]
        changed += HandOver.objects.filter(pk=row.pk).exclude(kept=kept).update(kept=kept)
    return changed


def _tell_pay(kind: str, record: Any) -> list[dict[str, Any]]:
    if kind != "person":
        return []
    rows: Any = PersonPay.objects.filter(person=record).order_by("valid_from")
    return list(rows.values("valid_from", "valid_to", "ote", "variable", "currency", "external_id"))


def _erase_pay(kind: str, record: Any, pseudonym: str) -> int:
    """Amounts and days stay under the number; the key of another system would still lead to the name."""
    if kind != "person":
        return 0
    return int(PersonPay.objects.filter(person=record).exclude(external_id=None).update(external_id=None))


PAY = PersonalTrace("pay", 65, _("Pay"), _tell_pay, _erase_pay, may_tell=sees_all_pay)
TRACES = (
    PersonalTrace("login", 60, _("Login and sessions"), _tell_login, _erase_login),
    PersonalTrace("shares", 70, _("Shares"), _tell_shares, _erase_shares),
    PersonalTrace("hand_overs", 75, _("Hand-overs"), _tell_hand_overs, _erase_hand_overs),
)
