"""Conditional calls: which state of a record was read, and which one is to be changed (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.api.problems import ConditionMissing, Invalid, Stale

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')


def etag_of(shown: Any, version: int | None = None) -> str:
    """The tag of a record as it is shown: its version, a hash of its tags, which no version counts, and one of all.

    So a name that comes from another record counts for a reader, and for a writer only what they write.
    """
    text = json.dumps(shown, sort_keys=True, default=str)
    short = hashlib.sha256(text.encode()).hexdigest()[:16]
    if version is None:
        return f'"{short}"'
    tags = hashlib.sha256(json.dumps(shown.get("tags", [])).encode()).hexdigest()[:8]
    return f'"{version}.{tags}.{short}"'


def is_known(request: Any, etag: str) -> bool:
    """Whether the caller has this state already (If-None-Match)."""
    asked = request.headers.get("If-None-Match")
    return asked is not None and (asked.strip() == "*" or etag.strip('"') in _TAG.findall(asked))


def require_match(request: Any, etag: str, *, shown: Mapping[str, Any]) -> None:
    """Refuse a change of another state than the one that stands. Where there is a version only that counts, and the
    tags for a call that sets them.

    Raises ConditionMissing without If-Match, Stale with both values of what the caller changes.
    """
    asked = request.headers.get("If-Match")
    if asked is None:
        raise ConditionMissing(_("Send the ETag of the state you read as If-Match, so that nobody's change is lost."))
    if asked.strip() == "*":
        return
    tags = _TAG.findall(asked)
    if not tags:
        raise Invalid.of_parameter("If-Match", _("Send the ETag with its quotes, as it was answered."))
    parts = 2 if "tags" in _sent(request) else 1
    if _state(etag.strip('"'), parts) not in [_state(tag, parts) for tag in tags]:
        raise stale(request, etag, shown=shown)


def _state(tag: str, parts: int) -> list[str]:
    return tag.split(".")[:parts]


def _sent(request: Any) -> Mapping[str, Any]:
    return request.data if isinstance(request.data, Mapping) else {}


def stale(request: Any, etag: str, *, shown: Mapping[str, Any]) -> Stale:
    """Both values of each field that the call would have changed."""
    theirs = _each(shown)
    clashes = [
        {"field": name, "yours": value, "theirs": theirs[name]}
        for name, value in _each(_sent(request)).items()
        if name in theirs and theirs[name] != value
    ]
    words = _("Nothing was changed. Look at what stands now, and send your change again with its ETag.")
    return Stale(words, etag=etag, current=dict(shown), clashes=clashes)


def _each(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with each custom one by itself: {"custom": {"size": "l"}} -> {"custom.size": "l"}."""
    custom = fields.get("custom")
    if not isinstance(custom, Mapping):
        return dict(fields)
    own = {f"custom.{key}": value for key, value in custom.items()}
    return {name: value for name, value in fields.items() if name != "custom"} | own
