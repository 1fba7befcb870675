"""Under which name pay of somebody is kept."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.conf import settings

from compensation.models import Assignment
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


class OnPlan:
    """Who is on a plan on a day, by the person's id as text."""

    def __init__(self, plan_id: int) -> None:
        self.spans: dict[str, list[tuple[date, date | None, int]]] = defaultdict(list)
        rows = Assignment.objects.filter(plan_id=plan_id, payee__person__isnull=False).order_by("valid_from")
        columns = ("payee__person_id", "valid_from", "valid_to", "payee_id")
        for person, start, end, payee in rows.values_list(*columns):
            self.spans[str(person)].append((start, end, payee))

    def find(self, person: str, on: date) -> int | None:
        spans = self.spans.get(person, ())
        return next((payee for start, end, payee in spans if start <= on and (end is None or on < end)), None)
