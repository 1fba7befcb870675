from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from core import jobs
from people import services
from people.adapters import password_link


@jobs.job("people.mail_invitation")
def mail_invitation(*, invitation_id: int) -> None:
    services.mail_invitation(invitation_id=invitation_id, at=timezone.now())


@jobs.job("people.mail_password_link")
def mail_password_link(*, email: str) -> None:
    services.mail_password_link(email=email, link_of=password_link)


@jobs.job("people.forget_sessions")
def forget_sessions(*, on: str) -> None:
    services.forget_sessions(at=timezone.now())


@jobs.job("people.mail_security_notice")
def mail_security_notice(*, user_id: int, act: str, ip: str) -> None:
    services.mail_security_notice(user_id=user_id, act=act, ip=ip)


@jobs.job("people.close_leavers")
def close_leavers(*, on: str) -> None:
    services.close_leavers(on=date.fromisoformat(on) + timedelta(days=1))  # the night belongs to the day that ended
