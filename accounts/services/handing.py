"""Handing an account over from a chosen day: in the open past, today, or to come; and taking it back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, AccountOwnership
from accounts.services.owners import hold_from
from accounts.services.records import AccountError, RecordConflict
from core import audit, registry
from core.kernel import formats
from core.models import AuditEvent, in_force_on
from core.services import check_version, hold_closed_through, save_version
from people.kernel.closure import DAWN
from people.models import Person

HANDED, PLANNED, TAKEN_BACK = "account.handed_over", "account.hand_over_planned", "account.hand_over_undone"
FARTHEST = timedelta(days=366)
LATE = timedelta(days=7)  # nights that may have been missed


@transaction.atomic
def hand_over(
    *, account_id: int, to: Person, since: date, by: Any, on: date, version: int | None = None
) -> tuple[Account, AuditEvent]:
    """Give an account to a person from a day on; later changes of owner are replaced. A day to come changes the owner
    when it has come.

    Raises AccountError for a day whose books are closed, one out of reach, somebody who has left by then, and where
    nothing would change; RecordConflict when `version` isn't the one that stands.
    """
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
    check_version(account, version, RecordConflict)
    _refuse_day(since, on)
    _refuse_person(account, to, since)
    before = _rows(account)
    was = account.owner_id
    hold_from(account_id=account.pk, person_id=to.pk, since=since)
    if since <= on:
        account.owner = to
    save_version(account, None, RecordConflict)
    detail = {"to": to.pk, "since": since.isoformat(), "before": before, "owner": was, "version": account.version}
    event = audit.record(act=HANDED if since <= on else PLANNED, actor=by, subject=account, detail=detail)
    registry.react_to_save("account", [account.pk], on)
    return account, event


def _refuse_day(since: date, on: date) -> None:
    closed = hold_closed_through()
    if closed is not None and since <= closed:
        words = _("Books are closed through %(closed)s: choose a later day.")
        raise AccountError(words % {"closed": formats.day(closed)}, "since")
    if since <= DAWN or since > on + FARTHEST:
        raise AccountError(_("Choose a day within a year from now, or one in the past."), "since")


def _refuse_person(account: Account, to: Person, since: date) -> None:
    if to.left_on is not None and to.left_on <= since:
        raise AccountError(_("%(name)s has left by then.") % {"name": to.name}, "owner")
    later = AccountOwnership.objects.filter(account=account, valid_from__gt=since)
    held = AccountOwnership.objects.filter(in_force_on(since), account=account, person=to)
    if held.exists() and not later.exists():
        raise AccountError(_("%(name)s owns the account on that day already.") % {"name": to.name}, "owner")


def _rows(account: Account) -> list[list[Any]]:
    """[person, from, to] of each ownership, as JSON."""
    rows = AccountOwnership.objects.filter(account=account).order_by("valid_from")
    return [[row.person_id, row.valid_from.isoformat(), row.valid_to and row.valid_to.isoformat()] for row in rows]


@transaction.atomic
def take_back(*, event: AuditEvent, by: Any, on: date) -> Account:
    """Undo a hand-over: the rows and the owner of before. Raises AccountError where the account was changed since."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=event.subject_id or 0)
    kept = event.detail
    if account.version != kept["version"]:
        raise AccountError(_("%(name)s was changed since; it stays as it is.") % {"name": account.name})
    _refuse_day(date.fromisoformat(kept["since"]), on)
    AccountOwnership.objects.filter(account=account).delete()
    for person_id, since, until in kept["before"]:
        AccountOwnership.objects.create(account=account, person_id=person_id, valid_from=since, valid_to=until)
    account.owner_id = kept["owner"]
    save_version(account, None, RecordConflict)
    audit.record(act=TAKEN_BACK, actor=by, subject=account, detail={"since": kept["since"]})
    registry.react_to_save("account", [account.pk], on)
    return account


@transaction.atomic
def take_over(*, on: date) -> int:
    """Accounts whose hand-over is due get their new owner; gives how many. Done again, it does nothing."""
    due = AccountOwnership.objects.filter(in_force_on(on), valid_from__gt=on - LATE).order_by("account")
    owners: dict[int, int] = dict(due.values_list("account", "person"))
    accounts = Account.objects.select_for_update(of=("self",)).filter(pk__in=owners).order_by("pk")
    late = [account for account in accounts if account.owner_id != owners[account.pk]]
    for account in late:
        account.owner_id = owners[account.pk]
        save_version(account, None, RecordConflict)
        audit.record(act=HANDED, actor=None, subject=account, detail={"to": account.owner_id, "since": on.isoformat()})
    registry.react_to_save("account", [account.pk for account in late], on)
    return len(late)
