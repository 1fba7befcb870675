"""Reads of tags: on one record, on many, and how often each is used."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.models import Tag, Tagged
from core.selectors.own_fields import may_keep_fields


def tags_of(kind: str, record_id: int) -> list[Tag]:
    return list(Tag.objects.filter(uses__record_kind=kind, uses__record_id=record_id).order_by(Lower("name")))


def with_tags(records: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Records with `tag_names`, a list in order of the alphabet."""
    mine = Tagged.objects.filter(record_kind=kind, record_id=OuterRef("pk")).order_by(Lower("tag__name"))
    return records.annotate(tag_names=ArraySubquery(mine.values("tag__name")))


def tag_options(text: str, *, limit: int) -> list[str]:
    """Known tags for a field that offers them: those that begin with the text, else the most used ones."""
    found = Tag.objects.filter(name__istartswith=text) if text else Tag.objects.all()
    return list(found.annotate(many=Count("uses")).order_by("-many", "name").values_list("name", flat=True)[:limit])


def tags_for(user: SignedIn) -> QuerySet[Tag]:
    """Every tag, for those who keep them, with how many records it is on and of which kinds."""
    tags = Tag.objects.all() if may_keep_fields(user) else Tag.objects.none()
    return tags.annotate(use_count=Count("uses"), use_kinds=ArrayAgg("uses__record_kind", distinct=True, default=[]))


def get_tag_for(user: SignedIn, tag_id: int) -> Any:
    """Raises Http404 when there is no such tag, or the person doesn't keep tags."""
    found = tags_for(user).filter(pk=tag_id).first()
    if found is None:
        raise Http404(_("No such tag."))
    return found
