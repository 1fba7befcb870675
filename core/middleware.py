"""Request id, closed doors, and who is recorded for a change."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pghistory
import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import audit

Answer = Callable[[HttpRequest], HttpResponse]
_SAFE_ID = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")
# Doors that open without signing in. Everything else asks for a login first; the architecture tests read this list.
PUBLIC_PATHS = ("/healthz", "/readyz", "/metrics", "/static/", "/auth/", "/favicon.ico")


class RequestIdMiddleware:
    """Every request has an id: the caller's X-Request-ID or a new one; it stands in logs, audit and the answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.match(given) else uuid.uuid4().hex[:20]
        token = audit.request_id.set(request_id)
        structlog.contextvars.bind_contextvars(request_id=request_id, path=request.path)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.clear_contextvars()
            audit.request_id.reset(token)
        response["X-Request-ID"] = request_id
        return response


class SignedInOnlyMiddleware:
    """Anonymous visitors are sent to sign in, whatever a view forgot to check."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or request.path.startswith(PUBLIC_PATHS):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return self.get_response(request) if "Authorization" in request.headers else _api_refusal()
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def _api_refusal() -> JsonResponse:
    problem = {"type": "about:blank", "title": "Sign in first", "status": 401}
    return JsonResponse(problem, status=401, content_type="application/problem+json")


class ActorMiddleware:
    """Changes made while a request runs are recorded in history with its user and id."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD", "OPTIONS") or not request.user.is_authenticated:
            return self.get_response(request)
        who = str(request.user)
        with pghistory.context(user=request.user.pk, who=who, request_id=audit.request_id.get()):
            return self.get_response(request)
