"""Open sessions: seen now and then, ended when their time is over, and led to a second factor where a role needs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from redis import RedisError

from people import selectors, services

SEEN_EVERY_SECONDS = 300
# What somebody reaches who has to set up a second factor first.
OPEN_PATHS = ("/auth/", "/static/", "/healthz", "/readyz", "/metrics")


class OpenSessionMiddleware:
    """Asks the database for a session once in five minutes; in between it costs one look into the cache.

    A session that a test or a command opened by itself has no mark and is let alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN_PATHS[1:]) or not request.user.is_authenticated:
            return self.get_response(request)
        session_id = request.session.get("sign_in")
        if session_id and _is_due(session_id):
            if not services.see_session(session_id=session_id, at=timezone.now()):
                logout(request)
                return self.get_response(request)
            _note(request, lacks=selectors.lacks_second_factor(request.user))
        if request.session.get("lacks_factor") and not request.path.startswith(OPEN_PATHS):
            if selectors.lacks_second_factor(request.user):
                return redirect("people:second_factor")
            _note(request, lacks=False)
        return self.get_response(request)


def _is_due(session_id: int) -> bool:
    """Whether a session wasn't looked at for a while. Without the cache nobody is signed out for it."""
    with suppress(RedisError):
        return cache.add(f"seen:{session_id}", 1, SEEN_EVERY_SECONDS)
    return False


def _note(request: HttpRequest, *, lacks: bool) -> None:
    if bool(request.session.get("lacks_factor")) is not lacks:
        request.session["lacks_factor"] = lacks
