"""The JSON Schema of a plan file (docs/plan-format.md): what may stand where. Meaning is checked in reading.py."""

from __future__ import annotations

from typing import Any

from compensation.kernel.clauses import EVENTS, RECEIVERS, SIZES
from compensation.kernel.formula import SPANS
from compensation.kernel.plan import FORGIVEN, GIVEN, KEPT, LOST, PLANNED, TAKEN

_KEY = "^[a-z][a-z0-9_]{0,39}$"
_FORMULA = {"type": ["string", "number"], "description": "a number, a percentage like 8%, or a formula"}
_SHARE = {"type": ["string", "number"], "pattern": r"^-?\d+(\.\d+)?\s*%?$|^-?\d+\s*/\s*\d+$"}
_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_SPAN = {"enum": list(SPANS)}
_TO_COME = (PLANNED, GIVEN, LOST)


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _list(of: Any, most: int = 10_000) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": 1, "maxItems": most}


def _map(of: Any) -> dict[str, Any]:
    return {"type": "object", "propertyNames": {"pattern": _KEY}, "additionalProperties": of}


_TIER = _object(("rate",), **{"from": _SHARE}, up_to=_SHARE, below=_SHARE, rate=_FORMULA, on={"enum": ["slice", "all"]})
_CURVE: dict[str, Any] = {
    "points": _list({"type": "array", "prefixItems": [_SHARE, _SHARE], "minItems": 2, "maxItems": 2}),
    "shape": {"enum": ["linear", "step"]},
    "below": {"enum": ["zero", "flat"]},
    "above": {"enum": ["flat", "goes_on"]},
}
_AXIS = _object(
    ("measure", "edges"),
    measure={"type": "string"},
    edges=_list({"anyOf": [_SHARE, _object(("above",), above=_SHARE)]}, 200),
)
_ITEM = _object(
    ("title", "weight", "result"),
    **{"title": {"type": "string"}, "weight": _SHARE, "result": _FORMULA, "gate": _SHARE, "cap": _SHARE},
    curve=_object(("points",), **_CURVE),
)
_PAYS: dict[str, Any] = {
    "rate": _object(("rate",), rate=_FORMULA),
    "each": _object(("each",), each=_FORMULA, when=_FORMULA),
    "bands": _object(
        ("bands",),
        bands=_list(_object(("rate",), **{"from": _SHARE}, up_to=_SHARE, rate=_FORMULA), 200),
        by=_FORMULA,
        on={"enum": ["slice", "all"]},
    ),
    "tiers": _object(
        ("tiers",), tiers=_list(_TIER), by={"enum": ["attainment", "amount", "count"]}, on={"enum": ["slice", "all"]}
    ),
    "curve": _object(("curve", "of"), curve=_object(("points",), **_CURVE), of=_FORMULA),
    "matrix": _object(
        ("rows", "columns", "cells", "of"), rows=_AXIS, columns=_AXIS, cells=_list(_list(_SHARE)), of=_FORMULA
    ),
    "lump": _object(("lump",), lump=_FORMULA, when=_FORMULA),
    "scorecard": _object(("scorecard", "of"), scorecard=_list(_ITEM, 50), of=_FORMULA),
    "pool": _object(("pool",), pool=_FORMULA, by={"enum": ["days", "credits"]}, when=_FORMULA, shares=_FORMULA),
    "contest": _object(
        ("contest",),
        contest=_list(_FORMULA, 1_000),
        by={"enum": ["credited", "attainment"]},
        among={"enum": ["plan", "role", "team"]},
        roles=_list({"type": "string"}, 100),
        at_least=_FORMULA,
        ties={"enum": ["share", "earlier"]},
        who=_list({"type": "string", "minLength": 1}, 1_000),
        between=_list({"type": "string", "minLength": 1}, 200),
    ),
    "override": _object(
        ("override",),
        override=_list({"type": "string"}, 50),
        rate=_FORMULA,
        of={"enum": ["reports", "line"]},
        levels=_list(_FORMULA, 50),
    ),
}
_PAYS["choose"] = _object(
    ("choose",),
    choose=_list(_object(("pays",), when=_FORMULA, pays={"$ref": "#/$defs/pays"}), 20),
)
_LIMIT = {"anyOf": [_FORMULA, _object(("amount",), amount=_FORMULA, per={"enum": ["credit", "period", *SPANS]})]}
_BUDGET = _object((), first={"type": "integer", "minimum": 1}, amount=_FORMULA, last={"enum": ["part", "nothing"]}) | {
    "minProperties": 1
}
_STEP = {
    "oneOf": [
        _object(("gate",), gate=_FORMULA, otherwise=_FORMULA, catches_up={"type": "boolean"}),
        _object(("multiply",), multiply=_FORMULA, catches_up={"type": "boolean"}),
        _object(("cap",), cap=_LIMIT),
        _object(("floor",), floor=_LIMIT),
        _object(("budget",), budget=_BUDGET),
    ]
}
_COMPONENT = _object(
    ("pays",),
    title={"type": "string"},
    measure={"type": "string"},
    where=_FORMULA,
    pays={"$ref": "#/$defs/pays"},
    then=_list(_STEP, 20),
    settles=_SPAN,
    interim_cap=_FORMULA,
    quota_to_date={"type": "boolean"},
    returns={"enum": ["top_slice", "rewalk", "original_rate"]},
    returns_lower_attainment={"type": "boolean"},
    hold=_object(
        ("share",),
        share=_SHARE,
        months={"type": "integer", "minimum": 0},
        until={"enum": ["accepted", "collected"]},
        by={"type": "string", "minLength": 1},
    ),
    instalments=_list(_object(("share", "months"), share=_SHARE, months={"type": "integer", "minimum": 0}), 600),
    incremental={"type": "boolean"},
    leaderboard={"type": "boolean"},
    without_deal={"enum": ["deals", "expense"]},
    valid_from=_DAY,
    valid_to=_DAY,
)
_MEASURE = _object(
    (),
    title={"type": "string"},
    credits={"anyOf": [{"type": "string"}, _list({"type": "string"}, 50)]},
    where=_FORMULA,
    sum={"enum": ["quota_credit", "commissionable", "count"]},
    over=_SPAN,
    of={"enum": ["self", "reports", "line", "team"]},
    quota={"type": "string"},
    less_is_better={"type": "boolean"},
)
_DRAW = _object(
    ("amount",),
    title={"type": "string"},
    amount=_FORMULA,
    recoverable={"type": "boolean"},
    kind={"enum": ["guarantee", "on_top"]},
    recover=_SHARE,
    periods={"type": "integer", "minimum": 1},
    valid_from=_DAY,
    valid_to=_DAY,
)
_WORD = {"type": ["string", "number"]}
_CLAUSE = _object(
    ("credit", "on"),
    key={"type": "string", "pattern": _KEY},
    credit={"type": "string", "minLength": 1, "maxLength": 80},
    on={"enum": list(EVENTS)},
    to={"enum": list(RECEIVERS)},
    part=_list({"type": "string"}, 50),
    share=_SHARE,
    quota={"enum": list(SIZES)},
    pays_on={"enum": list(SIZES)},
    only={"type": "object", "additionalProperties": {"anyOf": [_WORD, _list(_WORD, 200)]}},
)
_CELL = {"type": ["string", "number", "boolean", "null"]}
_AMOUNT = {"type": ["string", "number"], "pattern": r"^-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$"}
_CASE = _object(
    ("expect",),
    title={"type": "string"},
    credits={"type": "array", "items": {"type": "object", "additionalProperties": _CELL}},
    quotas={"type": "array", "items": _object(("payee", "measure", "period", "amount"), **dict.fromkeys(
        ("payee", "measure", "period", "amount", "currency"), _CELL
    ))},
    people={"type": "array", "items": _object(("payee",), **dict.fromkeys(
        ("payee", "plan_role", "valid_from", "valid_to", "manager", "ote", "variable", "team", "accepted_on", "left_on",
         "owed", "below_zero"), _CELL
    ))},
    through=_DAY,
    expect=_list(_object(("amount",), amount=_AMOUNT, **dict.fromkeys(
        ("payee", "period", "component", "credit_key", "stage"), _CELL
    ))),
)  # fmt: skip

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A Salesops compensation plan",
    "$defs": {"pays": {"anyOf": list(_PAYS.values())}},
    **_object(
        ("plan", "currency", "valid_from", "components"),
        plan={"type": "string", "minLength": 1, "maxLength": 200},
        key={"type": "string", "pattern": _KEY},
        format={"const": 1},
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
        valid_from=_DAY,
        valid_to=_DAY,
        counts_from=_DAY,
        rerates_earlier={"type": "boolean"},
        roles=_list({"type": "string"}, 100),
        pay_every={"enum": ["week", "month", "quarter", "half", "year"]},
        year_starts={"type": "integer", "minimum": 1, "maximum": 12},
        rounding={"enum": ["half_up", "half_even", "down"]},
        day_count={"enum": ["start_day_counts", "start_day_free"]},
        prorate_quota={"type": "boolean"},
        returns={"enum": ["top_slice", "rewalk", "original_rate"]},
        returns_lower_attainment={"type": "boolean"},
        parameters=_map(
            {"anyOf": [_FORMULA, _list(_object(("valid_from", "value"), valid_from=_DAY, value=_FORMULA), 200)]}
        ),
        crediting=_list(_CLAUSE, 200),
        measures=_map(_MEASURE),
        components=_map(_COMPONENT) | {"minProperties": 1, "maxProperties": 100},
        draws=_map(_DRAW),
        pay_cap=_LIMIT,
        pays_when_accepted={"type": "boolean"},
        negative_pay={"enum": ["carry", "deduct"]},
        when_leaving=_object(
            (), held={"enum": [*_TO_COME]}, deferred={"enum": [*_TO_COME]}, draw={"enum": [KEPT, TAKEN, FORGIVEN]}
        ),
        takes_over={"type": "boolean"},
        cases=_list(_CASE, 200),
    ),
}


