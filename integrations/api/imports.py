"""Imports over the API: upload, map, check, decide, import, undo: the steps of the pages and their services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from core.api.bodies import Body
from core.api.fields import Anything, Choice, Day, Flag, Id, Instant, Text, Whole
from core.api.problems import Invalid, NotNow
from core.api.runs import Run
from core.api.views import RecordApi
from integrations import policies, selectors, services
from integrations.enums import ImportState, ProposalAction
from integrations.lists import IMPORTS

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_SHOWN = 1000


class Import(Body):
    """A file on its way in. `mapping` is column -> field ("" isn't imported)."""

    id = Id(read_only=True)
    kind = Text(read_only=True, example="opportunities")
    file_name = Text(read_only=True)
    size_bytes = Whole(0, 2**60, read_only=True)
    sha256 = Text(read_only=True)
    state = Choice(ImportState.choices, source="stands", read_only=True)
    mapping = Anything(_TEXTS, read_only=True)
    counts = Anything({"type": "object", "description": "Rows by what became, or would become, of them."})
    open_proposals = Whole(0, read_only=True)
    check_run_id = Id(read_only=True, allow_null=True)
    import_run_id = Id(read_only=True, allow_null=True)
    undo_run_id = Id(read_only=True, allow_null=True)
    uploaded_by = Text(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    imported_at = Instant(read_only=True, allow_null=True)
    undone_at = Instant(read_only=True, allow_null=True)


class ImportUpload(serializers.Serializer):
    """multipart/form-data: what is in the file, and the file (CSV or XLSX, also zipped)."""

    kind = Text(40, allow_blank=False, example="accounts")
    file = serializers.FileField(allow_empty_file=True)


class Mapping(Body):
    """How the file is read. Columns that aren't named stay out."""

    mapping = Anything(_TEXTS | {"maxProperties": 1000})
    date_orders = Anything(
        {"type": "object", "additionalProperties": {"type": "string", "enum": ["dmy", "mdy"]}}, required=False
    )
    convert_thousands = Flag(required=False, help_text="39.800 is 39,800.")
    since = Day(required=False, allow_null=True, help_text="First day of reporting lines and owners.")


class Proposal(Body):
    """What the file implies and somebody has to accept, or to decide otherwise."""

    id = Id(read_only=True)
    field = Text(read_only=True)
    value = Text(read_only=True)
    rows = Whole(0, read_only=True)
    action = Choice(ProposalAction.choices, read_only=True)
    target = Text(read_only=True)
    reason = Text(read_only=True)
    is_accepted = Flag(read_only=True)


class Decision(Body):
    action = Choice(ProposalAction.choices)
    target = Text(500, required=False, help_text="The value to use instead, for `use`.")


class Acceptance(Body):
    ids = serializers.ListField(
        child=Id(), required=False, max_length=10_000, help_text="Only these; all where it isn't given."
    )


class Undo(Body):
    even_changed = Flag(required=False, help_text="Also records that were changed since.")


class Problem(Body):
    row = Whole(0, 2**60, source="row_number", read_only=True)
    column = Text(read_only=True)
    value = Text(read_only=True)
    severity = Text(read_only=True)
    code = Text(read_only=True)
    message = Text(read_only=True)
    suggestion = Text(read_only=True)


PROPOSALS = type("Proposals", (serializers.Serializer,), {"items": Proposal(many=True)})
PROBLEMS = type("Problems", (serializers.Serializer,), {"items": Problem(many=True)})


class ImportsApi(RecordApi):
    resource, noun, nouns = "imports", "import", "imports"
    table, serializer_class = IMPORTS, Import
    uploads = frozenset({"create"})
    tagged = frozenset({"retrieve", "create"})
    bodies = {"create": ImportUpload, "map_columns": Mapping, "decide": Decision, "accept": Acceptance, "undo": Undo}
    answers = {
        "create": (201, Import),
        "proposals": (200, PROPOSALS),
        "problems": (200, PROBLEMS),
        "map_columns": (202, Run),
        "check": (202, Run),
        "run": (202, Run),
        "undo": (202, Run),
    }
    texts = {
        "create": ("Upload a file", "It is kept, described and its columns are mapped: as remembered, or guessed."),
        "proposals": ("Get what the file implies", "The first thousand; accept or decide them before the import."),
        "problems": ("Get the rows that can't be taken as they are", "The first thousand."),
        "map_columns": ("Map the columns and check the rows", ""),
        "check": ("Check the rows", "Nothing is written; what the file implies becomes proposals."),
        "accept": ("Accept proposals", ""),
        "decide": ("Take another decision than the proposed one", ""),
        "run": ("Import the file", "Undecided rows wait, mistaken ones are left out and reported."),
        "undo": ("Undo the import", "What was changed since, or is used by others, is kept and listed."),
    }

    def body_of(self, act: str) -> type[Any]:
        return self.bodies.get(act) or super(RecordApi, self).body_of(act)

    def may_write(self, user: Any) -> bool:
        return policies.may_import(user)

    def find(self, record_id: int) -> Any:
        return self.prepared([selectors.get_import_for(self.request.user, record_id)])[0]

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        waiting = selectors.open_proposals_of(rows)
        for row in rows:
            row.open_proposals = waiting.get(row.pk, 0)
            row.counts = {name: count for name, count in row.counts.items() if name != "columns"}
        return rows

    def create(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        _serializer, values = self.sent()
        kinds = [kind.key for kind in policies.import_kinds_for(request.user)]
        if values["kind"] not in kinds:
            words = ", ".join(kinds)
            raise Invalid.of_fields({"kind": [_("One of: %(words)s.") % {"words": words}]})
        upload = values["file"]
        try:
            row = services.start_import(kind=values["kind"], stream=upload.file, name=upload.name, by=request.user)
        except services.ImportRefused as error:
            raise Invalid.of_fields({"file": [str(error)]}) from error
        answer = self.answer(self.find(row.pk), status=201)
        answer["Location"] = request.build_absolute_uri(f"{request.path}{row.pk}/")
        return answer

    def proposals(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        found = self.find(self.record_id).proposals.order_by("is_accepted", "-rows", "id")[:_SHOWN]
        return Response(PROPOSALS({"items": found}).data)

    def problems(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        found = self.find(self.record_id).issues.order_by("row_number", "id")[:_SHOWN]
        return Response(PROBLEMS({"items": found}).data)

    def map_columns(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        _serializer, values = self.sent()
        chosen = {
            "mapping": _texts(values["mapping"], "mapping"),
            "orders": _texts(values.get("date_orders", {}), "date_orders", ("dmy", "mdy")),
            "convert_thousands": values.get("convert_thousands", False),
            "since": values.get("since"),
        }
        return self._asked(lambda: services.map_and_check(import_file=row, by=request.user, **chosen))

    def check(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        self.sent()
        return self._asked(lambda: services.ask_for_check(import_file=row, by=request.user))

    def run(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        self.sent()
        return self._asked(lambda: services.ask_for_import(import_file=row, by=request.user))

    def undo(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        _serializer, values = self.sent()
        changed = values.get("even_changed", False)
        return self._asked(lambda: services.ask_for_undo(import_file=row, by=request.user, even_changed=changed))

    def accept(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        _serializer, values = self.sent()
        services.accept_proposals(import_file=row, by=request.user, only=values.get("ids"))
        return self.answer(self.find(row.pk))

    def decide(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        proposal = selectors.get_proposal(row, str(self.kwargs["proposal_id"]))
        _serializer, values = self.sent()
        try:
            services.decide(
                proposal=proposal, action=values["action"], target=values.get("target", ""), by=request.user
            )
        except services.DecisionRefused as error:
            raise NotNow(str(error)) from error
        return self.answer(self.find(row.pk))

    def _asked(self, ask: Callable[[], Any]) -> Response:
        """Ask for background work; the answer is its run."""
        try:
            run = ask()
        except services.ImportRefused as error:
            raise NotNow(str(error)) from error
        return Response(Run(run).data, status=202)


def _texts(found: Any, name: str, words: tuple[str, ...] = ()) -> dict[str, str]:
    """An object of texts. Raises Invalid."""
    is_one = isinstance(found, dict) and len(found) <= _SHOWN and all(isinstance(text, str) for text in found.values())
    if not is_one or (words and not set(found.values()) <= set(words)):
        raise Invalid.of_fields({name: [_("This must be an object of texts: column name -> value.")]})
    return dict(found)
