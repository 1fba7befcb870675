"""What the resources of this room have in common: records with lines, acts on records, rows booked on others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response

from core.api.bodies import Body, Nothing, api_name, bind
from core.api.fields import Day, Money, Text
from core.api.problems import Invalid, NotNow
from core.api.records import OwnRecordApi
from core.api.versions import require_match
from core.api.views import RecordApi
from orders import policies, services
from people.selectors import people_for


class Why(Body):
    """Why it is done."""

    reason = Text(120, allow_blank=False, example="Entered twice")


class DayAndWhy(Body):
    """From which day, and why."""

    on = Day()
    reason = Text(255, allow_blank=False)


class PartBack(Body):
    """How much is taken back, all of it where nothing is said, and why."""

    amount = Money(required=False, allow_null=True)
    reason = Text(120, allow_blank=False)


class Acting(RecordApi):
    """Acts on a record: found, may be changed, in the state the caller read where they say which, done by a service."""

    refused_by = (services.OrderError,)

    def may_write(self, user: Any) -> bool:
        return policies.may_write(user)

    def acted(self, do: Callable[[Any, dict[str, Any]], Any]) -> Response:
        """The record after an act: do(record, values of the body). A state that doesn't allow it is answered by 409."""
        self.no_parameters()
        record = self.find(self.record_id)
        self.check_may_change(record)
        if "If-Match" in self.request.headers:
            shown = self.shown(record)
            require_match(self.request, self.etag(record, shown), shown=shown)
        serializer, values = self.sent()
        try:
            do(record, values)
        except services.OrderError as error:
            field = next((name for name in (error.field, "on") if name in serializer.fields), "")
            if error.field and field:
                raise Invalid.of_fields({field: [str(error)]}) from error
            raise NotNow(str(error)) from error
        return self.answer(self.find(record.pk))

    def given(self, values: dict[str, Any], name: str, find: Callable[[int], Any]) -> Any:
        """The record that a new one belongs to, taken out of the values. Raises Invalid where it can't be found."""
        try:
            return find(values.pop(name, None) or 0)
        except Http404 as error:
            words = _("There is none with this number, or you may not choose it.")
            raise Invalid.of_fields({name: [words]}) from error


class OwnActing(Acting, OwnRecordApi):
    """The same of records with custom fields and tags."""

    @property
    def people(self) -> Any:
        return people_for(self.request.user, self.as_of)

    def fixed(self, values: dict[str, Any], record: Any, *names: str) -> None:
        """Refuse to change what a record belongs to."""
        for name in names:
            if name in values and values.pop(name) != getattr(record, name):
                raise Invalid.of_fields({name: [_("This stays as it was.")]})

    def lines(self, serializer: Any, form: Any, items: Any, currency: str) -> list[Any] | None:
        """Unsaved lines, each read by the page's row form; None where the call says nothing of them."""
        if items is None:
            return None
        child = serializer.fields["lines"].child
        found, errors = [], dict[str, Any]()
        for place, item in enumerate(items):
            row = bind(form(currency=currency), item)
            if row.is_valid():
                found.append(row.save(commit=False))
            for name, texts in row.errors.items():
                errors[f"lines/{place}/{api_name(name, child)}".rstrip("/")] = texts
        if errors:
            raise Invalid.of_fields(errors)
        return found


class BookedApi(Acting):
    """Rows that are booked on a record and taken back by a row against them; only who keeps the books writes them."""

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_books(user)


__all__ = ["Acting", "BookedApi", "DayAndWhy", "Nothing", "OwnActing", "PartBack", "Why"]
