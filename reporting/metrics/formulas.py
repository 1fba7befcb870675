"""The formulas of the catalogue: sums in, one figure out, None where data is missing. Nothing is rounded.

A blank amount is never filled: it adds nothing to sums and doesn't count in averages of amounts.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from pipeline.selectors.cube import Sums
from reporting.metrics.values import Inputs


def _share(top: Decimal | int, bottom: Decimal | int | None) -> Decimal | None:
    return Decimal(top) / Decimal(bottom) if bottom else None


def bookings(inputs: Inputs) -> Decimal | None:
    now = inputs.now
    return None if now.won_count and now.won_blank == now.won_count else now.won_amount


def open_pipeline(inputs: Inputs) -> Decimal | None:
    now = inputs.now
    return None if now.open_count and now.open_blank == now.open_count else now.open_amount


def weighted_pipeline(inputs: Inputs) -> Decimal | None:
    return None if open_pipeline(inputs) is None else inputs.now.open_weighted


def win_rate_of(sums: Sums) -> Decimal | None:
    """In percent. 3 won, 1 lost -> 75."""
    return _share(100 * sums.won_count, sums.won_count + sums.lost_count)


def win_rate(inputs: Inputs) -> Decimal | None:
    return win_rate_of(inputs.now)


def average_deal(inputs: Inputs) -> Decimal | None:
    now = inputs.now
    return _share(now.won_amount, now.won_count - now.won_blank)


def average_cycle(inputs: Inputs) -> Decimal | None:
    return _share(inputs.now.cycle_days, inputs.now.cycle_deals)


def velocity(inputs: Inputs) -> Decimal | None:
    """Money a day. 10 open deals x 50 % x 1,000 / 25 days -> 200."""
    rate, deal, cycle = win_rate(inputs), average_deal(inputs), average_cycle(inputs)
    if rate is None or deal is None or not cycle or not inputs.now.open_count:
        return None
    return inputs.now.open_count * rate / 100 * deal / cycle


def attainment(inputs: Inputs) -> Decimal | None:
    """In percent. 46 booked of 100 -> 46."""
    booked = bookings(inputs)
    return None if booked is None else _share(100 * booked, inputs.target)


def coverage_target(inputs: Inputs) -> Decimal | None:
    pipeline = open_pipeline(inputs)
    return None if pipeline is None else _share(pipeline, inputs.target)


def coverage_remaining(inputs: Inputs) -> Decimal | None:
    """Open 300, target 200, booked 100 -> 3; None once the target is reached."""
    pipeline, booked = open_pipeline(inputs), bookings(inputs)
    if pipeline is None or booked is None or inputs.target is None or inputs.target <= booked:
        return None
    return pipeline / (inputs.target - booked)


def coverage_needed(inputs: Inputs) -> Decimal | None:
    """A win rate of 25 % needs four times what is left."""
    before = inputs.before
    return _share(before.won_count + before.lost_count, before.won_count)


def slippage(inputs: Inputs) -> Decimal | None:
    """In percent. 1 of 4 open deals pushed -> 25."""
    return _share(100 * inputs.now.open_pushed, inputs.now.open_count)


def why_no_bookings(inputs: Inputs) -> str:
    return _("No deal won in this period has an amount. Import deals with amounts.")


def why_no_pipeline(inputs: Inputs) -> str:
    return _("No open deal of this period has an amount. Import open deals with amounts.")


def why_no_target(inputs: Inputs) -> str:
    if inputs.target is None:
        return _("No target is set for this period. Set one under Settings, Targets.")
    return _("The target of this period is zero.") if not inputs.target else _why_no_amounts(inputs)


def _why_no_amounts(inputs: Inputs) -> str:
    return why_no_bookings(inputs) if bookings(inputs) is None else why_no_pipeline(inputs)


def why_no_coverage(inputs: Inputs) -> str:
    booked = bookings(inputs)
    if inputs.target and booked is not None and booked >= inputs.target:
        return _("The target is reached: nothing is left to cover.")
    return why_no_target(inputs)


def why_not_needed(inputs: Inputs) -> str:
    if inputs.before.lost_count:
        return _("No deal was won in the four fiscal quarters before.")
    return _("No deal closed in the four fiscal quarters before. Import won and lost deals with close dates.")


def why_none_closed(inputs: Inputs) -> str:
    return _("No deal closed in this period. Import won and lost deals with close dates.")


def why_none_won(inputs: Inputs) -> str:
    return why_no_bookings(inputs) if inputs.now.won_count else _("No deal was won in this period.")


def why_no_cycle(inputs: Inputs) -> str:
    if not inputs.now.won_count:
        return why_none_won(inputs)
    return _("No deal won in this period has a start before its close date. Import engaged or created dates.")


def why_none_open(inputs: Inputs) -> str:
    if not inputs.now.open_undated:
        return _("No open deal is expected to close in this period.")
    return _("No open deal is expected to close in this period: %(count)s have no expected close date.") % {
        "count": f"{inputs.now.open_undated:,}"
    }


def why_no_velocity(inputs: Inputs) -> str:
    if not inputs.now.open_count:
        return why_none_open(inputs)
    return why_no_cycle(inputs) if average_deal(inputs) is not None else why_none_won(inputs)
