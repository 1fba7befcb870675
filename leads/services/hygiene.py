"""The checks of leads that are still worked, registered for the nightly scan of clean data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.registry import HygieneCheck

_LEADS = """
SELECT d.id AS subject_id, d.owner_id, NULL::bigint AS at_stake_minor, {fact} AS fact
FROM leads_lead d {joins}
WHERE d.archived_at IS NULL AND d.status IN ('new', 'working', 'qualified') AND ({condition})
"""
_NO_FACT = "'{}'::jsonb"
_SAME_EMAIL = """
JOIN (
  SELECT id, CASE WHEN id = min(id) OVER same THEN lead(id) OVER (same ORDER BY id) ELSE min(id) OVER same END AS of
  FROM leads_lead WHERE email <> '' AND archived_at IS NULL WINDOW same AS (PARTITION BY lower(email))
) twin ON twin.id = d.id
JOIN leads_lead first ON first.id = twin.of
"""
_FIRST = (
    "jsonb_build_object('of', twin.of, 'name', coalesce(nullif(first.name, ''), first.email),"
    " 'was', jsonb_build_object('email', d.email))"
)


def _rows(condition: str, fact: str = _NO_FACT, joins: str = "") -> Callable[..., Any]:
    sql = _LEADS.format(condition=condition, fact=fact, joins=joins)
    return lambda on, numbers: (sql, {"on": on, **numbers})


def _twin_words(fact: Mapping[str, Any], as_of: date) -> str:
    return _now("May be the same as %(name)s") % {"name": fact["name"]}


CHECKS = (
    HygieneCheck(
        *("lead_no_owner", 310, _("Lead without owner"), "lead", "medium"),
        _("Give the lead to somebody"),
        _rows("d.owner_id IS NULL"),
        lambda fact, as_of: _now("No owner"),
    ),
    HygieneCheck(
        *("lead_duplicate", 320, _("Leads with the same e-mail"), "lead", "low"),
        _("Keep one lead for each person"),
        _rows("true", _FIRST, _SAME_EMAIL),
        _twin_words,
        compares=True,
    ),
    HygieneCheck(
        *("lead_no_company", 330, _("Lead without company"), "lead", "low"),
        _("Find out where the person works"),
        _rows("d.company_name = ''"),
        lambda fact, as_of: _now("No company"),
    ),
    HygieneCheck(
        *("lead_unreachable", 340, _("Lead without e-mail and phone"), "lead", "low"),
        _("Find an address or a number, or close the lead"),
        _rows("d.email = '' AND d.phone = ''"),
        lambda fact, as_of: _now("No e-mail and no phone"),
    ),
)
