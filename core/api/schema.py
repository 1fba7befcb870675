"""The OpenAPI document: every act with all it takes and every answer it can give, from the views themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import append_meta
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.api.bodies import ProblemOut
from core.api.fields import Flag, Strict, Text, Whole
from core.api.paging import parameters
from core.api.problems import MEDIA_TYPE, TITLES

SUMMARIES = {
    "list": "List {nouns}",
    "retrieve": "Get {a_noun}",
    "create": "Add {a_noun}",
    "partial_update": "Change {a_noun}",
    "destroy": "Archive {a_noun}",
    "restore": "Take {a_noun} out of the archive",
}
ALWAYS = (400, 401, 403, 406, 429)
IF_MATCH = {"type": "string", "pattern": r'^(\*|"[0-9a-f.]{1,40}")$', "example": '"7.5f0c2b7be1a94d0a"'}
KEY = {"type": "string", "pattern": "^[!-~]{1,255}$", "example": "0c9d5f0e-8f0d-4a53-9d55-2a7a4b1e9a11"}
COUNT = {"type": "integer", "minimum": 0}


class Described(AutoSchema):
    """Reads an Api view: its act, bodies, answers and texts."""

    @property
    def act(self) -> str:
        return str(self.view.action)

    def get_operation_id(self) -> str:
        return f"{self._tag()}_{self.act}"

    def _tag(self) -> str:
        return str(self.view.tag or self.view.resource or "me")

    def get_tags(self) -> list[str]:
        return [str(self.view.resource or "me")]

    def get_summary(self) -> str:
        if told := self.view.texts.get(self.act, ("", ""))[0]:
            return str(told)
        noun = str(self.view.noun)
        article = "an" if noun[0] in "aeio" else "a"
        words = {"nouns": str(self.view.nouns), "a_noun": f"{article} {noun}"}
        return SUMMARIES.get(self.act, self.act).format(**words)

    def get_description(self) -> str:
        text = str(self.view.texts[self.act][1]) if self.act in self.view.texts else ""
        if not self.view.resource:
            return text
        access = "read" if self.method == "GET" else "write"
        return f"{text}\n\nScope: `{self.view.resource}:{access}`.".strip()

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"token": []}, {"session": []}]

    def get_request_serializer(self) -> Any:
        if self.method in ("GET", "DELETE"):
            return None
        body = self.view.body_of(self.act)
        return body(partial=True) if self.method == "PATCH" else body

    def get_response_serializers(self) -> dict[Any, Any]:
        status, shown = self.view.answer_of(self.act)
        media = self.view.media.get(self.act, "application/json")
        found: dict[Any, Any] = {(status, media): OpenApiResponse(shown, description=_what(status))}
        if status in (204, 304):
            found = {status: OpenApiResponse(None, description=_what(status))}
        if self._has_etag() and self.method == "GET":
            found[304] = OpenApiResponse(None, description="You have this state already.")
        for code in self._refusals():
            found[code, MEDIA_TYPE] = OpenApiResponse(ProblemOut, description=TITLES[code])
        return found

    def _has_etag(self) -> bool:
        return self.act in self.view.tagged

    def _refusals(self) -> list[int]:
        found = {*ALWAYS, *self.view.refusals_of(self.act)}
        if "{" in self.path:
            found.add(404)
        if self.method in ("POST", "PUT", "PATCH"):
            found |= {413, 415}
        if self.method != "GET":
            found |= {409, 422}
        if self.method in ("PUT", "PATCH", "DELETE"):
            found |= {412, 428}
        return sorted(found)

    def get_override_parameters(self) -> list[Any]:
        found = [self._given(one) for one in self._query()]
        if self.method in ("PUT", "PATCH", "DELETE"):
            words = "The ETag of the state you read; `*` changes whatever stands."
            found.append(_header("If-Match", IF_MATCH, words, required=True))
        if self.method == "GET" and self._has_etag():
            found.append(_header("If-None-Match", {"type": "string"}, "An ETag you have: 304 when it still stands."))
        if self.method != "GET":
            words = "The same call with the same key is done once; for 24 hours its answer is given again."
            found.append(_header("Idempotency-Key", KEY, words))
        return [*found, *self._answered()]

    def _query(self) -> list[dict[str, Any]]:
        return parameters(self.view.table) if self.act == "list" and self.view.table else self.view.asks_of(self.act)

    def _given(self, one: Mapping[str, Any]) -> OpenApiParameter:
        required = bool(one.get("required"))
        return OpenApiParameter(one["name"], one["schema"], "query", required, description=one["description"])

    def _answered(self) -> list[OpenApiParameter]:
        """Headers of answers."""
        status, _shown = self.view.answer_of(self.act)
        every = sorted({status, *self._refusals()})
        found = [_told(every, "X-Request-ID", {"type": "string"}, "Names the call in the log and the audit.")]
        if self._has_etag():
            found.append(_told([status], "ETag", {"type": "string"}, "Names this state of the record.", always=True))
        if self.act == "list":
            found.append(_told([status], "Link", {"type": "string"}, "The pages beside this one (RFC 8288)."))
        if status == 201:
            found.append(_told([status], "Location", {"type": "string"}, "Where it stands.", always=True))
        found.append(_told([429], "Retry-After", COUNT, "Seconds to wait.", always=True))
        for name, words in (("Limit", "Calls a minute."), ("Remaining", "Calls left."), ("Reset", "Seconds.")):
            found.append(_told([status, 429], f"RateLimit-{name}", COUNT, words))
        return found

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        if isinstance(field, Strict):
            meta = self._get_serializer_field_meta(field, direction)
            shape = dict(field.json_schema())
            if "description" in meta and "description" in shape:
                meta["description"] = f"{meta['description']} {shape.pop('description')}"
            if direction == "response":
                shape.pop("minLength", None)
            return append_meta(shape, meta)
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        """Objects have exactly the members that are described."""
        return super()._map_basic_serializer(serializer, direction) | {"additionalProperties": False}

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # a page is an object of its own (page_of)


def _what(status: int) -> str:
    return {200: "Done.", 201: "Added.", 202: "Asked for; the run shows how far it is.", 204: "Done."}.get(status, "")


def _header(name: str, schema: Mapping[str, Any], words: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, dict(schema), "header", required, description=words)


def _told(
    codes: list[int], name: str, schema: Mapping[str, Any], words: str, *, always: bool = False
) -> OpenApiParameter:
    return OpenApiParameter(name, dict(schema), "header", always, description=words, response=list(codes))


_pages: dict[str, Any] = {}


def page_of(item: Any) -> Any:
    """A page of a list: its rows and the way to the pages beside it. One class for each kind of row."""
    key = f"{item.__module__}.{item.__name__}"
    if key not in _pages:
        _pages[key] = _made_page(item)
    return _pages[key]


def _made_page(item: Any) -> Any:
    name = item.__name__.removesuffix("Body")
    fields = {
        "__doc__": "One page of a list.",
        "items": item(many=True),
        "next": Text(allow_null=True, help_text="Address of the next page."),
        "previous": Text(allow_null=True, help_text="Address of the page before."),
        "count": Whole(0, allow_null=True, help_text="What matches, with `count=true`; at most 10,000."),
        "count_is_capped": Flag(help_text="Whether more than `count` match."),
    }
    return type(f"{name}Page", (serializers.Serializer,), fields)


def whole_document(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Last touches: how one signs in."""
    schemes = result.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["token"] = {"type": "http", "scheme": "bearer", "description": "A token of Settings, API."}
    schemes["session"] = {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Signed in here."}
    return result
