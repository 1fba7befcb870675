"""What files of this room have in common: days that are closed, references, keys of an export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from core.bulk import Refusal
from core.kernel import formats
from core.registry import ClosedRows, ImportContext
from core.services import hold_closed_through

CONTRACT, ORDER, INVOICE, PAYMENT, RETURN, COST = "CTR-", "ORD-", "INV-", "PAY-", "RET-", "CST-"


def closed_days(table: str, day: str, columns: Iterable[str]) -> tuple[Refusal, ...]:
    """Rows that would change a record of a closed day, or make one."""
    closed = hold_closed_through()
    if closed is None:
        return ()
    shut, told = f"DATE '{closed.isoformat()}'", {"day": formats.day(closed)}
    stands = f"SELECT 1 FROM {table} t WHERE t.id = s.id AND t.{day} <= {shut}"
    ours = [f's."{name}" IS NOT NULL AND s."{name}" IS DISTINCT FROM t."{name}"' for name in columns]
    kept = _("Books are closed through %(day)s: what happened until then stays as it is.") % told
    late = _("Books are closed through %(day)s: nothing is added to those days any more.") % told
    refusals = [Refusal(day, f"EXISTS ({stands} AND ({' OR '.join(ours)}))", kept)] if ours else []
    return (*refusals, Refusal(day, f"s.{day} <= {shut} AND NOT EXISTS ({stands})", late))


def kept_rows(key: str, day: str, through: str = "") -> ClosedRows:
    """Rows of closed days, which an undo leaves; `through`: SQL that reaches the row `x` with the day from {row}."""

    def kept() -> str:
        closed = hold_closed_through()
        if closed is None:
            return ""
        shut = f"DATE '{closed.isoformat()}'"
        return f"EXISTS ({through} AND x.{day} <= {shut})" if through else f"{{row}}.{day} <= {shut}"

    return ClosedRows(key, kept)


def found(context: ImportContext, clean: dict[str, Any], *names: tuple[str, str, str]) -> dict[str, int | None]:
    """Ids of what cells name: (field, column, reference kind)."""
    return {column: context.find(kind, clean[field]) if clean.get(field) else None for field, column, kind in names}


def names_of(model: Any, prefix: str, *, by_name: bool = False) -> Callable[[], Iterable[tuple[str, int]]]:
    """What a cell may say for a record: its name where it has one that tells, its external ID, its number."""

    def names() -> Iterable[tuple[str, int]]:
        for pk, name, external_id in model.objects.order_by("-pk").values_list("pk", "name", "external_id").iterator():
            if by_name and name:
                yield name, pk
            yield f"{prefix}{pk}", pk
            if external_id:
                yield external_id, pk

    return names


def key_of(record: Any) -> str | None:
    """What names a record of this room in a file: its external ID, else its number."""
    return (record.external_id or record.number) if record is not None else None
