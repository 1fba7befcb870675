"""Errors as RFC 9457 problem+json, in the house's words: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from redis import RedisError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core import audit

log = structlog.get_logger("salesops.api")
MEDIA_TYPE = "application/problem+json"
KIND = "urn:salesops:problem:"


class Problem(exceptions.APIException):
    """A refusal with its own kind. `more` are members of the document beside the usual ones."""

    status_code = 400
    kind = "invalid"

    def __init__(self, detail: Any = "", **more: Any) -> None:
        super().__init__(str(detail))
        self.more = more


class Invalid(Problem):
    """Fields or parameters that can't be. errors: [{"pointer" or "parameter", "message"}]."""

    def __init__(self, errors: Iterable[Mapping[str, str]]) -> None:
        found = [dict(error) for error in errors]
        super().__init__(" ".join(dict.fromkeys(error["message"] for error in found))[:500], errors=found)

    @classmethod
    def of_fields(cls, errors: Mapping[str, Iterable[Any]]) -> Invalid:
        """Field names ("" the whole body) with their messages."""
        told = ((f"/{name}" if name else "", str(text)) for name, texts in errors.items() for text in texts)
        return cls({"pointer": pointer, "message": message} for pointer, message in told)

    @classmethod
    def of_parameter(cls, name: str, message: Any) -> Invalid:
        return cls([{"parameter": name, "message": str(message)}])


class NotNow(Problem):
    """The record's state doesn't allow it."""

    status_code, kind = 409, "not-now"


class Taken(Problem):
    """What may be there only once belongs to another record already."""

    status_code, kind = 409, "taken"

    @classmethod
    def of_field(cls, name: str, message: Any) -> Taken:
        return cls(message, errors=[{"pointer": f"/{name}", "message": str(message)}])


class Stale(Problem):
    """Somebody else changed the record since the caller read it."""

    status_code, kind = 412, "stale"


class ConditionMissing(Problem):
    status_code, kind = 428, "condition-missing"


class OtherCall(Problem):
    """The idempotency key was used for another call."""

    status_code, kind = 422, "key-used"


class BodyTooLarge(Problem):
    status_code, kind = 413, "too-large"


class NotInScope(Problem):
    status_code, kind = 403, "scope-missing"


class TooMany(Problem):
    status_code, kind = 429, "too-many-calls"


TITLES = {
    400: "The request can't be read as it is",
    401: "Sign in first",
    403: "You may not do this",
    404: "There is nothing here that you may see",
    405: "This address doesn't take this method",
    406: "Answers are JSON only",
    409: "Not possible as things stand",
    412: "Changed by someone else since you read it",
    413: "The body is too large",
    415: "Send JSON",
    422: "The idempotency key was used for another call",
    428: "Say which version you change",
    429: "Too many calls",
    500: "Something went wrong on our side",
    503: "Salesops can't reach its database at the moment",
}


def answer_to(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every error becomes a problem document, the unexpected ones with nothing of ours."""
    found = _known(error)
    if found is None:
        return _broken(error)
    set_rollback()
    headers = {}
    if isinstance(found, exceptions.APIException):
        if getattr(found, "auth_header", None):
            headers["WWW-Authenticate"] = found.auth_header
        if getattr(found, "wait", None):
            headers["Retry-After"] = str(int(found.wait))
    kind = getattr(found, "kind", "")
    more = dict(getattr(found, "more", {}))
    if retry := more.get("retry_after"):
        headers["Retry-After"] = str(retry)
    return problem(found.status_code, detail=_detail(found), kind=kind, headers=headers, **more)


def problem(
    code: int, *, detail: str = "", kind: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document. Its title says what happened, its detail what to do about it."""
    body: dict[str, Any] = {
        "type": f"{KIND}{kind}" if kind else "about:blank",
        "title": TITLES.get(code, "Error"),
        "status": code,
    }
    if detail:
        body["detail"] = detail
    if request_id := audit.request_id.get():
        body["request_id"] = request_id
    return Response(body | more, status=code, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def _known(error: Exception) -> exceptions.APIException | None:
    """The refusal behind an exception, or None for what nobody expected."""
    if isinstance(error, exceptions.ValidationError):
        return Invalid(flattened(error.detail))
    if isinstance(error, exceptions.ParseError):
        return Invalid([{"pointer": "", "message": str(error.detail)}])
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound(str(error) or None)
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or _("Your roles don't allow this."))
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge(_("Send less at once."))
    return Problem(str(error)) if isinstance(error, SuspiciousOperation) else None


def _detail(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.NotAuthenticated):
        return _("Send a token as “Authorization: Bearer …”. Make one under Settings, API.")
    if isinstance(error, exceptions.NotAcceptable):
        return _("Ask with “Accept: application/json”, or without.")
    if isinstance(error, exceptions.NotFound) and not isinstance(error.detail, str):
        return ""
    return str(error.detail)


def _broken(error: Exception) -> Response:
    """A failure of ours: it is logged, the caller learns nothing of it but the request's id."""
    set_rollback()
    away = isinstance(error, RedisError | InterfaceError | OperationalError)
    log.error("api.failed", exc_info=error)
    if away:
        return problem(503, detail=_("Try again in a moment."), headers={"Retry-After": "5"})
    return problem(500, detail=_("It was logged with the request's id. Nothing was changed."))


def flattened(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Nested errors of a serializer as JSON pointers with messages."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from flattened(inner, pointer if name == "non_field_errors" else f"{pointer}/{_escaped(name)}")
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            is_row = isinstance(inner, Mapping | list | tuple)
            if not is_row:
                yield {"pointer": pointer, "message": str(inner)}
            elif inner:
                yield from flattened(inner, f"{pointer}/{index}")
    else:
        yield {"pointer": pointer, "message": str(detail)}


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
