"""Sharing a record with somebody outside its owner's line, for a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.notify import notify
from people.models import Person, RecordShare, User
from people.selectors.shares import shareable


class ShareError(ValueError):
    """A share that can't be; the message says why, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def share_record(
    *, kind: str, record: Any, person: Person, valid_from: date, valid_to: date | None, by: Any, on: date,
    may_edit: bool = False, reason: str = "",
) -> RecordShare:  # fmt: skip
    """Show a record to a person from a day until before another (None: until stopped). Replaces an earlier share.

    on: the company's day. Raises ShareError for days that don't fit, for somebody who has left, sees it anyway, or
    whose roles wouldn't show it even when shared.
    """
    _check_days(person, valid_from, valid_to, on)
    if _has_it(kind, record, person, on, may_edit=may_edit):
        raise ShareError(_("%(name)s sees it anyway.") % {"name": person.name}, "person")
    same = RecordShare.objects.filter(kind=kind, record_id=record.pk, person=person, stopped_at=None)
    _meeting(same, valid_from, valid_to).update(stopped_at=Now(), updated_at=Now())
    share = RecordShare.objects.create(
        kind=kind, record_id=record.pk, person=person, may_edit=may_edit, valid_from=valid_from, valid_to=valid_to,
        by=by, reason=reason,
    )  # fmt: skip
    if valid_from <= on:
        _check_roles(share, record, on)
    told = {**_with(person), "from": valid_from.isoformat(), "may_edit": may_edit}
    until = {"until_before": valid_to.isoformat()} if valid_to else {}
    audit.record(act="record.shared", actor=by, subject=record, reason=reason, detail=told | until)
    _tell(share, record, by)
    return share


def _tell(share: RecordShare, record: Any, by: Any) -> None:
    title = _("%(who)s shares %(record)s with you") % {"who": by or "Salesops", "record": record}
    if share.person.user_id:
        notify(kind="shared", users=[share.person.user_id], title=title, detail=share.reason, subject=record, by=by)


def _with(person: Person) -> dict[str, Any]:
    return {"with": person.name, "person": person.pk}


def _check_days(person: Person, valid_from: date, valid_to: date | None, on: date) -> None:
    if valid_to is not None and valid_to <= max(valid_from, on):
        raise ShareError(_("The last day lies before the first, or in the past."), "until")
    if person.left_on and person.left_on <= max(valid_from, on):
        words = _("%(name)s has left on %(day)s.") % {"name": person.name, "day": formats.day(person.left_on)}
        raise ShareError(words, "person")


def _meeting(shares: Any, valid_from: date, valid_to: date | None) -> Any:
    """Those with a day in common with a span."""
    ends = Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)
    return shares.filter(ends) if valid_to is None else shares.filter(ends, valid_from__lt=valid_to)


def _has_it(kind: str, record: Any, person: Person, on: date, *, may_edit: bool) -> bool:
    """Whether the person sees (or changes) the record already, without anything shared with them."""
    user = User.objects.filter(pk=person.user_id).first() if person.user_id else None
    rows = shareable(kind).editable if may_edit else shareable(kind).visible
    return user is not None and rows is not None and rows(user.alone(), on).filter(pk=record.pk).exists()


def _check_roles(share: RecordShare, record: Any, on: date) -> None:
    """Refuse what would have no effect: sharing opens single records, never a kind of record or an act."""
    user = User.objects.filter(pk=share.person.user_id).first() if share.person.user_id else None
    of = shareable(share.kind)
    rows = of.editable if share.may_edit else of.visible
    if user is not None and rows is not None and not rows(user, on).filter(pk=record.pk).exists():
        words = _("%(name)s has no role that changes such records.") if share.may_edit else _(
            "%(name)s has no role that opens such records."
        )  # fmt: skip
        raise ShareError(words % {"name": share.person.name}, "may_edit" if share.may_edit else "person")


@transaction.atomic
def stop_share(*, share: RecordShare, record: Any, by: Any) -> None:
    """The record is no longer seen through this share, at once. Raises ShareError when it is stopped already."""
    open_ones = RecordShare.objects.filter(pk=share.pk, stopped_at=None)
    if not open_ones.update(stopped_at=Now(), updated_at=Now()):
        raise ShareError(_("This share was stopped already."))
    audit.record(
        act="record.share_stopped",
        actor=by,
        subject=record,
        detail=_with(share.person),
    )


@transaction.atomic
def resume_share(*, share: RecordShare, record: Any, by: Any, on: date) -> None:
    """Take back the stopping of a share, to its old end. Raises ShareError when it ended or another took its place."""
    if share.valid_to and share.valid_to <= on:
        ended = formats.day(share.valid_to - timedelta(days=1))
        raise ShareError(_("This share ended on %(day)s.") % {"day": ended})
    try:
        with transaction.atomic():
            stopped = RecordShare.objects.filter(pk=share.pk).exclude(stopped_at=None)
            if not stopped.update(stopped_at=None, updated_at=Now()):
                raise ShareError(_("This share wasn't stopped."))
    except IntegrityError as error:
        raise ShareError(_("It is shared with %(name)s anew.") % {"name": share.person.name}) from error
    audit.record(
        act="record.share_resumed",
        actor=by,
        subject=record,
        detail=_with(share.person),
    )
