"""Writes of what holds over time: which seat covers a territory, which territory an account belongs to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account
from core import audit
from people.models import Position
from territories.enums import CoveragePart
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from territories.services.dated import begin, end
from territories.services.errors import TerritoryError


@transaction.atomic
def assign_position(
    *, territory: Territory, position: Position, valid_from: date, by: Any, part: str = CoveragePart.OWNER
) -> TerritoryAssignment:
    """From a day on a seat has a part in a territory; who had it ends there, an assignment to come stays.

    Raises TerritoryError for what is in the archive and a seat that has the part already, DayClosed.
    """
    _lock(territory)
    if position.archived_at is not None:
        raise TerritoryError(
            _("“%(seat)s” is in the archive. Choose another position.") % {"seat": position}, "position"
        )
    row = TerritoryAssignment(territory=territory, position=position, part=part, valid_from=valid_from)
    begin(row, TerritoryAssignment.objects.filter(territory=territory, part=part), value="position")
    detail = {"position": position.pk, "part": str(part), "since": valid_from.isoformat()}
    audit.record(act="territory.covered", actor=by, subject=territory, detail=detail)
    return row


@transaction.atomic
def end_assignment(*, assignment: TerritoryAssignment, on: date, by: Any) -> None:
    """From a day on a seat has its part no more. Raises TerritoryError where it is over by then already, DayClosed."""
    row = TerritoryAssignment.objects.select_for_update(of=("self",)).select_related("territory").get(pk=assignment.pk)
    end(row, on=on)
    detail = {"position": row.position_id, "part": row.part, "on": on.isoformat()}
    audit.record(act="territory.coverage_ended", actor=by, subject=row.territory, detail=detail)


@transaction.atomic
def place_account(*, account: Account, territory: Territory, valid_from: date, by: Any) -> AccountTerritory:
    """From a day on an account belongs to a territory; the one before ends there, a move to come stays.

    Raises TerritoryError for a territory in the archive and one it belongs to already, DayClosed.
    """
    _lock(territory)
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    row = AccountTerritory(account=account, territory=territory, valid_from=valid_from)
    begin(row, AccountTerritory.objects.filter(account=account), value="territory")
    detail = {"territory": territory.pk, "since": valid_from.isoformat()}
    audit.record(act="account.placed", actor=by, subject=account, detail=detail)
    return row


@transaction.atomic
def end_placement(*, placement: AccountTerritory, on: date, by: Any) -> None:
    """From a day on an account belongs there no more. Raises TerritoryError where it is over by then, DayClosed."""
    row = AccountTerritory.objects.select_for_update(of=("self",)).select_related("account").get(pk=placement.pk)
    end(row, on=on)
    detail = {"territory": row.territory_id, "on": on.isoformat()}
    audit.record(act="account.placement_ended", actor=by, subject=row.account, detail=detail)


def _lock(territory: Territory) -> None:
    """Hold the territory, so that it isn't archived meanwhile. Raises TerritoryError where it is in the archive."""
    stands = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    if stands.archived_at is not None:
        words = _("“%(name)s” is in the archive. Restore it first.")
        raise TerritoryError(words % {"name": stands}, "territory")
