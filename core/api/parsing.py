"""Reading bodies: JSON without doubt about what it says, uploads as forms. What can't be stored is refused here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser

from core.api.problems import BodyTooLarge

DEEPEST = 20


class OneMeaningJSON(JSONParser):
    """JSON as RFC 8259 without what readers disagree about: NaN, names given twice, lone surrogates, towers."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = _read(stream)
        try:
            found = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once)
        except UnicodeDecodeError as error:
            raise ParseError(_("The body isn't UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The body isn't JSON: %(why)s.") % {"why": str(error).split(":")[0]}) from error
        _check(found, DEEPEST)
        return found


def _read(stream: Any) -> bytes:
    body = stream.read(settings.API_BODY_BYTES + 1)
    if len(body) > settings.API_BODY_BYTES:
        raise BodyTooLarge(_("A JSON body may have %(kb)s KB.") % {"kb": settings.API_BODY_BYTES // 1024})
    return bytes(body)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(_("“%(name)s” is given twice.") % {"name": twice[:80].encode(errors="replace").decode()})
    return found


def _check(value: Any, levels: int) -> None:
    """Refuse what the database can't hold anywhere: zero bytes and halves of characters."""
    if levels == 0:
        raise ParseError(_("The body is nested too deeply."))
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ParseError(_("A text holds a character that can't be stored (a zero byte or half a character)."))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, levels)
            _check(inner, levels - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, levels - 1)


class Upload(MultiPartParser):
    """multipart/form-data, for files."""
