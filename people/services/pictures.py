"""What an act changes of somebody's seat, roles, shares and absences, so that it can be put back as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from people.models import Delegation, Occupancy, Person, Position, RecordShare, RoleGrant

Row = dict[str, Any]
Change = list[Any]  # [kind, id, the row as it was, the row as it became or None]
STAMP = "updated_at"


def _dated_rows(person: Person) -> dict[str, QuerySet[Any]]:
    user = person.user_id or 0
    return {
        "seat": Occupancy.objects.filter(person=person),
        "role": RoleGrant.objects.filter(user=user),
        "share": RecordShare.objects.filter(person=person),
        "absence": Delegation.objects.filter(Q(from_user=user) | Q(to_user=user)),
    }


def picture_of(person: Person) -> dict[tuple[str, int], Row]:
    """Every dated row of somebody's access as plain values, but for when it was touched last."""
    return {(kind, row.pk): _plain(row) for kind, rows in _dated_rows(person).items() for row in rows}


def changes_between(before: dict[tuple[str, int], Row], after: dict[tuple[str, int], Row]) -> list[Change]:
    """What became of the rows that stood before: those that differ, and those that are gone (None)."""
    return [
        [kind, pk, was, after.get((kind, pk))] for (kind, pk), was in before.items() if after.get((kind, pk)) != was
    ]


def put_back(person: Person, changes: Sequence[Change]) -> list[list[Any]]:
    """Each row as it was, where it still stands as the act left it; gives [kind, id, name] of those kept as they are.

    A row is kept too where something else took its days since, such as another holder of the seat.
    """
    kept = []
    for kind, pk, was, became in changes:
        model = _dated_rows(person)[kind].model
        row = model.objects.select_for_update().filter(pk=pk).first()
        if (_plain(row) if row else None) != became or not _written(model, pk, was, is_gone=row is None):
            kept.append([kind, pk, _name(kind, was)])
    return kept


def _plain(row: models.Model) -> Row:
    values = {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}
    return {name: _as_text(value) for name, value in values.items() if name != STAMP}


def _as_text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _written(model: type[Any], pk: int, values: Row, *, is_gone: bool) -> bool:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    given = {name: fields[name].to_python(value) for name, value in values.items() if name in fields}
    try:
        with transaction.atomic():
            if is_gone:
                model(**given).save(force_insert=True)
            else:
                model.objects.filter(pk=pk).update(**given, **{STAMP: Now()})
            connection.check_constraints()  # what a row points to may be gone
    except IntegrityError:
        return False
    return True


def _name(kind: str, was: Row) -> str:
    """The row in words, of a row that may be gone."""
    if kind == "seat":
        return str(Position.objects.filter(pk=was["position_id"]).first() or was["position_id"])
    if kind == "role":
        return str(RoleGrant(role=was["role"]).get_role_display())
    return f"{was['kind']} {was['record_id']}" if kind == "share" else str(was["valid_from"])
