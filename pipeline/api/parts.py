"""What hangs on an opportunity, over the API: splits, products, buying group, team, competitors, exit criteria.

Each kind is read and set as a whole, by the same row forms and services as its page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounts.enums import Persona
from core.api.bodies import Body, api_name, bind
from core.api.fields import Choice, Flag, Id, Money, Number, Text
from core.api.problems import Invalid, NotNow
from core.api.versions import etag_of, is_known, require_match
from core.api.views import Api
from people.selectors import colleagues
from pipeline import policies, services
from pipeline.enums import SplitKind
from pipeline.forms import PARTS
from pipeline.selectors import deals
from pipeline.services.deals import locked_deals

MOST_ROWS = 200


class Split(Body):
    """Who gets how much credit. Revenue splits add up to exactly 100 %; overlay splits are free."""

    person_id = Id()
    person_name = Text(source="person.name", read_only=True)
    kind = Choice(SplitKind.choices)
    percent = Number(7, 4, least=Decimal("0.0001"), most=Decimal(100), example="60")


class Line(Body):
    """One product on the deal. Without a unit price it takes the list price of the day in the deal's currency."""

    product_id = Id()
    product_name = Text(source="product.name", read_only=True)
    quantity = Number(14, 4, least=Decimal("0.0001"), example="3")
    unit_price = Money(required=False, allow_null=True, currency="opportunity.currency_id", example="1200.00")
    list_price = Money(read_only=True, allow_null=True, currency="opportunity.currency_id")
    amount = Money(24, read_only=True, currency="opportunity.currency_id")


class Member(Body):
    """A contact's part in the decision; where it says none, the contact's own."""

    contact_id = Id()
    contact_name = Text(source="contact.name", read_only=True)
    persona = Choice(Persona.choices, allow_blank=True, required=False)


class Colleague(Body):
    """A colleague who works on the deal."""

    person_id = Id()
    person_name = Text(source="person.name", read_only=True)
    part = Text(80, required=False, example="Solution engineer")


class Rival(Body):
    """Who else sells to this customer."""

    competitor_id = Id()
    competitor_name = Text(source="competitor.name", read_only=True)
    note = Text(255, required=False)


class Criterion(Body):
    """An exit criterion of the deal's stage. A manual one is ticked by hand, else `field` has to be filled."""

    id = Id(source="pk", read_only=True)
    label = Text(read_only=True)
    is_manual = Flag(read_only=True)
    field = Text(read_only=True)
    is_met = Flag()


def _rows(item: type[Body]) -> type[Any]:
    fields: dict[str, Any] = {"__doc__": "All of them, in order.", "items": item(many=True, max_length=MOST_ROWS)}
    if item is Line:
        fields["amount_follows"] = Flag(required=False, write_only=True, help_text="The deal's amount becomes the sum.")
    return type(f"{item.__name__}s", (Body,), fields)


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of rows: its name on the deal's page, how rows are shown, and the service that sets them."""

    key: str
    words: str
    body: type[Any]
    of: Callable[[deals.DealParts], Sequence[Any]]


SPLITS = Part("splits", "splits", _rows(Split), lambda parts: parts.splits)
LINES = Part("lines", "products", _rows(Line), lambda parts: parts.lines)
GROUP = Part("group", "buying group", _rows(Member), lambda parts: parts.group)
TEAM = Part("team", "team", _rows(Colleague), lambda parts: parts.team)
RIVALS = Part("competitors", "competitors", _rows(Rival), lambda parts: parts.competitors)
CRITERIA = type("Criteria", (serializers.Serializer,), {"items": Criterion(many=True)})


