"""Records with custom fields, tags and the key of another system; written together with the rest, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.api.bodies import bind, check
from core.api.own import FILTERS_HELP, spread
from core.api.problems import Invalid, Taken
from core.api.views import RecordApi
from core.services import TagError, set_tags


class OwnRecordApi(RecordApi):
    """A kind of record that people tag and that the company adds fields to; its table says which kind."""

    texts = {"list": ("", FILTERS_HELP)}

    @property
    def kind(self) -> str:
        return self.table.record_kind

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        tags, seen = values.pop("tag_names", None), list(record.tag_names) if record else []
        keys = [values.pop("external_id")] if "external_id" in values else []
        form = check(bind(self.form(record), spread(values)), serializer)
        for key in keys:
            _give_key(form.instance, key)
        with _refusing_taken(keys), transaction.atomic():
            saved = self._saved(form, serializer, record)
            if tags is not None:
                self._tag(saved, tags, seen)
        return saved

    def _tag(self, record: Any, names: list[str], seen: list[str]) -> None:
        try:
            set_tags(record=record, kind=self.kind, names=names, seen=seen, by=self.request.user)
        except TagError as error:
            raise Invalid.of_fields({"tags": [str(error)]}) from error


def _give_key(record: Any, key: str | None) -> None:
    """Raises Invalid where the record has another one already, Taken where another record has it."""
    if record.pk is not None and record.external_id is not None:
        if key != record.external_id:
            raise Invalid.of_fields({"external_id": [_("The record has its external ID already; it stays.")]})
        return
    if key is not None and type(record)._default_manager.filter(external_id=key).exists():
        raise _taken()
    record.external_id = key


@contextmanager
def _refusing_taken(keys: list[str | None]) -> Iterator[None]:
    """Of two calls at once that give one key, the database refuses the second."""
    try:
        yield
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if keys and "external_id" in constraint:
            raise _taken() from error
        raise


def _taken() -> Taken:
    return Taken.of_field("external_id", _("Another record has this external ID, perhaps one in the archive."))
