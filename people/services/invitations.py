"""Invitations: a login made ready, a mail with a link that holds once, a password set by the person."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core import audit, jobs
from core.selectors import the_company
from people.models import Invitation, Person, User
from people.selectors.sign_in import access_rules, find_invitation, hash_of
from people.services.users import UserError, create_user

MAIL_JOB = "people.mail_invitation"
RESET_JOB = "people.mail_password_link"


@transaction.atomic
def invite(*, email: str, roles: Iterable[str], by: Any, on: date, person: Person | None = None) -> Invitation:
    """A login without a password, its roles and person, and a mail with a link. Raises UserError for a known e-mail.

    The mail goes out as a job: only its receiver ever has the link.
    """
    user = create_user(email=email, password=None, roles=roles, by=by, on=on, person=person)
    invitation = Invitation.objects.create(user=user, invited_by=by)
    audit.record(act="invitation.made", actor=by, subject=user, detail={"roles": sorted(roles)})
    jobs.enqueue(MAIL_JOB, invitation_id=invitation.pk)
    return invitation


@transaction.atomic
def invite_people(
    *, people: Iterable[Person], roles: Iterable[str], by: Any, on: date
) -> tuple[list[Invitation], list[str]]:
    """Invite persons at the e-mail of each. Gives the invitations, and a sentence for each who couldn't be invited."""
    asked, made, refused = list(roles), [], []
    for person in people:
        try:
            with transaction.atomic():
                made.append(invite(email=person.email, roles=asked, by=by, on=on, person=person))
        except UserError as error:
            refused.append(f"{person.name}: {error}")
    return made, refused


@transaction.atomic
def resend(*, invitation: Invitation, by: Any) -> None:
    """Send a new link; the old one no longer opens. Raises UserError once it was taken or taken back."""
    _open(invitation)
    audit.record(act="invitation.sent_again", actor=by, subject=invitation.user)
    jobs.enqueue(MAIL_JOB, invitation_id=invitation.pk)


@transaction.atomic
def revoke(*, invitation: Invitation, by: Any, at: datetime) -> None:
    """The link opens nothing any more and the login is shut. Raises UserError once it was taken or taken back."""
    row = _open(invitation)
    row.revoked_at, row.token_hash = at, ""
    row.save(update_fields=["revoked_at", "token_hash"])
    User.objects.filter(pk=row.user_id).update(is_active=False)
    audit.record(act="invitation.revoked", actor=by, subject=row.user)


def _open(invitation: Invitation) -> Invitation:
    row = Invitation.objects.select_for_update(of=("self",)).select_related("user").get(pk=invitation.pk)
    if row.accepted_at:
        raise UserError(_("%(email)s has taken the invitation already.") % {"email": row.user.email})
    if row.revoked_at:
        raise UserError(_("This invitation was taken back. Let the login in again, then send a password link."))
    return row


@transaction.atomic
def mail_invitation(*, invitation_id: int, at: datetime) -> None:
    """Make the link, keep its hash alone, and send it. A link sent before no longer opens."""
    found = Invitation.objects.select_for_update(of=("self",)).select_related("user", "invited_by__person")
    row = found.filter(pk=invitation_id, accepted_at=None, revoked_at=None).first()
    if row is None:
        return
    token = secrets.token_urlsafe(32)
    row.token_hash, row.sent_at, row.times_sent = hash_of(token), at, row.times_sent + 1
    row.expires_at = at + timedelta(days=access_rules().invitation_days)
    row.save(update_fields=["token_hash", "sent_at", "times_sent", "expires_at"])
    link = settings.SITE_URL + reverse("people:invitation", args=[token])
    context = {"link": link, "by": row.invited_by, "until": row.expires_at, "company": the_company().name}
    _send(row.user.email, _("You are invited to %(name)s"), "people/mail/invitation.txt", context)


def _send(email: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Plain text. A name can't add a line to the head of the mail: white space becomes one space."""
    name = context.get("company") or "Salesops"
    title = " ".join((subject % {"name": name}).split())[:150]
    send_mail(title, render_to_string(template, context), None, [email])


@transaction.atomic
def accept_invitation(*, token: str, password: str, at: datetime) -> User:
    """Set the first password by the link of an invitation, once. Raises UserError when it opens nothing (any more)."""
    found = find_invitation(token, at)
    if found is None:
        raise UserError(_("This link opens nothing any more. Ask an admin to send a new one."))
    row = Invitation.objects.select_for_update(of=("self",)).select_related("user").get(pk=found.pk)
    if row.token_hash != hash_of(token) or row.accepted_at or row.revoked_at:
        raise UserError(_("This link opens nothing any more. Ask an admin to send a new one."))
    row.user.set_password(password)
    row.user.save(update_fields=["password"])
    take_invitation(user=row.user)
    return row.user


@transaction.atomic
def take_invitation(*, user: User) -> None:
    """Somebody who was invited has signed in, by its link or through the identity provider: the link is used up."""
    taken = Invitation.objects.filter(user=user, accepted_at=None).update(accepted_at=Now(), token_hash="")
    if taken:
        audit.record(act="invitation.taken", actor=user, subject=user)


SAID = {
    "user.password_changed": _lazy("Your password was changed."),
    "second_factor.app_added": _lazy("An authenticator app was added."),
    "second_factor.app_removed": _lazy("The authenticator app was removed."),
    "second_factor.codes_made": _lazy("New recovery codes were made."),
    "second_factor.key_added": _lazy("A passkey was added."),
    "second_factor.key_removed": _lazy("A passkey was removed."),
    "second_factor.all_removed": _lazy("An admin removed your second factors. Set one up anew."),
    "identity.connected": _lazy("You can sign in through the company's identity provider now."),
    "identity.disconnected": _lazy("Signing in through the identity provider was taken away."),
}


def mail_security_notice(*, user_id: int, act: str, ip: str) -> None:
    """Tell somebody that how they sign in was changed, so that a stranger's doing is noticed."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        context = {"what": SAID[act], "ip": ip, "company": the_company().name, "link": settings.SITE_URL}
        _send(user.email, _("Your sign-in to %(name)s was changed"), "people/mail/security.txt", context)


def ask_password_link(*, email: str) -> None:
    """Ask for the mail of a forgotten password. The answer is the same, and as quick, whether there is such a login."""
    jobs.enqueue(RESET_JOB, email=email)


def mail_password_link(*, email: str, link_of: Any) -> bool:
    """Send the link to choose a new password when there is such a login; link_of(user) makes it."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        return False
    context = {"link": link_of(user), "company": the_company().name}
    _send(user.email, _("Choose a new password for %(name)s"), "people/mail/password_link.txt", context)
    audit.record(act="user.password_link_sent", subject=user)
    return True
