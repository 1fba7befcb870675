"""Reads for pages, lists and the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Account
from core.kernel.access import SignedIn
from core.kernel.typed import ids_of_number
from core.models import in_force_on
from core.registry import SearchHit
from people.models import Occupancy, Position
from territories import policies
from territories.models import AccountTerritory, Territory, TerritoryAssignment


def _sitting(on: date, path: str) -> Prefetch[Any]:
    """Who sits on the seats, on a day (`today_holders`)."""
    rows = Occupancy.objects.filter(in_force_on(on)).select_related("person")
    return Prefetch(path, queryset=rows, to_attr="today_holders")


def listed_territories(user: SignedIn, as_of: date) -> QuerySet[Territory]:
    """Also archived ones, with today's coverage (`today_coverage`) and number of accounts (`account_count`)."""
    rows = policies.visible_territories(user, as_of, with_archived=True).select_related("parent")
    coverage = TerritoryAssignment.objects.filter(in_force_on(as_of)).select_related("position").order_by("part", "pk")
    coverage = coverage.prefetch_related(_sitting(as_of, "position__occupancies"))
    placed = AccountTerritory.objects.filter(in_force_on(as_of), territory=OuterRef("pk")).order_by()
    counted = placed.values("territory").annotate(n=Count("pk")).values("n")
    count = Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
    return rows.annotate(account_count=count).prefetch_related(
        Prefetch("assignments", queryset=coverage, to_attr="today_coverage")
    )


def listed_coverage(user: SignedIn, as_of: date) -> QuerySet[TerritoryAssignment]:
    rows = policies.visible_coverage(user).select_related("territory", "position")
    return rows.prefetch_related(_sitting(as_of, "position__occupancies"))


def listed_placements(user: SignedIn, as_of: date) -> QuerySet[AccountTerritory]:
    return policies.visible_placements(user, as_of).select_related("account", "territory")


def get_territory_for(user: SignedIn, territory_id: int, as_of: date) -> Territory:
    """A territory, also one in the archive. Raises Http404 when there is none or the person doesn't see them."""
    found = listed_territories(user, as_of).filter(pk=territory_id).first()
    if found is None:
        raise Http404(_("No such territory."))
    return found


def get_assignment_for(user: SignedIn, assignment_id: int, as_of: date) -> TerritoryAssignment:
    found = listed_coverage(user, as_of).filter(pk=assignment_id).first()
    if found is None:
        raise Http404(_("No such coverage."))
    return found


def get_placement_for(user: SignedIn, placement_id: int, as_of: date) -> AccountTerritory:
    found = listed_placements(user, as_of).filter(pk=placement_id).first()
    if found is None:
        raise Http404(_("No such account of a territory."))
    return found


def search_territories(rows: QuerySet[Territory], text: str) -> QuerySet[Territory]:
    named = Q(name__icontains=text) | Q(external_id__iexact=text) | Q(pk__in=ids_of_number(text, "TER-"))
    return rows.filter(named)


def search_coverage(rows: QuerySet[TerritoryAssignment], text: str) -> QuerySet[TerritoryAssignment]:
    return rows.filter(Q(territory__name__icontains=text) | Q(position__title__icontains=text))


def search_placements(rows: QuerySet[AccountTerritory], text: str) -> QuerySet[AccountTerritory]:
    return rows.filter(Q(territory__name__icontains=text) | Q(account__name__icontains=text))


def territory_options(user: SignedIn, text: str, as_of: date, *, limit: int) -> list[Territory]:
    """Territories for a form's field: those whose name begins with the text come first."""
    rows = policies.visible_territories(user, as_of)
    begins = Case(When(name__istartswith=text, then=0), default=1)
    return list((search_territories(rows, text) if text else rows).order_by(begins, "name", "id")[:limit])


def seat_options(text: str, as_of: date, *, limit: int) -> list[tuple[Position, str]]:
    """Positions whose title, or whose holder's name, holds a text; each with its holder ("" while vacant)."""
    sits = in_force_on(as_of, "occupancies__") & Q(occupancies__person__name__icontains=text)
    seats = Position.objects.filter(archived_at=None)
    if text:
        seats = seats.filter(Q(title__icontains=text) | Q(pk__in=Position.objects.filter(sits).values("pk")))
    found = seats.order_by("title", "id").prefetch_related(_sitting(as_of, "occupancies"))[:limit]
    return [(seat, holder_name(seat)) for seat in found]


