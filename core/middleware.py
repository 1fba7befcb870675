"""The visitor's address, request id, closed doors, sizes, and who is recorded for a change."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import pghistory
import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core import audit, registry
from core.selectors import company_of_request
from core.services.recent import remember

log = structlog.get_logger("salesops.request")

Answer = Callable[[HttpRequest], HttpResponse]
_SAFE_ID = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")
# Doors that open without signing in. Everything else asks for a login first; the architecture tests read this list.
PUBLIC_PATHS = ("/healthz", "/readyz", "/metrics", "/static/", "/auth/", "/favicon.ico", "/digest/leave/")


# Where the path itself is a secret (the link of a password reset), only its beginning is logged.
_SECRET_PATHS = ("/auth/password/reset/key/", "/auth/confirm-email/", "/auth/invitation/", "/digest/leave/")
BODY_BYTES_BEFORE_SIGNING_IN = 1024**2


class ForwardedMiddleware:
    """Behind TRUSTED_PROXIES proxies, the address of the visitor is the one that the outermost of them saw.

    Counted from the right: what stands further left in X-Forwarded-For was written by the visitor.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        count = settings.TRUSTED_PROXIES
        if count and len(hops) >= count:
            request.META["REMOTE_ADDR"] = hops[-count]
        return self.get_response(request)


class RequestIdMiddleware:
    """Every request has an id: the caller's X-Request-ID or a new one; it stands in logs, audit and the answer.

    Each answer is one line of the log at level info, without query strings (they hold names people searched for).
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.match(given) else uuid.uuid4().hex[:20]
        token, kept = audit.request_id.set(request_id), company_of_request.set({})
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            took = round(1000 * (time.perf_counter() - started), 1)
            path = _shown(request.path)
            log.info("request", method=request.method, path=path, status=response.status_code, ms=took)
        finally:
            structlog.contextvars.clear_contextvars()
            audit.request_id.reset(token)
            company_of_request.reset(kept)
        response["X-Request-ID"] = request_id
        return response


def _shown(path: str) -> str:
    return next((f"{secret}…" for secret in _SECRET_PATHS if path.startswith(secret)), path)


class SignedInOnlyMiddleware:
    """Anonymous visitors are sent to sign in, whatever a view forgot to check."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PUBLIC_PATHS) or request.user.is_authenticated:
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return self.get_response(request) if "Authorization" in request.headers else _problem(401, "Sign in first")
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def _problem(status: int, title: str) -> JsonResponse:
    problem = {"type": "about:blank", "title": title, "status": status}
    return JsonResponse(problem, status=status, content_type="application/problem+json")


class BodyLimitMiddleware:
    """Refuses a body that is too large before a byte of it is read: an import's file, or little from strangers."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("CONTENT_LENGTH") or "0"
        if not given.isdecimal() or int(given) <= BODY_BYTES_BEFORE_SIGNING_IN:
            return self.get_response(request)
        limit = BODY_BYTES_BEFORE_SIGNING_IN
        if request.user.is_authenticated or "Authorization" in request.headers:
            limit += settings.MAX_IMPORT_BYTES  # and a little for the other fields of the form
        return self.get_response(request) if int(given) <= limit else _too_large(request)


def _too_large(request: HttpRequest) -> HttpResponse:
    size = settings.MAX_IMPORT_BYTES // 1024**2
    text = _("The file is larger than %(size)s MB. Nothing was kept. Split it, or raise MAX_IMPORT_BYTES.")
    if request.path.startswith("/api/"):
        return _problem(413, text % {"size": size})
    return HttpResponse(render_to_string("413.html", {"text": text % {"size": size}}, request), status=413)


class PrivateMiddleware:
    """No browser and no proxy keeps an answer, unless its view says otherwise: pages hold what one person may see."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


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


class RecentMiddleware:
    """Records whose page a person opens are remembered for the palette."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "GET" and response.status_code == 200 and request.user.is_authenticated:
            self._remember(request)
        return response

    def _remember(self, request: HttpRequest) -> None:
        match = request.resolver_match
        if match is None:
            return
        kind = next((one for one in registry.record_kinds if one.url_name == match.view_name), None)
        ids = list(match.kwargs.values())
        if kind is not None and len(ids) == 1 and isinstance(ids[0], int):
            remember(user_id=int(request.user.pk or 0), kind=kind.key, record_id=ids[0])
