"""The safe changes of leads that mend what a check finds, and how leads are changed from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.kernel.names import FREE_MAIL, domain_of
from accounts.models import Account
from accounts.policies import visible_accounts
from accounts.services.fixes import archive_empty
from core.registry import FixAsked, HygieneFix, RecordEditor
from leads.models import Lead
from leads.policies import may_edit_leads, visible_leads
from leads.services.records import save_lead

Plan = Mapping[int, Mapping[str, Any] | str]


def _by_domain(leads: Sequence[Lead], asked: FixAsked) -> dict[int, Account]:
    """The one account with the web domain of a lead's e-mail address, where there is just one. One query."""
    domains = {lead.pk: domain_of(lead.email) for lead in leads if lead.email}
    wanted = set(domains.values()) - FREE_MAIL - {""}
    found: dict[str, list[Account]] = {}
    rows = visible_accounts(asked.by, asked.on).filter(domain__in=wanted).select_related("owner")
    for account in rows.order_by("pk"):
        found.setdefault(account.domain, []).append(account)
    return {pk: found[domain][0] for pk, domain in domains.items() if len(found.get(domain, ())) == 1}


def _company(leads: Sequence[Lead], asked: FixAsked) -> Plan:
    accounts = _by_domain(leads, asked)
    unknown = _now("No single account has the web domain of its e-mail address.")
    return {lead.pk: {"company_name": accounts[lead.pk].name} if lead.pk in accounts else unknown for lead in leads}


def _owner(leads: Sequence[Lead], asked: FixAsked) -> Plan:
    accounts = _by_domain(leads, asked)
    return {lead.pk: _owner_of(accounts.get(lead.pk), asked.on) for lead in leads}


def _owner_of(account: Account | None, on: date) -> Mapping[str, Any] | str:
    owner = account.owner if account else None
    if owner is None:
        return _now("No single account with an owner has the web domain of its e-mail address.")
    if owner.left_on is not None and owner.left_on <= on:
        return _now("%(name)s, who owns its account, has left.") % {"name": owner.name}
    return {"owner": owner}


def _change(*, record_id: int, values: Mapping[str, Any], version: int | None, by: Any, on: date) -> int:
    lead = Lead.objects.get(pk=record_id)
    for name, value in values.items():
        setattr(lead, name, value)
    return save_lead(lead=lead, by=by, version=version, on=on).version


def _editable(user: Any, as_of: date) -> Any:
    return visible_leads(user, as_of, with_archived=True) if may_edit_leads(user) else Lead.objects.none()


EDITOR = RecordEditor("lead", _editable, _change)


def _fix(key: str, check: str, order: int, label: Any, icon: str, plan: Any) -> HygieneFix:
    return HygieneFix(key, "lead", frozenset({check}), order, label, icon, plan, is_suggested=True)


FIXES = (
    _fix("lead_owner", "lead_no_owner", 210, _("Hand to the owner of its account"), "user-share", _owner),
    _fix("lead_company", "lead_no_company", 220, _("Take the company of the e-mail's domain"), "building", _company),
    _fix("lead_archive", "lead_duplicate", 230, _("Archive the one nothing hangs on"), "archive", archive_empty),
)
