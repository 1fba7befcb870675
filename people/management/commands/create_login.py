"""Make a login: python manage.py create_login ada@example.com --roles admin,sales_ops"""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from core.selectors import company_day
from people.enums import Role
from people.models import Person, User
from people.services import UserError, create_user, save_person


class Command(BaseCommand):
    help = "Make a login with roles. The password is asked for, or read from standard input; blank: set by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--roles", required=True, help=f"separated by commas: {', '.join(Role.values)}")
        parser.add_argument("--name", default="", help="make a person of this name for the login")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        email, roles = options["email"].strip().lower(), _roles(options["roles"])
        password = sys.stdin.readline().strip() if options["password_stdin"] else getpass.getpass("Password: ")
        try:
            _make(email, password, roles, options["name"])
        except (ValidationError, UserError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        self.stdout.write(f"{email} may sign in as {', '.join(str(Role(role).label) for role in roles)}.")


@transaction.atomic
def _make(email: str, password: str, roles: list[str], name: str) -> None:
    validate_email(email)
    if password:
        validate_password(password, User(email=email))
    person = Person.objects.filter(email=email, user=None).first()
    if person is None and name:
        person = save_person(person=Person(name=name, email=email), by=None)
    today = company_day(timezone.now())
    create_user(email=email, password=password or None, roles=roles, by=None, on=today, person=person)


def _roles(text: str) -> list[str]:
    roles = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in roles if name not in Role.values]:
        raise CommandError(f"There is no role “{unknown[0]}”. Roles: {', '.join(Role.values)}.")
    return roles
