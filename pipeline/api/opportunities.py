"""Opportunities over the API: the list, form and services of their pages; moving one to a stage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework.response import Response

from accounts.selectors import accounts_for
from core.api.bodies import Body, bind, check
from core.api.fields import Choice, Day, Id, Instant, Money, Number, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from core.api.problems import Invalid, NotNow
from core.api.records import OwnRecordApi
from core.api.versions import require_match
from core.selectors import tags_of, the_company
from people.selectors import people_for
from pipeline import policies, services
from pipeline.enums import Category, DealType, Status
from pipeline.forms import MoveForm, OpportunityForm
from pipeline.lists import OPPORTUNITIES
from pipeline.selectors import deals


class Opportunity(Body):
    """A deal: what may be sold to whom, by whom, for how much, by when. Amounts are in its currency."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="OPP-4417")
    external_id = ExternalId()
    name = Text(255, allow_blank=False, example="Acme pilot")
    account_id = Id(required=False, allow_null=True)
    account_name = Text(source="account.name", read_only=True, allow_null=True)
    owner_id = Id(required=False, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    type = Choice(DealType.choices, required=False)
    stage_id = Id()
    stage_name = Text(source="stage.name", read_only=True)
    status = Choice(Status.choices, read_only=True)
    category = Choice(Category.choices, required=False)
    probability = Number(5, 2, least=Decimal(0), most=Decimal(100), required=False, allow_null=True, example="40")
    currency = Text(3, source="currency_id", required=False, example="USD")
    amount = Money(required=False, allow_null=True, example="39800.00")
    recurring_amount = Money(required=False, allow_null=True)
    one_off_amount = Money(required=False, allow_null=True)
    term_months = Whole(0, 32767, required=False, allow_null=True)
    term_starts_on = Day(required=False, allow_null=True)
    term_ends_on = Day(required=False, allow_null=True)
    product_id = Id(required=False, allow_null=True)
    product_name = Text(source="product.name", read_only=True, allow_null=True)
    source = Text(120, required=False)
    created_on = Day(read_only=True)
    engaged_on = Day(read_only=True, allow_null=True)
    stage_since = Day(read_only=True, allow_null=True)
    expected_close_on = Day(required=False, allow_null=True)
    closed_on = Day(required=False, allow_null=True)
    pushed_count = Whole(0, read_only=True)
    next_step = Text(255, required=False)
    next_step_due_on = Day(required=False, allow_null=True)
    loss_reason_id = Id(required=False, allow_null=True)
    loss_reason_name = Text(source="loss_reason.name", read_only=True, allow_null=True)
    competitor_id = Id(required=False, allow_null=True)
    competitor_name = Text(source="competitor.name", read_only=True, allow_null=True)
    despite = Text(255, required=False, write_only=True, help_text="Why it moves on although exit criteria aren't met.")
    tags = Tags()
    custom = Custom("opportunity")
    last_activity_at = Instant(read_only=True, allow_null=True)
    archived_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class Move(Body):
    """Where to: a stage of the deal's process. A lost deal needs a reason, a closed one may say its day."""

    stage_id = Id()
    closed_on = Day(required=False, allow_null=True, help_text="Of a closed deal; today where it says nothing.")
    loss_reason_id = Id(required=False, allow_null=True)
    competitor_id = Id(required=False, allow_null=True)
    despite = Text(255, required=False, help_text="Why it moves on although exit criteria aren't met.")


class OpportunitiesApi(OwnRecordApi):
    resource, noun, nouns = "opportunities", "opportunity", "opportunities"
    table, serializer_class = OPPORTUNITIES, Opportunity
    refused_by = (services.DealError,)
    bodies = {"move": Move}
    tagged = OwnRecordApi.tagged | {"move"}
    texts = OwnRecordApi.texts | {
        "move": (
            "Move an opportunity to a stage",
            "Unmet exit criteria are answered with 409 and their names; `despite` passes over them with a reason. "
            "`If-Match` is heeded where it is sent.",
        )
    }

    def may_write(self, user: Any) -> bool:
        return policies.may_create(user)

    def find(self, record_id: int) -> Any:
        deal: Any = deals.get_deal_for(self.request.user, record_id, self.as_of)
        deal.tag_names = [tag.name for tag in tags_of("opportunity", deal.pk)]
        return deal

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit(self.request.user, record, self.as_of):
            raise PermissionDenied

    def form(self, record: Any) -> OpportunityForm:
        user, as_of = self.request.user, self.as_of
        initial = {} if record else {"currency": the_company().currency_id, "owner": user.person_or_none}
        owners, accounts = people_for(user, as_of), accounts_for(user, as_of)
        form = OpportunityForm(instance=record, initial=initial, owners=owners, accounts=accounts, today=as_of)
        # who sees only their own line would lose sight of a deal without an owner
        form.fields["owner"].required = user.visible_owner_ids(as_of) is not None
        form.ask_why()
        return form

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        by, on = self.request.user, self.as_of
        despite = form.cleaned_data.get("despite", "")
        if record is None:
            return services.create_deal(deal=form.save(commit=False), by=by, on=on)
        values = {name: value for name, value in form.changes.items() if name != "despite"}
        values |= {"external_id": record.external_id} if record.external_id is not None else {}
        return services.change_deal(deal_id=record.pk, values=values, version=version, by=by, on=on, despite=despite)

    def refused(self, error: Any, serializer: Any, record: Any) -> Exception:
        if isinstance(error, services.DealBlocked):
            words = _("%(why)s Or send `despite` with a reason.") % {"why": error}
            return NotNow(words, unmet=list(error.unmet))
        return super().refused(error, serializer, record)

    def archive(self, record: Any) -> None:
        services.archive_deals(deal_ids=[record.pk], by=self.request.user, at=self.now)

    def unarchive(self, record: Any) -> None:
        services.restore_deals(deal_ids=[record.pk], by=self.request.user)

    def move(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        record = self.find(self.record_id)
        self.check_may_change(record)
        if "If-Match" in request.headers:
            shown = self.shown(record)
            require_match(request, self.etag(record, shown), shown=shown)
        if record.archived_at is not None:
            raise NotNow(_("This is in the archive. Restore it first."))
        serializer, values = self.sent()
        self._moved(record, serializer, values)
        return self.answer(self.find(record.pk))

    def _moved(self, record: Any, serializer: Any, values: dict[str, Any]) -> None:
        stage = next((one for one in deals.stages_of(record) if one.pk == values["stage_id"]), None)
        if stage is None:
            raise Invalid.of_fields({"stage_id": [_("The deal's process has no such stage.")]})
        given = {name: value for name, value in values.items() if name not in ("stage_id", "despite")}
        unbound = MoveForm(stage=stage, deal=record, today=self.as_of, unmet=[])
        if surplus := [name for name in given if name.removesuffix("_id") not in unbound.fields and given[name]]:
            words = _("Only for a stage that closes the deal, reasons and competitors for a lost one.")
            raise Invalid.of_fields({name: [words] for name in surplus})
        form = check(bind(unbound, {name: value for name, value in given.items() if value is not None}), serializer)
        change = {"values": form.values | {"stage": stage}, "version": record.version}
        try:
            services.change_deal(
                deal_id=record.pk, by=self.request.user, on=self.as_of, despite=values.get("despite", ""), **change
            )
        except services.DealError as error:
            raise self.refused(error, serializer, record) from error
