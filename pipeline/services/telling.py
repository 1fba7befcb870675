"""Telling people what comes to them: deals handed over, tasks set, findings on their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import registry
from core.kernel import formats
from core.notify import notify
from people.models import Person
from pipeline.enums import ActivityKind
from pipeline.models import Activity, Finding, Opportunity


def tell_handed(*, deals: Iterable[Opportunity], by: Any, is_back: bool = False) -> int:
    """Tell the owners of deals that these are theirs now, each once, however many; gives how many were told.

    is_back: a change of owner was taken back, so that they are theirs again.
    """
    held: dict[int, list[Opportunity]] = {}
    for deal in deals:
        if deal.owner_id:
            held.setdefault(deal.owner_id, []).append(deal)
    logins = logins_of(held)
    return sum(_hand(logins[owner], mine, by, is_back) for owner, mine in held.items() if owner in logins)


def logins_of(person_ids: Iterable[int]) -> dict[int, int]:
    """Person id -> id of their login, of those who have one."""
    found = Person.objects.filter(pk__in=list(person_ids), user__isnull=False).values_list("pk", "user_id")
    return {person: user for person, user in found if user is not None}


def _hand(user_id: int, deals: Sequence[Opportunity], by: Any, is_back: bool) -> int:
    who = str(by) if getattr(by, "pk", None) else ""
    detail = _("By %(name)s") % {"name": who} if who else ""
    if len(deals) == 1:
        deal = deals[0]
        words = _("%(deal)s is yours again") if is_back else _("%(deal)s is handed to you")
        key = f"handed:{deal.pk}"
        return notify(
            kind="deal_handed",
            users=[user_id],
            title=words % {"deal": deal.name[:150]},
            detail=detail,
            subject_kind="opportunity",
            subject_id=deal.pk,
            url=deal.get_absolute_url(),
            dedupe_key=key,
            by=by,
        )
    words = _("%(count)s deals are yours again") if is_back else _("%(count)s deals are handed to you")
    title = words % {"count": formats.whole(len(deals))}
    url = f"{reverse('pipeline:deals')}?status=open"
    return notify(kind="deal_handed", users=[user_id], title=title, detail=detail, url=url, by=by)


def tell_task(*, task: Activity, by: Any) -> int:
    """Tell the owner of an open task that it is set for them; nobody who set it for themselves."""
    if task.kind != ActivityKind.TASK or task.done_at or not task.owner_id:
        return 0
    due = _("due %(day)s") % {"day": formats.day(task.due_on)} if task.due_on else ""
    who = _("by %(name)s") % {"name": str(by)} if getattr(by, "pk", None) else ""
    return notify(
        kind="task_assigned",
        users=logins_of([task.owner_id]).values(),
        title=task.title,
        detail=capfirst(", ".join(part for part in (due, who) if part)),
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        url=_place(task.subject_kind, task.subject_id),
        dedupe_key=f"task:{task.pk}",
        by=by,
    )


def _place(kind: str, record_id: int | None) -> str:
    known = registry.record_kinds.find(kind)
    return reverse(known.url_name, args=[record_id]) if known and record_id else ""


def tell_findings(*, found_on: date) -> int:
    """Tell owners how many findings a day's check made on their records; one notification a person, renewed daily."""
    new = Finding.objects.filter(found_on=found_on, resolved_on=None, is_dismissed=False, owner__user__isnull=False)
    counted: Mapping[int, int] = dict(
        new.order_by().values_list("owner__user").annotate(n=Count("pk")).values_list("owner__user", "n")
    )
    told = 0
    for user_id, count in sorted(counted.items()):
        words = ngettext("%(n)s new finding on your records", "%(n)s new findings on your records", count)
        title = words % {"n": formats.whole(count)}
        told += notify(
            kind="findings",
            users=[user_id],
            title=title,
            detail=_("From the check of %(day)s") % {"day": formats.day(found_on)},
            url=reverse("pipeline:hygiene"),
            dedupe_key="findings",
        )
    return told
