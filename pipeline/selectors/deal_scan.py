"""One pass over deals for all their checks: each deal is read once, whatever the number of checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from core import registry
from pipeline.models import HygieneRule
from pipeline.selectors.checks import AT_STAKE, DEALS, DealFailing, money_params

THESE = "AND o.id = ANY(%(only)s)"
# A failing check becomes [rule, fact]; a deal that fails nothing gives no row at all.
_FOUND = """
SELECT (x.found ->> 0)::bigint AS rule_id, x.subject_id, x.owner_id, x.at_stake_minor, x.found -> 1 AS fact
FROM (SELECT o.id AS subject_id, o.owner_id, {at_stake} AS at_stake_minor,
             unnest(array_remove(CASE WHEN o.status = 'open' THEN {open} ELSE {closed} END, NULL)) AS found
      {deals} {narrowed}) x
"""
_COUNTED = """
SELECT {open}
{deals}
"""


class _Part(NamedTuple):
    rule_id: int
    of: str
    condition: str
    fact: str


def is_of_deals(rule: HygieneRule) -> bool:
    """Whether the check of a rule can be read in the one pass."""
    return isinstance(registry.hygiene_checks[rule.key].failing, DealFailing)


def numbers_of(rule: HygieneRule) -> dict[str, int]:
    """The numbers of a check as sales ops set them, else its defaults."""
    check = registry.hygiene_checks[rule.key]
    return {name: default for name, (_label, default) in check.numbers.items()} | rule.params


def failing_deals_sql(rules: Sequence[HygieneRule], on: date, *, only: bool = False) -> tuple[str, dict[str, Any]]:
    """SQL of (rule_id, subject_id, owner_id, at_stake_minor, fact) of what fails these rules, and its parameters.

    With `only`, of the deals in the parameter `only`. Rules that are off are left out by the caller.
    """
    parts, params = _parts(rules, on)
    arrays = {of: _array([part for part in parts if part.of in (of, "all")]) for of in ("open", "closed")}
    those = "WHERE g.opportunity_id = ANY(%(only)s)" if only else ""
    sql = _FOUND.format(at_stake=AT_STAKE, deals=DEALS.format(those=those), narrowed=THESE if only else "", **arrays)
    return sql, params


def counting_sql(rules: Sequence[HygieneRule], on: date) -> tuple[str, dict[str, Any]]:
    """The floor of a scan: one sequential scan that only counts what each rule finds, by the same predicates."""
    parts, params = _parts(rules, on)
    status = {"open": "o.status = 'open' AND ", "closed": "o.status <> 'open' AND "}
    counts = [f"count(*) FILTER (WHERE {status.get(part.of, '')}({part.condition}))" for part in parts]
    return _COUNTED.format(open=", ".join(counts), deals=DEALS.format(those="")), params


def _parts(rules: Sequence[HygieneRule], on: date) -> tuple[list[_Part], dict[str, Any]]:
    """The predicates of the rules, and their parameters under names of their own."""
    params: dict[str, Any] = {"on": on, **money_params()}
    parts = []
    for rule in rules:
        failing, numbers = registry.hygiene_checks[rule.key].failing, numbers_of(rule)
        assert isinstance(failing, DealFailing)  # is_of_deals has seen to it
        found = failing.predicate(numbers)
        own = {**numbers, **found.params}
        params |= {f"{rule.key}__{name}": value for name, value in own.items()}
        parts.append(_Part(rule.pk, failing.of, _own(found.condition, rule.key, own), _own(found.fact, rule.key, own)))
    return parts, params


def _own(sql: str, key: str, params: Mapping[str, Any]) -> str:
    return re.sub(r"%\((\w+)\)s", lambda name: f"%({key}__{name[1]})s" if name[1] in params else name[0], sql)


def _array(parts: Sequence[_Part]) -> str:
    cases = [f"CASE WHEN {part.condition} THEN jsonb_build_array({part.rule_id}, {part.fact}) END" for part in parts]
    return f"ARRAY[{', '.join(cases)}]::jsonb[]"
