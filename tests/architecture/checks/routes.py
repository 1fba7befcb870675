"""Rule 5: every address is public by name, or refuses an anonymous visitor and an outsider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, NamedTuple

from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

ANONYMOUS_REFUSED = frozenset({401, 403, 404})
OUTSIDER_REFUSED = frozenset({403, 404})
NOT_FOR_THIS_METHOD = 405


class Route(NamedTuple):
    """An address: its full name ("pipeline:deal"), its parameters, where it is written."""

    name: str
    parameters: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Rules:
    """routes.toml: names (or patterns of names) with the reason why they are open."""

    public: Mapping[str, str]
    signed_in: Mapping[str, str]

    def is_public(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.public)

    def is_for_everyone_signed_in(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.signed_in)

    def stale(self, routes: Iterable[Route]) -> list[str]:
        names = [route.name for route in routes]
        return [p for p in [*self.public, *self.signed_in] if not any(fnmatch(name, p) for name in names)]


def routes_of(
    patterns: Iterable[URLPattern | URLResolver], prefix: str = "", space: str = "", above: tuple[str, ...] = ()
) -> Iterator[Route]:
    """Every address below the patterns. One without a name (a redirect of a library) goes by its path."""
    for one in patterns:
        pattern, given = f"{prefix}{one.pattern}", above + _parameters(one)
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes_of(one.url_patterns, pattern, inner, given)
        else:
            yield Route(f"{space}{one.name}" if one.name else f"/{pattern}", given, pattern)


def _parameters(one: URLPattern | URLResolver) -> tuple[str, ...]:
    converters = getattr(one.pattern, "converters", None)
    return tuple(converters or getattr(getattr(one.pattern, "regex", None), "groupindex", {}))


def route_offences(
    routes: Iterable[Route],
    rules: Rules,
    *,
    sample: Callable[[Route, str], Any],
    outsider: Any,
    secret: str,
    login_url: str,
) -> Iterator[str]:
    """Asks every address as nobody and as `outsider`. `secret` stands in every sample row and may not be answered."""
    for route in routes:
        try:
            url = address(route, sample)
        except (LookupError, NoReverseMatch) as error:
            yield f"{route.name}: no sample address ({error}); see tests/architecture/samples.py"
            continue
        if not rules.is_public(route.name):
            yield from _refuses_nobody(route, url, login_url)
            yield from _refuses_outsider(route, url, rules, outsider, secret)


def closed_offences(
    routes: Iterable[Route], rules: Rules, *, sample: Callable[[Route, str], Any], insider: Any
) -> Iterator[str]:
    """The counter-test: the same addresses with the same rows open to a person who has every role."""
    client = _signed_in(insider)
    for route in routes:
        if route.name.startswith("/") or rules.is_public(route.name) or rules.is_for_everyone_signed_in(route.name):
            continue
        url = address(route, sample)
        status = client.get(url).status_code
        if status not in (200, 302, NOT_FOR_THIS_METHOD):
            yield f"{route.name}: GET {url} answers {status} to a person with every role"


def address(route: Route, sample: Callable[[Route, str], Any]) -> str:
    if not route.name.startswith("/"):
        return reverse(route.name, kwargs={name: sample(route, name) for name in route.parameters})
    if route.parameters:
        raise LookupError("an address with parameters needs a name")
    return route.name


def _refuses_nobody(route: Route, url: str, login_url: str) -> Iterator[str]:
    answers = {}
    for method in ("get", "post"):
        answer = getattr(Client(raise_request_exception=False), method)(url)
        to_login = answer.status_code == 302 and answer["Location"].startswith(login_url)
        answers[method] = 401 if to_login else answer.status_code
    for method, status in answers.items():
        if status not in ANONYMOUS_REFUSED and not _is_other_method(status, answers, ANONYMOUS_REFUSED):
            yield f"{route.name}: {method.upper()} {url} answers {status} to an anonymous visitor"


def _refuses_outsider(route: Route, url: str, rules: Rules, outsider: Any, secret: str) -> Iterator[str]:
    client = _signed_in(outsider)
    pages = {method: getattr(client, method)(url) for method in ("get", "post")}
    answers = {method: page.status_code for method, page in pages.items()}
    for method, status in answers.items():
        if status >= 500:
            yield f"{route.name}: {method.upper()} {url} answers {status} to a person without a role"
        elif rules.is_for_everyone_signed_in(route.name):
            if not pages[method].streaming and secret in pages[method].text:
                yield f"{route.name}: {method.upper()} {url} shows other people's rows to a person without a role"
        elif status not in OUTSIDER_REFUSED and not _is_other_method(status, answers, OUTSIDER_REFUSED):
            yield f"{route.name}: {method.upper()} {url} answers {status} to a person without a role (routes.toml)"


def _signed_in(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _is_other_method(status: int, answers: Mapping[str, int], refused: frozenset[int]) -> bool:
    """405 counts when the method that is served refuses."""
    return status == NOT_FOR_THIS_METHOD and any(one in refused for one in answers.values())
