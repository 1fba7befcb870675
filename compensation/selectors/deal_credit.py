"""How much credit a deal gives in all: splits, overlays and whoever else is credited, by kind of credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from compensation import policies
from compensation.kernel.crediting import RETURNED
from compensation.models import Credit

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class DealCredit:
    """Of one kind of credit the event of the deal that gives most: percent in all, and by why (split, overlay)."""

    kind: str
    percent: Decimal
    parts: Sequence[tuple[str, Decimal]]

    @property
    def is_above(self) -> bool:
        """Whether more is credited than there is."""
        return self.percent > WHOLE


def credit_of_deal(user: Any, deal_id: int, as_of: date) -> list[DealCredit]:
    """Shares as they are credited now, of those whose pay is theirs to see: everybody's for who sees all pay.

    60 % and 40 % split, 100 % overlay: 200 %. What was returned takes nothing off: it was credited.
    """
    rows = Credit.objects.filter(deal_id=deal_id, ended_batch=None, payee__in=policies.visible_payees(user, as_of))
    sums: dict[tuple[str, str, int | None], dict[str, Decimal]] = {}
    names = ("kind__name", "event_kind", "event_id", "factor")
    for kind, event, event_id, factor in rows.order_by("pk").values_list(*names):
        why, share = _read(factor)
        if share is not None and why != RETURNED:
            parts = sums.setdefault((kind, event, event_id), {})
            parts[why] = parts.get(why, Decimal(0)) + share
    most: dict[str, DealCredit] = {}
    for (kind, _event, _event_id), parts in sums.items():
        told = [(why, round(share, 1)) for why, share in sorted(parts.items())]
        found = DealCredit(kind, round(sum(parts.values(), Decimal(0)), 1), told)
        if kind not in most or found.percent > most[kind].percent:
            most[kind] = found
    return [most[kind] for kind in sorted(most)]


def _read(factor: str) -> tuple[str, Decimal | None]:
    """split 60% -> ("split", 60); None where it says no share."""
    why, _space, share = factor.rpartition(" ")
    try:
        return why, Decimal(share.removesuffix("%")) if share.endswith("%") else None
    except InvalidOperation:
        return why, None
