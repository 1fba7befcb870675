"""Plans and credits made up at random: every kind of component, step and return, small enough to be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from compensation.kernel.inputs import Belonging, Credit, Inputs, Person, Quota, gather

KINDS = (
    "each", "bands", "tiers", "curve", "matrix", "lump", "scorecard", "pool", "contest", "choose", "rate", "override",
)  # fmt: skip
_SPANS = ("month", "quarter", "year")
_CONDITIONS = (
    "attainment(sales) >= 80%",
    "attainment(margin, quarter) >= 50% or attainment(sales) > 1",
    "credited(margin) > 300",
    "count(sales) >= 2",
    "attainment(team) >= 60%",
    "attainment(sales) >= 70% and attainment(margin) >= 30%",
    "credited(sales, last_quarter) > 200",
    "attainment(sales, last_month) < 90% or month_on_plan <= 2",
)
_RATES = (
    "8%", "base", "base * 1.5", "12% if amount > 500 else 4%", "annual_variable / quota(sales, year)", "1/3",
    "9% if level <= 1 else 3%", "10% if month_on_plan <= 3 else 6%", "8% * (100% if returned_after <= 40 else 50%)",
    "5% if months_kept < 2 else 1%", "round(attainment(sales, year), 10%) * 7%",
)  # fmt: skip
_AMOUNTS = ("1000", "variable", "variable * 1/3", "2500.55", "floor(credited(sales) / 300) * 25.5", "ceil(variable, 7)")


NAMES = (
    "level",
    "month_on_plan",
    "returned_after",
    "months_kept",
    "floor",
    "ceil",
    "round",
    "last_month",
    "last_quarter",
)
# What must all have been tried: kinds of components, steps, draws, returns, what is held and paid in parts.
WORDS = frozenset(
    (*KINDS, "gate", "multiply", "cap", "floor", "interim_cap", "settles", "where", "quota_to_date", "catches_up",
     "top_slice", "rewalk", "original_rate", "hold", "instalments", "pay_cap", "pays_when_accepted", "deduct",
     "recoverable guarantee", "guarantee", "recoverable on_top", "on_top", "counts_from", "only counts",
     "ties share", "ties earlier", "among plan", "among role", "among team",
     "who", "between", "budget", "first of a budget", "last part", "last nothing", "levels", "pool shares", "pool when",
     "until collected", "of others", "bands slice", *NAMES)
)  # fmt: skip
SEEN: Counter[str] = Counter()  # how often each was tried in this process


def plan_data(r: Random) -> dict[str, Any]:
    """The contents of a plan file; what is in it is counted."""
    found = _plan_data(r)
    SEEN.update(words_in(found))
    SEEN["plans"] += 1
    return found


def words_in(plan: Mapping[str, Any]) -> Iterator[str]:
    """What of WORDS a plan has, each time it stands there."""
    yield from (word for word in ("pay_cap", "pays_when_accepted", "counts_from") if word in plan)
    yield from (("only counts",) if plan.get("rerates_earlier") is False else ())
    yield plan["negative_pay"]
    for draw in plan.get("draws", {}).values():
        yield f"{'recoverable ' if draw['recoverable'] else ''}{draw['kind']}"
    for one in plan["components"].values():
        yield kind_of(one["pays"])
        yield from (word for word in ("hold", "instalments", "settles", "interim_cap", "quota_to_date") if word in one)
        yield from (word for word in ("where",) if word in one)
        yield one.get("returns", "top_slice")
        for step in one.get("then", ()):
            yield next(word for word in ("gate", "multiply", "cap", "floor", "budget") if word in step)
            yield from (("first of a budget",) if step.get("budget", {}).get("first") else ())
            yield from ((f"last {step['budget']['last']}",) if step.get("budget", {}).get("last") else ())
            yield from (("catches_up",) if step.get("catches_up") else ())
        yield from (("of others",) if one.get("measure") == "team" else ())
        yield from (("bands slice",) if "bands" in one["pays"] and "on" in one["pays"] else ())
        yield from (("levels",) if "levels" in one["pays"] else ())
        yield from (f"pool {word}" for word in ("shares", "when") if "pool" in one["pays"] and word in one["pays"])
        yield from (("until collected",) if one.get("hold", {}).get("until") == "collected" else ())
        yield from (name for name in NAMES if re.search(rf"\b{name}\b", str(one)))
        if "contest" in one["pays"]:
            yield from (f"{word} {one['pays'][word]}" for word in ("ties", "among") if word in one["pays"])
            yield from (word for word in ("who", "between") if word in one["pays"])


def kind_of(pays: Mapping[str, Any]) -> str:
    return "matrix" if "cells" in pays else next(kind for kind in ("override", *KINDS) if kind in pays)


def _plan_data(r: Random) -> dict[str, Any]:
    return (
        _days(r)
        | {
            "plan": "Made up",
            "currency": "USD",
            "roles": ["AE", "M"],
            "rounding": r.choice(["half_up", "half_even", "down"]),
            "day_count": r.choice(["start_day_counts", "start_day_free"]),
            "prorate_quota": r.random() < 0.3,
            "parameters": {
                "base": [
                    {"valid_from": "2026-01-01", "value": "7.3%"},
                    {"valid_from": "2026-04-01", "value": "9%"},
                ]
            },
            "measures": {
                "sales": {"over": r.choice(_SPANS), "sum": r.choice(["quota_credit", "commissionable", "count"])},
                "margin": {"over": r.choice(_SPANS)},
                "team": {"credits": "sales", "of": r.choice(["team", "reports", "line"]), "over": r.choice(_SPANS)},
            },
            "components": {f"c{number}": _component(r, number) for number in range(r.randint(1, 4))},
        }
        | _settling(r)
    )


def _settling(r: Random) -> dict[str, Any]:
    """What stands between earning and paying, for the plan as a whole."""
    found: dict[str, Any] = {"negative_pay": r.choice(["carry", "deduct"])}
    found |= {"draws": {"d": _draw(r)}} if r.random() < 0.5 else {}
    found |= (
        {"pay_cap": {"amount": r.choice([2000, "variable"]), "per": r.choice(["period", "quarter"])}}
        if r.random() < 0.2
        else {}
    )
    return found | ({"pays_when_accepted": True} if r.random() < 0.2 else {})


def _draw(r: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"amount": r.choice([40, "variable * 10%"]), "kind": r.choice(["guarantee", "on_top"])}
    found["recoverable"] = r.random() < 0.6
    found |= {"recover": "50%"} if r.random() < 0.3 else {}
    return found | ({"periods": r.randint(1, 6)} if r.random() < 0.4 else {})


def _days(r: Random) -> dict[str, Any]:
    """Of the whole year, or of a version that begins within it and may count what came before."""
    if r.random() < 0.5:
        return {"valid_from": "2026-01-01", "valid_to": "2027-01-01"}
    found = {"valid_from": r.choice(["2026-03-01", "2026-04-01", "2026-05-20"]), "valid_to": "2027-01-01"}
    if r.random() < 0.2:
        return found
    found["counts_from"] = r.choice(["2026-01-01", "2026-01-01", "2026-02-10", "2025-11-15"])
    return found | ({"rerates_earlier": False} if r.random() < 0.4 else {})


def _component(r: Random, number: int) -> dict[str, Any]:
    if number and r.random() < 0.3:
        rate = {"rate": r.choice(["10%", "1/7", "20% / level"]), "of": r.choice(["reports", "line"])}
        pays = {"override": [f"c{number - 1}"]} | r.choice([rate, {"levels": ["10%", "1/7"][: r.randint(1, 2)]}])
        return {"pays": pays} | ({"settles": "quarter"} if r.random() < 0.3 else {})
    kind = r.choice(KINDS[:-1])
    measure = r.choice(["sales", "sales", "sales", "team"])
    found: dict[str, Any] = {"measure": measure, "pays": _pays(r, kind)} | _parts(r)
    if kind == "contest":
        return found | ({"then": [_step(r)]} if r.random() < 0.4 else {}) | _returns(r)
    steps = [_step(r) for _step_number in range(r.randint(0, 3))]
    found |= {"then": steps} if steps else {}
    found |= {"where": "product == 'A'"} if r.random() < 0.3 else {}
    found |= {"settles": r.choice(["month", "quarter"])} if r.random() < 0.5 else {}
    found |= {"interim_cap": r.choice(["variable", "300"])} if r.random() < 0.2 else {}
    found |= {"quota_to_date": True} if r.random() < 0.3 else {}
    found |= {"valid_from": "2026-02-15"} if r.random() < 0.2 else {}
    return found | _returns(r)


COLLECTED = {"until": "collected", "by": "cash"}


def _returns(r: Random) -> dict[str, Any]:
    modes = ["top_slice", "rewalk", "original_rate"]
    return {"returns": r.choice(modes), "returns_lower_attainment": r.random() < 0.7}


def _parts(r: Random) -> dict[str, Any]:
    """A part held back, or instalments."""
    if r.random() < 0.15:
        let_go = r.choice([{"months": 2}, {"until": "accepted"}, {}, COLLECTED, COLLECTED])
        return {"hold": {"share": r.choice(["20%", "1/3"]), **let_go}}
    if r.random() < 0.15:
        return {
            "instalments": [{"share": "40%", "months": 0}, {"share": "1/3", "months": 1}, {"share": "20%", "months": 4}]
        }
    return {}


def _step(r: Random) -> dict[str, Any]:
    return dict(
        r.choice(
            [
                {"gate": r.choice(_CONDITIONS), "otherwise": r.choice([0, "50%"]), "catches_up": r.random() < 0.4},
                {"multiply": r.choice(["1.1", "attainment(margin)"]), "catches_up": r.random() < 0.3},
                {"cap": {"amount": r.choice([500, "variable"]), "per": r.choice(["credit", "period", *_SPANS])}},
                {"cap": 700},
                {"floor": r.choice([100, {"amount": 50, "per": "quarter"}])},
                {"budget": _budget(r)},
            ]
        )
    )


def _budget(r: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"first": r.randint(1, 4)} if r.random() < 0.5 else {}
    if not found or r.random() < 0.3:
        found |= {"amount": r.choice([40, "300.5", "base * 5000"]), "last": r.choice(["part", "nothing"])}
    return found


def _pays(r: Random, kind: str) -> dict[str, Any]:
    makers = {
        "rate": lambda: {"rate": r.choice(_RATES)},
        "each": lambda: (
            {"each": r.choice(["25", "amount / 7"])} | ({"when": "product == 'A'"} if r.random() < 0.5 else {})
        ),
        "bands": lambda: (
            r.choice([{}, {"on": "slice"}])
            | {
                "bands": [
                    {"from": 500, "rate": "14%"},
                    {"from": 100, "up_to": 450, "rate": r.choice(_RATES)},
                    {"up_to": "99.99", "rate": "1%"},
                ]
            }
        ),
        "tiers": lambda: _tiers(r),
        "curve": lambda: _curve(r),
        "matrix": lambda: _matrix(r),
        "lump": lambda: {"lump": r.choice(_AMOUNTS)} | ({"when": r.choice(_CONDITIONS)} if r.random() < 0.7 else {}),
        "scorecard": lambda: _scorecard(r),
        "pool": lambda: _pool(r),
        "contest": lambda: contest(r),
        "choose": lambda: {
            "choose": [{"when": r.choice(_CONDITIONS), "pays": _pays(r, _plain(r))}, {"pays": _pays(r, _plain(r))}]
        },
    }
    return dict(makers[kind]())


def _pool(r: Random) -> dict[str, Any]:
    parts = r.choice(
        [{"by": "days"}, {"by": "credits"}, {"shares": r.choice(["variable", "attainment(margin) - 1/3"])}]
    )
    found = {"pool": r.choice(["1000", "credited(team) * 1%"])} | parts
    return found | ({"when": r.choice(_CONDITIONS)} if r.random() < 0.3 else {})


def _plain(r: Random) -> str:
    return str(r.choice([kind for kind in KINDS if kind not in ("pool", "contest", "choose", "override")]))


def contest(r: Random) -> dict[str, Any]:
    by = r.choice(["credited", "attainment"])
    found: dict[str, Any] = {
        "contest": r.choice([[500, 300, 100], ["1000.01"], [100, "base * 500"], [70] * 5]),
        "by": by,
    }
    found |= {"who": r.choice([["a", "b", "m"], ["North", "m"], ["T"]])} if r.random() < 0.25 else {}
    if r.random() < 0.3:
        found["between"] = r.choice([["North", "South"], ["South", "East", "North"], ["T", "U", "East"]])
        return found | ({"at_least": "40%" if by == "attainment" else 100} if r.random() < 0.3 else {})
    found |= {"among": r.choice(["plan", "role", "team"]), "ties": r.choice(["share", "earlier"])}
    found |= (
        {"at_least": "40%" if by == "attainment" else r.choice([100, "quota(sales) * 20%"])} if r.random() < 0.5 else {}
    )
    return found | ({"roles": ["AE"]} if r.random() < 0.3 else {})


def _tiers(r: Random) -> dict[str, Any]:
    by = r.choice(["attainment", "amount", "count"])
    tiers = [
        {
            r.choice(["up_to", "below"]): _bound(by, step),
            "rate": _tier_rate(r, by),
            "on": r.choice(["slice", "slice", "all"]),
        }
        for step in sorted(r.sample(range(1, 20), r.randint(1, 3)))
    ]
    return {"tiers": [*tiers, {"rate": _tier_rate(r, by), "on": r.choice(["slice", "all"])}], "by": by}


def _bound(by: str, step: int) -> Any:
    return f"{step * 10}%" if by == "attainment" else step * 97 if by == "amount" else step


def _tier_rate(r: Random, by: str) -> str:
    return str(r.choice(["10", "33.33", "50"] if by == "count" else _RATES))


def _curve(r: Random) -> dict[str, Any]:
    points = [[f"{x * 10}%", f"{r.randint(0, 250)}%"] for x in sorted(r.sample(range(1, 20), r.randint(2, 4)))]
    shape = r.choice(["linear", "step"])
    curve = {"points": points, "shape": shape, "below": r.choice(["zero", "flat"])}
    if shape == "linear" and r.random() < 0.5:
        curve["above"] = "goes_on"
    return {"curve": curve, "of": r.choice(_AMOUNTS)}


def _matrix(r: Random) -> dict[str, Any]:
    return {
        "rows": {"measure": "sales", "edges": ["50%", {"above": "100%"}]},
        "columns": {"measure": "margin", "edges": ["20%", "70%", "90%"]},
        "cells": [["1/10", "20%", "30%"], ["50%", "100%", "175%"]],
        "of": r.choice(_AMOUNTS),
    }


def _scorecard(r: Random) -> dict[str, Any]:
    first = {"title": "Sales", "weight": "40%", "result": "attainment(sales)", "cap": "120%"}
    curve = {"points": [["50%", "0%"], ["100%", "100%"]]}
    second = {"title": "Margin", "weight": "60%", "result": "attainment(margin)", "gate": "50%", "curve": curve}
    return {"scorecard": [first, second], "of": r.choice(_AMOUNTS)}


def inputs(r: Random) -> Inputs:
    """Four people below each other, a stranger, up to fourteen credits and returns, quotas of all shapes or none."""
    return gather(credits(r), _quotas(r), PEOPLE, belongs=BELONGS)


PEOPLE = (
    Person("a", "AE", date(2026, 1, 1), date(2026, 5, 10), "m", "T", Fraction(20000), Fraction(12000)),
    Person("a", "AE", date(2026, 5, 10), None, "m", "T", Fraction(0), Fraction(15000), date(2026, 6, 3)),
    Person("b", "AE", date(2026, 2, 15), None, "m", "T", Fraction(0), Fraction(9000)),
    Person("c", "AE", date(2026, 1, 1), date(2026, 4, 1), "b", "U", Fraction(0), Fraction(7001)),
    Person("m", "M", date(2026, 1, 1), None, "v", "", Fraction(0), Fraction(30000)),
    Person("v", "V", date(2025, 1, 1)),
)


BELONGS = (
    Belonging("a", "North", date(2026, 1, 1)), Belonging("b", "South", date(2026, 1, 1), date(2026, 6, 1)),
    Belonging("b", "North", date(2026, 6, 1)), Belonging("c", "North", date(2026, 1, 1)),
    Belonging("m", "South", date(2026, 2, 1)), Belonging("m", "East", date(2026, 1, 1)),
)  # fmt: skip


def credits(r: Random) -> list[Credit]:
    found: list[Credit] = []
    for number in range(r.randint(0, 14)):
        payee, on = r.choice("abcmz"), date(2026, 1, 1) + timedelta(days=r.randint(0, 200))
        quota = r.choice([0, r.randint(1, 90_000), 50_000])
        pay, measure, returns = (
            quota if r.random() < 0.5 else r.randint(1, 90_000),
            r.choice(["sales", "sales", "margin", "cash"]),
            "",
        )
        earlier = [
            one for one in found if one.payee == payee and not one.returns and one.on <= on and one.measure == "sales"
        ]
        if earlier and measure == "sales" and r.random() < 0.3:
            first = r.choice(earlier)
            quota, pay, returns = -first.quota, -first.pay if r.random() < 0.6 else -first.pay // 2, first.key
        fx = Fraction(1) if r.random() < 0.8 else Fraction(11, 10)
        fields = {"product": r.choice(["A", "B"]), "deal": r.choice(["D1", "D2", "D2", ""])}
        found.append(Credit(f"k{number}", payee, on, measure, quota, pay, fx=fx, returns=returns, fields=fields))
    return found


def _quotas(r: Random) -> list[Quota]:
    found = []
    for payee in "abcm":
        for measure, goal in (("sales", 900), ("margin", 600)):
            shape = r.choice(["year", "quarters", "months", "none"])
            if shape == "year":
                found.append(Quota(payee, measure, "2026", Fraction(goal * 2)))
            elif shape == "quarters":
                found += [Quota(payee, measure, f"2026-Q{n}", Fraction(goal // 3 + n)) for n in range(1, 5)]
            elif shape == "months":
                found += [Quota(payee, measure, f"2026-{n:02d}", Fraction(goal // 9 + n)) for n in range(1, 13)]
    return found
