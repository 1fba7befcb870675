"""Too many wrong passwords: who is counted, and what the page says. The same for known and unknown addresses."""

from __future__ import annotations

from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from people import selectors


def attempted_login(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The e-mail that somebody tried, however it was handed over."""
    given = credentials or {}
    typed = given.get("email") or given.get("login") or given.get("username") or request.POST.get("login", "")
    return str(typed).strip().lower()[:255]


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None, *rest: Any) -> HttpResponse:
    """Says how long, and whom to ask."""
    until = selectors.locked_until(attempted_login(request, credentials))
    seconds = (until - timezone.now()).total_seconds() if until else settings.AXES_COOLOFF_TIME * 3600
    minutes = max(1, ceil(seconds / 60))
    answer = render(request, "account/locked.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer
