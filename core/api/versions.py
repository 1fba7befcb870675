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
    """The tag of a record as it is shown: its version and a hash, so that a name from another record counts too."""
    text = json.dumps(shown, sort_keys=True, default=str)
    short = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f'"{version}.{short}"' if version is not None else f'"{short}"'


def is_known(request: Any, etag: str) -> bool:
    """Whether the caller has this state already (If-None-Match)."""
    asked = request.headers.get("If-None-Match")
    return asked is not None and (asked.strip() == "*" or etag.strip('"') in _TAG.findall(asked))


def require_match(request: Any, etag: str, *, shown: Mapping[str, Any]) -> None:
    """Refuse a change of another state than the one that stands. Only the version counts where there is one.

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
    if _state(etag.strip('"')) not in {_state(tag) for tag in tags}:
        raise stale(request, etag, shown=shown)


def _state(tag: str) -> str:
    return tag.partition(".")[0]


def stale(request: Any, etag: str, *, shown: Mapping[str, Any]) -> Stale:
    """Both values of each field that the call would have changed."""
    sent = request.data if isinstance(request.data, Mapping) else {}
    clashes = [
        {"field": name, "yours": value, "theirs": shown[name]}
        for name, value in sent.items()
        if name in shown and shown[name] != value
    ]
    words = _("Nothing was changed. Look at what stands now, and send your change again with its ETag.")
    return Stale(words, etag=etag, current=dict(shown), clashes=clashes)
