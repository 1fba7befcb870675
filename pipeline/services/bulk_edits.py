"""Edits of many deals at once: each by the rules of a single one, kept row by row, and taken back by one act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import audit, registry
from core.services import save_next
from pipeline.models import BulkEdit, BulkEditRow, Opportunity
from pipeline.policies import editable_opportunities, visible_opportunities
from pipeline.services.closed_days import DealError, kept_of, refuse_closed_day
from pipeline.services.deals import apply_values, locked_deals
from pipeline.services.telling import tell_handed

EDITED, UNDONE = "deals.bulk_edited", "deals.bulk_undone"
BATCH = 200
# What a row of an edit doesn't keep: stamps, and what others change without it being an edit.
_UNKEPT = frozenset({"id", "created_at", "updated_at", "version", "last_activity_at"})
# A stage brings these along: where one of them was changed since, none of them goes back.
_OF_STAGE = frozenset(
    {"stage_id", "process_id", "status", "stage_since", "closed_on", "loss_reason_id", "probability", "category"}
)

Values = Mapping[str, Any]


class AlreadyUndone(ValueError):
    """An edit that was taken back before."""


@transaction.atomic
def edit_deals(
    *,
    deal_ids: Iterable[int],
    values: Values | Callable[[Opportunity], Values | None],
    by: Any,
    on: date,
    label: str,
    despite: str = "",
) -> BulkEdit:
    """Change many deals in one transaction; the edit says which changed, and which can't change and why.

    `values`: fields and their new values (as for change_deal), or a function of the locked deal that gives them; a deal
    for which it gives none is passed over, and so is one that has the values already. `by`: a user, who must be able
    to change a deal (one out of sight is passed over in silence), or None for the system. `despite`: the reason to
    move on where exit criteria aren't met. Deals are locked in the order of their ids.
    """
    ids = sorted(set(deal_ids))
    edit = BulkEdit.objects.create(label=label[:200], made_by=by if getattr(by, "pk", None) else None, asked=len(ids))
    for some in batched(ids, BATCH):
        edit_some(edit=edit, deal_ids=some, values=values, by=by, on=on, despite=despite)
    note_edit(edit, by=by)
    return edit


@transaction.atomic
def edit_some(
    *,
    edit: BulkEdit,
    deal_ids: Sequence[int],
    values: Values | Callable[[Opportunity], Values | None],
    by: Any,
    on: date,
    despite: str = "",
) -> None:
    """One batch of an edit: deals locked, changed or refused, rows and counts written. Done again, it adds nothing."""
    done = set(edit.rows.filter(deal__in=deal_ids).values_list("deal_id", flat=True))
    ids = [pk for pk in deal_ids if pk not in done]
    seen, editable = _reach(by, on, ids)
    rows = []
    for deal in locked_deals([pk for pk in ids if seen is None or pk in seen]):
        may_edit = editable is None or deal.pk in editable
        row = _edit_one(deal, values, by=by, on=on, despite=despite, may_edit=may_edit)
        if row is not None:
            row.edit = edit
            rows.append(row)
    BulkEditRow.objects.bulk_create(rows)
    registry.react_to_save("opportunity", [row.deal_id for row in rows if not row.refusal], on)
    edit.changed += sum(not row.refusal for row in rows)
    edit.refused += sum(bool(row.refusal) for row in rows)
    edit.save(update_fields=["changed", "refused"])


def note_edit(edit: BulkEdit, *, by: Any) -> None:
    """The act of an edit that is through; who got deals by it is told once."""
    _tell_owners(edit.rows.filter(refusal=""), "after", by=by)
    detail = {"label": edit.label, "asked": edit.asked, "changed": edit.changed, "refused": edit.refused}
    audit.record(act=EDITED, actor=by, subject=edit, detail=detail)


def _tell_owners(rows: QuerySet[BulkEditRow], side: str, *, by: Any) -> None:
    """Tell the owners that deals have by an edit ("after") or have again by its undo ("before")."""
    moved = rows.filter(after__has_key="owner_id").values_list("deal_id", side)
    owners = {deal_id: columns["owner_id"] for deal_id, columns in moved}
    deals = Opportunity.objects.filter(pk__in=owners).only("name", "owner_id").order_by("pk")
    theirs = [deal for deal in deals if deal.owner_id == owners[deal.pk]]
    tell_handed(deals=theirs, by=by, is_back=side == "before")


def _reach(by: Any, on: date, ids: Sequence[int]) -> tuple[set[int] | None, set[int] | None]:
    """Which of the deals a user sees and which they may change; None for the system: all."""
    if by is None:
        return None, None
    seen = visible_opportunities(by, on, with_archived=True).filter(pk__in=ids)
    editable = editable_opportunities(by, on, with_archived=True).filter(pk__in=ids)
    return set(seen.values_list("pk", flat=True)), set(editable.values_list("pk", flat=True))


def _edit_one(
    deal: Opportunity,
    values: Values | Callable[[Opportunity], Values | None],
    *,
    by: Any,
    on: date,
    despite: str,
    may_edit: bool,
) -> BulkEditRow | None:
    """Change one locked deal; the row that tells of it, or None where there is nothing to change."""
    before = columns_of(deal)
    try:
        wanted = (values(deal) if callable(values) else values) or {}
        if all(_same(deal, name, value) for name, value in wanted.items()):
            return None
        if not may_edit:
            return BulkEditRow(deal=deal, refusal=_("You may see this deal, but not change it."))
        with transaction.atomic():
            after = columns_of(apply_values(deal=deal, values=wanted, by=by, on=on, despite=despite))
            changed = [name for name in after if after[name] != before[name]]
            if not changed:
                raise DealError(_("The stage of this deal decides that."))
    except DealError as error:
        return BulkEditRow(deal_id=deal.pk, refusal=str(error)[:300])
    return BulkEditRow(
        deal_id=deal.pk,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        version=deal.version,
    )


def _same(deal: Opportunity, name: str, value: Any) -> bool:
    field = Opportunity._meta.get_field(name)
    return plain(getattr(deal, field.attname)) == plain(getattr(value, "pk", value))  # type: ignore[union-attr]  # -- own columns


def columns_of(deal: Opportunity) -> dict[str, Any]:
    """What a deal's row holds, as JSON: column -> plain value."""
    names = [field.attname for field in Opportunity._meta.concrete_fields]
    return {name: plain(getattr(deal, name)) for name in names if name not in _UNKEPT}


