"""Leads over the API: the list, form and services of their pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from core.api.bodies import Body
from core.api.fields import Choice, Day, Id, Instant, Number, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from core.api.records import OwnRecordApi
from core.forms import VersionedForm
from leads import policies, selectors, services
from leads.enums import LeadStatus
from leads.forms import LeadForm
from leads.lists import LEADS


class Lead(Body):
    """Someone who may become a customer. A lead needs a name, a company or an e-mail."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="LEAD-88")
    external_id = ExternalId()
    name = Text(200, required=False, example="Grace Hopper")
    company_name = Text(255, required=False, example="Acme Robotics")
    title = Text(200, required=False)
    email = Text(254, required=False, example="grace@acme.example")
    phone = Text(40, required=False)
    website = Text(255, required=False)
    source = Text(120, required=False)
    campaign = Text(200, required=False)
    status = Choice(LeadStatus.choices, required=False)
    score = Number(7, 2, read_only=True, allow_null=True)
    industry = Text(120, required=False)
    employees = Whole(0, required=False, allow_null=True)
    city = Text(120, required=False)
    country = Text(120, required=False)
    owner_id = Id(required=False, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    created_on = Day(read_only=True, allow_null=True)
    converted_on = Day(read_only=True, allow_null=True)
    tags = Tags()
    custom = Custom("lead")
    archived_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class LeadsApi(OwnRecordApi):
    resource, noun, nouns = "leads", "lead", "leads"
    table, serializer_class = LEADS, Lead
    refused_by = (services.LeadConflict,)

    def may_write(self, user: Any) -> bool:
        return policies.may_edit_leads(user)

    def find(self, record_id: int) -> Any:
        return selectors.get_lead_for(self.request.user, record_id, self.as_of)

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit_lead(self.request.user, record, self.as_of):
            raise PermissionDenied

    def form(self, record: Any) -> VersionedForm:
        user, as_of = self.request.user, self.as_of
        initial = {} if record else {"owner": user.person_or_none}
        form = LeadForm(instance=record, owners=selectors.people_to_assign(user, as_of), initial=initial)
        form.fields["owner"].required = selectors.needs_owner(user, as_of)
        return form

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.save_lead(lead=form.instance, by=self.request.user, version=version, on=self.as_of)

    def archive(self, record: Any) -> None:
        services.archive_leads(lead_ids=[record.pk], by=self.request.user, at=self.now)

    def unarchive(self, record: Any) -> None:
        services.restore_leads(lead_ids=[record.pk], by=self.request.user)
