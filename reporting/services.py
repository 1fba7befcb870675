"""What the top floor tells people of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.enums import RunState
from core.models import Notification, Run, in_force_on
from core.notify import notify
from core.selectors import company_day
from people.enums import Role
from people.models import RoleGrant

TOLD_WITHIN = timedelta(hours=1)
IMPORTS = ("import", "import.check")
KEEPERS = (Role.SALES_OPS, Role.ADMIN)


def failed_lately(at: datetime) -> QuerySet[Run]:
    """Runs that failed within the last hour and aren't told of yet; an import tells the person who asked for it.

    Walled runs are left out: who keeps the others doesn't see them.
    """
    recent = {"ended_at__gt": at - TOLD_WITHIN, "retries": None}
    failed = Run.objects.filter(state=RunState.FAILED, is_walled=False, **recent)
    told = Notification.objects.filter(kind="run_failed", created_at__gt=at - 2 * TOLD_WITHIN)
    known = [int(key.removeprefix("run:")) for key in told.values_list("dedupe_key", flat=True).distinct()]
    return failed.exclude(pk__in=known).exclude(kind__in=IMPORTS).order_by("pk")


def has_failed_runs(at: datetime) -> bool:
    return failed_lately(at).exists()


def tell_failed_runs(*, at: datetime) -> int:
    """Tell sales ops and admins of each run that failed; gives how many notifications were made."""
    day = company_day(at)
    held = RoleGrant.objects.filter(in_force_on(day), role__in=KEEPERS, is_pending=False)
    keepers = list(held.order_by("user").values_list("user", flat=True).distinct())
    return sum(
        notify(
            kind="run_failed",
            users=keepers,
            title=_("%(run)s failed") % {"run": run.label},
            detail=_("Its page says why, and starts it again."),
            url=run.get_absolute_url(),
            dedupe_key=f"run:{run.pk}",
        )
        for run in failed_lately(at)
    )
