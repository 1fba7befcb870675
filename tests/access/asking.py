"""Asks an address as each person, and says where the answer isn't the one that matrix.toml states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.access.matrix import METHODS, Line, wrong_answer
from tests.access.routes import Route
from tests.access.world import World

# Who tries the methods that a line doesn't name, besides nobody: the first of these who is let in.
TRY_OTHERS = ("sales_ops", "admin", "owner", "comp_admin", "no_role")
REFUSED = frozenset({401, 403, 404, 405, 429})
# Tables that requests write whoever asks: sessions, and a login's own address when it opens the page of its addresses.
UNMINDED = ("django_session", "people_opensession", "account_emailaddress")
# A write, also behind the statement that tells triggers who asks.
WRITE = re.compile(r'(?:^|;\s*)(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')


def offences(world: World, route: Route, line: Line, people: Sequence[str]) -> Iterator[str]:
    """Every stated answer is asked for; nothing that is done stays done."""
    url = world.address(route)
    for person in people:
        for method in line.rights:
            stated = line.of(person, method)
            answer = asked(world.client(person), method, url)
            if wrong_answer(stated, method, answer.status_code, answer.get("Location", ""), login_url()):
                got = f"{answer.status_code} {answer.get('Location', '')}".strip()
                yield f"{method} {url} as {person}: stated “{stated}”, answered {got}"


def other_methods(world: World, route: Route, line: Line) -> Iterator[str]:
    """Methods without a right refuse, or answer as those with one do and write nothing."""
    url = world.address(route)
    for person in ("anonymous", _first_let_in(line)):
        usual = {asked(world.client(person), method, url).status_code for method in line.rights}
        for method in (one for one in METHODS if one not in line.rights):
            with CaptureQueriesContext(connection) as caught:
                answer = asked(world.client(person), method, url)
            if answer.status_code in REFUSED or answer.get("Location", "").startswith(login_url()):
                continue
            written = sorted(table for table in tables_written(caught) if not table.startswith(UNMINDED))
            if answer.status_code not in usual or written:
                yield f"{method} {url} as {person}: has no right, and answers {answer.status_code} {written}"


def _first_let_in(line: Line) -> str:
    let_in = (one for one in TRY_OTHERS if "yes" in {line.of(one, method) for method in line.rights})
    return next(let_in, TRY_OTHERS[0])


def asked(client: Client, method: str, url: str) -> Any:
    """The answer to a request without anything in it; what it changed is taken back."""
    with transaction.atomic():
        answer = getattr(client, method.lower())(url)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer


def tables_written(caught: Iterable[dict[str, str]]) -> set[str]:
    """The tables that captured statements insert into, update or delete from."""
    return {table for one in caught for table in WRITE.findall(one["sql"])}


def login_url() -> str:
    return resolve_url(settings.LOGIN_URL)
