"""Reads of deals: lists, one deal, its history and criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Sum, When
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Account
from accounts.selectors import of_accounts_called
from core.history import HANGING, Acts, Changes
from core.kernel import formats
from core.kernel.access import SignedIn
from core.registry import SearchHit
from core.selectors import own_fields_of, person_names, with_tags
from core.selectors.searching import found_by
from people.models import Person
from pipeline.enums import CriterionKind, Status
from pipeline.models import (
    Opportunity,
    OpportunityCompetitor,
    OpportunityContact,
    OpportunityLine,
    OpportunitySplit,
    OpportunityTeamMember,
    Stage,
)
from pipeline.policies import has_deals_beside, visible_opportunities

TOLD = ("stage", "amount", "expected_close_on", "closed_on", "owner", "category", "probability", "next_step",
        "next_step_due_on", "name", "account", "type", "currency", "recurring_amount", "one_off_amount", "term_months",
        "term_starts_on", "term_ends_on", "product", "competitor", "loss_reason", "source", "archived_at")  # fmt: skip
MOVED = ("stage", "amount", "expected_close_on", "closed_on", "owner", "name", "archived_at")
ACTS = {
    "deal.created": ("plus", _lazy("Created")),
    "deal.splits_set": ("chart-pie", _lazy("Splits set")),
    "deal.lines_set": ("box", _lazy("Products set")),
    "deal.buying_group_set": ("users", _lazy("Buying group set")),
    "deal.team_set": ("users", _lazy("Deal team set")),
    "deal.competitors_set": ("swords", _lazy("Competitors set")),
    "deal.moved_despite_criteria": ("alert-triangle", _lazy("Moved on without all criteria")),
}


def deals_for(user: SignedIn, as_of: date) -> QuerySet[Opportunity]:
    """Visible deals with what a list shows of them, in one query."""
    return visible_opportunities(user, as_of).select_related("account", "owner", "stage", "product")


def listed_deals(user: SignedIn, as_of: date) -> QuerySet[Opportunity]:
    """The deal list: visible deals and archived ones; its filter set leaves those out unless they are asked for.

    `counts_on` is the day a deal counts in: closed ones by close date, open ones by expected close date.
    """
    deals = visible_opportunities(user, as_of, with_archived=True)
    is_open = When(status=Status.OPEN, then="expected_close_on")
    counted = deals.select_related(*_NEAR).only(*_SHOWN).annotate(counts_on=Case(is_open, default="closed_on"))
    return with_tags(counted, "opportunity")


_NEAR = ("account", "owner", "stage", "product", "competitor", "loss_reason")
# Of the records beside a deal their names alone: a row has half as many columns.
_SHOWN = (
    *(field.name for field in Opportunity._meta.concrete_fields),
    *(f"{name}__name" for name in _NEAR),
    *("stage__position", "stage__status"),
)


def get_deal_for(user: SignedIn, deal_id: int, as_of: date) -> Opportunity:
    """A deal, also one in the archive. Raises Http404 when there is no such deal or it isn't visible."""
    related = ("account", "owner", "stage", "product", "process", "loss_reason", "competitor", "currency")
    deals = visible_opportunities(user, as_of, with_archived=True).select_related(*related)
    deal = deals.filter(pk=deal_id).first()
    if deal is None:
        raise Http404(_("No such deal."))
    return deal


def search_deals(deals: QuerySet[Opportunity], text: str) -> QuerySet[Opportunity]:
    number = text.upper().removeprefix("OPP-")
    by_number = [Q(pk=int(number))] if number.isdecimal() and len(number) < 18 else []
    named = [Q(name__icontains=text), of_accounts_called(text), Q(external_id__iexact=text)]
    return found_by(deals, named + by_number)


FEW_OWNERS = 60


def first_of_each_owner(
    user: SignedIn, as_of: date, ordered: QuerySet[Opportunity], limit: int
) -> QuerySet[Opportunity]:
    """A small team's first deals in an order: the first of each owner by index, then the first of those.

    Beside their owners' deals people see the few that are shared with them, which this wouldn't find.
    """
    owners = user.visible_owner_ids(as_of)
    if owners is None or not 1 < len(owners) <= FEW_OWNERS or has_deals_beside(user, as_of):
        return ordered
    each = ArraySubquery(ordered.filter(owner=OuterRef("pk")).values("pk")[:limit])
    found = Person.objects.filter(pk__among=owners).order_by().values_list(each, flat=True)
    return ordered.filter(pk__in=[pk for ids in found for pk in ids or ()])  # none at all where no deal can be found


def deal_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_deals(deals_for(user, as_of), text)[:limit]
    return [
        SearchHit(
            *("opportunity", "layout-kanban", d.name, _beside(d), d.get_absolute_url()),
            right="" if d.amount is None else formats.whole_money(d.amount, d.currency_id),
            record_id=d.pk,
        )
        for d in found
    ]


def _beside(deal: Opportunity) -> str:
    """OPP-4417 · Maya Okonjo · Negotiation, Dec 19, 2026."""
    owner = [deal.owner.name] if deal.owner else []
    day = f", {formats.day(deal.expected_close_on)}" if deal.is_open and deal.expected_close_on else ""
    return " · ".join([deal.number, *owner, f"{deal.stage.name}{day}"])


@dataclass(frozen=True, slots=True)
class Criterion:
    """An exit criterion on a deal. A manual one is ticked by hand, else a field (`field`) has to be filled."""

    label: str
    is_met: bool
    is_manual: bool
    pk: int
    field: str = ""


