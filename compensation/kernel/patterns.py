"""Plans to begin with: each a whole plan with an example that comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Pattern:
    key: str
    title: str
    text: str
    parts: Callable[[str, str], dict[str, Any]]


# Bookings come from won deals; what is returned of their orders takes them back.
_SALES = [{"credit": "bookings", "on": "booking", "to": "splits"}, {"credit": "bookings", "on": "return"}]


def pattern_of(key: str, *, currency: str, first: date) -> dict[str, Any]:
    """The contents of a pattern for a currency, in force from a day. Raises KeyError for an unknown one."""
    pattern = next((one for one in PATTERNS if one.key == key), None)
    if pattern is None:
        raise KeyError(key)
    ends = first.replace(year=first.year + 1, day=min(first.day, 28)).isoformat()
    head = {"plan": f"{pattern.title} {first.year}", "currency": currency, "valid_from": first.isoformat()}
    return {**head, "valid_to": ends, **pattern.parts(first.isoformat(), str(first.year))}


def _credit(key: str, on: str, amount: Any, measure: str, payee: str = "ana", **more: Any) -> dict[str, Any]:
    return {"credit_key": key, "payee": payee, "on": on, "measure": measure, "quota_credit": amount, **more}


def _quota(payee: str, measure: str, year: str, amount: int) -> dict[str, Any]:
    return {"payee": payee, "measure": measure, "period": year, "amount": amount}


def _paid(payee: str, component: str, amount: int) -> dict[str, Any]:
    return {"payee": payee, "component": component, "amount": amount}


def _account_executive(day: str, year: str) -> dict[str, Any]:
    tiers = [{"up_to": "100%", "rate": "8%"}, {"up_to": "120%", "rate": "12%"}, {"rate": "15%"}]
    return {
        "crediting": _SALES,
        "measures": {"bookings": {"title": "Bookings", "over": "year"}},
        "components": {
            "new_business": {"title": "New business", "measure": "bookings", "pays": {"tiers": tiers}},
        },
        "cases": [{
            "title": "An order crosses 100%",
            "credits": [_credit("A", day, 900000, "bookings"), _credit("B", day, 200000, "bookings")],
            "quotas": [_quota("ana", "bookings", year, 1000000)],
            "expect": [_paid("ana", "new_business", 92000)],
        }],
    }  # fmt: skip


def _development(day: str, _year: str) -> dict[str, Any]:
    return {
        "crediting": [{
            "credit": "meetings", "on": "activity", "to": "named", "quota": "count", "only": {"type": "meeting"},
        }],
        "measures": {"meetings": {"title": "Meetings held", "over": "month", "sum": "count"}},
        "components": {
            "meetings": {
                "title": "Bonus per meeting", "measure": "meetings", "pays": {"each": 75},
                "then": [{"cap": {"amount": 3000, "per": "month"}}],
            },
        },
        "cases": [{
            "title": "Two meetings",
            "credits": [_credit("M1", day, 1, "meetings"), _credit("M2", day, 1, "meetings")],
            "expect": [_paid("ana", "meetings", 150)],
        }],
    }  # fmt: skip


def _manager(day: str, year: str) -> dict[str, Any]:
    people = [
        {"payee": "max", "valid_from": day},
        {"payee": "ana", "valid_from": day, "manager": "max"},
    ]
    return {
        "crediting": _SALES,
        "measures": {"line_bookings": {"title": "Bookings of the line", "credits": "bookings", "of": "line"}},
        "components": {
            "line_bookings": {
                "title": "Bookings of the line", "measure": "line_bookings",
                "pays": {"tiers": [{"up_to": "100%", "rate": "1.5%"}, {"rate": "2.5%"}]},
                "then": [{"cap": {"amount": 150000, "per": "year"}}],
            },
        },
        "cases": [{
            "title": "A rep's order counts for the manager",
            "credits": [_credit("A", day, 500000, "bookings")],
            "quotas": [_quota("max", "bookings", year, 4000000)],
            "people": people,
            "expect": [_paid("max", "line_bookings", 7500)],
        }],
    }  # fmt: skip


def _overlay(day: str, year: str) -> dict[str, Any]:
    points = [["50%", "0%"], ["100%", "100%"], ["150%", "200%"]]
    return {
        "crediting": [
            {"credit": "overlay", "on": "booking", "to": "overlays"}, {"credit": "overlay", "on": "return"},
        ],
        "measures": {"overlay": {"title": "Supported bookings", "over": "year"}},
        "components": {
            "supported": {
                "title": "Supported bookings", "measure": "overlay",
                "pays": {"curve": {"points": points}, "of": 40000}, "settles": "quarter",
            },
        },
        "cases": [{
            "title": "At quota the whole target is paid",
            "credits": [_credit("A", day, 3000000, "overlay")],
            "quotas": [_quota("ana", "overlay", year, 3000000)],
            "expect": [_paid("ana", "supported", 40000)],
        }],
    }  # fmt: skip


def _new_hire(day: str, year: str) -> dict[str, Any]:
    return {
        "crediting": _SALES,
        "measures": {"bookings": {"title": "Bookings", "over": "year"}},
        "components": {"commission": {"title": "Commission", "measure": "bookings", "pays": {"rate": "10%"}}},
        "draws": {"start": {"title": "Draw", "amount": 4000, "recoverable": True, "recover": "50%", "periods": 4}},
        "cases": [{
            "title": "The first month is filled up to the draw",
            "credits": [_credit("A", day, 10000, "bookings")],
            "people": [{"payee": "ana", "valid_from": day}],
            "through": day,
            "expect": [{"payee": "ana", "period": day[:7], "amount": 4000}],
        }],
    }  # fmt: skip


def _spiff(day: str, _year: str) -> dict[str, Any]:
    return {
        "crediting": _SALES,
        "measures": {"bookings": {"title": "Bookings", "over": "quarter"}},
        "components": {
            "spiff": {
                "title": "SPIFF", "measure": "bookings", "pays": {"each": 1500, "when": "quota_credit >= 50000"},
                "then": [{"cap": {"amount": 6000, "per": "quarter"}}], "leaderboard": True,
            },
        },
        "cases": [{
            "title": "One order is large enough",
            "credits": [_credit("A", day, 60000, "bookings"), _credit("B", day, 40000, "bookings")],
            "expect": [_paid("ana", "spiff", 1500)],
        }],
    }  # fmt: skip


def _spiff_budget(day: str, _year: str) -> dict[str, Any]:
    return {
        "measures": {"bookings": {"title": "Bookings", "over": "quarter"}},
        "components": {
            "spiff": {
                "title": "SPIFF", "measure": "bookings", "pays": {"each": 1500, "when": "quota_credit >= 50000"},
                "then": [{"budget": {"amount": 4000, "last": "part"}}],
            },
        },
        "cases": [{
            "title": "The third one gets what is left",
            "credits": [_credit(name[0].upper(), day, 60000, "bookings", name) for name in ("ana", "ben", "cleo")],
            "expect": [_paid("ana", "spiff", 1500), _paid("ben", "spiff", 1500), _paid("cleo", "spiff", 1000)],
        }],
    }  # fmt: skip


def _contest(day: str, _year: str) -> dict[str, Any]:
    people = [{"payee": name, "valid_from": day} for name in ("ana", "ben", "cleo", "dan")]
    amounts = {"ana": 90000, "ben": 90000, "cleo": 70000, "dan": 10000}
    return {
        "crediting": _SALES,
        "measures": {"bookings": {"title": "Bookings", "over": "quarter"}},
        "components": {
            "contest": {
                "title": "Quarter's contest", "measure": "bookings",
                "pays": {"contest": [5000, 3000, 1000], "at_least": 25000, "ties": "share"},
            },
        },
        "cases": [{
            "title": "Two are first and share the first two prizes",
            "credits": [_credit(name, day, amount, "bookings", name) for name, amount in amounts.items()],
            "people": people,
            "expect": [
                _paid("ana", "contest", 4000), _paid("ben", "contest", 4000), _paid("cleo", "contest", 1000),
                _paid("dan", "contest", 0),
            ],
        }],
    }  # fmt: skip


PATTERNS = (
    Pattern("ae", "Account executive", "Marginal tiers on the year's bookings.", _account_executive),
    Pattern("sdr", "SDR", "A bonus for each meeting held, capped by month.", _development),
    Pattern("manager", "Sales manager", "Tiers on the bookings of everybody below.", _manager),
    Pattern("overlay", "Overlay specialist", "A target amount by attainment, on deals that were supported.", _overlay),
    Pattern("new_hire", "New hire", "A rate with a recoverable draw for the first months.", _new_hire),
    Pattern("spiff", "SPIFF", "An amount for each large order of a quarter.", _spiff),
    Pattern(
        "spiff_budget",
        "SPIFF with a budget",
        "For everybody until it is used up, first come, first served.",
        _spiff_budget,
    ),
    Pattern("contest", "Contest", "Prizes by rank at the end of each quarter.", _contest),
)
_BANDS = [{"from": 0, "up_to": 50000, "rate": "4%"}, {"from": 50000, "rate": "6%"}]
_TIERS = [{"up_to": "100%", "rate": "8%"}, {"rate": "12%"}]
_POINTS = [["50%", "0%"], ["100%", "100%"]]
_GOALS = [{"title": "Bookings", "weight": "100%", "result": "attainment(bookings)", "cap": "120%"}]
# What a new clause begins as, by its kind: the part of the plan, its title, a key and its contents.
NEW_CLAUSES: dict[str, tuple[str, str, str, Any]] = {
    "rate": ("components", "Rate", "commission", {"measure": "bookings", "pays": {"rate": "8%"}}),
    "tiers": ("components", "Tiers", "tiers", {"measure": "bookings", "pays": {"tiers": _TIERS}}),
    "bands": ("components", "Rates by deal size", "deal_size", {"measure": "bookings", "pays": {"bands": _BANDS}}),
    "curve": (
        "components", "Target pay by attainment", "target_pay",
        {"measure": "bookings", "pays": {"curve": {"points": _POINTS}, "of": 10000}},
    ),
    "each": ("components", "Amount for each credit", "bonus_each", {"measure": "bookings", "pays": {"each": 250}}),
    "spiff": (
        "components", "Amount for each, until a budget is used up", "spiff",
        {"measure": "bookings", "pays": {"each": 250}, "then": [{"budget": {"amount": 5000, "last": "part"}}]},
    ),
    "lump": (
        "components", "Bonus", "bonus",
        {"measure": "bookings", "pays": {"lump": 5000, "when": "attainment(bookings) >= 100%"}},
    ),
    "scorecard": ("components", "Goals", "goals", {"pays": {"scorecard": _GOALS, "of": 10000}}),
    "override": (
        "components", "Share of what others earn", "override",
        {"pays": {"override": ["commission"], "rate": "10%", "of": "reports"}},
    ),
    "pool": ("components", "Pool of a team", "pool", {"pays": {"pool": 20000, "by": "days"}}),
    "contest": (
        "components", "Contest", "contest",
        {"measure": "bookings", "pays": {"contest": [5000, 3000, 1000], "ties": "share"}},
    ),
    "credit": ("crediting", "Credit", "", {"credit": "bookings", "on": "booking", "to": "splits"}),
    "draw": ("draws", "Draw", "draw", {"amount": 4000, "periods": 3}),
    "measure": ("measures", "Measure", "measure", {"over": "year"}),
    "parameter": ("parameters", "Value that formulas name", "accelerator", "12%"),
}  # fmt: skip
