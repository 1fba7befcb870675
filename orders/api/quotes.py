"""Quotes over the API: made, changed while a draft, handed in, approved, sent, answered, revised."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _
from rest_framework.response import Response

from core.api.bodies import Body
from core.api.fields import Choice, Day, Flag, Id, Instant, Money, Number, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from core.api.problems import NotNow
from orders import policies, services
from orders.api.parts import OwnActing, Why
from orders.enums import QuoteStatus
from orders.forms import QuoteForm, QuoteLineForm
from orders.lists import QUOTES
from orders.models import Quote as QuoteRow
from orders.models import QuoteLine as LineRow
from orders.selectors import records

MOST_LINES = 200
PERCENT = {"least": Decimal(0), "most": Decimal(100)}


class QuoteLine(Body):
    """One product of a quote. Without a list price it takes the one of the day in the quote's currency."""

    product_id = Id()
    product_name = Text(source="product.name", read_only=True)
    quantity = Number(14, 4, least=Decimal("0.0001"), example="3")
    list_price = Money(required=False, allow_null=True, currency="quote.currency_id", example="1200.00")
    discount_pct = Number(7, 4, required=False, example="10", **PERCENT)
    net = Money(read_only=True, currency="quote.currency_id")


class Quote(Body):
    """What is offered on a deal until a day. A sent quote isn't changed: a revision is a quote of its own."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="QUO-12 v2")
    external_id = ExternalId()
    name = Text(255, required=False)
    deal_id = Id(help_text="Stays as it was made with.")
    deal_name = Text(source="deal.name", read_only=True)
    revision = Whole(1, read_only=True)
    status = Choice(QuoteStatus.choices, read_only=True)
    currency = Text(3, source="currency_id", required=False, example="USD")
    valid_until = Day()
    lines = QuoteLine(many=True, max_length=MOST_LINES)
    total = Money(read_only=True)
    discount_pct = Number(7, 4, read_only=True)
    note = Text(4000, required=False)
    reason = Text(read_only=True)
    asked_on = Day(read_only=True, allow_null=True)
    approved_on = Day(read_only=True, allow_null=True)
    sent_on = Day(read_only=True, allow_null=True)
    decided_on = Day(read_only=True, allow_null=True)
    tags = Tags()
    custom = Custom("quote")
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class QuoteDecision(Body):
    """A second person's yes, or no with a reason."""

    is_approved = Flag()
    reason = Text(255, required=False)


_STEP = "`If-Match` is heeded where it is sent; what the quote's state doesn't allow is answered with 409."


class QuotesApi(OwnActing):
    resource, tag, noun, nouns = "orders", "orders_quotes", "quote", "quotes"
    table, serializer_class = QUOTES, Quote
    bodies = {"decline": Why, "decide": QuoteDecision}
    tagged = OwnActing.tagged | {"submit", "take_back", "send", "accept", "decline", "decide", "revise"}
    texts = OwnActing.texts | {
        "submit": ("Hand in a quote: approved within policy, else it waits for a second person", _STEP),
        "take_back": ("Make a quote that wasn't sent a draft again", _STEP),
        "decide": ("Approve a quote that waits, or give it back", _STEP),
        "send": ("Note that an approved quote was sent", _STEP),
        "accept": ("Note that the customer accepted", _STEP),
        "decline": ("Note that the customer declined", _STEP),
        "revise": ("Make a revision of a quote that was sent", _STEP),
    }

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        lines = LineRow.objects.select_related("product").order_by("pk")
        prefetch_related_objects(list(rows), Prefetch("lines", queryset=lines))
        return rows

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit_quote(self.request.user, record, self.as_of):
            raise PermissionDenied

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        user = self.request.user
        if record is None:
            deal = self.given(values, "deal_id", lambda pk: records.get_deal_to_write_on(user, pk, self.as_of))
            self.quote = QuoteRow(deal=deal, currency_id=deal.currency_id)
        else:
            self.fixed(values, record, "deal_id")
            self.quote = record
        currency = str(values.get("currency_id", self.quote.currency_id))
        sent = self.lines(serializer, QuoteLineForm, values.pop("lines", None), currency)
        self.wanted = list(self.quote.lines.all()) if sent is None else sent
        return super().written(serializer, values, record)

    def form(self, record: Any) -> QuoteForm:
        return QuoteForm(instance=self.quote, people=self.people)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.save_quote(
            quote=form.instance, lines=self.wanted, by=self.request.user, on=self.as_of, version=version
        )

    def _step(self, service: Any, **given: Any) -> Response:
        by, on = self.request.user, self.as_of
        return self.acted(lambda quote, values: service(quote_id=quote.pk, by=by, on=on, **given, **values))

    def submit(self, request: Any, **kwargs: Any) -> Response:
        return self._step(services.submit_quote)

    def take_back(self, request: Any, **kwargs: Any) -> Response:
        return self._step(services.take_back_quote)

    def send(self, request: Any, **kwargs: Any) -> Response:
        return self._step(services.send_quote)

    def accept(self, request: Any, **kwargs: Any) -> Response:
        return self._step(services.answer_quote, is_accepted=True)

    def decline(self, request: Any, **kwargs: Any) -> Response:
        return self._step(services.answer_quote, is_accepted=False)

    def revise(self, request: Any, **kwargs: Any) -> Response:
        """Answers with the revision, not with the quote it revises."""
        self.no_parameters()
        record = self.find(self.record_id)
        self.check_may_change(record)
        self.sent()
        try:
            made = services.revise_quote(quote_id=record.pk, by=request.user, on=self.as_of)
        except services.OrderError as error:
            raise NotNow(str(error)) from error
        return self.answer(self.find(made.pk))


class DecisionsApi(QuotesApi):
    """The same quotes for those who decide on them: approvers read deals they may not change."""

    def may_write(self, user: Any) -> bool:
        return user.has_role(*policies.APPROVES)

    def check_may_change(self, record: Any) -> None:
        if records.standing_on_quote(self.request.user, record, self.as_of) is None:
            raise PermissionDenied(_("Somebody else decides on this quote."))

    def decide(self, request: Any, **kwargs: Any) -> Response:
        return self._step(services.decide_quote)
