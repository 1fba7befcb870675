"""Reads of deals: lists, one deal, its history and criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.registry import SearchHit
from pipeline.enums import CriterionKind
from pipeline.models import Activity, Opportunity, Stage
from pipeline.policies import visible_opportunities

TOLD = (
    "stage_id",
    "amount",
    "expected_close_on",
    "closed_on",
    "owner_id",
    "category",
    "next_step",
    "name",
    "account_id",
)


def deals_for(user: SignedIn, as_of: date) -> QuerySet[Opportunity]:
    """Visible deals with what a list shows of them, in one query."""
    return visible_opportunities(user, as_of).select_related("account", "owner", "stage", "product")


def get_deal_for(user: SignedIn, deal_id: int, as_of: date) -> Opportunity:
    """Raises Http404 when there is no such deal or it isn't visible."""
    deal = deals_for(user, as_of).select_related("process", "loss_reason", "competitor").filter(pk=deal_id).first()
    if deal is None:
        raise Http404(_("No such deal."))
    return deal


def search_deals(deals: QuerySet[Opportunity], text: str) -> QuerySet[Opportunity]:
    number = text.upper().removeprefix("OPP-")
    by_number = Q(pk=int(number)) if number.isdigit() and len(number) < 18 else Q(pk__in=[])
    return deals.filter(
        Q(name__icontains=text) | Q(account__name__icontains=text) | Q(external_id__iexact=text) | by_number
    )


def deal_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_deals(deals_for(user, as_of), text)[:limit]
    return [
        SearchHit("opportunity", "layout-kanban", d.name, f"{d.number} · {d.stage.name}", d.get_absolute_url())
        for d in found
    ]


@dataclass(frozen=True, slots=True)
class Criterion:
    label: str
    is_met: bool
    is_manual: bool
    pk: int


def criteria_of(deal: Opportunity) -> list[Criterion]:
    """Exit criteria of the deal's stage, and whether each is met."""
    ticked = set(deal.ticks.values_list("criterion_id", flat=True))
    return [
        Criterion(c.label, bool(getattr(deal, c.field, None)) if c.kind == CriterionKind.FIELD else c.pk in ticked,
                  c.kind == CriterionKind.CHECK, c.pk)
        for c in deal.stage.criteria.all()
    ]  # fmt: skip


def stages_of(deal: Opportunity) -> list[Stage]:
    return list(Stage.objects.filter(process=deal.process_id, is_active=True))


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline: an activity, or changes of fields from one value to another."""

    at: datetime
    icon: str
    title: str
    who: str
    changes: Sequence[tuple[str, str, str]] = ()
    body: str = ""


def timeline_of(deal: Opportunity, *, limit: int = 60) -> list[Happening]:
    """What happened to a deal, newest first: activities and changes of what matters."""
    happened = [*_changes(deal, limit), *activities_on("opportunity", deal.pk, limit=limit)]
    return sorted(happened, key=lambda one: one.at, reverse=True)[:limit]


_ICONS = {"call": "phone", "email": "mail", "meeting": "users", "note": "note", "task": "checkbox"}


def activities_on(kind: str, subject_id: int, *, limit: int) -> list[Happening]:
    found = Activity.objects.filter(subject_kind=kind, subject_id=subject_id).select_related("owner")[:limit]
    return [
        Happening(a.happened_at or a.created_at, _ICONS[a.kind], a.title, a.owner.name if a.owner else "", body=a.body)
        for a in found
    ]


def _changes(deal: Opportunity, limit: int) -> list[Happening]:
    """Changes from the history rows, which hold the values before each change."""
    events = list(deal.events.select_related("pgh_context").order_by("-pgh_created_at", "-pgh_id")[:limit])  # type: ignore[attr-defined]  # -- made by pghistory
    names = _Names()
    happened, after = [], deal
    for before in events:
        told = [
            (names.label(field), names.text(field, getattr(before, field)), names.text(field, getattr(after, field)))
            for field in TOLD
            if getattr(before, field) != getattr(after, field)
        ]
        if told:
            metadata = before.pgh_context.metadata if before.pgh_context else {}
            happened.append(Happening(before.pgh_created_at, "arrows-exchange", "", names.who(metadata), told))
        after = before
    return happened


class _Names:
    """Words for the values of history rows; each record is asked for once."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, Any], str] = {}

    def label(self, field: str) -> str:
        return str(getattr(Opportunity._meta.get_field(field.removesuffix("_id")), "verbose_name", field))

    def text(self, field: str, value: Any) -> str:
        if value is None or value == "":
            return "–"
        related = Opportunity._meta.get_field(field.removesuffix("_id")).related_model
        if related is None:
            return f"{value:,.2f}" if field == "amount" else str(value)
        if (field, value) not in self.known:
            row = related._default_manager.filter(pk=value).first()
            self.known[(field, value)] = str(row) if row else "?"
        return self.known[(field, value)]

    def who(self, metadata: dict[str, Any]) -> str:
        if metadata.get("import"):
            return _("Import %(number)s") % {"number": metadata["import"]}
        from people.models import User

        user = User.objects.filter(pk=metadata.get("user") or 0).first()
        return str(user) if user else "Salesops"


def loss_reason_choices() -> QuerySet[Any]:
    from pipeline.models import LossReason

    return LossReason.objects.filter(is_active=True)
