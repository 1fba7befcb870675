"""Bases of the API's views: who calls, whether they may, once only, which version, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pghistory
from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from core import audit
from core.api import limits
from core.api.bodies import Body, Nothing, api_name, bind, check
from core.api.once import answered_once
from core.api.paging import links, part_of, refuse_misread
from core.api.parsing import OneMeaningJSON, Upload
from core.api.problems import Invalid, NotInScope, NotNow
from core.api.schema import Described, page_of
from core.api.versions import etag_of, is_known, require_match, stale
from core.selectors import company_day
from core.tables import Table

SAFE = ("GET", "HEAD")


class Asked(APIView):
    """A view of the API: answers JSON, and asks who calls."""

    renderer_classes: Any = (JSONRenderer,)
    parser_classes: Any = (OneMeaningJSON,)
    permission_classes: Any = ()
    metadata_class = None

    def get_authenticators(self) -> list[Any]:
        return [import_string(name)() for name in settings.API_AUTHENTICATION]


class Api(ViewSetMixin, Asked):
    """One resource. `resource` names its scopes; may_read and may_write ask the roles.

    bodies: act -> what is sent; answers: act -> (status, what is answered). Both also stand in the OpenAPI document.
    uploads: acts that take multipart/form-data; media: act -> media type of its answer where that isn't JSON.
    """

    resource = ""
    noun, nouns = "record", "records"
    schema = Described()
    http_method_names = ("get", "head", "post", "put", "patch", "delete")
    bodies: Mapping[str, type[Any]] = {}
    answers: Mapping[str, tuple[int, Any]] = {}
    texts: Mapping[str, tuple[str, str]] = {}
    refusals: Mapping[str, tuple[int, ...]] = {}
    asks: Mapping[str, Sequence[dict[str, Any]]] = {}
    tagged: frozenset[str] = frozenset()
    uploads: frozenset[str] = frozenset()
    media: Mapping[str, str] = {}
    table: Table | None = None
    tag = ""
    action: str
    action_map: Mapping[str, str]
    allowance: limits.Allowance | None = None

    def get_parsers(self) -> list[Any]:
        act = getattr(self, "action", None) or self.action_map.get(str(self.request.method).lower())
        return [Upload()] if act in self.uploads else super().get_parsers()

    def may_read(self, user: Any) -> bool:
        return True

    def may_write(self, user: Any) -> bool:
        return False

    def body_of(self, act: str) -> type[Any]:
        return self.bodies.get(act, Nothing)

    def answer_of(self, act: str) -> tuple[int, Any]:
        return self.answers[act]

    def refusals_of(self, act: str) -> tuple[int, ...]:
        return self.refusals.get(act, ())

    def asks_of(self, act: str) -> Sequence[dict[str, Any]]:
        """Parameters of an act, as OpenAPI describes them."""
        return self.asks.get(act, ())

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def as_of(self) -> date:
        """The company's day."""
        return company_day(timezone.now())

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """As DRF does it, with the act between its gates: who is recorded, and once for each key."""
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        self.request = request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(request, *args, **kwargs)
            answer = self.act(request)
        except Exception as error:  # noqa: BLE001 -- the handler of problems decides, and logs what nobody expected
            answer = self.handle_exception(error)
        self.response = self.finalize_response(request, answer, *args, **kwargs)
        return self.response

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.format_kwarg = None
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        self.perform_authentication(request)
        if not request.user.is_authenticated:
            raise NotAuthenticated
        self.allowance = limits.take_call(request)
        self._open(request)

    def _open(self, request: Any) -> None:
        """The scope of the token, then the roles of the person. Raises NotInScope, PermissionDenied."""
        is_read = self.is_read
        scope = f"{self.resource}:{'read' if is_read else 'write'}"
        if self.resource and request.auth is not None and not request.auth.allows(scope):
            raise NotInScope(_("This token lacks the scope “%(scope)s”.") % {"scope": scope}, scope=scope)
        may = self.may_read(request.user) and (is_read or self.may_write(request.user))
        if not may:
            raise PermissionDenied(_("Your roles don't open this."))

    @property
    def is_read(self) -> bool:
        return self.request.method in SAFE

    def act(self, request: Any) -> Any:
        refuse: Any = self.http_method_not_allowed
        handler: Any = getattr(self, str(request.method).lower(), refuse)
        if self.is_read or handler == refuse:
            return handler(request, *self.args, **self.kwargs)
        token = {"token": request.auth.prefix} if request.auth is not None else {}
        who = {"user": request.user.pk, "who": str(request.user), "request_id": audit.request_id.get()}
        with pghistory.context(**who, **token):
            return answered_once(request, lambda: handler(request, *self.args, **self.kwargs))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            for name, value in self.allowance.headers().items():
                answer[name] = value
        if not answer.has_header("Cache-Control"):
            answer["Cache-Control"] = "private, no-cache"
        return answer

    def sent(self, *, instance: Any = None, partial: bool = False) -> tuple[Body, dict[str, Any]]:
        """What the call's body says, as the serializer of its act reads it. Raises ValidationError."""
        serializer = self.body_of(self.action)(
            instance, data=_body_of(self.request), partial=partial, context={"request": self.request, "view": self}
        )
        serializer.is_valid(raise_exception=True)
        return serializer, serializer.validated_data

    def no_parameters(self) -> None:
        """Refuse parameters that the address doesn't take, or that don't read as its description says."""
        known = {one["name"]: one["schema"] for one in self.asks_of(self.action)}
        refuse_misread(self.request.query_params, known)