def plain(value: Any) -> Any:
    """A value as JSON keeps it; equal values look equal: 100 and 100.0000 are "100"."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


@transaction.atomic
def undo_bulk_edit(*, edit_id: int, by: Any, on: date) -> BulkEdit:
    """Put back what an edit changed and nobody changed since; the rows say what was kept.

    Where a deal was moved since, its stage and all that came with it stay; other fields go back one by one. Raises
    AlreadyUndone.
    """
    edit = BulkEdit.objects.select_for_update(of=("self",)).get(pk=edit_id)
    if edit.undone_at is not None:
        raise AlreadyUndone(_("“%(label)s” was undone already.") % {"label": edit.label})
    changed = edit.rows.filter(refusal="").order_by("deal")
    for some in batched(changed, BATCH):
        _undo_some(some, by=by, on=on)
    _tell_owners(changed, "before", by=by)
    edit.kept = changed.exclude(kept="").count()
    edit.undone_at, edit.undone_by = Now(), by if getattr(by, "pk", None) else None
    edit.save(update_fields=["kept", "undone_at", "undone_by"])
    audit.record(act=UNDONE, actor=by, subject=edit, detail={"label": edit.label, "kept": edit.kept})
    edit.refresh_from_db()
    return edit


def _undo_some(rows: Sequence[BulkEditRow], *, by: Any, on: date) -> None:
    ids = [row.deal_id for row in rows]
    _seen, editable = _reach(by, on, ids)
    deals = {deal.pk: deal for deal in locked_deals(ids)}
    for row in rows:
        may_edit = editable is None or row.deal_id in editable
        row.kept = _try_undo(deals[row.deal_id], row) if may_edit else _("You can't change this deal any more.")
    BulkEditRow.objects.bulk_update([row for row in rows if row.kept], ["kept"])
    registry.react_to_save("opportunity", ids, on)


@transaction.atomic
def put_back(*, deal_id: int, before: Values, after: Values, by: Any) -> str:
    """Take back one change of a deal: columns before and after it, plain. Says what was changed since, or "".

    Raises DayClosed. The caller has seen to it that the person may change the deal and made the change.
    """
    deal = locked_deals([deal_id]).get()
    kept = _undo_one(deal, BulkEditRow(deal=deal, before=dict(before), after=dict(after)))
    if "owner_id" in before and deal.owner_id == before["owner_id"]:
        tell_handed(deals=[deal], by=by, is_back=True)
    audit.record(act="deal.change_undone", actor=by, subject=deal, detail={"columns": sorted(before), "kept": kept})
    return kept


def _try_undo(deal: Opportunity, row: BulkEditRow) -> str:
    try:
        return _undo_one(deal, row)
    except DealError as error:
        return str(error)[:300]


def _undo_one(deal: Opportunity, row: BulkEditRow) -> str:
    """Put back the columns of one deal that stand as the edit left them; says which were changed since, or ""."""
    now = columns_of(deal)
    mine = set(row.after) - {"pushed_count"}
    since = {name for name in mine if now[name] != row.after[name]}
    if "stage_id" in mine and since & _OF_STAGE:
        since |= mine & _OF_STAGE
    back = {name: row.before[name] for name in mine - since}
    if "expected_close_on" in back and "pushed_count" in row.after:
        pushed = row.after["pushed_count"] - row.before["pushed_count"]
        back["pushed_count"] = max(0, deal.pushed_count - pushed)
    if back:
        kept = kept_of(deal)
        set_columns(deal, back)
        refuse_closed_day(deal, kept)
        save_next(deal)
    return _kept_words(since)


def set_columns(deal: Opportunity, values: Values) -> None:
    """Give a deal column values that `columns_of` made plain."""
    fields = {field.attname: field for field in Opportunity._meta.concrete_fields}
    for name, value in values.items():
        setattr(deal, name, fields[name].to_python(value))


def _kept_words(columns: Iterable[str]) -> str:
    fields = {field.attname: field for field in Opportunity._meta.concrete_fields}
    names = sorted(str(fields[name].verbose_name) for name in columns)
    return capfirst(_("%(fields)s changed since") % {"fields": ", ".join(names)})[:300] if names else ""
