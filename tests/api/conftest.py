"""calls(member) gives a caller with a token of that person: every scope, or those that are named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from core.api.scopes import SCOPES
from integrations.services import create_token


class Caller:
    """A client of the API. Methods take a path below /api/v1/ and a body for JSON."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(_full(path), query or {}, headers=_named(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("post", path, body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("patch", path, body, headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("put", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(_full(path), headers=_named(headers))

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        given = {"content_type": "application/json", "headers": _named(headers)}
        if body is None:
            return getattr(self.client, method)(_full(path), **given)
        return getattr(self.client, method)(_full(path), body, **given)

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The rows of every page of a list."""
        found: list[dict[str, Any]] = []
        address: str | None = _full(path)
        while address:
            answer = self.client.get(address, query if not found else {})
            assert answer.status_code == 200, answer.content
            found += answer.json()["items"]
            address = answer.json()["next"]
        return found


def _full(path: str) -> str:
    return path if path.startswith(("/", "http")) else f"/api/v1/{path}"


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def make_caller(who: Any, scopes: Iterable[str] = SCOPES) -> Caller:
    user = getattr(who, "user", who)
    now = datetime.now(UTC)
    _token, secret = create_token(user=user, name="test", scopes=scopes, days=30, by=user, at=now, known=SCOPES)
    return Caller(secret)


@pytest.fixture
def calls() -> Callable[..., Caller]:
    return make_caller