class RecordApi(Api):
    """Records of one list: list and search, one by number, make, change, archive, bring back.

    A room says how one is found (find), which form reads a change (form) and which service writes it (save), and
    archives through `archive` and `restore`.
    """

    table: Table
    serializer_class: type[Body]
    refused_by: tuple[type[Exception], ...] = ()
    tagged = frozenset({"retrieve", "create", "partial_update", "restore"})

    def body_of(self, act: str) -> type[Any]:
        return self.serializer_class if act in ("create", "partial_update") else super().body_of(act)

    def answer_of(self, act: str) -> tuple[int, Any]:
        if act == "list":
            return 200, page_of(self.serializer_class)
        usual = {"create": (201, self.serializer_class), "destroy": (204, None)}
        return self.answers.get(act) or usual.get(act, (200, self.serializer_class))

    def may_read(self, user: Any) -> bool:
        return self.table.may_see(user)

    def find(self, record_id: int) -> Any:
        """The record of the list with a number. Raises Http404 when there is none that the caller may see."""
        found = self.table.rows(self.request.user, self.as_of).filter(pk=record_id).first()
        if found is None:
            raise Http404
        return self.prepared([found])[0]

    def form(self, record: Any) -> Any:
        """The room's unbound form over a record, or over a new one."""
        raise NotImplementedError

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        """Write through the room's service; gives the saved record. Raises what the service raises."""
        raise NotImplementedError

    def check_may_change(self, record: Any) -> None:
        """Raises PermissionDenied where seeing a record isn't enough to change it."""

    @property
    def record_id(self) -> int:
        return int(next(iter(self.kwargs.values())))

    def list(self, request: Any, **kwargs: Any) -> Response:
        part = part_of(request, self.table, as_of=self.as_of)
        shown = self.prepared(part.rows)
        body = {
            "items": [self.shown(row) for row in shown],
            "next": part.next,
            "previous": part.previous,
            "count": part.count,
            "count_is_capped": part.is_capped,
        }
        found = links(part)
        return Response(body, headers={"Link": found} if found else {})

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows of a page with what their answer shows, in a number of queries that doesn't grow with them."""
        return rows

    def retrieve(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        return self.answer(self.find(self.record_id))

    def create(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        serializer, values = self.sent()
        record = self.find(self.written(serializer, values, None).pk)
        answer = self.answer(record, status=201)
        answer["Location"] = request.build_absolute_uri(f"{request.path}{record.pk}/")
        return answer

    def partial_update(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self.changeable()
        serializer, values = self.sent(instance=record, partial=True)
        self.written(serializer, values, record)
        return self.answer(self.find(record.pk))

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        """The record after the values of a call, read by the room's form. Raises Invalid, and what `refused` gives."""
        return self._saved(check(bind(self.form(record), values), serializer), serializer, record)

    def _saved(self, form: Any, serializer: Any, record: Any) -> Any:
        """The room's service writes; what it refuses becomes a problem: both values, or the field and why."""
        try:
            return self.save(form, record, getattr(record, "version", None))
        except self.refused_by as error:
            raise self.refused(error, serializer, record) from error

    def refused(self, error: Any, serializer: Any, record: Any) -> Exception:
        if hasattr(error, "theirs"):
            return self.stale(record.pk)
        return Invalid.of_fields({api_name(getattr(error, "field", "") or "__all__", serializer): [str(error)]})

    def destroy(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        self.archive(self.changeable())
        return Response(status=204)

    def restore(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self.find(self.record_id)
        self.check_may_change(record)
        self.sent()
        self.unarchive(record)
        return self.answer(self.find(record.pk))

    def archive(self, record: Any) -> None:
        raise NotFound

    def unarchive(self, record: Any) -> None:
        raise NotFound

    def changeable(self) -> Any:
        """The record of a call that changes it: may be changed, not archived, in the state the caller read."""
        record = self.find(self.record_id)
        self.check_may_change(record)
        shown = self.shown(record)
        require_match(self.request, self.etag(record, shown), shown=shown)
        if getattr(record, "archived_at", None) is not None:
            raise NotNow(_("This is in the archive. Restore it first."))
        return record

    def stale(self, record_id: int) -> Exception:
        """What a service's conflict becomes: both values, from the record as it stands now."""
        record = self.find(record_id)
        shown = self.shown(record)
        return stale(self.request, self.etag(record, shown), shown=shown)

    def shown(self, record: Any) -> dict[str, Any]:
        return dict(self.serializer_class(record, context={"request": self.request}).data)

    def etag(self, record: Any, shown: Any) -> str:
        return etag_of(shown, getattr(record, "version", None))

    def answer(self, record: Any, *, status: int = 200) -> Response:
        """The record with its ETag; 304 where the caller has this state already."""
        shown = self.shown(record)
        etag = self.etag(record, shown)
        if self.is_read and is_known(self.request, etag):
            return Response(status=304, headers={"ETag": etag})
        return Response(shown, status=status, headers={"ETag": etag})


def _body_of(request: Any) -> Any:
    """A call without a body sends an empty object."""
    has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
    return request.data if has_body else {}


class NoSuchAddress(Asked):
    """Whatever else is asked below /api/: not found, as a problem."""

    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.perform_authentication(self.request)
            signed_in = self.request.user.is_authenticated
            raise (
                NotFound(_("There is no such address. Addresses end with a slash.")) if signed_in else NotAuthenticated
            )
        except Exception as error:  # noqa: BLE001 -- the handler of problems decides
            self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), "application/json"
            return self.finalize_response(self.request, self.handle_exception(error), *args, **kwargs)
