"""How made-up plans pay: draws, what is held back, instalments, caps, acceptance, leaving, what is brought along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from compensation.kernel.inputs import Opening, Person
from tests.compensation import made_up

_TO_COME = ("as_planned", "paid", "lost")
WORDS = (
    "draws", "hold", "instalments", "pay_cap", "pays_when_accepted", "negative_pay", "when_leaving", "guarantee",
    "on_top", "recover", "periods", "until", "lost", "taken", "forgiven", "carry", "deduct", "quarter", "week",
)  # fmt: skip


def plan_data(r: Random) -> dict[str, Any]:
    """A made-up plan with pay of all kinds on top."""
    data = made_up.plan_data(r) | {"pay_every": r.choice(["month", "month", "quarter", "week"])}
    for component in data["components"].values():
        component.update(_put_off(r))
    if r.random() < 0.6:
        data["draws"] = {f"d{number}": _draw(r) for number in range(r.randint(1, 2))}
    if r.random() < 0.3:
        data["pay_cap"] = r.choice([200, {"amount": "variable", "per": r.choice(["period", "quarter", "year"])}])
    if r.random() < 0.3:
        data["pays_when_accepted"] = True
    return data | {
        "negative_pay": r.choice(["carry", "deduct"]),
        "when_leaving": {
            "held": r.choice(_TO_COME), "deferred": r.choice(_TO_COME),
            "draw": r.choice(["kept", "taken", "forgiven"]),
        },
    }  # fmt: skip


def _put_off(r: Random) -> Mapping[str, Any]:
    if r.random() < 0.3:
        months = sorted(r.sample(range(7), r.randint(1, 3)))
        return {"instalments": [{"share": r.choice(["1/3", "50%", "20.5%"]), "months": one} for one in months]}
    if r.random() < 0.5:
        hold = {"share": r.choice(["25%", "1/3"])}
        return {"hold": hold | r.choice([{"months": r.randint(0, 5)}, {"until": "accepted"}, {}, made_up.COLLECTED])}
    return {}


def _draw(r: Random) -> dict[str, Any]:
    found: dict[str, Any] = {
        "amount": r.choice([300, "variable / 2", "123.45"]), "kind": r.choice(["guarantee", "on_top"]),
        "recoverable": r.random() < 0.7,
    }  # fmt: skip
    found |= {"recover": r.choice(["50%", "1/3"])} if r.random() < 0.4 else {}
    found |= {"periods": r.randint(1, 4)} if r.random() < 0.4 else {}
    return found | ({"valid_from": "2026-03-01", "valid_to": "2026-06-15"} if r.random() < 0.2 else {})


def people(r: Random) -> list[Person]:
    """Those of made_up, some of whom accepted the plan, and some of whom left."""
    days = [date(2026, 1, 5), date(2026, 4, 30), date(2026, 9, 1), None, None]
    chosen = {payee: (r.choice(days), r.choice(days)) for payee in "abcmv"}
    return [replace(one, accepted_on=chosen[one.payee][0], left_on=chosen[one.payee][1]) for one in made_up.PEOPLE]


def openings(r: Random) -> list[Opening]:
    return [Opening(payee, r.choice([0, 12_345]), r.choice([0, -4_321])) for payee in "abz" if r.random() < 0.4]
