"""Who owns an account, over time: the rows that say it."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Account, AccountOwnership
from core.models import in_force_on


def own_from(account: Account, *, on: date) -> None:
    """The ownership in force on a day equals the owner. A plan for later stays, unless the owner changed."""
    held = AccountOwnership.objects.filter(in_force_on(on), account=account).values_list("person_id", flat=True).first()
    if held != account.owner_id:
        hold_from(account_id=account.pk, person_id=account.owner_id, since=on)


def hold_from(*, account_id: int, person_id: int | None, since: date) -> None:
    """From a day on an account is one person's, or nobody's; what was to happen later is replaced.

    Whoever gets an account back on the day they gave it away has had it all along.
    """
    rows = AccountOwnership.objects.filter(account=account_id)
    rows.filter(valid_from__gte=since).delete()
    rows.filter(Q(valid_to=None) | Q(valid_to__gt=since)).update(valid_to=since, updated_at=Now())
    if person_id and not rows.filter(person=person_id, valid_to=since).update(valid_to=None, updated_at=Now()):
        AccountOwnership.objects.create(account_id=account_id, person_id=person_id, valid_from=since)
