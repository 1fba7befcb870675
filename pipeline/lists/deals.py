"""The list of deals, and of edits of many at once."""

from __future__ import annotations

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.tables import BulkAction, Column, Table, tag_action
from pipeline.enums import Status
from pipeline.filters import OpportunityFilter
from pipeline.lists.marks import ICONS_OF, TONES
from pipeline.policies import may_create, may_see_deals
from pipeline.selectors.bulk_edits import bulk_edits_for, may_edit_in_bulk
from pipeline.selectors.deals import first_of_each_owner, listed_deals, search_deals


def deal_acts() -> list[BulkAction]:
    """What can be done to ticked deals; a change of a field is asked for on a page of its own."""
    change = BulkAction("change", _("Change…"), "edit", is_primary=True, url=reverse_lazy("pipeline:bulk_change"))
    return [change, tag_action(), BulkAction("archive", _("Archive"), "archive")]


OPPORTUNITIES = Table(
    key="opportunities",
    title=_("Opportunities"),
    rows=listed_deals,
    may_see=may_see_deals,
    search=search_deals,
    narrow=first_of_each_owner,
    filterset=OpportunityFilter,
    default_sort="-amount",
    drawer=True,
    cell_url="pipeline:deal_cell",
    bulk=lambda user: deal_acts() if may_create(user) else [],
    record_kind="opportunity",
    columns=(
        Column("name", _("Opportunity"), lambda d: d.name, sort="name", is_link=True, sub=lambda d: d.number),
        Column(
            "account", _("Account"), lambda d: d.account.name if d.account else None, sort="account__name", hide_sm=True
        ),
        Column(
            "owner",
            _("Owner"),
            lambda d: d.owner.name if d.owner else None,
            sort="owner__name",
            hide_sm=True,
            edit=lambda d: "owner",
        ),
        Column(
            "stage",
            _("Stage"),
            lambda d: d.stage.name,
            kind="tag",
            sort="stage__position",
            tone=lambda d: TONES[Status(d.status)],
            icon=lambda d: ICONS_OF[Status(d.status)],
            edit=lambda d: "stage",
        ),
        Column(
            "category",
            _("Forecast"),
            lambda d: d.get_category_display(),
            hide_sm=True,
            edit=lambda d: "category" if d.is_open else "",
        ),
        Column("product", _("Product"), lambda d: d.product.name if d.product else None, is_hidden=True),
        Column("type", _("Type"), lambda d: d.get_type_display(), is_hidden=True),
        Column("next_step", _("Next step"), lambda d: d.next_step, is_hidden=True, edit=lambda d: "next_step"),
        Column(
            "next_step_due",
            _("Next step due"),
            lambda d: d.next_step_due_on,
            kind="date",
            is_hidden=True,
            edit=lambda d: "next_step_due_on",
        ),
        Column("competitor", _("Competitor"), lambda d: d.competitor.name if d.competitor else None, is_hidden=True),
        Column("loss", _("Loss reason"), lambda d: d.loss_reason.name if d.loss_reason else None, is_hidden=True),
        Column("source", _("Source"), lambda d: d.source, is_hidden=True),
        Column(
            "close",
            _("Close"),
            lambda d: d.counts_on,
            kind="date",
            sort="counts_on",
            hide_sm=True,
            edit=lambda d: "expected_close_on" if d.is_open else "closed_on",
        ),
        Column("closed_on", _("Closed on"), lambda d: d.closed_on, kind="date", sort="closed_on", is_hidden=True),
        Column("created", _("Created"), lambda d: d.created_on, kind="date", sort="created_on", is_hidden=True),
        Column("pushed", _("Pushed"), lambda d: d.pushed_count, kind="number", sort="pushed_count", is_hidden=True),
        Column(
            "activity",
            _("Last activity"),
            lambda d: d.last_activity_at,
            kind="datetime",
            sort="last_activity_at",
            is_hidden=True,
        ),
        Column("external_id", _("External ID"), lambda d: d.external_id, is_hidden=True),
        Column("currency", _("Currency"), lambda d: d.currency_id, is_hidden=True),
        Column(
            "amount",
            _("Amount"),
            lambda d: d.amount,
            kind="money",
            sort="amount",
            sums="amount",
            edit=lambda d: "amount",
        ),
    ),
    presets=(
        (_("Open"), "status=open"),
        (_("Won"), "status=won"),
        (_("Lost"), "status=lost"),
        (_("No next step"), "status=open&quiet=1"),
        (_("Archived"), "archived=1"),
    ),
    empty_title=_("No deal yet"),
    empty_reason=_("Import an export of your CRM, or add the first deal by hand."),
)

BULK_EDITS = Table(
    key="bulk_edits",
    title=_("Bulk edits"),
    rows=lambda user, as_of: bulk_edits_for(user),
    may_see=may_edit_in_bulk,
    search=lambda rows, text: rows.filter(label__icontains=text),
    columns=(
        Column("what", _("What"), lambda e: e.label, is_link=True),
        Column("who", _("Who"), lambda e: str(e.made_by or "Salesops"), hide_sm=True),
        Column("when", _("When"), lambda e: e.created_at, kind="datetime", sort="created_at", hide_sm=True),
        Column(
            "state",
            _("State"),
            lambda e: _("Undone") if e.undone_at else _("In force"),
            kind="tag",
            tone=lambda e: "" if e.undone_at else "good",
            icon=lambda e: "arrow-back-up" if e.undone_at else "circle-check",
        ),
        Column("refused", _("Not changed"), lambda e: e.refused, kind="number", sort="refused", hide_sm=True),
        Column("changed", _("Changed"), lambda e: e.changed, kind="number", sort="changed"),
    ),
    empty_title=_("No bulk edit yet"),
    empty_reason=_("Tick deals in the list and press “Change…”. What was changed stands here and can be taken back."),
)
