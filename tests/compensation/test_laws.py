"""Laws of a ledger of pay, on made-up plans: what is wanted less what is posted, month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
from hypothesis import given, settings

from compensation.kernel.engine import calculate
from compensation.kernel.inputs import Credit, Inputs, Quota, gather
from compensation.kernel.lines import STAGES, Lines, joined, line_keys, lines_of, still_to_post, sums_by_payee
from compensation.kernel.plan import Plan
from compensation.kernel.reading import read_plan
from compensation.kernel.settlement import DRAW, EARNED, PAID, settle
from tests.compensation import made_up
from tests.compensation.test_oracle import seeds

MONTH_ENDS = [date(2026, month + 1, 1).toordinal() - 1 for month in range(1, 12)] + [date(2026, 12, 31).toordinal()]
Sums = dict[tuple[int, int, int, int], int]


def numbered(inputs: Inputs) -> Inputs:
    """Credits by number, as the database has them."""
    keys = np.arange(1, len(inputs.credits) + 1)
    return replace(inputs, credits=replace(inputs.credits, keys=keys))


def wanted(plan: Plan, inputs: Inputs, through: date) -> Lines:
    found = calculate(plan, inputs, through)
    numbers = {key: number for number, key in enumerate(line_keys(plan), start=1)}
    payees = np.arange(1, len(found.book.staff.payees) + 1)
    return lines_of(found, settle(found), payees, numbers)


def sums_of(lines: Lines) -> Sums:
    found: Counter[tuple[int, int, int, int]] = Counter()
    columns = (lines.payee, lines.component, lines.stage, lines.earned_in, lines.amount)
    for payee, component, stage, earned_in, amount in zip(*(one.tolist() for one in columns), strict=True):
        found[payee, component, stage, earned_in] += amount
    return {key: amount for key, amount in found.items() if amount}


def month_by_month(plan: Plan, inputs: Inputs) -> Iterator[tuple[date, Lines, Lines]]:
    """(through, what is wanted, what was added to the ledger) of each month of the year."""
    posted = joined([])
    for ordinal in MONTH_ENDS:
        through = date.fromordinal(ordinal)
        if through < plan.valid_from:
            continue
        now = wanted(plan, inputs, through)
        fresh = still_to_post(now, posted)
        posted = joined([posted, fresh])
        yield through, now, fresh


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_months_posted_one_after_the_other_come_to_the_whole(seed: int) -> None:
    """Whatever a plan looks back on: the ledger is what the last calculation wants; done again it adds nothing."""
    r = Random(seed)
    plan, inputs = read_plan(made_up.plan_data(r)), numbered(made_up.inputs(r))
    months = list(month_by_month(plan, inputs))
    posted = joined([fresh for _through, _now, fresh in months])
    assert sums_of(posted) == sums_of(months[-1][1])
    assert not any(sums_by_payee(posted).values())
    assert not len(still_to_post(months[-1][1], posted))


CUMULATIVE = [
    {"rate": "1/3"}, {"tiers": [{"up_to": "50%", "rate": "7%"}, {"below": "110%", "rate": "11%"}, {"rate": "1/7"}]},
    {"tiers": [{"up_to": 300, "rate": "4%"}, {"rate": "8%", "on": "all"}], "by": "amount"},
    {"curve": {"points": [["20%", "0%"], ["90%", "100%"], ["150%", "240%"]], "above": "goes_on"}, "of": 5000},
    {"bands": [{"from": 0, "up_to": 200, "rate": "3.3%"}, {"from": 200, "rate": "1/9"}]}, {"each": "12.34"},
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_periods_chained_equal_the_whole_for_what_accumulates(seed: int) -> None:
    """Without limits of a period nothing of an earlier month moves: each month adds lines of its own days only."""
    r = Random(seed)
    data = {
        "plan": "Chain", "currency": "USD", "valid_from": "2026-01-01", "valid_to": "2027-01-01",
        "measures": {"sales": {"over": "year"}},
        "components": {"c": {"measure": "sales", "pays": r.choice(CUMULATIVE)}},
        "negative_pay": "deduct", "rounding": r.choice(["half_up", "half_even", "down"]),
    }  # fmt: skip
    quotas = [Quota(payee, "sales", "2026", Fraction(1800)) for payee in "abcmz"]
    plan, inputs = read_plan(data), numbered(gather(made_up.credits(r), quotas, ()))
    whole: Sums = {}
    for through, _now, fresh in month_by_month(plan, inputs):
        first = through.replace(day=1).toordinal()
        assert set(fresh.earned_in.tolist()) <= {first}
        whole |= sums_of(fresh)
    assert whole == sums_of(wanted(plan, inputs, date(2026, 12, 31)))


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_everything_reversed_comes_to_nothing(seed: int) -> None:
    r = Random(seed)
    plan, inputs = read_plan(made_up.plan_data(r)), numbered(made_up.inputs(r))
    posted = joined([fresh for _through, _now, fresh in month_by_month(plan, inputs)])
    back = still_to_post(joined([]), posted)
    assert sums_of(joined([posted, back])) == {}
    assert not len(still_to_post(joined([]), joined([posted, back])))


BY_CREDITS = ("rate", "each", "bands", "tiers", "override", "contest")


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_credits_taken_away_leave_guarantees_and_draws(seed: int) -> None:
    """The ledger of a plan that pays by credits, once all of them have ended: exactly what it pays without any."""
    r = Random(seed)
    data, inputs = made_up.plan_data(r), numbered(made_up.inputs(r))
    data["components"] = {
        key: one for key, one in data["components"].items()
        if made_up.kind_of(one["pays"]) in BY_CREDITS and not any("floor" in step for step in one.get("then", ()))
        and set(one["pays"].get("override", ())) <= {"c0"}
    }  # fmt: skip
    if made_up.kind_of(data["components"].get("c0", {"pays": {"lump": 1}})["pays"]) not in BY_CREDITS:
        data["components"]["c0"] = {"measure": "sales", "pays": {"rate": "10%"}}
    data["draws"] = {"d": {"amount": 40, "kind": r.choice(["guarantee", "on_top"]), "recoverable": r.random() < 0.5}}
    plan = read_plan(data)
    posted = joined([fresh for _through, _now, fresh in month_by_month(plan, inputs)])
    nothing = numbered(gather((), inputs.quotas, inputs.people))
    kept = replace(nothing, credits=replace(nothing.credits, payees=inputs.credits.payees))
    alone = wanted(plan, kept, date(2026, 12, 31))
    after = joined([posted, still_to_post(alone, posted)])
    assert sums_of(after) == sums_of(alone)
    stages = {stage for _payee, _component, stage, _month in sums_of(after)}
    assert STAGES[EARNED] not in stages
    paid = sum(amount for (_p, _c, stage, _m), amount in sums_of(after).items() if stage == STAGES[PAID])
    drawn = sum(amount for (_p, _c, stage, _m), amount in sums_of(after).items() if stage == STAGES[DRAW])
    assert plan.pays_when_accepted or plan.pay_cap is not None or drawn == -paid


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_every_credit_returned_at_its_rate_earns_nothing(seed: int) -> None:
    r = Random(seed)
    pays = r.choice([one for one in CUMULATIVE if "curve" not in one])
    component: dict[str, Any] = {"measure": "sales", "pays": pays, "returns": "original_rate"}
    plan = read_plan({
        "plan": "Back", "currency": "USD", "valid_from": "2026-01-01", "valid_to": "2027-01-01",
        "measures": {"sales": {"over": "year"}}, "components": {"c": component},
    })  # fmt: skip
    sold = [one._replace(returns="") for one in made_up.credits(r) if one.pay > 0]
    back = [
        Credit(f"{one.key}-", one.payee, date(2026, 12, 1), one.measure, -one.quota, -one.pay, fx=one.fx,
               returns=one.key, fields=one.fields)
        for one in sold
    ]  # fmt: skip
    quotas = [Quota(payee, "sales", "2026", Fraction(1800)) for payee in "abcmz"]
    found = calculate(plan, gather([*sold, *back], quotas, ()), date(2026, 12, 31))
    lines = found.earned["c"]
    totals = Counter(dict.fromkeys(lines.payee.tolist(), 0))
    for payee, amount in zip(lines.payee.tolist(), lines.amount.tolist(), strict=True):
        totals[payee] += amount
    assert not any(totals.values())
