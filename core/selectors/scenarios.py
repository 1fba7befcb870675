"""Plans that don't hold yet: who sees them, and which of their rows count."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.models import Scenario

SEES_SCENARIOS = ("sales_ops", "executive", "finance", "comp_admin")


def may_see_scenarios(user: SignedIn) -> bool:
    """Who plans, approves, or pays by what is planned. Pay within is a wall of its own."""
    return user.has_role(*SEES_SCENARIOS)


def may_edit_scenarios(user: SignedIn) -> bool:
    """Sales ops plans."""
    return user.has_role("sales_ops")


def may_approve_scenarios(user: SignedIn) -> bool:
    """Executives decide; not on a scenario of their own, which the services refuse."""
    return user.has_role("executive")


def visible_scenarios(user: SignedIn) -> QuerySet[Scenario]:
    rows = Scenario.objects.select_related("year", "made_by")
    return rows if may_see_scenarios(user) else rows.none()


def get_scenario_for(user: SignedIn, scenario_id: int) -> Scenario:
    """A scenario. Raises Http404 when there is none or the person doesn't see them."""
    found = visible_scenarios(user).filter(pk=scenario_id).first()
    if found is None:
        raise Http404(_("No such scenario."))
    return found


def rows_that_count[Row: Any](rows: QuerySet[Row], *key: str) -> QuerySet[Row]:
    """Of the plan rows of one scenario the last of each key whose change wasn't undone.

    rows: a queryset over one scenario; key: the fields that name a fact. One query.
    """
    stands = rows.filter(change__undone_at__isnull=True).order_by()
    last = stands.values(*key).annotate(last=Max("pk")).values("last")
    return rows.filter(pk__in=last)
