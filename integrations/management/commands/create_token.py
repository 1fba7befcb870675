"""Make a key to the API: python manage.py create_token rep@example.com --scopes accounts:read,opportunities:write"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.api.scopes import SCOPES
from integrations import services
from people.selectors import find_user


class Command(BaseCommand):
    help = "Make a token for a login and print its secret, this once. It does what the login may, within its scopes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose login the token acts for")
        parser.add_argument("--scopes", default="", help="such as accounts:read,opportunities:write; or all, read")
        parser.add_argument("--name", default="Command line", help="what it is for")
        parser.add_argument("--days", type=int, default=90, help="how long it lives (1 to 366)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_user(options["email"])
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        try:
            token, secret = services.create_token(
                user=user, name=options["name"], scopes=_scopes(options["scopes"]), days=options["days"], by=None,
                at=timezone.now(), known=SCOPES,
            )  # fmt: skip
        except services.TokenError as error:
            raise CommandError(f"{error} Scopes: {', '.join(SCOPES)}.") from error
        self.stderr.write(f"Token of {user.email} until {token.expires_at:%Y-%m-%d}; it isn't shown again:")
        self.stdout.write(secret)


def _scopes(text: str) -> list[str]:
    """Names with commas; `all` is every scope, `read` every one that only reads."""
    if text in ("all", "read"):
        return [scope for scope in SCOPES if text == "all" or scope.endswith(":read")]
    return [part.strip() for part in text.split(",") if part.strip()]
