"""Under which name pay of somebody is kept."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from people.models import Person

CODE_LETTERS = 12


def code_of(person: Person) -> str:
    """The same for the same person in every database of an installation, and not to be turned back without its key.

    By the external ID, else the e-mail, else the number: what two databases of the same company agree on.
    """
    said = person.external_id or person.email.lower() or f"#{person.pk}"
    sign = hmac.new(settings.SECRET_KEY.encode(), f"payee:{said}".encode(), hashlib.sha256).hexdigest()
    return f"P{sign[:CODE_LETTERS]}"


def word_digest(word: str) -> int:
    """A word as a number of 63 bits."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") >> 1


def codes_of(people: Iterable[Person]) -> dict[int, str]:
    return {person.pk: code_of(person) for person in people}