class PartsApi(Api):
    """The rows of one kind. They have an ETag of their own."""

    resource = "opportunities"
    part = SPLITS
    tagged = frozenset({"rows", "set_rows"})

    @property
    def tag(self) -> str:  # type: ignore[override]  # -- each kind has acts of its own name
        return f"opportunities_{self.part.words.replace(' ', '_')}"

    @property
    def texts(self) -> dict[str, tuple[str, str]]:  # type: ignore[override]  # -- as each kind is called
        words = self.part.words
        rows = "The rows become exactly these. An empty list takes all away."
        return {
            "rows": (f"Get the {words} of an opportunity", ""),
            "set_rows": (f"Set the {words} of an opportunity", rows),
        }

    def body_of(self, act: str) -> type[Any]:
        return self.part.body

    def answer_of(self, act: str) -> tuple[int, Any]:
        return 200, self.part.body

    def may_read(self, user: Any) -> bool:
        return policies.may_see_deals(user)

    def may_write(self, user: Any) -> bool:
        return policies.may_create(user)

    def rows(self, request: Any, opportunity_id: int) -> Response:
        self.no_parameters()
        return self._answer(deals.get_deal_for(request.user, opportunity_id, self.as_of))

    def set_rows(self, request: Any, opportunity_id: int) -> Response:
        self.no_parameters()
        deal = _changeable(self, opportunity_id)
        serializer, values = self.sent()
        with transaction.atomic():
            locked_deals([deal.pk]).get()  # nobody else sets rows between the comparison and the change
            shown = self._shown(deal)
            require_match(request, etag_of(shown), shown=shown)
            wanted = self._wanted(serializer, deal, values["items"])
            try:
                self._set(deal, wanted, values)
            except services.DealError as error:
                raise Invalid.of_fields({"items": [str(error)]}) from error
        return self._answer(deals.get_deal_for(request.user, opportunity_id, self.as_of))

    def _shown(self, deal: Any) -> dict[str, Any]:
        rows = self.part.of(deals.parts_of(deal))
        return dict(self.part.body({"items": rows}, context={"request": self.request}).data)

    def _answer(self, deal: Any) -> Response:
        shown = self._shown(deal)
        etag = etag_of(shown)
        if self.is_read and is_known(self.request, etag):
            return Response(status=304, headers={"ETag": etag})
        return Response(shown, headers={"ETag": etag})

    def _wanted(self, serializer: Any, deal: Any, items: Sequence[dict[str, Any]]) -> list[Any]:
        """Unsaved rows, each read by the page's row form. Raises Invalid with the place of each mistake."""
        form_class, people = PARTS[self.part.key].form, colleagues(self.as_of)
        child = serializer.fields["items"].child
        found, errors = [], {}
        for place, item in enumerate(items):
            form = bind(form_class(deal=deal, people=people), item)
            if form.is_valid():
                found.append(form.save(commit=False))
            for name, texts in form.errors.items():
                errors[f"items/{place}/{api_name(name, child)}".rstrip("/")] = texts
        if errors:
            raise Invalid.of_fields(errors)
        return found

    def _set(self, deal: Any, wanted: list[Any], values: dict[str, Any]) -> None:
        by = self.request.user
        setters: dict[str, Callable[[], Any]] = {
            "splits": lambda: services.set_splits(deal_id=deal.pk, splits=wanted, by=by),
            "group": lambda: services.set_buying_group(deal_id=deal.pk, members=wanted, by=by),
            "team": lambda: services.set_team(deal_id=deal.pk, members=wanted, by=by),
            "competitors": lambda: services.set_competitors(deal_id=deal.pk, rivals=wanted, by=by),
            "lines": lambda: services.set_lines(
                deal_id=deal.pk, lines=wanted, amount_follows=values.get("amount_follows", False), by=by, on=self.as_of
            ),
        }
        setters[self.part.key]()


def _changeable(view: Api, opportunity_id: int) -> Any:
    """A deal that the caller may change, out of the archive."""
    deal = deals.get_deal_for(view.request.user, opportunity_id, view.as_of)
    if not policies.may_edit(view.request.user, deal, view.as_of):
        raise PermissionDenied
    if deal.archived_at is not None:
        raise NotNow(_("This is in the archive. Restore it first."))
    return deal


class CriteriaApi(Api):
    """The exit criteria of the stage a deal is in."""

    resource, tag = "opportunities", "opportunities_criteria"
    bodies = {"tick": Criterion}
    answers = {"criteria": (200, CRITERIA), "tick": (200, CRITERIA)}
    texts = {
        "criteria": ("Get the exit criteria of an opportunity's stage", ""),
        "tick": ("Tick an exit criterion, or take the tick away", "Only manual ones can be ticked."),
    }

    def may_read(self, user: Any) -> bool:
        return policies.may_see_deals(user)

    def may_write(self, user: Any) -> bool:
        return policies.may_create(user)

    def criteria(self, request: Any, opportunity_id: int) -> Response:
        self.no_parameters()
        return self._answer(deals.get_deal_for(request.user, opportunity_id, self.as_of))

    def tick(self, request: Any, opportunity_id: int, criterion_id: int) -> Response:
        self.no_parameters()
        deal = _changeable(self, opportunity_id)
        _serializer, values = self.sent()
        found = next((one for one in deals.criteria_of(deal) if one.pk == criterion_id), None)
        if found is None:
            raise NotFound(_("The deal's stage has no such criterion."))
        if not found.is_manual:
            raise NotNow(_("This one is met by filling the field “%(field)s”.") % {"field": found.field})
        if found.is_met != values["is_met"]:
            services.tick_criterion(deal=deal, criterion_id=criterion_id, person=request.user.person_or_none)
        return self._answer(deal)

    def _answer(self, deal: Any) -> Response:
        return Response(CRITERIA({"items": deals.criteria_of(deal)}).data)
