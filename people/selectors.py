"""Reads of people, seats, teams and logins."""

from __future__ import annotations

from people.models import User


def find_user(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip(), is_active=True).first()
