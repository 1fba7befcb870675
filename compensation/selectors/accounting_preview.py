"""What another policy would have come to: the months that are closed, rolled once more by other rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Q, Sum

from compensation.enums import AccountingState, Treatment
from compensation.kernel.accounting import NEVER, UNKNOWN, Assets, Month, roll
from compensation.kernel.benefit import DAYS, Rules, benefit_end, is_short, units
from compensation.models import AccountingMonth, CostLine
from compensation.selectors import accounting_terms as terms
from compensation.selectors.accounting_terms import month_number
from core.selectors import the_company

Array = np.ndarray[Any, Any]
_WINNING = (Treatment.CAPITALISED, Treatment.SHORT, Treatment.TERM_OVER, Treatment.TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Effect:
    """What costs of winning contracts came to in all closed months, minor units: now, and by other rules."""

    currency: str
    earned: int
    left_now: int
    left_then: int

    @property
    def borne_now(self) -> int:
        return self.earned - self.left_now

    @property
    def borne_then(self) -> int:
        return self.earned - self.left_then


def effects(rules: Rules) -> list[Effect]:
    """By currency. Contracts are as they are known today; a deal with several goes by its first."""
    months = list(
        AccountingMonth.objects.filter(state=AccountingState.CLOSED)
        .select_related("period").order_by("period__starts_on")
    )  # fmt: skip
    if not months:
        return []
    lines = CostLine.objects.filter(month__in=months, treatment__in=_WINNING).order_by()
    rows = list(
        lines.values_list("month_id", "deal_id", "plan__currency_id").annotate(
            more=Sum("amount_minor", filter=Q(amount_minor__gt=0)),
            less=Sum("amount_minor", filter=Q(amount_minor__lt=0)),
        )
    )
    left = _left(rules, months, rows)
    now = _left_now(months[-1])
    earned: dict[str, int] = defaultdict(int)
    for _month, _deal, currency, more, less in rows:
        earned[currency] += (more or 0) + (less or 0)
    return [Effect(one, earned[one], now.get(one, 0), left.get(one, 0)) for one in sorted({*earned, *now})]


def _left_now(month: AccountingMonth) -> dict[str, int]:
    return {currency: sums.get("closing", 0) for currency, sums in month.totals.items()}


def _left(rules: Rules, months: list[AccountingMonth], rows: list[Any]) -> dict[str, int]:
    """What would be left at the end of the last month."""
    calendar = the_company().calendar
    known = sorted({(row[1], row[2]) for row in rows if row[1]})
    places = terms.placed({deal for deal, _currency in known})
    known = [key for key in known if key[0] in places]
    at = {key: number for number, key in enumerate(known)}
    spans = [_span(rules, places[deal][0], month_number(calendar, places[deal][0].term.starts)) for deal, _c in known]
    firsts, pasts = (np.array([one[side] for one in spans], dtype=np.int64) for side in (0, 1))
    none = np.zeros(len(known), dtype=np.int64)
    assets, contracts = Assets(none, firsts, pasts, none, none + UNKNOWN), [places[deal][0] for deal, _c in known]
    is_by_days = rules.basis == DAYS
    for month in months:
        bounds = [one.toordinal() if is_by_days else month_number(calendar, one)
                  for one in (month.period.starts_on, month.period.ends_on)]  # fmt: skip
        gone = terms.stops(before=month.period.ends_on)
        stops = [gone.get(one.contract_id or 0) for one in contracts]
        more, less = none.copy(), none.copy()
        for row in (row for row in rows if row[0] == month.pk and (row[1], row[2]) in at):
            place = at[row[1], row[2]]
            if spans[place][1] > bounds[0]:  # else it is expensed at once
                more[place] += row[3] or 0
            less[place] -= row[4] or 0
        what = Month(
            capitalised=more, taken_back=less, begins=none + bounds[0], cut=none + bounds[1],
            stops=np.array([_unit(calendar, day, is_by_days) for day in stops], dtype=np.int64),
            kept=none, of=none + UNKNOWN,
        )  # fmt: skip
        assets = roll(assets, what).assets
    found: dict[str, int] = defaultdict(int)
    for (_deal, currency), left in zip(known, assets.left.tolist(), strict=True):
        found[currency] += left
    return found


def _span(rules: Rules, placed: terms.Placed, month: int) -> tuple[int, int]:
    """The benefit in units; nothing where the expedient takes it."""
    term = placed.term
    ends = benefit_end(term, rules)
    return (0, 0) if is_short(term.starts, ends, rules) else units(term.starts, ends, rules, month=month)


def _unit(calendar: Any, day: date | None, is_by_days: bool) -> int:
    if day is None:
        return NEVER
    return day.toordinal() if is_by_days else month_number(calendar, day)