def criteria_of(deal: Opportunity, *, stage: Stage | None = None) -> list[Criterion]:
    """Exit criteria of the deal's stage (or of another), and whether each is met."""
    criteria = list((stage or deal.stage).criteria.all())
    ticked = set(deal.ticks.values_list("criterion_id", flat=True)) if criteria else set()
    return [
        Criterion(c.label, _is_filled(deal, c.field) if c.kind == CriterionKind.FIELD else c.pk in ticked,
                  c.kind == CriterionKind.CHECK, c.pk, c.field)
        for c in criteria
    ]  # fmt: skip


def unmet_criteria(deal: Opportunity, *, stage: Stage) -> list[str]:
    """What keeps a deal from leaving a stage: labels of the criteria that aren't met."""
    return [criterion.label for criterion in criteria_of(deal, stage=stage) if not criterion.is_met]


def _is_filled(deal: Opportunity, name: str) -> bool:
    if name == "contact":
        return deal.buying_group.exists()
    if name == "lines":
        return deal.lines.exists()
    value = getattr(deal, name, None)
    return value is not None and value != ""


def stages_of(deal: Opportunity) -> list[Stage]:
    """Stages of the deal's process that forms offer, and the one it is in."""
    return list(Stage.objects.filter(Q(is_active=True) | Q(pk=deal.stage_id), process=deal.process_id))


def get_stage_of(deal: Opportunity, text: str) -> Stage:
    """The stage of the deal's process with this id, won or lost; the next one for "". Raises Http404."""
    stages = stages_of(deal)
    if text in (Status.WON, Status.LOST):
        found = [stage for stage in stages if stage.status == text]
    elif text:
        found = [stage for stage in stages if str(stage.pk) == text]
    else:
        found = [stage for stage in stages if stage.position > deal.stage.position] or [deal.stage]
    if not found:
        raise Http404(_("The deal's process has no such stage."))
    return found[0]


@dataclass(frozen=True, slots=True)
class DealParts:
    """What hangs on a deal, each list with the names it shows."""

    lines: list[OpportunityLine]
    splits: list[OpportunitySplit]
    group: list[OpportunityContact]
    team: list[OpportunityTeamMember]
    competitors: list[OpportunityCompetitor]

    @property
    def lines_total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


def parts_of(deal: Opportunity) -> DealParts:
    return DealParts(
        lines=list(deal.lines.select_related("product")),
        splits=list(deal.splits.select_related("person").order_by("-kind", "-percent", "id")),
        group=list(deal.buying_group.select_related("contact").order_by("id")),
        team=list(deal.team.select_related("person").order_by("id")),
        competitors=list(deal.competitors.select_related("competitor").order_by("id")),
    )


def deal_history(user: SignedIn, deal: Opportunity, as_of: date) -> list[Changes | Acts]:
    """What changed on a deal, as sources of its timeline."""
    mine, on, this = Opportunity.objects.filter(pk=deal.pk), {"opportunity": [deal.pk]}, ("opportunity", deal.pk)
    return [
        Changes(30, "changes", mine, TOLD, own=own_fields_of("opportunity"), people=person_names),
        Acts(32, "changes", on, ACTS, this),
        Acts(33, "files", on, HANGING, this),
    ]


def account_deal_history(user: SignedIn, account: Account, as_of: date) -> list[Changes | Acts]:
    """What changed on the deals with an account that the person may see, as sources of the account's timeline."""
    deals = visible_opportunities(user, as_of, with_archived=True).filter(account=account)
    on, this = {"opportunity": deals.order_by().values("pk")}, ("account", account.pk)
    return [
        Changes(20, "deals", deals, MOVED, is_titled=True),
        Acts(21, "deals", on, ACTS, this),
        Acts(22, "files", on, HANGING, this),
    ]


@dataclass(frozen=True, slots=True)
class AccountDeals:
    """The deals with an account that a person may see: open ones and the latest closed, and sums by currency."""

    open_ones: list[Opportunity]
    closed: list[Opportunity]
    count: int
    won: list[tuple[str, Decimal | None, int]]
    open_sums: list[tuple[str, Decimal | None, int]]


def deals_of_account(user: SignedIn, account: Account, as_of: date, *, shown: int = 10) -> AccountDeals:
    """Deals with an account, newest first; won and open_sums: (currency, amount, number of deals)."""
    mine = deals_for(user, as_of).filter(account=account)
    return AccountDeals(
        open_ones=list(mine.filter(status=Status.OPEN).order_by("expected_close_on", "-id")[:shown]),
        closed=list(mine.exclude(status=Status.OPEN).order_by("-closed_on", "-id")[:shown]),
        count=mine.count(),
        won=_sums(mine.filter(status=Status.WON)),
        open_sums=_sums(mine.filter(status=Status.OPEN)),
    )


def _sums(deals: QuerySet[Opportunity]) -> list[tuple[str, Decimal | None, int]]:
    sums = deals.order_by().values_list("currency_id").annotate(total=Sum("amount"), many=Count("id"))
    return list(sums.order_by("currency_id"))


def people_on(deal: Opportunity) -> list[tuple[int, str]]:
    """Who sees a deal as one of its team or splits: ids of people, and which."""
    splits = [(one.person_id, _("Split of %(percent)s %%") % {"percent": f"{one.percent.normalize():f}"})
              for one in deal.splits.all()]  # fmt: skip
    return [*splits, *((one.person_id, one.part or _("Deal team")) for one in deal.team.all())]
