"""Who sees a record and why; what is shared with whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.kernel import formats
from core.kernel.access import SignedIn
from core.models import in_force_on
from people.models import Occupancy, Person, RecordShare, ReportingClosure, User


def shareable(kind: str) -> registry.RecordKind:
    """A kind of record that can be shared. Raises Http404 for any other."""
    found = registry.record_kinds.find(kind)
    if found is None or found.editable is None:
        raise Http404("No such kind.")
    return found


def get_record_for(user: SignedIn, kind: str, record_id: int, as_of: date) -> Any:
    """A record of a kind that can be shared. Raises Http404 when there is none or the person doesn't see it."""
    record = shareable(kind).visible(user, as_of).filter(pk=record_id).first()
    if record is None:
        raise Http404("No such record.")
    return record


def may_share(user: User, kind: str, record: Any, as_of: date) -> bool:
    """Whoever may change a record in their own right shares it: the owner's line, and who keeps all records.

    Somebody it is shared with doesn't pass it on.
    """
    editable = shareable(kind).editable
    return editable is not None and editable(user.alone(), as_of).filter(pk=record.pk).exists()


def get_share_for(user: User, share_id: int, as_of: date) -> RecordShare:
    """A share that the person may stop or take up again. Raises Http404."""
    share = RecordShare.objects.select_related("person").filter(pk=share_id).first()
    if share is None:
        raise Http404("No such share.")
    record = get_record_for(user, share.kind, share.record_id, as_of)
    if not may_share(user, share.kind, record, as_of):
        raise Http404("No such share.")
    return share


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who sees a record, and why; `share` where it can be stopped."""

    person: Person
    why: str
    share: RecordShare | None = None
    is_to_come: bool = False


def viewers_of(kind: str, record: Any, as_of: date) -> list[Viewer]:
    """People who see a record of their own on a day, each once, and shares to come; those who see all are left out.

    In a number of queries that doesn't grow with the people.
    """
    of = shareable(kind)
    owners = _known(of.owners(record))
    found = [Viewer(person, _("Owner")) for person in Person.objects.filter(pk__in=owners)]
    found += [Viewer(person, _("Owner's line")) for person in bosses_of(owners, as_of)]
    joined = dict(of.joined(record))
    found += [Viewer(person, joined[person.pk]) for person in Person.objects.filter(pk__in=joined)]
    shares = RecordShare.objects.filter(kind=kind, record_id=record.pk, stopped_at=None)
    shares = shares.exclude(valid_to__lte=as_of).select_related("person", "by__person")
    found += [Viewer(one.person, share_words(one, as_of), one, one.valid_from > as_of) for one in shares]
    return _each_once(found)


def _each_once(found: Iterable[Viewer]) -> list[Viewer]:
    """Shares stay beside another reason, so that they can be stopped."""
    seen: set[int] = set()
    kept = []
    for viewer in found:
        if viewer.share or viewer.person.pk not in seen:
            kept.append(viewer)
        seen.add(viewer.person.pk)
    return kept


def _known(owners: Iterable[int | None]) -> list[int]:
    return [owner for owner in owners if owner is not None]


def bosses_of(people: Iterable[int], as_of: date) -> list[Person]:
    """Whoever sits above the people's last seats in the line of the day, nearest first."""
    begun = Occupancy.objects.filter(person__in=list(people), valid_from__lte=as_of)
    later = begun.filter(person=OuterRef("person"), valid_from__gt=OuterRef("valid_from"))
    last = begun.filter(~Exists(later)).values("position")
    lines = ReportingClosure.objects.filter(in_force_on(as_of), descendant__in=last, depth__gt=0)
    above = list(lines.order_by("depth").values_list("ancestor", flat=True))
    holding = Occupancy.objects.filter(in_force_on(as_of), position__in=above).select_related("person")
    held = sorted(holding, key=lambda one: above.index(one.position_id))
    return [one.person for one in held]


def share_words(share: RecordShare, as_of: date) -> str:
    """Shared by Max Moreau until 30 Nov 2026, may change it."""
    words = _("Shared by %(who)s") % {"who": share.by or "Salesops"}
    if share.valid_from > as_of:
        words += _(" from %(day)s") % {"day": formats.day(share.valid_from)}
    if share.valid_to:
        words += _(" until %(day)s") % {"day": formats.day(share.valid_to - timedelta(days=1))}
    return words + (_(", may change it") if share.may_edit else "")
