"""The request of a signed-in person, as views see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """A request past core.middleware.SignedInOnlyMiddleware: `user` is a people.User, `htmx` tells swaps from pages."""

    user: Any
    htmx: HtmxDetails
