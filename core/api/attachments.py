"""Files on records of any kind, over the API: with the checks, rights and way back of the record's page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core import selectors, services
from core.api.bodies import Body
from core.api.fields import Id, Instant, Text, Whole
from core.api.problems import Invalid
from core.api.versions import etag_of, is_known, require_match
from core.api.views import Api, RecordApi
from core.models import Attachment
from core.pages import file_answer


class File(Body):
    """A file on a record. What is in it stands at `.../file/`."""

    id = Id(read_only=True)
    name = Text(read_only=True, example="Offer.pdf")
    content_type = Text(read_only=True, example="application/pdf")
    size_bytes = Whole(0, 2**60, read_only=True)
    sha256 = Text(read_only=True)
    uploaded_by = Text(source="uploaded_by_label", read_only=True)
    uploaded_at = Instant(source="created_at", read_only=True)


class FileUpload(serializers.Serializer):
    """multipart/form-data: one file. Its name and what is in it have to agree."""

    file = serializers.FileField(allow_empty_file=True)


FILES = type("Files", (serializers.Serializer,), {"items": File(many=True)})


class AnyForm(JSONRenderer):
    """Whoever asks for the bytes of a file may ask for any media type; a refusal stays a problem document."""

    media_type = "*/*"


class AttachmentsApi(Api):
    """The files of one kind of record; `of` is the API of that kind, whose scopes and roles they take."""

    of: type[RecordApi] = RecordApi
    uploads = frozenset({"attach"})
    tagged = frozenset({"one", "attach", "bring_back"})
    bodies = {"attach": FileUpload}
    answers = {
        "files": (200, FILES),
        "attach": (201, File),
        "one": (200, File),
        "download": (200, OpenApiTypes.BINARY),
        "take_off": (204, None),
        "bring_back": (200, File),
    }
    media = {"download": "*/*"}

    @property
    def resource(self) -> str:  # type: ignore[override]  # -- as each kind is called
        return self.of.resource

    @property
    def tag(self) -> str:  # type: ignore[override]  # -- each kind has acts of its own name
        return f"{self.of.tag or self.resource}_files"

    @property
    def texts(self) -> dict[str, tuple[str, str]]:  # type: ignore[override]  # -- as each kind is called
        noun = self.of.noun
        article = "an" if noun[0] in "aeio" else "a"
        types = "PDF, images, office documents, CSV, text and mail, up to MAX_ATTACHMENT_BYTES."
        return {
            "files": (f"List the files of {article} {noun}", "Newest first; a record takes at most 200."),
            "attach": (f"Attach a file to {article} {noun}", types),
            "one": (f"Get what is known of a file of {article} {noun}", ""),
            "download": (f"Download a file of {article} {noun}", "Always as an attachment, never shown in place."),
            "take_off": (f"Delete a file of {article} {noun}", "It can be brought back for 30 days."),
            "bring_back": (f"Bring a deleted file of {article} {noun} back", ""),
        }

    def get_renderers(self) -> list[Any]:
        return [*super().get_renderers(), *([AnyForm()] if getattr(self, "action", "") == "download" else [])]

    def may_read(self, user: Any) -> bool:
        return self.of().may_read(user)

    def may_write(self, user: Any) -> bool:
        return self.of().may_write(user)

    @property
    def _kind(self) -> str:
        return self.of.table.record_kind

    def _record(self, *, to_edit: bool = False) -> Any:
        """The record. Raises Http404 where the caller can't see it, PermissionDenied where they can't change it."""
        user, as_of, record_id = self.request.user, self.as_of, int(self.kwargs[f"{self.of.noun}_id"])
        record = selectors.get_record_for(user, self._kind, record_id, as_of)
        if to_edit and not selectors.may_edit_record(user, self._kind, record_id, as_of):
            raise PermissionDenied
        return record

    def _file(self, record: Any, *, with_deleted: bool = False) -> Attachment:
        """The file, when it is on the record. Raises Http404."""
        user, as_of, attachment_id = self.request.user, self.as_of, int(self.kwargs["attachment_id"])
        found = selectors.get_attachment_for(user, attachment_id, as_of, with_deleted=with_deleted)
        if (found.record_kind, found.record_id) != (self._kind, record.pk):
            raise Http404(_("No such file."))
        return found

    def _answer(self, attachment: Attachment, *, status: int = 200) -> Response:
        shown = dict(File(attachment).data)
        etag = etag_of(shown)
        if self.is_read and is_known(self.request, etag):
            return Response(status=304, headers={"ETag": etag})
        return Response(shown, status=status, headers={"ETag": etag})

    def files(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self._record()
        return Response(FILES({"items": selectors.attachments_on(self._kind, record.pk)}).data)

    def attach(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self._record(to_edit=True)
        _serializer, values = self.sent()
        file = values["file"]
        one = (file.name or "", file.file, file.size or 0)
        try:
            (made,) = services.attach(record=record, kind=self._kind, files=[one], by=request.user)
        except services.AttachmentError as error:
            raise Invalid.of_fields({"file": [str(error)]}) from error
        answer = self._answer(made, status=201)
        answer["Location"] = request.build_absolute_uri(f"{request.path}{made.pk}/")
        return answer

    def one(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        return self._answer(self._file(self._record()))

    def download(self, request: Any, **kwargs: Any) -> HttpResponseBase:
        self.no_parameters()
        return file_answer(self._file(self._record()))

    def take_off(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        found = self._file(self._record())
        record = self._record(to_edit=True)
        shown = dict(File(found).data)
        require_match(request, etag_of(shown), shown=shown)
        services.remove_attachment(attachment=found, record=record, by=request.user, at=self.now)
        return Response(status=204)

    def bring_back(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self._record(to_edit=True)
        self.sent()
        found = self._file(record, with_deleted=True)
        if found.deleted_at is not None:
            services.restore_attachment(attachment=found, record=record, by=request.user)
        return self._answer(found)
