"""Writes of territories themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from core.services import Shelf, save_version
from territories.models import AccountTerritory, Territory, TerritoryAssignment
from territories.services.errors import TerritoryConflict, TerritoryError

SHELF = Shelf(Territory, "territory", "territory", "territories")


def hold_tree() -> None:
    """Until the transaction ends nobody else changes the tree: of two moves at once the second sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('territories.tree'))")


@transaction.atomic
def save_territory(*, territory: Territory, by: Any, version: int | None = None) -> Territory:
    """Save a new or changed territory.

    Raises TerritoryError for a circle and for a parent in the archive, TerritoryConflict for another version.
    """
    hold_tree()
    is_new = territory.pk is None
    _refuse_parent(territory)
    save_version(territory, version, TerritoryConflict)
    audit.record(act="territory.created" if is_new else "territory.changed", actor=by, subject=territory)
    return territory


def _refuse_parent(territory: Territory) -> None:
    above = dict(Territory.objects.exclude(parent=None).values_list("pk", "parent_id"))
    seen, parent = {territory.pk}, territory.parent_id
    while parent is not None:
        if parent in seen:
            words = _("“%(name)s” lies within this territory. Choose another one.")
            raise TerritoryError(words % {"name": territory.parent}, "parent")
        seen.add(parent)
        parent = above.get(parent)
    if territory.parent and Territory.objects.filter(pk=territory.parent.pk, archived_at__isnull=False).exists():
        words = _("“%(name)s” is in the archive. Restore it first, or choose another one.")
        raise TerritoryError(words % {"name": territory.parent}, "parent")


@transaction.atomic
def archive_territories(*, territory_ids: Sequence[int], by: Any, at: datetime, on: date) -> int:
    """Archive territories that nothing hangs on any more; gives how many weren't archived already.

    Raises TerritoryError where others lie within one, a seat covers it, or accounts belong to it, on the day or later.
    """
    hold_tree()
    _refuse_used(territory_ids, on)
    return SHELF.archive(territory_ids, by=by, at=at)


def _refuse_used(ids: Sequence[int], on: date) -> None:
    live = Q(valid_to=None) | Q(valid_to__gt=on)
    inside = Territory.objects.filter(parent__in=ids, archived_at=None).exclude(pk__in=ids).select_related("parent")
    if (child := inside.first()) is not None:
        words = _("“%(child)s” lies within “%(name)s”: move or archive it first.")
        raise TerritoryError(words % {"child": child, "name": child.parent})
    covered = TerritoryAssignment.objects.filter(live, territory__in=ids).select_related("territory", "position")
    if (seat := covered.first()) is not None:
        words = _("“%(seat)s” covers “%(name)s”: end that first.")
        raise TerritoryError(words % {"seat": seat.position, "name": seat.territory})
    placed = AccountTerritory.objects.filter(live, territory__in=ids).select_related("territory")
    if (account := placed.first()) is not None:
        words = _("Accounts belong to “%(name)s”: move them to other territories first.")
        raise TerritoryError(words % {"name": account.territory})


@transaction.atomic
def restore_territories(*, territory_ids: Sequence[int], by: Any) -> int:
    """Take territories out of the archive. Raises TerritoryError where what they lie within stays in it."""
    hold_tree()
    lost = Territory.objects.filter(pk__in=territory_ids, parent__archived_at__isnull=False)
    if (child := lost.exclude(parent__in=territory_ids).select_related("parent").first()) is not None:
        words = _("“%(name)s”, in which “%(child)s” lies, is in the archive: restore it too.")
        raise TerritoryError(words % {"name": child.parent, "child": child})
    return SHELF.restore(territory_ids, by=by)