def holder_name(position: Position) -> str:
    """Who sits on a seat that was read with `today_holders`; "" while it is vacant."""
    return next((seat.person.name for seat in position.today_holders), "")  # type: ignore[attr-defined]  # -- a prefetch


@dataclass(slots=True)
class Branch:
    """A territory in the tree, its depth, and its accounts with those of all below it."""

    territory: Territory
    depth: int
    account_count: int
    children: list[Branch] = field(default_factory=list)

    @property
    def level(self) -> int:
        """As the table of a tree counts: 1 at the root, at most 7."""
        return min(self.depth + 1, 7)

    def total(self) -> int:
        return self.account_count + sum(child.total() for child in self.children)


def tree_for(user: SignedIn, as_of: date) -> list[Branch]:
    """The whole tree that isn't archived, roots first, each by name. Four queries, however large."""
    territories = policies.visible_territories(user, as_of).order_by("name", "id")
    coverage = TerritoryAssignment.objects.filter(in_force_on(as_of)).select_related("position").order_by("part", "pk")
    coverage = coverage.prefetch_related(_sitting(as_of, "position__occupancies"))
    rows = list(territories.prefetch_related(Prefetch("assignments", queryset=coverage, to_attr="today_coverage")))
    counts: dict[int, int] = dict(
        AccountTerritory.objects.filter(in_force_on(as_of)).order_by().values_list("territory").annotate(n=Count("pk"))
    )
    below: dict[int | None, list[Territory]] = {}
    shown = {row.pk for row in rows}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in shown else None, []).append(row)
    return [_branch(row, 0, below, counts) for row in below.get(None, [])]


def _branch(row: Territory, depth: int, below: dict[int | None, list[Territory]], counts: dict[int, int]) -> Branch:
    children = [_branch(child, depth + 1, below, counts) for child in below.get(row.pk, [])]
    return Branch(row, depth, counts.get(row.pk, 0), children)


def flat(branches: Sequence[Branch]) -> list[Branch]:
    """Branches one after the other, as a page shows them."""
    return [one for branch in branches for one in (branch, *flat(branch.children))]


@dataclass(frozen=True, slots=True)
class Held:
    """A row of what holds over time, and whether it holds on the day asked."""

    row: Any
    name: str
    is_now: bool
    is_to_come: bool


def _held(row: Any, name: str, as_of: date) -> Held:
    is_now = row.valid_from <= as_of and (row.valid_to is None or as_of < row.valid_to)
    return Held(row, name, is_now, row.valid_from > as_of)


def coverage_of(user: SignedIn, territory: Territory, as_of: date) -> list[Held]:
    """Who covers a territory over time, newest first, with who sits on the seat today."""
    rows = listed_coverage(user, as_of).filter(territory=territory).order_by("-valid_from", "part", "-pk")
    return [_held(row, holder_name(row.position), as_of) for row in rows]


def placements_of(user: SignedIn, account: Account, as_of: date) -> list[Held]:
    """Where an account belongs over time, newest first."""
    rows = listed_placements(user, as_of).filter(account=account).order_by("-valid_from")
    return [_held(row, row.territory.name, as_of) for row in rows]


def accounts_in(user: SignedIn, territory: Territory, as_of: date, *, limit: int) -> list[Held]:
    """Accounts of a territory that the person sees: those of today by name, then the others, the latest first."""
    rows = listed_placements(user, as_of).filter(territory=territory)
    holds = Case(When(in_force_on(as_of), then=0), default=1)
    return [_held(row, row.account.name, as_of) for row in rows.order_by(holds, "account__name", "-valid_from")[:limit]]


def territory_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_territories(policies.visible_territories(user, as_of), text).order_by("name", "id")[:limit]
    return [
        SearchHit("territory", "map-2", one.name, f"{one.get_kind_display()} · {one.number}", one.get_absolute_url())
        for one in found
    ]