# Which word of what is paid decides what it is: `rate` stands in others as well.
PAYS_WORDS = (
    "tiers", "bands", "curve", "cells", "lump", "scorecard", "pool", "contest", "override", "each", "choose", "rate",
)  # fmt: skip
_WORD_OF = {"matrix": "cells"}


def the_meant(error: Any) -> Any:
    """Of a validator's errors of all alternatives the one of what was meant; of what is paid, that of its own word."""
    from jsonschema.exceptions import best_match, relevance

    while error.context:
        among = error.context
        if error.validator == "anyOf" and error.validator_value is SCHEMA["$defs"]["pays"]["anyOf"]:
            word = _pays_word(error.instance)
            order = [_WORD_OF.get(kind, kind) for kind in _PAYS]
            if word is None:
                return error
            among = [one for one in among if one.schema_path[0] == order.index(word)]
        else:
            return best_match([error])
        error = max(among, key=relevance)
    return error


def _pays_word(pays: Any) -> str | None:
    return next((word for word in PAYS_WORDS if word in pays), None) if isinstance(pays, dict) else None


def words_of(error: Any) -> str:
    """A validator's error in words for whoever wrote the file."""
    if error.validator == "anyOf" and error.validator_value is SCHEMA["$defs"]["pays"]["anyOf"]:
        return f"What is paid? One of these words stands here: {', '.join(PAYS_WORDS)}."
    if error.validator in ("type", "anyOf", "oneOf") and not isinstance(error.instance, str | int | float):
        wanted = error.schema.get("type")
        kinds = {"object": "words with values", "array": "a list", "string": "a text", "number": "a number"}
        names = [kinds.get(one, one) for one in ([wanted] if isinstance(wanted, str) else wanted or ())]
        if names:
            return f"Here {' or '.join(names)} is wanted."
    if error.validator == "type":
        return f"{error.instance!r} isn't of the kind wanted here: {error.schema['type']}."
    if error.validator in ("minItems", "minProperties"):
        return "It is empty: at least one is wanted."
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"“{missing[0]}” is missing."
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        extra = next(name for name in error.instance if name not in known)
        is_cut = extra.isdigit() or any(sign in extra for sign in "()<>=*/ ")
        hint = " Between { and } a formula with a comma needs quotes, and numbers have a point." if is_cut else ""
        return f"“{extra}” isn't known here. Known: {', '.join(known)}.{hint}"
    if error.validator == "enum":
        return f"{error.instance!r} is none of: {', '.join(map(str, error.validator_value))}."
    if error.validator == "maxItems":
        return f"{len(error.instance):,} of them are more than the {error.validator_value:,} that fit here."
    if error.validator == "pattern":
        return f"{error.instance!r} doesn't have the form wanted here."
    return str(error.message)[:300]
