"""What a visitor reads while the database or the broker is away, or when something else broke."""

from __future__ import annotations

import sys

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from redis import ConnectionError as BrokerLost
from redis import TimeoutError as BrokerSilent

RETRY_SECONDS = 5


def is_outage(error: BaseException | None) -> bool:
    """Whether a service was out of reach, not merely unhappy with a statement; also while that was being handled.

    A lost connection carries no SQLSTATE; a server that starts or stops says 57P01 to 57P03; class 08 is the wire's.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if _is_away(error):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _is_away(error: BaseException) -> bool:
    if isinstance(error, (BrokerLost, BrokerSilent, InterfaceError)):
        return True
    # A connection that breaks within an answer is told by the driver without a kind of its own.
    if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
        return False
    state = getattr(error.__cause__, "pgcode", None)
    return state is None or state.startswith(("08", "57P"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of what nobody caught: 503 and when to come back for an outage, else 500."""
    away = is_outage(sys.exc_info()[1])
    if request.path.startswith("/api/"):
        return _problem(away)
    # both without the request: its context would ask the database who this is
    if not away:
        return HttpResponse(render_to_string("500.html"), status=500)
    page = render_to_string("503.html", {"was_sent": request.method == "POST"})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def _problem(away: bool) -> HttpResponse:
    title = _("Salesops can't reach its database at the moment") if away else _("Something went wrong on our side")
    status = 503 if away else 500
    problem = {"type": "about:blank", "title": title, "status": status}
    headers = {"Retry-After": str(RETRY_SECONDS)} if away else {}
    return JsonResponse(problem, status=status, headers=headers, content_type="application/problem+json")
