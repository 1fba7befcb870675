"""Who may sign in at the first start, and the file that tells."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.conf import settings

from core.selectors import the_company
from integrations.demo import roster
from integrations.demo.records import DOMAIN, email_of, person_code
from people.enums import Role
from people.models import Person, User
from people.services import create_user, save_person

PASSWORD = "demo-northwind"  # noqa: S105 -- printed at the start of every demo company, of no use elsewhere
FILE = "first-logins.txt"


def demo_logins(*, on: date) -> list[tuple[str, str, str, str]]:
    """Make the nine logins of the demo company; returns (role, e-mail, password, what they see)."""
    told = []
    for login, roles, name, sees in roster.LOGINS:
        email = f"{login}@{DOMAIN}"
        person = save_person(person=Person(name=name, email=email_of(name), external_id=person_code(name)), by=None)
        create_user(email=email, password=PASSWORD, roles=roles, by=None, on=on, person=person)
        told.append((str(Role(roles[0]).label), email, PASSWORD, sees))
    return told


def offered() -> list[dict[str, str]]:
    """What the sign-in page of the demo company offers; nothing elsewhere."""
    if not settings.DEMO or not the_company().is_demo:
        return []
    return [
        {"name": name, "role": str(Role(roles[0]).label), "email": f"{login}@{DOMAIN}", "password": PASSWORD}
        for login, roles, name, _sees in roster.LOGINS
    ]


def first_admin(*, email: str, password: str, on: date) -> list[tuple[str, str, str, str]]:
    """One login that may set up everything; a blank password is invented."""
    chosen = password or secrets.token_urlsafe(12)
    create_user(email=email, password=chosen, roles=(Role.ADMIN, Role.SALES_OPS), by=None, on=on)
    return [("Admin", email, chosen, "users, settings, imports and everything in sales")]


def is_first_start() -> bool:
    return not User.objects.exists()


def tell(rows: Sequence[tuple[str, str, str, str]], *, title: str) -> None:
    """Write the logins for the person at the terminal; nobody else may read the file."""
    path = Path(settings.HOME) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join([title, "", *_table(rows), ""]))


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    found = list(rows)
    widths = [max(len(row[column]) for row in found) for column in range(3)]
    return ["  " + "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]) for row in found]
