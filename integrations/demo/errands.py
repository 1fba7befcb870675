"""What the people who can sign in have to do today: a few tasks on their open deals, set by their manager."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from integrations.demo.records import DOMAIN
from people.models import User
from pipeline.enums import ActivityKind, Status
from pipeline.models import Activity, Opportunity
from pipeline.services import log_on

if TYPE_CHECKING:
    from integrations.demo.making import Making, Step

# What is to do, and how many days after today it is due.
ERRANDS = (
    ("Send the order form terms to procurement", -1),
    ("Call the plant lead about the pilot readout", 0),
    ("Ask legal for the two open clauses", 0),
    ("Book the validation visit", 2),
)
LOGINS = ("rep", "manager", "ops")


def errands(making: Making) -> Iterable[Step]:
    """One step: tasks for the rep, the manager and sales ops, on deals they see."""
    yield "What is to do today", lambda: _set_tasks(making)


def _set_tasks(making: Making) -> None:
    by = User.objects.get(email=f"manager@{DOMAIN}")
    for login in LOGINS:
        user = User.objects.select_related("person").get(email=f"{login}@{DOMAIN}")
        for deal, (title, days) in zip(_deals_of(user, making), ERRANDS, strict=False):
            due = making.today + timedelta(days=days)
            task = Activity(kind=ActivityKind.TASK, title=title, due_on=due, owner=user.person)
            log_on(
                activity=task,
                kind="opportunity",
                record_id=deal.pk,
                account_id=deal.account_id,
                by=by,
                at=making.at,
            )


def _deals_of(user: User, making: Making) -> list[Opportunity]:
    """Open deals that close next: the person's own, else of the first in their line who has some."""
    ahead = Opportunity.objects.filter(status=Status.OPEN, expected_close_on__gte=making.today)
    ahead = ahead.order_by("expected_close_on", "pk")
    mine = list(ahead.filter(owner=user.person)[: len(ERRANDS)])
    owners = user.visible_owner_ids(making.today)
    return mine or list((ahead if owners is None else ahead.filter(owner__in=owners))[: len(ERRANDS) - 1])
