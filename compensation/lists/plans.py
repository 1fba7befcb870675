from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.enums import VersionState
from compensation.selectors.plans import plans_for
from core.tables import Column, Table


def _live(plan: Any) -> Any:
    return f"v{plan.live_number}" if plan.live_number else None


def _at_work(plan: Any) -> Any:
    if not plan.draft_number:
        return None
    return f"v{plan.draft_number} {VersionState(plan.draft_state).label.lower()}"


PLANS = Table(
    key="plans",
    title=_("Comp plans"),
    rows=plans_for,
    may_see=policies.may_see_plans,
    search=lambda rows, text: rows.filter(name__icontains=text),
    default_sort="name",
    columns=(
        Column("name", _("Plan"), lambda p: p.name, sort="name", is_link=True, sub=lambda p: p.number),
        Column("live", _("In force"), _live, kind="tag", tone=lambda p: "good", icon=lambda p: "circle-check"),
        Column("since", _("Since"), lambda p: p.live_since, kind="date", hide_sm=True),
        Column("draft", _("At work"), _at_work, kind="tag", tone=lambda p: "acc", icon=lambda p: "pencil"),
        Column("currency", _("Currency"), lambda p: p.currency_id, sort="currency", hide_sm=True),
        Column("people", _("People on it"), lambda p: p.people, kind="number"),
    ),
    empty_title=_("No plan yet"),
    empty_reason=_("Begin with a pattern, or bring a plan as a YAML file."),
)
