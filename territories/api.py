"""Territories, who covers them and which accounts belong to them, over the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework.response import Response

from accounts.policies import visible_accounts
from core.api.bodies import Body
from core.api.fields import Choice, Day, Id, Instant, Text, Whole
from core.api.problems import Invalid, NotNow
from core.api.views import RecordApi
from territories import policies, services
from territories.enums import CoveragePart, TerritoryKind
from territories.forms import CoverForm, PlaceForm, TerritoryForm
from territories.lists import COVERAGE, PLACEMENTS, TERRITORIES


class Territory(Body):
    """A part of the market; `parent_id` is the larger one it lies within. `account_count` is today's."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="TER-7")
    external_id = Text(120, required=False, allow_null=True)
    name = Text(160, allow_blank=False, example="Pacific Northwest")
    kind = Choice(TerritoryKind.choices, required=False)
    parent_id = Id(required=False, allow_null=True)
    parent_name = Text(source="parent.name", read_only=True, allow_null=True)
    description = Text(255, required=False)
    account_count = Whole(0, read_only=True)
    archived_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class Coverage(Body):
    """A seat's part in a territory from a day on; `valid_to` is the first day it no longer has it, null: open.

    `person_id` is who sits on the seat today, null while it is vacant.
    """

    id = Id(read_only=True)
    territory_id = Id()
    territory_name = Text(source="territory.name", read_only=True)
    part = Choice(CoveragePart.choices, required=False)
    position_id = Id()
    position_title = Text(source="position.title", read_only=True)
    person_id = Id(read_only=True, allow_null=True)
    person_name = Text(read_only=True, allow_null=True)
    valid_from = Day()
    valid_to = Day(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class Placement(Body):
    """The territory an account belongs to from a day on; `valid_to` is the first day it no longer does, null: open."""

    id = Id(read_only=True)
    account_id = Id()
    account_name = Text(source="account.name", read_only=True)
    territory_id = Id()
    territory_name = Text(source="territory.name", read_only=True)
    valid_from = Day()
    valid_to = Day(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class LastDay(Body):
    """The first day it no longer holds."""

    on = Day()


class TerritoriesApi(RecordApi):
    resource, noun, nouns = "territories", "territory", "territories"
    table, serializer_class = TERRITORIES, Territory
    refused_by = (services.TerritoryError,)

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_territories(user)

    def form(self, record: Any) -> TerritoryForm:
        return TerritoryForm(instance=record, territories=policies.visible_territories(self.request.user, self.as_of))

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.save_territory(territory=form.instance, by=self.request.user, version=version)

    def archive(self, record: Any) -> None:
        self._allowed(
            lambda: services.archive_territories(
                territory_ids=[record.pk], by=self.request.user, at=self.now, on=self.as_of
            )
        )

    def unarchive(self, record: Any) -> None:
        self._allowed(lambda: services.restore_territories(territory_ids=[record.pk], by=self.request.user))

    def _allowed(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except services.TerritoryError as error:
            raise NotNow(str(error)) from error


class _DatedApi(RecordApi):
    """Facts over time: begun on a day, ended on a day, never changed. What held before ends where another begins."""

    resource = "territories"
    refused_by = (services.TerritoryError,)
    bodies = {"end": LastDay}
    tagged = RecordApi.tagged - {"partial_update"}
    answers = {"end": (204, None)}
    texts = {"end": ("End it from a day on", "One that hasn't begun by then goes. Over by then already: 409.")}

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_territories(user)

    def end(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self.find(self.record_id)
        _serializer, values = self.sent()
        try:
            self.end_it(record, values["on"])
        except services.DayClosed as error:
            raise Invalid.of_fields({"on": [str(error)]}) from error
        except services.TerritoryError as error:
            raise NotNow(str(error)) from error
        return Response(status=204)

    def end_it(self, record: Any, on: Any) -> None:
        raise NotImplementedError


class CoverageApi(_DatedApi):
    tag, noun, nouns = "territory_assignments", "territory assignment", "territory assignments"
    table, serializer_class = COVERAGE, Coverage

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        for row in rows:
            person = next((seat.person for seat in row.position.today_holders), None)
            row.person_id, row.person_name = (person.pk, person.name) if person else (None, None)
        return rows

    def form(self, record: Any) -> CoverForm:
        return CoverForm(territories=policies.visible_territories(self.request.user, self.as_of))

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.assign_position(by=self.request.user, **form.cleaned_data)

    def end_it(self, record: Any, on: Any) -> None:
        services.end_assignment(assignment=record, on=on, by=self.request.user)


class PlacementsApi(_DatedApi):
    tag, noun, nouns = "account_territories", "account territory", "account territories"
    table, serializer_class = PLACEMENTS, Placement

    def form(self, record: Any) -> PlaceForm:
        user, as_of = self.request.user, self.as_of
        territories = policies.visible_territories(user, as_of)
        return PlaceForm(accounts=visible_accounts(user, as_of), territories=territories)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.place_account(by=self.request.user, **form.cleaned_data)

    def end_it(self, record: Any, on: Any) -> None:
        services.end_placement(placement=record, on=on, by=self.request.user)


__all__ = ["CoverageApi", "PlacementsApi", "TerritoriesApi"]
