"""Checks of clean data, and what mends what they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class HygieneCheck:
    """A check of clean data over one kind of record. Severity, numbers, on or off become the sales ops manager's.

    failing(on, numbers) gives SQL and its parameters: one row for each failing record of subject_id, owner_id,
    at_stake_minor (reporting currency, or null) and fact (jsonb that only changes when the record does).
    reason(fact, as_of) says a fact in a few words: "Quiet 26 days". numbers: name -> (label, default). compares: with
    other records, so that a save of one alone can't tell; their fact names the other one by its id as `of`.
    """

    key: str
    order: int
    label: Any
    subject_kind: str
    severity: str
    owner_action: Any
    failing: Callable[[date, Mapping[str, int]], tuple[str, dict[str, Any]]]
    reason: Callable[[Mapping[str, Any], date], str]
    numbers: Mapping[str, tuple[Any, int]] = field(default_factory=dict)
    compares: bool = False


@dataclass(frozen=True, slots=True)
class HygieneFix:
    """A safe change that mends what a check finds; one marked as suggested is offered for a click.

    plan(records, asked) gives by id the new values of fields, or a sentence that says why the record stays as it is.
    `asked` holds the day and instant, who asks, and what a person gave to fill in; `asks` gives the form fields for
    that. says(record, values) names the change with its value: "Move close date to Dec 18"; without, the label does.
    """

    key: str
    subject_kind: str
    checks: frozenset[str]
    order: int
    label: Any
    icon: str
    plan: Callable[[Sequence[Any], FixAsked], Mapping[int, Mapping[str, Any] | str]]
    is_suggested: bool = False
    asks: Callable[[], Mapping[str, Any]] = dict
    says: Callable[[Any, Mapping[str, Any]], str] | None = None


@dataclass(frozen=True, slots=True)
class FixAsked:
    """What a fix is asked for with: the company's day, the instant, the login, and what was filled in."""

    on: date
    by: Any
    at: datetime | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
