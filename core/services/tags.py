"""Writes of tags: on records, and of the tags themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from core.enums import Tone
from core.kernel.tag_words import BadTag, tag_name, tag_names
from core.models import Tag, Tagged

MOST_ON_A_RECORD = 50


class TagError(ValueError):
    """A tag that can't be; the message says why."""


@transaction.atomic
def add_tags(*, record: Any, kind: str, text: str, by: Any) -> list[Tag]:
    """Put the tags of a line ("Reference, Fleet OS") on a record; new words become tags. Gives the ones it hadn't.

    Raises TagError for what is no tag, and for more than a record takes.
    """
    try:
        names = tag_names(text)
    except BadTag as error:
        raise TagError(str(error)) from error
    if not names:
        raise TagError(_("Write a tag."))
    if Tagged.objects.filter(record_kind=kind, record_id=record.pk).count() + len(names) > MOST_ON_A_RECORD:
        raise TagError(_("A record takes at most %(most)s tags.") % {"most": MOST_ON_A_RECORD})
    added = [tag for tag in find_or_make_tags(names=names) if _put(kind, [record.pk], tag, by)]
    if added:
        audit.record(act="record.tagged", actor=by, subject=record, detail={"now": [tag.name for tag in added]})
    return added


def find_or_make_tags(*, names: Sequence[str]) -> list[Tag]:
    """The tags of these names, in any case; missing ones are made. Of two who make one at once both get the same."""
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    return [Tag.objects.get(name__iexact=name) for name in names]


def _put(kind: str, record_ids: Sequence[int], tag: Tag, by: Any) -> list[int]:
    """Ids of the records that didn't have the tag."""
    having = Tagged.objects.filter(tag=tag, record_kind=kind, record_id__in=record_ids)
    there = set(having.values_list("record_id", flat=True))
    fresh = [pk for pk in record_ids if pk not in there]
    who = by if getattr(by, "pk", None) else None
    rows = [Tagged(tag=tag, record_kind=kind, record_id=pk, made_by=who) for pk in fresh]
    Tagged.objects.bulk_create(rows, ignore_conflicts=True)
    return fresh


@transaction.atomic
def tag_records(*, kind: str, record_ids: Sequence[int], text: str, by: Any) -> tuple[Tag, list[int]]:
    """Put one tag on many records. Gives the tag, and the ids of those that didn't have it (for undo).

    Raises TagError.
    """
    try:
        name = tag_name(text)
    except BadTag as error:
        raise TagError(str(error)) from error
    (tag,) = find_or_make_tags(names=[name])
    fresh = _put(kind, record_ids, tag, by)
    audit.record(act="records.tagged", actor=by, subject=tag, detail={"kind": kind, "records": fresh})
    return tag, fresh


@transaction.atomic
def untag_records(*, kind: str, record_ids: Sequence[int], tag_id: int, by: Any) -> int:
    """Take one tag off many records; gives off how many."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        return 0
    gone, _each = Tagged.objects.filter(tag=tag, record_kind=kind, record_id__in=record_ids).delete()
    audit.record(act="records.untagged", actor=by, subject=tag, detail={"kind": kind, "records": list(record_ids)})
    return gone


@transaction.atomic
def remove_tag(*, record: Any, kind: str, tag_id: int, by: Any) -> str:
    """Take a tag off a record; gives its name, "" when it wasn't on it."""
    row = Tagged.objects.filter(tag_id=tag_id, record_kind=kind, record_id=record.pk).select_related("tag").first()
    if row is None:
        return ""
    row.delete()
    audit.record(act="record.untagged", actor=by, subject=record, detail={"now": [row.tag.name]})
    return row.tag.name


@transaction.atomic
def set_tags(*, record: Any, kind: str, names: Sequence[str], seen: Sequence[str], by: Any) -> None:
    """Make the tags of a record those named, for somebody who saw `seen` on it: what others put on since then stays.

    Raises TagError for more than a record takes.
    """
    wanted, before = ({name.casefold() for name in some} for some in (names, seen))
    gone = [name for name in seen if name.casefold() not in wanted]
    fresh = [name for name in names if name.casefold() not in before]
    if len(wanted) > MOST_ON_A_RECORD:
        raise TagError(_("A record takes at most %(most)s tags.") % {"most": MOST_ON_A_RECORD})
    on_it = Tagged.objects.filter(record_kind=kind, record_id=record.pk)
    ids = list(on_it.filter(tag__name__in=gone).values_list("pk", flat=True)) if gone else []
    if ids:
        Tagged.objects.filter(pk__in=ids).delete()
        audit.record(act="record.untagged", actor=by, subject=record, detail={"now": gone})
    if fresh:
        add_tags(record=record, kind=kind, text=", ".join(fresh), by=by)


@transaction.atomic
def change_tag(*, tag: Tag, name: str, tone: str, by: Any) -> Tag:
    """Rename or colour a tag, on every record. Raises TagError; a name that another tag has means: merge them."""
    try:
        clean = tag_name(name)
    except BadTag as error:
        raise TagError(str(error)) from error
    if Tag.objects.filter(name__iexact=clean).exclude(pk=tag.pk).exists():
        raise TagError(_("There is a tag “%(name)s” already. Merge this one into it instead.") % {"name": clean})
    before, tag.name, tag.tone, tag.updated_at = tag.name, clean, Tone(tone), Now()
    tag.save()
    audit.record(act="tag.changed", actor=by, subject=tag, detail={"before": before})
    return tag


@transaction.atomic
def merge_tags(*, tag: Tag, into: Tag, by: Any) -> int:
    """Every record of one tag gets the other, the one goes. Gives how many records it was on. Raises TagError."""
    if tag.pk == into.pk:
        raise TagError(_("Choose another tag."))
    uses = list(tag.uses.all())
    moved = [Tagged(tag=into, record_kind=u.record_kind, record_id=u.record_id, made_by=u.made_by) for u in uses]
    Tagged.objects.bulk_create(moved, ignore_conflicts=True, batch_size=2000)
    audit.record(act="tag.merged", actor=by, subject=into, detail={"gone": tag.name, "records": len(uses)})
    tag.delete()
    return len(uses)


@transaction.atomic
def delete_tag(*, tag: Tag, by: Any) -> int:
    """Delete a tag and take it off every record; gives how many those were."""
    count = tag.uses.count()
    audit.record(act="tag.deleted", actor=by, subject_kind="tag", detail={"tag": tag.name, "records": count})
    tag.delete()
    return count


def forget_tags(kind: str) -> Callable[[QuerySet[Any]], None]:
    """Takes the tags off records of a kind that an undo of their import removes."""

    def forget(records: QuerySet[Any]) -> None:
        Tagged.objects.filter(record_kind=kind, record_id__in=records.values("pk")).delete()

    return forget
