"""What happened to a record of any kind, newest first: activities, changes, acts, what happened around it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import registry
from core.history import Source, TimelinePage, timeline_page
from core.kernel.access import SignedIn
from pipeline.enums import ActivityKind
from pipeline.selectors.activities import ICONS, lines_of, may_log_on

LINES = 30
GROUPS = {
    "": _("All"),
    "activities": _("Activities"),
    "changes": _("Changes"),
    "deals": _("Deals"),
    "files": _("Files and tags"),
}


def timeline_for(
    user: SignedIn, kind: str, record: Any, as_of: date, *, show: str = "", before: str = "", limit: int = LINES
) -> TimelinePage:
    """Lines of the timeline of a record the person may see; show: one of GROUPS; before: the place to go on from."""
    sources = [one for one in _sources(user, kind, record, as_of) if show in ("", one.group)]
    return timeline_page(sources, before=before, limit=limit)


def _sources(user: SignedIn, kind: str, record: Any, as_of: date) -> list[Source]:
    parts = [part for part in registry.timeline_parts if part.record_kind == kind]
    return [lines_of(user, kind, record, as_of), *(one for part in parts for one in part.sources(user, record, as_of))]


def timeline_context(request: Any, kind: str, record: Any, as_of: date) -> dict[str, Any]:
    """What templates/pipeline/_timeline.html shows of a record."""
    asked = request.GET.get("show", "")
    show = asked if asked in GROUPS else ""
    page = timeline_for(request.user, kind, record, as_of, show=show, before=request.GET.get("before", ""))
    groups = [(key, label) for key, label in GROUPS.items() if key != "deals" or kind == "account"]
    kinds = [("", "wand", _("By the first word")), *((key, ICONS[key], label) for key, label in ActivityKind.choices)]
    told = {"timeline": page.lines, "earlier": page.earlier, "show": show, "groups": groups, "record_kind": kind}
    return told | {"line_kinds": kinds, "may_log": may_log_on(request.user, kind, record.pk, as_of), "as_of": as_of}
