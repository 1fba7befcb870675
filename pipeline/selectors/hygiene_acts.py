"""Reads of what people did about findings: what was set aside, whom was asked, what may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from core import registry
from core.kernel.access import SignedIn
from pipeline.models import Dismissal, Finding, OwnerAsk
from pipeline.policies import may_see_deals
from pipeline.selectors.hygiene import findings_for, reason_of, standing_for


def _of_others(user: Any, as_of: date, owner: str) -> Q:
    """Rows whose owner is below a manager; all for sales ops; none for others. Nobody decides on their own."""
    if user.has_role("sales_ops"):
        return Q(pk__isnull=False)
    person = user.person_or_none
    if not user.has_role("manager") or person is None:
        return Q(pk__in=[])
    owners = user.visible_owner_ids(as_of)
    below = Q(**{f"{owner}__isnull": False}) if owners is None else Q(**{f"{owner}__in": owners})
    return below & ~Q(**{owner: person.pk})


def dismissable(user: SignedIn, as_of: date) -> QuerySet[Finding]:
    """Findings that a person may set aside: those of people below them, or of everyone for sales ops."""
    return standing_for(user, as_of).filter(_of_others(user, as_of, "owner"))


def may_judge(user: SignedIn, finding: Finding, as_of: date) -> bool:
    """Whether a person who sees a finding may set it aside, or let it count again."""
    return Finding.objects.filter(_of_others(user, as_of, "owner"), pk=finding.pk).exists()


def may_dismiss(user: SignedIn) -> bool:
    return user.has_role("sales_ops", "manager")


def dismissals_for(user: SignedIn, as_of: date) -> QuerySet[Dismissal]:
    """Dismissals in force, on records that the person sees."""
    seen = findings_for(user, as_of).filter(is_dismissed=True)
    held = Dismissal.objects.filter(ended_on=None, finding__in=seen.values("pk"))
    return held.select_related("finding__rule", "finding__owner", "by__person")


def liftable(user: SignedIn, as_of: date) -> QuerySet[Dismissal]:
    """Dismissals that a person may take back: whoever might have said them, and who did."""
    mine = Q(by=user.pk) if may_see_deals(user) else Q(pk__in=[])
    return dismissals_for(user, as_of).filter(_of_others(user, as_of, "finding__owner") | mine)


def dismissals_of(findings: Sequence[Finding]) -> dict[int, Dismissal]:
    """The dismissal in force of each finding that was set aside, by the finding's id. One query."""
    held = Dismissal.objects.filter(ended_on=None, finding__in=[one.pk for one in findings])
    return {one.finding_id: one for one in held}


def dismissed_count(user: SignedIn, as_of: date) -> int:
    return dismissals_for(user, as_of).order_by().count()


_STANDS = Q(
    items__finding__resolved_on=None, items__finding__is_dismissed=False, items__finding__owner=F("owner")
)  # of an ask


def asks_for(user: SignedIn, as_of: date) -> QuerySet[OwnerAsk]:
    """Questions to the people of one's line, or to all; each with `records` it is about and how many are `left`."""
    asks = OwnerAsk.objects.select_related("rule", "owner", "asked_by__person", "task")
    if not may_see_deals(user):
        return asks.none()
    owners = user.visible_owner_ids(as_of)
    mine = asks if owners is None else asks.filter(owner__among=owners)
    return mine.annotate(records=Count("items"), left=Count("items", filter=_STANDS))


def asks_left(user: SignedIn, as_of: date) -> dict[str, int]:
    """How many questions are open, and how many of them are late."""
    is_open = asks_for(user, as_of).filter(done_on=None).order_by()
    return {"open": is_open.count(), "late": is_open.filter(due_on__lt=as_of).count()}


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """A record a question is about: its finding, its name, what it says, and whether it still stands."""

    finding: Finding
    name: str
    words: str
    is_left: bool


def items_of(ask: OwnerAsk, user: SignedIn, as_of: date) -> list[AskedAbout]:
    """The records of a question that the person sees, those left first. Two queries."""
    kind = registry.record_kinds.find(ask.rule.subject_kind)
    if kind is None:
        return []
    findings = list(Finding.objects.filter(asks__ask=ask).select_related("rule").order_by("pk"))
    seen = kind.visible(user, as_of).filter(pk__in=[one.subject_id for one in findings])
    names = {record.pk: str(record) for record in seen}
    told = [
        AskedAbout(one, names[one.subject_id], reason_of(one, as_of), _is_left(one, ask))
        for one in findings
        if one.subject_id in names
    ]
    return sorted(told, key=lambda item: (not item.is_left, item.name))


def told_of(findings: Sequence[Finding], as_of: date) -> list[AskedAbout]:
    """Findings with the names of their records. A query for each kind among them."""
    names: dict[tuple[str, int], str] = {}
    for kind in {one.subject_kind for one in findings}:
        records = registry.record_kinds[kind].model.objects.filter(
            pk__in=[one.subject_id for one in findings if one.subject_kind == kind]
        )
        names |= {(kind, record.pk): str(record) for record in records}
    return [
        AskedAbout(one, names.get((one.subject_kind, one.subject_id), ""), reason_of(one, as_of), True)
        for one in findings
    ]


def _is_left(finding: Finding, ask: OwnerAsk) -> bool:
    return finding.resolved_on is None and not finding.is_dismissed and finding.owner_id == ask.owner_id
