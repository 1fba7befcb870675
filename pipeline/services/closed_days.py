"""Deals won or lost on closed days stay as they are: every way of changing one asks here first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core.kernel import formats
from core.registry import ClosedRows
from core.services import hold_closed_through
from pipeline.enums import Status
from pipeline.models import Opportunity

# What the figures of a closed day are made of: column -> the field of forms it stands in, and what a sentence calls it.
KEPT: Mapping[str, tuple[str, Any]] = {
    "stage_id": ("stage", _lazy("stage")),
    "closed_on": ("closed_on", _lazy("close date")),
    "amount": ("amount", _lazy("amount")),
    "currency_id": ("currency", _lazy("currency")),
    "recurring_amount": ("recurring_amount", _lazy("recurring amount")),
    "one_off_amount": ("one_off_amount", _lazy("one-off amount")),
    "owner_id": ("owner", _lazy("owner")),
    "archived_at": ("", _lazy("place outside the archive")),
}

NOTHING: Mapping[str, Any] = dict.fromkeys((*KEPT, "status"))  # what stood before a deal was made


class DealError(ValueError):
    """A change that can't be; `field` names the field it belongs to, "" the whole form."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class DayClosed(DealError):
    """The deal was won or lost, or would be, on a day that is closed."""


def kept_of(deal: Opportunity) -> dict[str, Any]:
    """What a closed day keeps of a deal, and its status."""
    return {name: getattr(deal, name) for name in (*KEPT, "status")}


def refuse_closed_day(deal: Opportunity, before: Mapping[str, Any]) -> None:
    """Refuse a change of a locked deal that a closed day keeps; `before` is its kept_of. Raises DayClosed."""
    was_on = before["closed_on"] if before["status"] != Status.OPEN else None
    is_on = deal.closed_on if deal.status != Status.OPEN else None
    changed = [name for name in KEPT if getattr(deal, name) != before[name]]
    if not changed or (was_on is None and is_on is None):
        return
    closed = hold_closed_through()
    if closed is None:
        return
    if was_on is not None and was_on <= closed:
        raise _refusal(changed[0], was_on, closed)
    if is_on is not None and is_on <= closed:
        words = _("Books are closed through %(closed)s: choose a later day. %(who)s")
        raise DayClosed(words % {"closed": formats.day(closed), "who": _who()}, "closed_on")


def refuse_parts(deal: Opportunity, part: Any) -> None:
    """Refuse to set what hangs on a deal and makes its figures (splits, line items). Raises DayClosed."""
    closed = hold_closed_through() if deal.status != Status.OPEN else None
    if closed is not None and deal.closed_on is not None and deal.closed_on <= closed:
        words = _(
            "This deal was closed on %(day)s, and books are closed through %(closed)s: its %(part)s stay. %(who)s"
        )
        told = {"day": formats.day(deal.closed_on), "closed": formats.day(closed), "part": part, "who": _who()}
        raise DayClosed(words % told)


def refuse_archive(deal_ids: Collection[int]) -> None:
    """Refuse to archive or restore deals that closed days keep. Raises DayClosed and names the first."""
    closed = hold_closed_through()
    if closed is None:
        return
    kept = Opportunity.objects.filter(pk__in=deal_ids, closed_on__lte=closed).exclude(status=Status.OPEN)
    first = kept.order_by("pk").first()
    if first is not None:
        raise DayClosed(f"{first.name}: {_refusal('archived_at', first.closed_on, closed)}")


def _closed_deals_sql() -> str:
    """SQL that is true of a row {row} of deals that closed days keep; "" where nothing is closed."""
    closed = hold_closed_through()
    return f"{{row}}.status <> 'open' AND {{row}}.closed_on <= DATE '{closed.isoformat()}'" if closed else ""


def _closed_lines_sql() -> str:
    """The same of a line item, which goes by its deal."""
    of_deal = _closed_deals_sql().format(row="o")
    return (
        f"EXISTS (SELECT 1 FROM pipeline_opportunity o WHERE o.id = {{row}}.opportunity_id AND {of_deal})"
        if of_deal
        else ""
    )


CLOSED_ROWS = (
    ClosedRows("opportunity", _closed_deals_sql, frozenset({*KEPT, "status"})),
    ClosedRows("line_item", _closed_lines_sql),
)


def _refusal(column: str, day: date | None, closed: date) -> DayClosed:
    field, noun = KEPT[column]
    words = _("This deal was closed on %(day)s, and books are closed through %(closed)s: its %(noun)s stays. %(who)s")
    told = {"day": formats.day(day), "closed": formats.day(closed), "noun": noun, "who": _who()}
    return DayClosed(words % told, field)


def _who() -> str:
    return _("Sales ops or finance can open the period again under Settings, Closed periods.")
