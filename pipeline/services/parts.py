"""What hangs on a deal: splits, lines, buying group, team, competitors. Each is set as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from core import audit, registry
from core.kernel.money import quantise
from core.services import save_next
from pipeline.enums import SplitKind
from pipeline.models import (
    Opportunity,
    OpportunityCompetitor,
    OpportunityContact,
    OpportunityLine,
    OpportunitySplit,
    OpportunityTeamMember,
)
from pipeline.selectors.catalogue import list_prices
from pipeline.services.closed_days import DealError, kept_of, refuse_closed_day, refuse_parts

WHOLE = Decimal(100)
_FIGURES = (OpportunitySplit, OpportunityLine)  # what credit and revenue of a closed day are made of


@transaction.atomic
def set_splits(*, deal_id: int, splits: Sequence[OpportunitySplit], by: Any) -> None:
    """Set who gets how much credit. Raises DealError unless revenue splits sum to exactly 100 %, or there are none."""
    revenue = [split.percent for split in splits if split.kind == SplitKind.REVENUE]
    total = sum(revenue, Decimal(0))
    if revenue and total != WHOLE:
        words = _("Revenue splits add up to %(total)s %%, not 100 %%: %(gap)s %% %(side)s.") % {
            "total": f"{total.normalize():f}",
            "gap": f"{abs(WHOLE - total).normalize():f}",
            "side": _("are missing") if total < WHOLE else _("too much"),
        }
        raise DealError(words)
    _refuse_twice(splits, lambda s: (s.person_id, s.kind), _("Each person once for each kind of split."))
    told = [f"{split.person} {split.percent.normalize():f} % {split.get_kind_display().lower()}" for split in splits]
    _replace(deal_id, OpportunitySplit, splits, by=by, act="deal.splits_set", told=told)


@transaction.atomic
def set_lines(
    *, deal_id: int, lines: Sequence[OpportunityLine], amount_follows: bool, by: Any, on: date
) -> Opportunity:
    """Set the products of a deal. A line without a price takes the list price of the day in the deal's currency.

    With amount_follows the deal's amount becomes the sum of its lines. Raises DealError when no price is known.
    """
    deal = Opportunity.objects.only("currency_id").get(pk=deal_id)
    prices = list_prices([line.product_id for line in lines], currency=str(deal.currency_id), on=on)
    for line in lines:
        line.list_price = prices.get(line.product_id)
        if line.unit_price is None and line.list_price is None:
            words = _("%(product)s has no list price in %(currency)s. Enter its unit price.")
            raise DealError(words % {"product": line.product, "currency": deal.currency_id})
        line.unit_price = line.list_price if line.unit_price is None else line.unit_price
    told = [f"{line.quantity.normalize():f} x {line.product} {line.unit_price.normalize():f}" for line in lines]
    locked = _replace(deal_id, OpportunityLine, lines, by=by, act="deal.lines_set", told=told)
    if amount_follows and lines:
        total = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
        kept = kept_of(locked)
        locked.amount = quantise(total, str(locked.currency_id))
        refuse_closed_day(locked, kept)
        save_next(locked)
    return locked


@transaction.atomic
def set_buying_group(*, deal_id: int, members: Sequence[OpportunityContact], by: Any) -> None:
    """Set the contacts who take part in the decision; a blank part is the contact's own persona."""
    _refuse_twice(members, lambda m: m.contact_id, _("Each contact once."))
    for member in members:
        member.persona = member.persona or member.contact.persona
    told = [_with(member.contact, member.get_persona_display()) for member in members]
    _replace(deal_id, OpportunityContact, members, by=by, act="deal.buying_group_set", told=told)


@transaction.atomic
def set_team(*, deal_id: int, members: Sequence[OpportunityTeamMember], by: Any) -> None:
    """Set the colleagues who work on the deal."""
    _refuse_twice(members, lambda m: m.person_id, _("Each person once."))
    told = [_with(member.person, member.part) for member in members]
    _replace(deal_id, OpportunityTeamMember, members, by=by, act="deal.team_set", told=told)


@transaction.atomic
def set_competitors(*, deal_id: int, rivals: Sequence[OpportunityCompetitor], by: Any) -> None:
    """Set who else sells to this customer. The first one is the deal's main competitor where it has none."""
    _refuse_twice(rivals, lambda r: r.competitor_id, _("Each competitor once."))
    told = [_with(rival.competitor, rival.note) for rival in rivals]
    deal = _replace(deal_id, OpportunityCompetitor, rivals, by=by, act="deal.competitors_set", told=told)
    if rivals and deal.competitor_id is None:
        deal.competitor_id = rivals[0].competitor_id
        save_next(deal)


def _with(name: Any, more: Any) -> str:
    return f"{name} ({more})" if more else str(name)


def _refuse_twice(rows: Iterable[Any], key: Callable[[Any], Any], words: str) -> None:
    keys = [key(row) for row in rows]
    if len(keys) != len(set(keys)):
        raise DealError(words)


def _replace(
    deal_id: int, model: type[models.Model], rows: Sequence[Any], *, by: Any, act: str, told: Sequence[str]
) -> Opportunity:
    """The rows of one kind become exactly these; the deal is locked, the act recorded. Returns the locked deal."""
    deal = Opportunity.objects.select_for_update(of=("self",), no_key=True).get(pk=deal_id)
    if model in _FIGURES:
        refuse_parts(deal, model._meta.verbose_name_plural)
    model._default_manager.filter(opportunity=deal).delete()
    for row in rows:
        row.pk, row.opportunity = None, deal
    model._default_manager.bulk_create(rows)
    audit.record(act=act, actor=by, subject=deal, detail={"now": list(told)})
    registry.react_to_save("opportunity", [deal_id])
    return deal
