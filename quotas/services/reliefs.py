"""Writes of relief: what of a quota goes with an account that moved, and taking that back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.selectors import MissingRate
from quotas.enums import HolderKind, ReliefWay
from quotas.models import Relief, Target
from quotas.selectors.reliefs import Asked, CannotRelieve, Row, relief_rows, trailing
from quotas.services.targets import end_target, set_target
from territories.models import Transition


@transaction.atomic
def relieve_quota(*, transition: Transition, asked: Asked, reason: str, by: Any) -> Relief:
    """Lower the targets of who had the account from a day on, each by a dated row; the decision is kept even if it is
    that nothing is relieved.

    Raises CannotRelieve, DayClosed.
    """
    locked = (
        Transition.objects.select_for_update(of=("self",)).select_related("account", "person").get(pk=transition.pk)
    )
    if Relief.objects.filter(transition=locked, undone_on=None).exists():
        raise CannotRelieve(_("It was decided already: undo that first."), "way")
    if asked.since < locked.moved_on:
        words = _("The account moved on %(day)s: choose that day or a later one.")
        raise CannotRelieve(words % {"day": formats.day(locked.moved_on)}, "since")
    figures, share = _figures(locked, asked)
    rows = relief_rows(locked, asked, share)
    _refuse_later(rows, asked)
    relief = Relief(
        transition=locked, person=locked.person, account_name=str(locked.account)[:200], way=asked.way,
        measure=asked.measure, since=asked.since, percent=share, amount=asked.amount, figures=figures, made_by=by,
    )  # fmt: skip
    relief.rows = [_write(row, locked, asked, by) for row in rows]
    relief.save()
    detail = {"person": locked.person_id, "way": asked.way, "since": asked.since.isoformat(), "rows": relief.rows}
    audit.record(act="quota.relieved", actor=by, subject=locked.account, detail=detail | figures, reason=reason)
    return relief


def _figures(transition: Transition, asked: Asked) -> tuple[dict[str, str], Decimal | None]:
    if asked.way != ReliefWay.SHARE:
        return {}, None
    try:
        won = trailing(transition.person, transition.account_id, asked.since)
    except MissingRate as error:
        raise CannotRelieve(str(error), "way") from error
    return {"of_account": str(won.of_account), "of_all": str(won.of_all)}, won.percent


def _refuse_later(rows: list[Row], asked: Asked) -> None:
    """A row that begins later would be lost under the one that begins now."""
    for row in rows:
        one = row.target
        later = Target.objects.filter(
            measure=one.measure, period=one.period, holder_kind=one.holder_kind, holder_id=one.holder_id,
            valid_from__gt=asked.since,
        ).order_by("valid_from")  # fmt: skip
        if (first := later.first()) is not None:
            words = _("Another target of %(period)s begins on %(day)s: relieve from that day on, or end it first.")
            told = {"period": one.period.label, "day": formats.day(first.valid_from)}
            raise CannotRelieve(words % told, "since")


def _write(row: Row, transition: Transition, asked: Asked, by: Any) -> dict[str, Any]:
    """The new row of the person's own, in place of what their seat owes where that is what they had."""
    one = row.target
    fresh = Target(
        measure=one.measure, period=one.period, holder_kind=HolderKind.PERSON, holder_id=transition.person_id,
        amount=row.after, currency_id=one.currency_id,
    )  # fmt: skip
    set_target(target=fresh, by=by, on=asked.since)
    return {
        "period": one.period.label, "currency": one.currency_id, "before": str(row.before), "after": str(row.after),
        "target": fresh.pk, "is_of_seat": one.holder_kind == HolderKind.POSITION,
    }  # fmt: skip


@transaction.atomic
def undo_relief(*, relief: Relief, on: date, by: Any) -> Relief:
    """From a day on each target is what it was before; where that is the relief's own day, it never was less.

    Raises CannotRelieve where a target was changed since, DayClosed.
    """
    locked = Relief.objects.select_for_update(of=("self",)).get(pk=relief.pk)
    if locked.undone_on is not None:
        raise CannotRelieve(_("It was undone already."), "on")
    if on < locked.since:
        words = _("It holds from %(day)s: choose that day or a later one.")
        raise CannotRelieve(words % {"day": formats.day(locked.since)}, "on")
    for row in locked.rows:
        target = Target.objects.select_related("period").filter(pk=row["target"], valid_to=None).first()
        if target is None or str(target.amount.normalize()) != str(Decimal(row["after"]).normalize()):
            words = _("The target of %(period)s was changed since: set it by hand under Targets.")
            raise CannotRelieve(words % {"period": row["period"]}, "on")
        _give_back(target, row, on, by)
    detail = {"person": locked.person_id, "on": on.isoformat(), "rows": locked.rows}
    subject = locked.transition.account if locked.transition else None
    locked.undone_on, locked.transition = on, None  # what is undone doesn't keep a transition
    locked.save(update_fields=["undone_on", "transition", "updated_at"])
    audit.record(act="quota.relief_undone", actor=by, subject=subject, detail=detail)
    return locked


def _give_back(target: Target, row: dict[str, Any], on: date, by: Any) -> None:
    if row["is_of_seat"]:
        end_target(target=target, by=by, on=on)  # the seat's stands again
        return
    former = Target(
        measure=target.measure, period=target.period, holder_kind=target.holder_kind, holder_id=target.holder_id,
        amount=Decimal(row["before"]), currency_id=target.currency_id,
    )  # fmt: skip
    set_target(target=former, by=by, on=on)
