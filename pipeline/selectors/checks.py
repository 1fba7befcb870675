"""How a check of deals is put: SQL over the whole table that gives what fails, and words for the fact that says so.

A fact only changes when the deal does (a date, not a number of days), so that a night rewrites nothing that stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kernel import formats
from core.kernel.money import minor_digits
from core.selectors import the_company
from pipeline.enums import CriterionKind
from pipeline.models import HygieneRule, Opportunity, StageCriterion

Fact = Mapping[str, Any]
NO_FACT = "'{}'::jsonb"
_PLAN_RATE = "CASE WHEN o.currency_id = %(currency)s THEN 1 ELSE fx.rate END"
AT_STAKE = f"CASE WHEN o.status = 'open' THEN round(o.amount * {_PLAN_RATE} * %(unit)s)::bigint END"
# What conditions and facts of deal checks may name: the deal, its stage, its owner, its plan rate and its parties
# (known: a contact that isn't archived; buys: one that decides). `{those}` narrows the parties to some deals.
DEALS = """
FROM pipeline_opportunity o
JOIN pipeline_stage stage ON stage.id = o.stage_id
LEFT JOIN people_person owner ON owner.id = o.owner_id
LEFT JOIN core_fxrate fx ON fx.kind = 'plan' AND fx.currency_id = o.currency_id AND fx.valid_from <= %(on)s
  AND (fx.valid_to IS NULL OR fx.valid_to > %(on)s)
LEFT JOIN (
  SELECT g.opportunity_id AS deal_id, bool_or(c.archived_at IS NULL) AS known,
         bool_or(coalesce(nullif(g.persona, ''), c.persona) IN ('decision_maker', 'economic_buyer')) AS buys
  FROM pipeline_opportunitycontact g JOIN accounts_contact c ON c.id = g.contact_id {those}
  GROUP BY g.opportunity_id) parties ON parties.deal_id = o.id
