"""Every address of the application, as Django's resolver knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver, reverse


class Route(NamedTuple):
    """An address: its full name ("pipeline:deal"), its parameters, where it is written."""

    name: str
    parameters: tuple[str, ...]
    pattern: str

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")


def all_routes() -> list[Route]:
    return list(routes_of(get_resolver().url_patterns))


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


def address(route: Route, value: Callable[[Route, str], Any]) -> str:
    """A route's address with a value for each parameter. Raises LookupError where there is none."""
    if not route.name.startswith("/"):
        return reverse(route.name, kwargs={name: value(route, name) for name in route.parameters})
    if route.parameters:
        raise LookupError("an address with parameters needs a name")
    return route.name
