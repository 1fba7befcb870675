"""Idempotency keys: a write sent twice is done once, and answered the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response

from core.api.problems import Invalid, NotNow, OtherCall
from core.models import KeptAnswer

HEADER = "Idempotency-Key"
WAIT = "20s"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Location", "ETag", "Link")


def answered_once(request: Any, work: Callable[[], Response]) -> Response:
    """Do the work of a call unless its key was answered already; a second call at once waits for the first.

    Only what succeeded is kept: the row is written with the work, in one transaction. Raises OtherCall.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not _KEY.fullmatch(key):
        raise Invalid.of_parameter(HEADER, _("1 to 255 visible ASCII characters, such as a UUID."))
    call = _hash_of(request)
    with transaction.atomic():
        kept = _claim(request.user, key, call)
        if kept.status is not None:
            return _again(kept, call)
        answer = work()
        headers = {name: answer[name] for name in KEPT_HEADERS if answer.has_header(name)}
        body = None if answer.data is None else json.loads(_json(answer.data))
        KeptAnswer.objects.filter(pk=kept.pk).update(status=answer.status_code, headers=headers, body=body)
    return answer


def _claim(user: Any, key: str, call: str) -> KeptAnswer:
    """The row of a key: a new one, or the one that stands once its call has ended. Raises NotNow after WAIT."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            table = KeptAnswer._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} (user_id, key, call_hash, headers) VALUES (%s, %s, %s, '{{}}')"
                " ON CONFLICT (user_id, key) DO NOTHING",
                [user.pk, key, call],
            )
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != "55P03":  # not a lock that was waited for too long
            raise
        raise NotNow(_("The first call with this key is still being worked on. Ask again in a moment.")) from error
    return KeptAnswer.objects.get(user=user, key=key)


def _again(kept: KeptAnswer, call: str) -> Response:
    if kept.call_hash != call:
        raise OtherCall(_("This key was sent with another address or body. Take a new key for a new call."))
    headers = {**kept.headers, "Idempotent-Replayed": "true"}
    return Response(kept.body, status=kept.status, headers=headers)


def _hash_of(request: Any) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for name, value in sorted(_parts(request.data)):
        digest.update(f"{name}=".encode())
        if isinstance(value, UploadedFile):
            digest.update(f"{value.name} ".encode())
            for chunk in value.chunks():
                digest.update(chunk)
            value.seek(0)
        else:
            digest.update(_json(value).encode())
    return digest.hexdigest()


def _parts(data: Any) -> list[tuple[str, Any]]:
    return list(data.items()) if hasattr(data, "items") else [("", data)]


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