WHERE o.archived_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Predicate:
    """What fails of a deal, in SQL: condition, fact (jsonb that only changes when the deal does) and parameters."""

    condition: str
    fact: str = NO_FACT
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DealFailing:
    """A check of deals. `of`: open deals, closed ones, or all; predicate(numbers) says what fails of these.

    The scan reads many of them in one pass (pipeline.selectors.deal_scan); called, it gives a statement of its own.
    """

    of: str
    predicate: Callable[[Mapping[str, int]], Predicate]

    def __call__(self, on: date, numbers: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
        found = self.predicate(numbers)
        status = {"open": "o.status = 'open' AND", "closed": "o.status <> 'open' AND"}.get(self.of, "")
        select = f"SELECT o.id AS subject_id, o.owner_id, {AT_STAKE} AS at_stake_minor, {found.fact} AS fact"
        sql = f"{select} {DEALS.format(those='')} AND {status} ({found.condition})"
        return sql, {"on": on, **money_params(), **numbers, **found.params}


def money_params() -> dict[str, Any]:
    """The reporting currency, its minor unit and the company's time zone, as the SQL of checks names them."""
    company = the_company()
    currency = str(company.currency_id)
    return {"currency": currency, "unit": 10 ** minor_digits(currency), "zone": company.time_zone}


def deals(condition: str, *, fact: str = NO_FACT, of: str = "open") -> DealFailing:
    return DealFailing(of, lambda numbers: Predicate(condition, fact))


def since(expression: str) -> str:
    return f"jsonb_build_object('since', {expression})"


def plain(text: Any) -> Callable[[Fact, date], str]:
    return lambda fact, as_of: str(text)


def days_since(fact: Fact, as_of: date) -> int:
    return (as_of - date.fromisoformat(fact["since"])).days


def overdue(fact: Fact, as_of: date) -> str:
    days = days_since(fact, as_of)
    return ngettext("Close date passed %(n)s day ago", "Close date passed %(n)s days ago", days) % {"n": f"{days:,}"}


def step_overdue(fact: Fact, as_of: date) -> str:
    days = days_since(fact, as_of)
    return ngettext("Next step overdue by %(n)s day", "Next step overdue by %(n)s days", days) % {"n": f"{days:,}"}


def quiet(fact: Fact, as_of: date) -> str:
    days = days_since(fact, as_of)
    return ngettext("Quiet %(n)s day", "Quiet %(n)s days", days) % {"n": f"{days:,}"}


def left(fact: Fact, as_of: date) -> str:
    days = days_since(fact, as_of)
    return ngettext("Owner left %(n)s day ago", "Owner left %(n)s days ago", days) % {"n": f"{days:,}"}


def pushed(fact: Fact, as_of: date) -> str:
    return ngettext("Pushed %(n)s time", "Pushed %(n)s times", fact["times"]) % {"n": fact["times"]}


def off(fact: Fact, as_of: date) -> str:
    numbers = {name: f"{float(fact[name]):g}" for name in ("has", "stage")}
    return _("Probability %(has)s%%, stage says %(stage)s%%") % numbers


def amount(fact: Fact, as_of: date) -> str:
    return _("Amount is zero") if fact.get("zero") else _("Amount missing")


def missing(fact: Fact, as_of: date) -> str:
    return _("Missing %(fields)s") % {"fields": ", ".join(fact["fields"])}


def early(fact: Fact, as_of: date) -> str:
    return _("Commit in %(stage)s") % {"stage": fact["stage"]}


def future(fact: Fact, as_of: date) -> str:
    return _("Closed on %(day)s, which is to come") % {"day": formats.day(date.fromisoformat(fact["on"]))}


def engaged_late(fact: Fact, as_of: date) -> str:
    return _("Engaged on %(day)s, after it closed") % {"day": formats.day(date.fromisoformat(fact["on"]))}


# What a deal in the later stages must say, besides the exit criteria of the stages it has left.
_LATE_FIELDS = ("amount", "expected_close_on", "product", "account")
# Fields that a check of its own asks for: while it is switched on, a deal isn't told the same twice.
_OWN_CHECKS = {"amount": "amount_missing", "expected_close_on": "undated", "account": "no_account"}


def missing_for_stage() -> DealFailing:
    return DealFailing("open", _lacking_fields)


def _lacking_fields(numbers: Mapping[str, int]) -> Predicate:
    """Fields that the criteria of stages left behind ask for, and from a probability on the usual ones."""
    asked = {name: ["stage.probability >= %(from_percent)s"] for name in _LATE_FIELDS}
    criteria = StageCriterion.objects.filter(kind=CriterionKind.FIELD).select_related("stage").order_by("pk")
    for criterion in criteria:
        if _is_field(criterion.field):
            process, position = criterion.stage.process_id, criterion.stage.position
            left = f"stage.process_id = {process} AND stage.position > {position}"
            asked.setdefault(criterion.field, []).append(left)
    told = HygieneRule.objects.filter(key__in=_OWN_CHECKS.values(), is_active=True).values_list("key", flat=True)
    asked = {name: ways for name, ways in asked.items() if _OWN_CHECKS.get(name) not in set(told)}
    words = {name: str(_field(name).verbose_name) for name in asked}
    named = sorted(asked, key=lambda name: words[name])
    lacking = {name: f"(({' OR '.join(asked[name])}) AND {_is_empty(name)})" for name in named}
    listed = ", ".join(f"CASE WHEN {lacking[name]} THEN %(words_{name})s::text END" for name in named)
    fact = f"jsonb_build_object('fields', to_jsonb(array_remove(ARRAY[{listed}], NULL)))"
    return Predicate(" OR ".join(lacking.values()), fact, {f"words_{name}": words[name] for name in named})


def _field(name: str) -> models.Field[Any, Any]:
    found = Opportunity._meta.get_field(name)
    assert isinstance(found, models.Field)  # _is_field has seen to it
    return found


def _is_field(name: str) -> bool:
    try:
        return bool(Opportunity._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def _is_empty(name: str) -> str:
    """SQL that is true where a deal's field says nothing."""
    own = _field(name)
    column = f'o."{own.column}"'
    is_text = isinstance(own, models.CharField | models.TextField)
    return f"coalesce({column}, '') = ''" if is_text else f"{column} IS NULL"
