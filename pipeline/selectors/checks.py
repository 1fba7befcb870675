"""How a check of deals is put: SQL over the whole table that gives what fails, and words for the fact that says so.

A fact only changes when the deal does (a date, not a number of days), so that a night rewrites nothing that stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from pipeline.models import Opportunity, StageCriterion

Failing = Callable[[date, Mapping[str, int]], tuple[str, dict[str, Any]]]
Fact = Mapping[str, Any]

OPEN = "o.status = 'open'"
_PLAN_RATE = "CASE WHEN o.currency_id = %(currency)s THEN 1 ELSE fx.rate END"
_DEALS = """
SELECT o.id AS subject_id, o.owner_id,
       CASE WHEN o.status = 'open' THEN round(o.amount * {rate} * %(unit)s)::bigint END AS at_stake_minor,
       {fact} AS fact
FROM pipeline_opportunity o
JOIN pipeline_stage stage ON stage.id = o.stage_id
LEFT JOIN core_fxrate fx ON fx.kind = 'plan' AND fx.currency_id = o.currency_id AND fx.valid_from <= %(on)s
  AND (fx.valid_to IS NULL OR fx.valid_to > %(on)s)
{joins}
WHERE o.archived_at IS NULL AND ({condition})
"""


def money_params() -> dict[str, Any]:
    """The reporting currency, its minor unit and the company's time zone, as the SQL of checks names them."""
    company = the_company()
    currency = str(company.currency_id)
    return {"currency": currency, "unit": 10 ** minor_digits(currency), "zone": company.time_zone}


def deals(condition: str, *, fact: str = "'{}'::jsonb", joins: str = "") -> Failing:
    sql = _DEALS.format(rate=_PLAN_RATE, fact=fact, joins=joins, condition=condition)

    def failing(on: date, numbers: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
        return sql, {"on": on, **money_params(), **numbers}

    return failing


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


def missing_for_stage(on: date, numbers: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
    """Fields that the criteria of stages left behind ask for, and from a probability on the usual ones."""
    params: dict[str, Any] = {"on": on, **money_params(), **numbers}
    asked = [(name, "stage.probability >= %(from_percent)s") for name in _LATE_FIELDS]
    criteria = StageCriterion.objects.filter(kind=CriterionKind.FIELD).select_related("stage").order_by("pk")
    for criterion in criteria:
        if _is_field(criterion.field):
            process, position = criterion.stage.process_id, criterion.stage.position
            asked.append((criterion.field, f"stage.process_id = {process} AND stage.position > {position}"))
    lacking = [(name, f"({when} AND {_is_empty(name)})") for name, when in asked]
    named = ", ".join(f"CASE WHEN {lacks} THEN %(words_{name})s::text END" for name, lacks in lacking)
    params |= {f"words_{name}": str(_field(name).verbose_name) for name, _lacks in lacking}
    listed = f"SELECT array_agg(DISTINCT name) FROM unnest(ARRAY[{named}]) name WHERE name IS NOT NULL"
    condition = f"{OPEN} AND ({' OR '.join(lacks for _name, lacks in lacking)})"
    fact = f"jsonb_build_object('fields', to_jsonb(({listed})))"
    return _DEALS.format(rate=_PLAN_RATE, fact=fact, joins="", condition=condition), params


def _field(name: str) -> models.Field[Any, Any]:
    field = Opportunity._meta.get_field(name)
    assert isinstance(field, models.Field)  # _is_field has seen to it
    return field


def _is_field(name: str) -> bool:
    try:
        return bool(Opportunity._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def _is_empty(name: str) -> str:
    """SQL that is true where a deal's field says nothing."""
    field = _field(name)
    column = f'o."{field.column}"'
    is_text = isinstance(field, models.CharField | models.TextField)
    return f"coalesce({column}, '') = ''" if is_text else f"{column} IS NULL"
