"""What deals and activities say about accounts and contacts: panels of their pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.policies import may_edit_account
from accounts.selectors import get_account_for, get_contact_for
from core.htmx import PageRequest
from core.kernel import formats
from core.selectors import get_record_for
from pipeline import policies
from pipeline.selectors import accounts, deals
from pipeline.views.deals import today


def _panel(request: PageRequest, part: str, record: Any, context: dict[str, Any]) -> HttpResponseBase:
    """A part of another room's page: alone for htmx, on a page of its own for a browser without script."""
    if request.htmx:
        return render(request, part, context)
    return render(request, "pipeline/panel.html", context | {"part": part, "record": record})


def account_deals(request: PageRequest, account_id: int) -> HttpResponseBase:
    as_of = today()
    account = get_account_for(request.user, account_id, as_of)
    found = deals.deals_of_account(request.user, account, as_of)
    context = {"account": account, "found": found, "may_create": policies.may_create(request.user), "as_of": as_of}
    return _panel(request, "pipeline/_account_deals.html", account, context)


def account_figures(request: PageRequest, account_id: int) -> HttpResponseBase:
    as_of = today()
    account = get_account_for(request.user, account_id, as_of)
    figures = accounts.figures_of(request.user, account, as_of)
    money = [_won(figures, account), _open(figures, account, as_of)]
    tiles = [*money, _last(figures, as_of), _tasks(figures), _quality(figures)]
    return _panel(request, "pipeline/_account_figures.html", account, {"tiles": tiles})


def _money(sums: accounts.Sums) -> str:
    return ", ".join(formats.whole_money(total, currency) for currency, total in sums) or formats.NONE


def _won(figures: accounts.AccountFigures, account: Any) -> dict[str, Any]:
    many = ngettext("%(n)s deal", "%(n)s deals", figures.won_count) % {"n": formats.whole(figures.won_count)}
    since = _("since %(day)s") % {"day": formats.day(figures.won_since)} if figures.won_since else ""
    url = f"{reverse('pipeline:deals')}?account={account.pk}&status=won"
    note = f"{many} {since}" if figures.won_count else _("Nothing won yet")
    return {"label": _("Booked, all time"), "value": _money(figures.won), "note": note, "url": url}


def _open(figures: accounts.AccountFigures, account: Any, as_of: Any) -> dict[str, Any]:
    unit = ngettext("%(n)s deal", "%(n)s deals", figures.open_count) % {"n": formats.whole(figures.open_count)}
    note = ""
    if figures.next_close:
        note = _("next close %(day)s") % {"day": formats.day(figures.next_close, year_of=as_of)}
    url = f"{reverse('pipeline:deals')}?account={account.pk}&status=open"
    return {"label": _("Open"), "value": _money(figures.open), "unit": unit, "note": note, "url": url}


def _last(figures: accounts.AccountFigures, as_of: Any) -> dict[str, Any]:
    label = _("Last contact")
    if figures.last is None or figures.last_at is None:
        return {"label": label, "value": formats.NONE, "note": _("Nothing logged yet")}
    who = f", {figures.last.owner}" if figures.last.owner else ""
    note = f"{figures.last.get_kind_display()}{who}"
    return {"label": label, "value": formats.day(figures.last_at.date(), year_of=as_of), "note": note}


def _tasks(figures: accounts.AccountFigures) -> dict[str, Any]:
    late = ngettext("%(n)s overdue", "%(n)s overdue", figures.overdue) % {"n": formats.whole(figures.overdue)}
    note = late if figures.overdue else _("None overdue")
    return {"label": _("Open tasks"), "value": formats.whole(figures.tasks), "note": note}


def _quality(figures: accounts.AccountFigures) -> dict[str, Any]:
    note = _("Checks passed") if not figures.findings else _("Stand below")
    return {"label": _("Findings"), "value": formats.whole(figures.findings), "note": note}


def account_contacts(request: PageRequest, account_id: int) -> HttpResponseBase:
    as_of = today()
    account = get_account_for(request.user, account_id, as_of)
    people, count = accounts.contacts_of(request.user, account, as_of)
    may_edit = may_edit_account(request.user, account, as_of) and account.archived_at is None
    context = {"account": account, "people": people, "count": count, "may_edit": may_edit, "as_of": as_of}
    return _panel(request, "pipeline/_account_contacts.html", account, context)


def account_family(request: PageRequest, account_id: int) -> HttpResponseBase:
    account = get_account_for(request.user, account_id, today())
    family = accounts.family_of(request.user, account, today())
    return _panel(request, "pipeline/_account_family.html", account, {"account": account, "family": family})


def contact_deals(request: PageRequest, contact_id: int) -> HttpResponseBase:
    contact = get_contact_for(request.user, contact_id, today())
    parts = accounts.deals_of_contact(request.user, contact, today())
    return _panel(request, "pipeline/_contact_deals.html", contact, {"contact": contact, "parts": parts})


def record_findings(request: PageRequest, kind: str, record_id: int) -> HttpResponseBase:
    """What the checks found on a record."""
    record = get_record_for(request.user, kind, record_id, today())
    found = accounts.findings_on(request.user, kind, record_id, today())
    return _panel(request, "pipeline/_record_findings.html", record, {"found": found, "record": record})
