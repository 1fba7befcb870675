"""The lists of this room."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.kernel.effective import last_day_of
from core.tables import BulkAction, Column, Table
from territories.enums import CoveragePart
from territories.filters import CoverageFilter, PlacementFilter, TerritoryFilter, TransitionFilter
from territories.models import Territory, TerritoryAssignment
from territories.policies import may_keep_territories, may_see_territories
from territories.selectors import records, transitions


def _bulk(user: Any) -> list[BulkAction]:
    return [BulkAction("archive", _("Archive"), "archive")] if may_keep_territories(user) else []


def _seat(territory: Territory) -> TerritoryAssignment | None:
    """Today's owner, else whoever has another part."""
    coverage: list[TerritoryAssignment] = territory.today_coverage  # type: ignore[attr-defined]  # -- a prefetch
    return next((row for row in coverage if row.part == CoveragePart.OWNER), next(iter(coverage), None))


def _holder(territory: Territory) -> Any:
    row = _seat(territory)
    return (records.holder_name(row.position) or _("Vacant")) if row else None


TERRITORIES = Table(
    key="territories",
    title=_("Territories"),
    rows=records.listed_territories,
    may_see=may_see_territories,
    search=records.search_territories,
    filterset=TerritoryFilter,
    bulk=_bulk,
    default_sort="name",
    columns=(
        Column("name", _("Territory"), lambda t: t.name, sort="name", is_link=True, sub=lambda t: t.number),
        Column("parent", _("Within"), lambda t: t.parent.name if t.parent else None, sort="parent__name"),
        Column("kind", _("Kind"), lambda t: t.get_kind_display(), kind="tag", sort="kind", hide_sm=True),
        Column("holder", _("Covered by"), _holder, sub=lambda t: getattr(_seat(t), "position", "")),
        Column("description", _("Description"), lambda t: t.description, is_hidden=True),
        Column("external_id", _("External ID"), lambda t: t.external_id, is_hidden=True),
        Column("accounts", _("Accounts"), lambda t: t.account_count, kind="number", hide_sm=True),
    ),
    presets=((_("Nobody's"), "coverage=0"), (_("Archived"), "archived=1")),
    empty_title=_("No territory yet"),
    empty_reason=_("Import your territories, or make the first one by hand."),
)

COVERAGE = Table(
    key="territory_coverage",
    title=_("Coverage"),
    rows=records.listed_coverage,
    may_see=may_see_territories,
    search=records.search_coverage,
    filterset=CoverageFilter,
    default_sort="-valid_from",
    columns=(
        Column("territory", _("Territory"), lambda r: r.territory.name, sort="territory__name", is_link=True),
        Column("part", _("Part"), lambda r: r.get_part_display(), kind="tag", sort="part"),
        Column("position", _("Position"), lambda r: r.position.title, sort="position__title"),
        Column("holder", _("Who sits there"), lambda r: records.holder_name(r.position) or _("Vacant")),
        Column("valid_from", _("From"), lambda r: r.valid_from, kind="date", sort="valid_from"),
        Column(
            "valid_to", _("Last day"), lambda r: last_day_of(r.valid_to), kind="date", sort="valid_to", hide_sm=True
        ),
    ),
    presets=((_("Until further notice"), "state=open"), (_("Has an end"), "state=ends")),
    empty_title=_("Nothing is covered yet"),
    empty_reason=_("On the page of a territory, say which position covers it, or import who covers what."),
)

PLACEMENTS = Table(
    key="territory_accounts",
    title=_("Accounts of territories"),
    rows=records.listed_placements,
    may_see=may_see_territories,
    search=records.search_placements,
    filterset=PlacementFilter,
    default_sort="-valid_from",
    columns=(
        Column("account", _("Account"), lambda r: r.account.name, sort="account__name"),
        Column("territory", _("Territory"), lambda r: r.territory.name, sort="territory__name", is_link=True),
        Column("valid_from", _("From"), lambda r: r.valid_from, kind="date", sort="valid_from"),
        Column(
            "valid_to", _("Last day"), lambda r: last_day_of(r.valid_to), kind="date", sort="valid_to", hide_sm=True
        ),
    ),
    presets=((_("Until further notice"), "state=open"), (_("Has an end"), "state=ends")),
    empty_title=_("No account belongs anywhere yet"),
    empty_reason=_("Import which account belongs to which territory, or add accounts on the page of a territory."),
)

TRANSITIONS = Table(
    key="transitions",
    title=_("Transitions"),
    rows=transitions.listed_transitions,
    may_see=may_see_territories,
    search=transitions.search_transitions,
    filterset=TransitionFilter,
    default_sort="-moved_on",
    columns=(
        Column("account", _("Account"), lambda r: r.account.name, sort="account__name", is_link=True),
        Column("person", _("Who had it"), lambda r: r.person.name, sort="person__name"),
        Column("moved_on", _("Moved on"), lambda r: r.moved_on, kind="date", sort="moved_on"),
        Column("scope", _("Keeps a share of"), lambda r: r.get_scope_display(), kind="tag", hide_sm=True),
        Column("shares", _("Shares"), transitions.shares_in_words),
        Column("reason", _("Reason"), lambda r: r.reason, is_hidden=True),
    ),
    empty_title=_("Nobody keeps a share"),
    empty_reason=_("When an account moves to somebody else, say on its page what who had it keeps of its credit."),
)
